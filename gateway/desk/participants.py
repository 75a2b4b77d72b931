"""Who takes part in a ticket: added, removed and told. For people at the desk, agents' mail and the Cc policy alike.

Every function works inside the caller's transaction, leaves events, and says by DeskError what cannot be done. ``who`` is the acting
agent's row. Whoever comes later gets later mail only; everybody who takes part already is told who joins them.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row

from gateway.desk.actions import DeskError, open_ticket
from gateway.desk.office import Office
from gateway.desk.outgoing import last_token_day
from gateway.desk.telling import occasion_at, tell
from gateway.notify.headers import UnsendableAddress, wire_address
from gateway.store.lookups import is_agent
from gateway.store.participants import (
    COPIED,
    REQUESTER,
    leave,
    participant_row,
    take_part,
    withdraw_tokens,
)
from gateway.store.tickets import add_events, change_ticket, ensure_contact


@dataclass(frozen=True, slots=True)
class Joined:
    """Somebody takes part now. ``is_new`` false: did so before, and nobody was told anything."""

    ticket: int
    participant: int
    address: str
    is_new: bool


def add_person(
    connection: Connection, office: Office, ticket: int, address: str, who: Row[Any], *, now: datetime, name: str = ""
) -> Joined:
    """Make the owner of an address a participant: from now on they get every answer, and may write to the ticket."""
    row = open_ticket(connection, ticket)
    address = joinable(connection, office, address)
    joined = add_contact(connection, ticket, address, name, now)
    if joined.is_new:
        told = {"participant": joined.participant, "address": joined.address, "by": "hand"}
        add_events(connection, ticket, now, ("participant_added", who.address, told))
        change_ticket(connection, ticket, now)
        tell(connection, office, row, [joined.participant], by="", occasion=occasion_at(now), now=now)
    return joined


def remove_person(connection: Connection, ticket: int, participant: int, who: Row[Any], *, now: datetime) -> str:
    """Take somebody off the ticket; their reply addresses count no more. Returns the address."""
    open_ticket(connection, ticket)
    person = _person(connection, ticket, participant)
    if person.role == REQUESTER:
        raise DeskError("the requester cannot be removed; withdraw their reply addresses, or merge or close the ticket")
    leave(connection, participant, now)
    data = {"participant": participant, "address": person.address}
    add_events(connection, ticket, now, ("participant_removed", who.address, data))
    change_ticket(connection, ticket, now)
    return str(person.address)


def withdraw_reply_addresses(
    connection: Connection, ticket: int, participant: int, who: Row[Any], *, now: datetime
) -> str:
    """Let every reply address that this participant was given so far count no more; later mail carries new ones. Returns the address."""
    open_ticket(connection, ticket)
    person = _person(connection, ticket, participant)
    last = max(last_token_day(now), person.tokens_from or last_token_day(now))
    withdraw_tokens(connection, participant, last + timedelta(days=1))
    data = {"participant": participant, "address": person.address}
    add_events(connection, ticket, now, ("tokens_withdrawn", who.address, data))
    change_ticket(connection, ticket, now)
    return str(person.address)


def joinable(connection: Connection, office: Office, address: str) -> str:
    """The address in the form that mail goes to. DeskError where it is ours, an agent's, or no mail can go there."""
    try:
        address = wire_address(address.strip())
    except UnsendableAddress as error:
        raise DeskError(f"no mail can go to {address.strip()[:320]!r}: {error}") from error
    if office.addresses.is_ours(address):
        raise DeskError(f"{address} is one of our own addresses: mail to it would come back as a new ticket")
    if is_agent(connection, address):
        raise DeskError(f"{address} is an agent's: assign the ticket instead")
    return address


def add_contact(connection: Connection, ticket: int, address: str, name: str, now: datetime) -> Joined:
    """Write the participation alone; the caller has checked the address, writes the events and tells people."""
    contact = ensure_contact(connection, address, name=name, language=None, now=now)
    tokens_from = last_token_day(now) + timedelta(days=1)
    part = take_part(connection, ticket, contact.id, COPIED, now, tokens_from=tokens_from)
    return Joined(ticket, part.id, contact.address, part.is_new)


def _person(connection: Connection, ticket: int, participant: int) -> Row[Any]:
    person = participant_row(connection, ticket, participant)
    if person is None or person.revoked_at is not None:
        raise DeskError(f"nobody with the number {participant} takes part in ticket {ticket}")
    return person
