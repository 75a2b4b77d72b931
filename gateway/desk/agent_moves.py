"""Commands that move a ticket or a part of it: merge, split, join, spam."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from gateway.desk.actions import DeskError
from gateway.desk.command_words import Command
from gateway.desk.commands import Order
from gateway.desk.join import join, split
from gateway.store.schema import messages
from gateway.store.tickets import add_tags, change_status, ticket_row
from gateway.threading.model import Status

if TYPE_CHECKING:
    from gateway.desk.agent_orders import Work


def move(work: Work, order: Order) -> None:
    """Do it, or say why not; other orders are left alone."""
    try:
        with work.connection.begin_nested():
            match order.command:
                case Command.JOIN:
                    _join(work, order)
                case Command.SPLIT:
                    number = split(work.connection, work.office, _last_mail(work), work.agent, now=work.now)
                    work.did("done_split", value=number)
                case Command.SPAM:
                    _spam(work)
                case Command.MERGE:
                    _merge(work, order)
                case _:
                    pass
    except DeskError as error:
        work.failed("refused", line=order.written, why=str(error))


def _join(work: Work, order: Order) -> None:
    waiting = work.connection.execute(
        select(messages.c.id)
        .where(messages.c.ticket_id == work.ticket, messages.c.kind == "join_request")
        .order_by(messages.c.id)
        .limit(20)
    ).scalars()
    joined = {join(work.connection, work.office, it, work.agent, now=work.now).address: None for it in list(waiting)}
    if joined:
        work.did("done_join", value=", ".join(joined))
    else:
        work.failed("nothing_to_join", line=order.written)


def _last_mail(work: Work) -> int:
    found = work.connection.execute(
        select(messages.c.id)
        .where(messages.c.ticket_id == work.ticket, messages.c.direction == "in", messages.c.kind == "mail")
        .order_by(messages.c.id.desc())
        .limit(1)
    ).scalar()
    if found is None:
        raise DeskError("the ticket has no mail that could be split off")
    return int(found)


def _spam(work: Work) -> None:
    """Out of everybody's way, without a word to whoever sent it."""
    row = ticket_row(work.connection, work.ticket, lock=True)
    assert row is not None
    add_tags(work.connection, work.ticket, ("spam",))
    why = "marked as spam by mail"
    change_status(work.connection, row, Status.CLOSED, actor=work.agent.address, now=work.now, why=why, close_at=None)
    work.did("done_spam")


def _merge(work: Work, order: Order) -> None:
    digits = order.value.strip().lstrip("#")
    if not digits.isascii() or not digits.isdecimal() or len(digits) > 12:
        work.failed("no_such", line=order.written, value=order.value)
        return
    work.desk.merge(work.ticket, int(digits), work.agent.id)
    work.did("done_merge", value=int(digits))
