"""Mail by agents, and mail in their name: believed and carried out, or kept internal with a warning (docs/agents.md)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, func, select

from gateway.desk.agent_mail_in import MailIn
from gateway.desk.agent_orders import carry_out_orders
from gateway.desk.agent_post import AgentLetter, post_to_agent, web_link
from gateway.desk.automatic import stay_silent
from gateway.desk.office import Office
from gateway.desk.outgoing import Heading, Person
from gateway.journal import Entry, Fate
from gateway.mail.address import address_key
from gateway.mail.return_date import return_date
from gateway.notify.agents import AgentRefusal
from gateway.notify.policy import Suppression
from gateway.pipeline.record import new_message, with_signature_images
from gateway.pipeline.stages import Understood
from gateway.store.lookups import known_tickets
from gateway.store.schema import agents, events, outbox
from gateway.store.tickets import GATEWAY, add_events, add_message, change_ticket, ticket_row
from gateway.threading.agent_mail import AgentMail, KnownAgent, Standing, judge
from gateway.threading.agent_tokens import agent_tokens
from gateway.threading.model import Decision, NoticeKind, Outcome

REFUSALS_PER_HOUR = 2
"""Mails to one agent that say "not carried out": a forger must not fill the agent's mailbox through us."""

_LOOKED_AT = 50  # events of the ticket, for an order that comes a second time

Trace = Callable[[Decision], Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of the mail, for the ledger. ``trace``: where no message on the ticket carries it."""

    fate: Fate
    ticket: int
    reason: str
    outgoing: bool
    trace: Mapping[str, Any] | None = None


def take_agent_mail(
    connection: Connection,
    entry: Entry,
    understood: Understood,
    office: Office,
    otherwise: Decision,
    trace: Trace,
    *,
    by_agent: bool,
    now: datetime,
) -> Settled | None:
    """Deal with a mail that an agent wrote, or seems to have written, about a ticket; None where ``otherwise`` holds.

    ``by_agent``: From names an active agent, which proves nothing.
    """
    mail = _judged(connection, entry, understood, office, otherwise, by_agent=by_agent)
    if mail is None:
        return None
    told = trace(mail.decision)
    match mail.standing:
        case Standing.ORDER:
            return _order(connection, entry, understood, office, mail, told, now)
        case Standing.MACHINE:
            return _machine(connection, entry, understood, mail, told, now)
        case _:
            return _kept_apart(connection, entry, understood, office, mail, told, now)


def _judged(
    connection: Connection,
    entry: Entry,
    understood: Understood,
    office: Office,
    otherwise: Decision,
    *,
    by_agent: bool,
) -> AgentMail | None:
    if entry.shadow:  # learnt from, never obeyed
        return None
    configuration = office.configuration
    tokens = agent_tokens(
        understood.message,
        envelope_recipients=entry.forward_paths,
        keyring=office.keyring,
        local=configuration.reply_local,
        domain=configuration.reply_domain,
        today=entry.received_at.astimezone(UTC).date(),
    )
    if not tokens and not by_agent and not understood.evidence.own_ids:
        return None
    numbers = {token.ticket for token in tokens} | {own.ticket for own in understood.evidence.own_ids}
    rows = connection.execute(
        select(agents.c.id, agents.c.address_key, agents.c.active).where(agents.c.id.in_({it.agent for it in tokens}))
    )
    return judge(
        understood.message,
        understood.evidence,
        tokens,
        tickets={number: ticket.number for number, ticket in known_tickets(connection, numbers).items()},
        agents={row.id: KnownAgent(row.id, row.address_key, row.active) for row in rows},
        trust=understood.trust,
        is_agent=by_agent,
        null_reverse_path=not entry.reverse_path,
        otherwise=otherwise,
    )


def _order(
    connection: Connection,
    entry: Entry,
    understood: Understood,
    office: Office,
    mail: AgentMail,
    trace: Mapping[str, Any],
    now: datetime,
) -> Settled:
    assert mail.agent is not None
    message = understood.message
    if message.message_id and _was_carried_out(connection, mail.ticket, message.message_id):
        reason = "the same order was carried out before"
        return Settled(Fate.DUPLICATE, mail.ticket, reason, outgoing=False, trace=trace)
    given = MailIn(
        message=message,
        ticket=mail.ticket,
        agent=mail.agent,
        internal=mail.internal,
        answers=tuple(own.message_id for own in understood.evidence.own_ids),
        journal=entry.id,
        receipt=entry.receipt,
        trace=trace,
    )
    done = carry_out_orders(connection, office, given, now=now)
    fate = Fate.APPENDED if done.is_kept else Fate.COMMAND
    return Settled(fate, mail.ticket, mail.decision.reason, done.outgoing, None if done.is_kept else trace)


def _was_carried_out(connection: Connection, ticket: int, message_id: str) -> bool:
    """A mail of commands alone leaves no message by which the second copy could be known."""
    rows = connection.execute(
        select(events.c.data)
        .where(events.c.ticket_id == ticket, events.c.kind == "agent_mail")
        .order_by(events.c.id.desc())
        .limit(_LOOKED_AT)
    ).scalars()
    return any(data.get("message_id") == message_id for data in rows)


def _machine(
    connection: Connection,
    entry: Entry,
    understood: Understood,
    mail: AgentMail,
    trace: Mapping[str, Any],
    now: datetime,
) -> Settled:
    """An agent's absence note, or a report that a mail to an agent did not arrive. Nobody is told, no status changes."""
    is_bounce = mail.decision.outcome is Outcome.BOUNCE
    message = understood.message
    kind = "bounce" if is_bounce else "silent"
    row = add_message(connection, new_message(entry, understood, mail.ticket, kind, trace, public=False, now=now))
    if is_bounce:
        bounce = message.bounce
        data = {
            "message": row,
            "to": bounce.recipient if bounce else None,
            "status": bounce.status if bounce else None,
            "hard": bounce.hard if bounce else False,
            "diagnostic": bounce.diagnostic if bounce else None,
            "notice": "agent",
        }
        add_events(connection, mail.ticket, now, ("bounced", GATEWAY, data))
        return Settled(Fate.BOUNCE, mail.ticket, mail.decision.reason, outgoing=False)
    day = return_date(message.text, entry.received_at.date())
    author = message.author.address if message.author else ""
    data = {"message": row, "why": mail.decision.reason, "back_on": day.isoformat() if day is not None else None}
    add_events(connection, mail.ticket, now, ("machine_mail", author, data))
    return Settled(Fate.SILENT, mail.ticket, mail.decision.reason, outgoing=False)


def _kept_apart(
    connection: Connection,
    entry: Entry,
    understood: Understood,
    office: Office,
    mail: AgentMail,
    trace: Mapping[str, Any],
    now: datetime,
) -> Settled:
    """Nothing that the mail asks for is done. In an agent's name: a warning, and a word to the agent's own mailbox."""
    in_name = mail.standing is Standing.REFUSED
    kind = "agent_refused" if in_name else "join_request"
    new = new_message(entry, understood, mail.ticket, kind, trace, public=False, now=now)
    row = add_message(connection, with_signature_images(connection, understood, new))
    author = understood.message.author.address if understood.message.author else ""
    data = {"message": row, "why": mail.decision.reason, "trust": understood.trust_reason}
    event = ("agent_refused", author, data) if in_name else ("join_request", author, data)
    add_events(connection, mail.ticket, now, event)
    change_ticket(connection, mail.ticket, now)
    outgoing = in_name and not entry.shadow and _tell_agent(connection, office, mail, author, row, now)
    return Settled(Fate.JOIN_REQUEST, mail.ticket, mail.decision.reason, outgoing)


def _tell_agent(connection: Connection, office: Office, mail: AgentMail, author: str, row: int, now: datetime) -> bool:
    agent = connection.execute(select(agents).where(agents.c.address_key == address_key(author))).first()
    ticket = ticket_row(connection, mail.ticket)
    if agent is None or ticket is None:
        return False
    told = _refusals(connection, agent, now - timedelta(hours=1))
    if told >= REFUSALS_PER_HOUR:
        why = f"{agent.address} was told {told} times within the last hour that a mail was not carried out"
        silent = Suppression("agent_refusals", why)
        to = Person(0, 0, agent.address, agent.name, "agent", agent.language, undeliverable=False)
        add_events(connection, mail.ticket, now, stay_silent(NoticeKind.AGENT, to, silent).event)
        return False
    notice = AgentRefusal(_reason(mail.decision.reason), web_link(office, f"/tickets/{mail.ticket}"))
    letter = AgentLetter(notice, f"{_ONCE}{agent.id}:{row}", internal=True)
    return post_to_agent(connection, office, Heading.of(ticket), agent, letter, now=now)


_ONCE = "agent:refused:"


def _refusals(connection: Connection, agent: Row[Any], since: datetime) -> int:
    count: int = connection.execute(
        select(func.count())
        .select_from(outbox)
        .where(
            outbox.c.recipient_key == agent.address_key,
            outbox.c.created_at > since,
            outbox.c.once_key.startswith(_ONCE, autoescape=True),
        )
    ).scalar_one()
    return count


def _reason(why: str) -> str:
    """What the agent reads, in their own language; the exact reason stands in the trace."""
    if "expired" in why:
        return "refusal_expired"
    if "verified" in why or "DKIM" in why:
        return "refusal_unproven"
    if "own reply address" in why:
        return "refusal_token"
    return "refusal_other"
