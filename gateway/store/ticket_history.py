"""What rules and promises ask about tickets, read for many tickets with a handful of queries."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, Connection, Row, and_, bindparam, false, func, or_, select

from gateway.store.schema import agents, contacts, events, journal, messages, ratings, ticket_tags, tickets


@dataclass(frozen=True, slots=True)
class Said:
    """A message on a ticket: enough to know whose word it was."""

    at: datetime
    direction: str  # in, out
    trust: str
    shadow: bool = False  # only learnt from: nobody is promised anything for it


@dataclass(frozen=True, slots=True)
class StatusChange:
    at: datetime
    was: str
    became: str
    own: str = ""  # the admin's status inside what it became


@dataclass(frozen=True, slots=True)
class History:
    """A ticket and what happened on it, oldest first."""

    row: Row[Any]  # of tickets, with requester, requester_name, agent (addresses; None: nobody) and rating (0 to 1)
    tags: frozenset[str]
    said: Sequence[Said]  # public words of customers and agents alone; answers that did not arrive are none
    statuses: Sequence[StatusChange]


# Built once: these are asked several times for every ticket that something happens on.
_NUMBERS: BindParameter[Any] = bindparam("numbers", expanding=True)
_TICKETS = (
    select(
        tickets,
        contacts.c.address.label("requester"),
        contacts.c.name.label("requester_name"),
        agents.c.address.label("agent"),
        ratings.c.score.label("rating"),
    )
    .join(contacts, contacts.c.id == tickets.c.requester_id)
    .outerjoin(agents, agents.c.id == tickets.c.assignee_id)
    .outerjoin(ratings, ratings.c.ticket_id == tickets.c.id)
    .where(tickets.c.id.in_(_NUMBERS))
)
_TAGS = select(ticket_tags.c.ticket_id, ticket_tags.c.tag).where(ticket_tags.c.ticket_id.in_(_NUMBERS))
_WORDS = (
    select(
        messages.c.ticket_id,
        messages.c.id,
        messages.c.created_at,
        messages.c.direction,
        messages.c.trust,
        func.coalesce(journal.c.shadow, false()),
    )
    .outerjoin(journal, journal.c.id == messages.c.journal_id)
    .where(
        messages.c.ticket_id.in_(_NUMBERS),
        messages.c.public,
        or_(
            and_(messages.c.direction == "in", messages.c.kind == "mail"),
            and_(messages.c.direction == "out", messages.c.kind == "answer"),
        ),
    )
    .order_by(messages.c.id)
)
_EVENTS = (
    select(events.c.ticket_id, events.c.at, events.c.kind, events.c.data)
    .where(events.c.ticket_id.in_(_NUMBERS), events.c.kind.in_(("status", "undelivered")))
    .order_by(events.c.id)
)


def histories(connection: Connection, numbers: Iterable[int]) -> dict[int, History]:
    """By ticket number; tickets that are gone are left out."""
    wanted = sorted(set(numbers))
    if not wanted:
        return {}
    asked = {"numbers": wanted}
    rows = connection.execute(_TICKETS, asked).all()
    tags: defaultdict[int, set[str]] = defaultdict(set)
    for number, tag in connection.execute(_TAGS, asked):
        tags[number].add(tag)
    said: defaultdict[int, list[tuple[int, Said]]] = defaultdict(list)
    for number, row_id, at, direction, trust, shadow in connection.execute(_WORDS, asked):
        said[number].append((row_id, Said(at, direction, trust, bool(shadow))))
    statuses: defaultdict[int, list[StatusChange]] = defaultdict(list)
    unheard: set[int] = set()
    for number, at, kind, data in connection.execute(_EVENTS, asked):
        if kind == "status" and data.get("undoes") == "merge":
            statuses[number] = statuses[number][:-1]  # closed by a merge, which never was
        elif kind == "status":
            statuses[number].append(StatusChange(at, data.get("from", ""), data.get("to", ""), data.get("own_to", "")))
        elif data.get("message") is not None:
            unheard.add(data["message"])
    return {
        row.id: History(
            row,
            frozenset(tags[row.id]),
            [word for message, word in said[row.id] if message not in unheard],
            statuses[row.id],
        )
        for row in rows
    }
