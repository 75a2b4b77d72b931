"""Who takes part in a ticket, who asks to, and which tickets a mail may belong to: frozen rows for pages and commands. Reads only."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, literal_column, select

from gateway.store.schema import contacts, messages, participants, tickets
from gateway.threading.model import Status


@dataclass(frozen=True, slots=True)
class PersonRow:
    ticket: int
    participant: int
    address: str
    name: str
    role: str  # requester, cc, agent
    since: datetime
    removed_at: datetime | None
    tokens_from: date | None  # reply addresses that end before this day were withdrawn


@dataclass(frozen=True, slots=True)
class JoinRequestRow:
    message: int
    ticket: int
    author: str
    author_name: str
    subject: str
    trust: str
    received_at: datetime
    why: str  # why the author may not write to the ticket


@dataclass(frozen=True, slots=True)
class HintRow:
    """A ticket that a mail may belong to."""

    number: int
    subject: str
    status: Status
    language: str


def list_people(connection: Connection, ticket: int) -> tuple[PersonRow, ...]:
    """Everybody who takes part or did, the requester first, then in the order in which they came."""
    rows = connection.execute(
        select(participants, contacts.c.address, contacts.c.name)
        .join(contacts, contacts.c.id == participants.c.contact_id)
        .where(participants.c.ticket_id == ticket)
        .order_by(participants.c.role != "requester", participants.c.added_at, participants.c.id)
    )
    return tuple(
        PersonRow(row.ticket_id, row.id, row.address, row.name, row.role, row.added_at, row.revoked_at, row.tokens_from)
        for row in rows
    )


def waiting_requests(connection: Connection, ticket: int | None = None, *, limit: int = 1000) -> list[JoinRequestRow]:
    """Mail that an agent must let in or decline, on one ticket or on all, oldest first."""
    asks = messages.c.kind == literal_column("'join_request'")  # so that the database uses its partial index
    wanted = select(messages).where(asks).order_by(messages.c.id).limit(limit)
    if ticket is not None:
        wanted = wanted.where(messages.c.ticket_id == ticket)
    return [
        JoinRequestRow(
            row.id,
            row.ticket_id,
            row.author,
            row.author_name,
            row.subject,
            row.trust,
            row.created_at,
            str(row.trace.get("reason", "")),
        )
        for row in connection.execute(wanted)
    ]


def parts_of(connection: Connection, number: int, told: Sequence[int]) -> frozenset[int]:
    """Of the tickets that events tell were merged into this one, those that still are a part of it."""
    if not told:
        return frozenset()
    still = select(tickets.c.id).where(tickets.c.id.in_(told), tickets.c.merged_into == number)
    return frozenset(connection.execute(still).scalars())


def hinted_tickets(connection: Connection, numbers: Iterable[int]) -> list[HintRow]:
    """Those of the tickets that something could be merged into, in the order given."""
    wanted = list(dict.fromkeys(numbers))
    rows = {
        row.id: HintRow(row.id, row.subject, Status(row.status), row.language)
        for row in connection.execute(
            select(tickets).where(
                tickets.c.id.in_(wanted), tickets.c.merged_into.is_(None), tickets.c.status != Status.CLOSED.value
            )
        )
    }
    return [rows[number] for number in wanted if number in rows]
