"""An agent's mail, believed: its commands are carried out, its text becomes an answer or a note, and its author is told what was done.

Everything happens in the caller's transaction. Each command is an act of its own: one that cannot be done does not keep the others from
being done, and is reported. What is not sure to be meant for the customer is not sent; it waits as a draft until its author says so.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row, select

from gateway.desk.actions import Desk, DeskError
from gateway.desk.agent_context import card_of
from gateway.desk.agent_fields import status_word
from gateway.desk.agent_mail_in import (
    MailIn,
    adopt_draft,
    attach_mail,
    keep_draft,
    own_words,
    replace_draft,
    shows_notification,
)
from gateway.desk.agent_moves import move
from gateway.desk.agent_post import AgentLetter, post_to_agent
from gateway.desk.agent_properties import Properties
from gateway.desk.agent_undo import Snapshot, draft_of, snapshot_of, take_back
from gateway.desk.command_words import COMMANDS, Command
from gateway.desk.commands import Order, Orders, read_orders
from gateway.desk.office import Office
from gateway.desk.outgoing import Heading
from gateway.desk.within import Within
from gateway.notify.agent_words import say
from gateway.notify.agents import AgentReport
from gateway.notify.notices import written_date
from gateway.store.schema import agents, messages, outbox
from gateway.store.tickets import add_events, ticket_row
from gateway.threading.model import NoticeKind, Status, TokenState, Trust
from gateway.threading.powers import Action, Part, Power, Standing, ruling

FULL_ROLES = frozenset({"admin", "agent"})
"""Roles that may do everything. Whoever else is an agent may write internal notes, and nothing besides."""

_FOR_ALL = frozenset({Command.NOTE, Command.HELP})
_STATUS = {
    Command.OPEN: Status.OPEN,
    Command.PENDING: Status.PENDING,
    Command.HOLD: Status.ON_HOLD,
    Command.SOLVED: Status.SOLVED,
}
TO_CUSTOMERS = (NoticeKind.ANSWER.value, NoticeKind.RESOLUTION.value)


@dataclass(frozen=True, slots=True)
class Line:
    """A sentence of the report, by its key in the words, so that the audit keeps what the agent reads in another language."""

    key: str
    names: Mapping[str, object] = field(default_factory=dict)

    def say(self, language: str) -> str:
        return say(language, self.key, **self.names)


@dataclass
class Work:
    """One mail being carried out, and what came of it so far."""

    connection: Connection
    office: Office
    mail: MailIn
    agent: Row[Any]
    now: datetime
    desk: Desk
    before: Snapshot
    done: list[Line] = field(default_factory=list)
    not_done: list[Line] = field(default_factory=list)
    held: list[Line] = field(default_factory=list)
    message: int | None = None  # the row that the mail became
    text: str = ""
    is_kept: bool = False
    wants_help: bool = False
    undone: list[int] = field(default_factory=list)
    own_status: str = ""  # the admin's status inside the one that the mail sets

    @property
    def ticket(self) -> int:
        return self.mail.ticket

    @property
    def language(self) -> str:
        return str(self.agent.language)

    def did(self, key: str, **names: object) -> None:
        self.done.append(Line(key, names))

    def failed(self, key: str, **names: object) -> None:
        self.not_done.append(Line(key, names))


@dataclass(frozen=True, slots=True)
class CarriedOut:
    message: int | None
    is_kept: bool  # the mail itself stands on the ticket, as an answer, a note or a draft
    outgoing: bool


def carry_out_orders(connection: Connection, office: Office, mail: MailIn, *, now: datetime) -> CarriedOut:
    """Do what the mail says, leave an event of it, and answer its author."""
    agent = connection.execute(select(agents).where(agents.c.id == mail.agent)).one()
    row = ticket_row(connection, mail.ticket, lock=True)
    assert row is not None
    seconds = office.configuration.agents.undo_seconds
    desk = Desk(Within(connection), lambda: office, lambda: now, patience=timedelta(seconds=seconds))
    work = Work(connection, office, mail, agent, now, desk, snapshot_of(connection, row))
    text = own_words(mail.message)
    orders = read_orders(text)
    _explain_unclear(work, orders)
    allowed = tuple(order for order in orders.orders if _is_allowed(work, order))
    orders = Orders(allowed, orders.unclear, orders.text)
    _act(work, orders)
    data = _record(work, orders)
    add_events(connection, mail.ticket, now, ("agent_mail", agent.address, data))
    _report(work)
    return CarriedOut(work.message, work.is_kept, outgoing=True)


_ORDERS_COME_FROM = Standing(Trust.STRONG, TokenState.VALID, Part.HOLDER, for_agent=True, is_agent=True)
"""What ``gateway.threading.agent_mail`` found of every mail that comes here."""


def _is_allowed(work: Work, order: Order) -> bool:
    permitted = work.agent.role in FULL_ROLES or order.command in _FOR_ALL
    if ruling(Action.COMMAND, replace(_ORDERS_COME_FROM, permitted=permitted)).power is Power.GRANTED:
        return True
    work.failed("role", line=order.written)
    return False


def _explain_unclear(work: Work, orders: Orders) -> None:
    for unclear in orders.unclear:
        if unclear.command is None:
            key = "unknown_meant" if unclear.meant else "unknown"
            work.failed(key, line=unclear.written, meant=unclear.meant or "")
        elif unclear.meant:
            work.failed("value_superfluous", line=unclear.written, meant=unclear.meant)
        else:
            example = next(it for it in COMMANDS if it.command is unclear.command).shown(work.language)
            work.failed("value_missing", line=unclear.written, meant=example)


def _act(work: Work, orders: Orders) -> None:
    """Take back first, then the ticket's properties in the order written, then the text with the status, then what moves the ticket."""
    for order in orders.orders:
        if order.command is Command.UNDO:
            take_back(work, order.written)
        elif order.command is Command.HELP:
            work.wants_help = True
    properties = Properties(work)
    for order in orders.orders:
        properties.carry_out(order)
    _speak(work, orders, properties)
    for order in orders.orders:
        move(work, order)


# --- the text ------------------------------------------------------------------------------------------------------------


def _speak(work: Work, orders: Orders, properties: Properties) -> None:
    text = "\n\n".join(part for part in (orders.text, properties.macro_text) if part)
    status = properties.status
    sends = next((order for order in orders.orders if order.command is Command.SEND), None)
    draft = draft_of(work.connection, work.ticket, work.agent.id) if sends is not None else None
    if sends is not None and not text:
        if draft is None:
            work.failed("nothing_to_send", line=sends.written)
        else:
            text = draft.reply_text
    if not text:
        if status is not None:
            _set_status(work, status)
        elif not orders.any:
            work.did("done_nothing")
        return
    work.text = text
    if _is_internal(work, orders, by_send=sends is not None):
        _note(work, text, orders)
        if status is not None:
            _set_status(work, status)
        return
    why = _doubts(work, orders, text, is_sure=sends is not None)
    if not why:
        why = _answer(work, text, status, draft)
        status = None
    if why:
        work.held += [Line("held"), *why]
        work.message = keep_draft(work.connection, work.mail, work.agent, text, [line.key for line in why], work.now)
        work.is_kept = True
        if status is not None and status is not Status.SOLVED:
            _set_status(work, status)


def _is_internal(work: Work, orders: Orders, *, by_send: bool) -> bool:
    if work.agent.role not in FULL_ROLES:
        return True
    if orders.has(Command.NOTE):
        if orders.has(Command.PUBLIC):
            work.failed("contradiction")
        return True
    return work.mail.internal and not orders.has(Command.PUBLIC) and not by_send


def _note(work: Work, text: str, orders: Orders) -> None:
    try:
        work.message = work.desk.note(work.ticket, work.agent.id, text)
    except DeskError as error:
        work.failed("refused", line=text[:40], why=str(error))
        return
    attach_mail(work.connection, work.message, work.mail, work.now)
    work.is_kept = True
    work.did("done_note" if orders.has(Command.NOTE) or not work.mail.internal else "done_note_default")


def _doubts(work: Work, orders: Orders, text: str, *, is_sure: bool) -> list[Line]:
    """Why the text may not be what its author wants the customer to read. ``#send`` clears them all."""
    if is_sure:
        return []
    why = []
    if orders.unclear and not orders.has(Command.PUBLIC):
        why.append(Line("held_unclear"))
    if shows_notification(text):
        why.append(Line("held_quote"))
    files = [it.filename or it.content_type for it in work.mail.message.attachments if not it.inline]
    if files:
        why.append(Line("held_files", {"names": ", ".join(files[:10])[:300]}))
    newer = _newer_answer(work)
    if newer is not None:
        zone = ZoneInfo(work.office.addresses.brand(_heading(work).brand).time_zone)
        time = written_date(newer.created_at.astimezone(zone), work.language)
        why.append(Line("held_newer", {"who": newer.author_name or newer.author, "time": time}))
    return why


def _newer_answer(work: Work) -> Row[*tuple[Any, ...]] | None:
    """A colleague's public answer that the author had not seen when the mail that they reply to was written."""
    own = work.mail.answers
    to_agent = select(outbox.c.created_at).where(
        outbox.c.ticket_id == work.ticket,
        outbox.c.kind == NoticeKind.AGENT.value,
        outbox.c.recipient_key == work.agent.address_key,
    )
    seen = None
    if own:
        seen = work.connection.execute(to_agent.where(outbox.c.message_id.in_(own)).limit(1)).scalar()
    if seen is None:  # a mail program left out what it answers: then the last that we wrote to them
        seen = work.connection.execute(to_agent.order_by(outbox.c.id.desc()).limit(1)).scalar()
    if seen is None:
        return None
    return work.connection.execute(
        select(messages.c.author, messages.c.author_name, messages.c.created_at)
        .where(
            messages.c.ticket_id == work.ticket,
            messages.c.kind == "answer",
            messages.c.public,
            messages.c.agent_id != work.agent.id,
            messages.c.created_at > seen,
        )
        .order_by(messages.c.id.desc())
        .limit(1)
    ).first()


def _answer(work: Work, text: str, status: Status | None, draft: Row[Any] | None) -> list[Line]:
    """Send the text; returns why it could not be sent."""
    row = ticket_row(work.connection, work.ticket)
    assert row is not None
    if row.status == Status.CLOSED:
        if status is not Status.OPEN:
            return [Line("held_closed")]
        work.desk.reopen(work.ticket, work.agent.id)
    try:
        sent = work.desk.reply(work.ticket, work.agent.id, text, status=status or Status.PENDING, own=work.own_status)
    except DeskError as error:
        return [Line("held_impossible", {"why": str(error)})]
    work.message = sent.message
    if draft is not None and draft.reply_text == text:
        adopt_draft(work.connection, sent.message, draft)
    else:
        attach_mail(work.connection, sent.message, work.mail, work.now)
        work.is_kept = True
        if draft is not None:
            replace_draft(work.connection, draft)
    to, seconds = ", ".join(sent.recipients), int(work.desk.patience.total_seconds())
    if seconds:
        work.did("done_answer_waiting", to=to, seconds=seconds)
    else:
        work.did("done_answer", to=to)
    after = ticket_row(work.connection, work.ticket)
    assert after is not None
    work.did("done_status", value=status_word(work, after.status))
    return []


def _set_status(work: Work, status: Status) -> None:
    try:
        row = ticket_row(work.connection, work.ticket)
        if status is Status.OPEN and row is not None and row.status == Status.CLOSED:
            work.desk.reopen(work.ticket, work.agent.id)
        else:
            work.desk.set_status(work.ticket, status, work.agent.id, own=work.own_status)
    except DeskError as error:
        work.failed("refused", line=say(work.language, f"status_{status}"), why=str(error))
        return
    work.did("done_status", value=status_word(work, status))


# --- the record and the answer ------------------------------------------------------------------------------------------------


def _record(work: Work, orders: Orders) -> dict[str, Any]:
    """What ``#undo`` needs, and what an audit asks: who ordered what by which mail, and what came of it."""
    row = ticket_row(work.connection, work.ticket)
    assert row is not None
    mails = work.connection.execute(
        select(outbox.c.id).where(
            outbox.c.ticket_id == work.ticket, outbox.c.created_at == work.now, outbox.c.kind.in_(TO_CUSTOMERS)
        )
    ).scalars()
    return {
        "receipt": work.mail.receipt,
        "message_id": work.mail.message.message_id,
        "message": work.message,
        "orders": [order.written for order in orders.orders] + [unclear.written for unclear in orders.unclear],
        "done": [line.say("en") for line in work.done],
        "not_done": [line.say("en") for line in work.not_done],
        "held": [line.say("en") for line in work.held],
        "outbox": list(mails),
        "before": work.before.written(),
        "after": snapshot_of(work.connection, row).written(),
        "undid": work.undone,
    }


def help_lines(language: str) -> tuple[str, ...]:
    """Every command in a language, with what it does."""
    return tuple(f"{it.shown(language)} — {say(language, f'help_{it.command}')}" for it in COMMANDS)


def _heading(work: Work) -> Heading:
    row = ticket_row(work.connection, work.ticket)
    assert row is not None
    return Heading.of(row)


def _report(work: Work) -> None:
    language = work.language
    lines = help_lines(language) if work.wants_help else ()
    notice = AgentReport(
        card=card_of(work.connection, work.office, work.ticket, work.now),
        done=tuple(line.say(language) for line in work.done),
        not_done=tuple(line.say(language) for line in work.not_done),
        held=tuple(line.say(language) for line in work.held),
        text=work.text,
        help=lines,
    )
    message = work.mail.message
    letter = AgentLetter(
        notice,
        f"agent:report:{work.mail.receipt}",
        internal=True,
        parent=message.message_id,
        references=(*message.references, *((message.message_id,) if message.message_id else ())),
    )
    post_to_agent(work.connection, work.office, _heading(work), work.agent, letter, now=work.now)
