"""Who would get mail about a ticket now, before it is sent; and who would not, with the reason. Reads only."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, select

from gateway.desk.answering import incoming_of
from gateway.desk.automatic import foresee
from gateway.desk.office import Office
from gateway.desk.outgoing import Heading, people_of
from gateway.mail.address import address_key
from gateway.notify.headers import UnsendableAddress, wire_address
from gateway.notify.policy import Hold
from gateway.store.budget_lookup import was_answered
from gateway.store.lookups import is_agent
from gateway.store.people_views import list_people, waiting_requests
from gateway.store.schema import messages
from gateway.threading.model import NoticeKind

_LATEST = 20
"""Mails whose To and Cc are looked at."""


class Why(StrEnum):
    """What is to be said of somebody beside the address; docs/notices.md says the same."""

    CAME_BACK = "came_back"  # gets the answer, though mail to this address came back before
    REMOVED = "removed"  # was taken off the ticket
    ASKED = "asked"  # asks to take part, and nobody has let them in
    COPIED = "copied"  # stood in To or Cc of the customer's mail, but does not take part
    UNSENDABLE = "unsendable"  # takes part, and no mail can go there: the whole answer is refused


@dataclass(frozen=True, slots=True)
class Hears:
    """One address."""

    address: str
    gets: bool
    why: Why | None = None


@dataclass(frozen=True, slots=True)
class Notice:
    """What becomes of the notice that the ticket is solved, if it is solved without an answer."""

    to: str
    gets: bool
    reason: str = ""  # of docs/notices.md, "When we stay silent"
    sentence: str = ""


@dataclass(frozen=True, slots=True)
class Audience:
    answer: tuple[Hears, ...]  # everybody who gets an answer first, the requester before the others
    solution: Notice | None  # None: there is no requester


def audience(connection: Connection, office: Office, ticket: Row[Any], now: datetime) -> Audience:
    """Who would get an answer on this ticket (a row of ``tickets``), and the notice that it is solved."""
    people = people_of(connection, ticket.id)
    hears = [_participant(person.address, undeliverable=person.undeliverable) for person in people]
    taken = {address_key(one.address) for one in hears}
    hears.sort(key=lambda one: not one.gets)
    for left_out in _left_out(connection, office, ticket.id):
        if address_key(left_out.address) not in taken:
            taken.add(address_key(left_out.address))
            hears.append(left_out)
    requester = next((person for person in people if person.role == "requester"), None)
    if requester is None:
        return Audience(tuple(hears), None)
    verdict = foresee(
        connection,
        office,
        Heading.of(ticket),
        requester,
        NoticeKind.RESOLUTION,
        incoming=incoming_of(_opened_by(connection, ticket.id)),
        known=was_answered(connection, requester.address),
        now=now,
    )
    if verdict is None:
        return Audience(tuple(hears), Notice(requester.address, gets=True))
    held = isinstance(verdict, Hold)
    return Audience(tuple(hears), Notice(requester.address, held, verdict.reason, verdict.sentence))


def _participant(address: str, *, undeliverable: bool) -> Hears:
    try:
        wire_address(address)
    except UnsendableAddress:
        return Hears(address, gets=False, why=Why.UNSENDABLE)
    return Hears(address, gets=True, why=Why.CAME_BACK if undeliverable else None)


def _left_out(connection: Connection, office: Office, ticket: int) -> Iterator[Hears]:
    for person in list_people(connection, ticket):
        if person.removed_at is not None:
            yield Hears(person.address, gets=False, why=Why.REMOVED)
    for request in waiting_requests(connection, ticket):
        yield Hears(request.author, gets=False, why=Why.ASKED)
    for address in _named(connection, ticket):
        if not office.addresses.is_ours(address) and not is_agent(connection, address):
            yield Hears(address, gets=False, why=Why.COPIED)


def _named(connection: Connection, ticket: int) -> Iterable[str]:
    """Everybody whom the latest public mails name beside us, once each."""
    rows = connection.execute(
        select(messages.c.recipients)
        .where(messages.c.ticket_id == ticket, messages.c.direction == "in", messages.c.public)
        .order_by(messages.c.id.desc())
        .limit(_LATEST)
    ).scalars()
    return dict.fromkeys(
        address for named in rows for address in (*named.get("to", ()), *named.get("cc", ())) if "@" in address
    )


def _opened_by(connection: Connection, ticket: int) -> dict[str, Any]:
    """The trace of the mail that opened the ticket."""
    found = connection.execute(
        select(messages.c.trace)
        .where(messages.c.ticket_id == ticket, messages.c.direction == "in")
        .order_by(messages.c.id)
        .limit(1)
    ).scalar_one_or_none()
    return dict(found or {})
