"""A mail that belongs elsewhere: whether it may be moved without taking anything from people, and moving it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Connection, Row, func, select, update

from gateway.desk.merging import merge
from gateway.journal import Fate
from gateway.replay.stored import OPENING, Stored
from gateway.store.lookups import known_tickets
from gateway.store.participants import change_message
from gateway.store.schema import agents, events, journal, messages, thread_ids
from gateway.store.tickets import change_status, change_ticket, ticket_row
from gateway.threading.model import Decision, Outcome, Status

_MOVABLE = ("mail", "join_request", "silent")
_DONE = (Status.SOLVED.value, Status.CLOSED.value)
_COMMAND_LINE = "command line"


@dataclass(frozen=True, slots=True)
class Operator:
    """Who accepted a change set, as acts of the desk know people."""

    address: str


def why_not_moved(connection: Connection, stored: Stored, decision: Decision) -> str:
    """Why accepting leaves the mail where it is, and what a person may do; "" where it is moved."""
    row = stored.row
    if stored.by_people:
        return f"an agent decided where it is ({stored.by_people.replace('_', ' ')})"
    if decision.outcome is not Outcome.APPEND or decision.ticket is None:
        return _by_hand(stored, decision)
    if row.kind not in _MOVABLE:
        return f"it is on the ticket as {row.kind!r}, and people have seen it so"
    target = known_tickets(connection, [decision.ticket]).get(decision.ticket)
    if target is None:
        return f"ticket {decision.ticket} does not exist any more"
    opener = row.fate in OPENING
    here = row.home if opener else row.ticket_id
    if target.status.value in _DONE and target.number != here:
        return f"ticket {target.number} is {target.status.value}"
    answered = _answered(connection, {here, target.number}, row.id)
    if answered and (target.number != row.ticket_id or row.kind != "mail"):
        return f"an agent has answered on ticket {answered} since; people decide what becomes of it"
    if opener and target.number != here:
        why = _worked_on(connection, stored)
        if why:
            return f"{why}; if it is right: gateway tickets merge {here} {target.number}"
    return ""


def move(connection: Connection, stored: Stored, decision: Decision, *, actor: str, now: datetime) -> None:
    """Put the mail on the ticket where it belongs, as a customer's word; nobody is told. ``why_not_moved`` found no reason against it."""
    assert decision.ticket is not None
    row = stored.row
    target = known_tickets(connection, [decision.ticket])[decision.ticket].number
    opened, last = row.home if row.fate in OPENING else None, _last_event(connection)
    if opened is not None and opened != target:
        # A merge needs nothing of who acts but the address.
        merge(connection, opened, target, cast("Row[Any]", Operator(actor)), now)
    elif row.ticket_id != target:
        connection.execute(update(thread_ids).where(thread_ids.c.message_row == row.id).values(ticket_id=target))
    change_message(connection, row.id, ticket_id=target, kind="mail", public=True)
    if row.kind != "mail" or row.ticket_id != target:
        ticket = ticket_row(connection, target, lock=True)
        assert ticket is not None
        waiting = min(ticket.waiting_since or row.created_at, row.created_at)
        if ticket.status in (Status.PENDING.value, Status.ON_HOLD.value):
            change_status(
                connection, ticket, Status.OPEN, actor=row.author, now=now, why="the customer replied", close_at=None
            )
        if ticket.status not in _DONE:
            change_ticket(connection, target, now, waiting_since=waiting)
    placed = {"ticket_id": decision.ticket, "fate": Fate.APPENDED.value}
    connection.execute(update(journal).where(journal.c.id == row.journal_id).values(placed))
    # Rules, notices and promises follow from events that nobody has looked at yet.
    ours = events.c.ticket_id.in_([number for number in (opened, target) if number is not None])
    connection.execute(update(events).where(ours, events.c.id > last, ~events.c.handled).values(handled=True))


def _by_hand(stored: Stored, decision: Decision) -> str:
    row = stored.row
    match decision.outcome:
        case Outcome.OPEN | Outcome.FOLLOW_UP if row.fate in OPENING:
            return "its ticket is there already; people link it"
        case Outcome.OPEN | Outcome.FOLLOW_UP:
            return f"it would open a ticket; if it is right: gateway tickets join split {row.id}"
        case Outcome.QUARANTINE:
            return "it would be held, but people have it already"
        case _:
            return "people have seen it where it is, and nothing is taken from them"


def _answered(connection: Connection, numbers: set[int], message: int) -> int | None:
    """The ticket on which somebody of ours has written to the customer after this mail came."""
    return connection.execute(
        select(messages.c.ticket_id)
        .where(
            messages.c.ticket_id.in_(list(numbers)),
            messages.c.id > message,
            messages.c.direction == "out",
            messages.c.agent_id.is_not(None),
        )
        .limit(1)
    ).scalar()


def _worked_on(connection: Connection, stored: Stored) -> str:
    """What somebody of ours has done with the ticket that the mail opened."""
    actors = {it.actor for it in stored.events}
    ours = set(connection.execute(select(agents.c.address).where(agents.c.address.in_(list(actors)))).scalars())
    for event in stored.events:
        if event.kind != "replayed" and (event.actor in ours or event.actor.endswith(_COMMAND_LINE + ")")):
            return f"people have worked on ticket {stored.row.home} ({event.kind.replace('_', ' ')})"
    row = ticket_row(connection, stored.row.home)
    return f"ticket {stored.row.home} is closed" if row is None or row.status == Status.CLOSED.value else ""


def _last_event(connection: Connection) -> int:
    return int(connection.execute(select(func.coalesce(func.max(events.c.id), 0))).scalar_one())
