"""Tickets and people of one organisation, told by the domains of addresses. Reads only."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, case, func, not_, or_, select

from gateway.store.schema import contacts, tickets
from gateway.store.ticket_rows import ticket_rows
from gateway.store.view_model import UNSOLVED, TicketRow

MOST_PEOPLE = 10_000


@dataclass(frozen=True, slots=True)
class Person:
    address: str
    name: str
    tickets: int
    last_at: datetime  # when the newest of them was opened


@dataclass(frozen=True, slots=True)
class OrganizationTickets:
    unsolved: int
    every: int
    rows: tuple[TicketRow, ...]  # unsolved ones first, of each kind the newest change first
    people: tuple[Person, ...]  # whose tickets they are, the newest first


def organization_tickets(
    connection: Connection, domains: Sequence[str], below: Sequence[str], *, limit: int
) -> OrganizationTickets:
    """Tickets whose requester has an address at one of the domains or below, but not at or below those of ``below``.

    Reads all contacts once, for no index tells what an address ends in; what follows costs what the organisation has. Of an
    organisation of more than ``MOST_PEOPLE`` people those count who wrote first last.
    """
    theirs = and_(_at(domains), not_(_at(below))) if below else _at(domains)
    known = select(contacts.c.id).where(theirs).order_by(contacts.c.id.desc()).limit(MOST_PEOPLE)
    people_ids = list(connection.execute(known).scalars())
    found = select(tickets.c.id, tickets.c.status, tickets.c.created_at, tickets.c.updated_at, tickets.c.requester_id)
    of_them = found.where(tickets.c.requester_id.in_(people_ids), tickets.c.merged_into.is_(None)).subquery()
    is_unsolved = of_them.c.status.in_(UNSOLVED)
    every, unsolved = connection.execute(
        select(func.count(), func.count().filter(is_unsolved)).select_from(of_them)
    ).one()
    newest = select(of_them.c.id).order_by(
        case((is_unsolved, 0), else_=1), of_them.c.updated_at.desc(), of_them.c.id.desc()
    )
    numbers = connection.execute(newest.limit(limit)).scalars()
    people = connection.execute(
        select(
            contacts.c.address,
            contacts.c.name,
            func.count().label("tickets"),
            func.max(of_them.c.created_at).label("last_at"),
        )
        .select_from(of_them.join(contacts, contacts.c.id == of_them.c.requester_id))
        .group_by(contacts.c.id, contacts.c.address, contacts.c.name)
        .order_by(func.max(of_them.c.created_at).desc(), contacts.c.id)
        .limit(limit)
    )
    return OrganizationTickets(
        unsolved=int(unsolved),
        every=int(every),
        rows=ticket_rows(connection, list(numbers), with_preview=False),
        people=tuple(Person(row.address, row.name, int(row.tickets), row.last_at) for row in people),
    )


def _at(domains: Sequence[str]) -> ColumnElement[bool]:
    key = contacts.c.address_key
    return or_(*(key.endswith(f"{sign}{domain}", autoescape=True) for domain in domains for sign in "@."))
