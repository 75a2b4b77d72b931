"""Somebody says that a mail in their name was not theirs: their address falls silent, and their tickets of that time are marked."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, insert, select

from gateway.desk.alarms import raise_alarm
from gateway.desk.office import Office
from gateway.mail.address import address_key
from gateway.store.schema import contacts, messages, participants, ticket_tags, tickets
from gateway.store.silences import Silence, is_silenced, silence
from gateway.store.tickets import add_events
from gateway.threading.not_me import Denial

TAG = "not-me"
MOST_TICKETS = 1000  # of one address that are marked at one time


@dataclass(frozen=True, slots=True)
class Denied:
    """What one denial found and did."""

    address: str
    ticket: int
    brand: str  # id
    language: str
    marked: tuple[int, ...]  # tickets that were marked just now; none where it was said before
    is_new: bool  # the address was not silent before


def find_denied(connection: Connection, denial: Denial) -> Row[*tuple[Any, ...]] | None:
    """Number, brand, language, subject, created_at of the ticket, contact and address of the participant. None where they are gone."""
    return connection.execute(
        select(
            tickets.c.id.label("number"),
            tickets.c.brand,
            tickets.c.language,
            tickets.c.subject,
            tickets.c.created_at,
            contacts.c.id.label("contact"),
            contacts.c.address,
        )
        .join(participants, participants.c.ticket_id == tickets.c.id)
        .join(contacts, contacts.c.id == participants.c.contact_id)
        .where(tickets.c.id == denial.ticket, participants.c.id == denial.participant)
    ).one_or_none()


def deny(connection: Connection, office: Office, denial: Denial, *, how: str, now: datetime) -> Denied | None:
    """Silence the address, mark its tickets of the wave, raise an alarm. None where ticket or participant are gone.

    ``how``: "link" or "reply". Said twice, it changes nothing more.
    """
    found = find_denied(connection, denial)
    if found is None:
        return None
    is_new = not is_silenced(connection, found.address, now)
    if is_new:
        until = now + timedelta(days=office.configuration.abuse.silence_days)
        silence(connection, Silence(found.address, how, found.address, found.number, now, until))
    wave = timedelta(hours=office.configuration.abuse.wave_hours)
    marked = _mark(connection, found, wave, how, now)
    if marked:
        sentence = f"{found.address} says that ticket {found.number} was not theirs; {len(marked)} tickets were marked"
        raise_alarm(connection, office, "not_me", sentence, now)
    return Denied(found.address, found.number, found.brand, found.language, marked, is_new)


def _mark(
    connection: Connection, found: Row[*tuple[Any, ...]], wave: timedelta, how: str, now: datetime
) -> tuple[int, ...]:
    """Tag the tickets of this requester that were opened around the same time and that none of our people answered."""
    answered = select(messages.c.ticket_id).where(messages.c.ticket_id == tickets.c.id, messages.c.kind == "answer")
    tagged = select(ticket_tags.c.ticket_id).where(ticket_tags.c.ticket_id == tickets.c.id, ticket_tags.c.tag == TAG)
    numbers: Sequence[int] = (
        connection.execute(
            select(tickets.c.id)
            .where(
                tickets.c.requester_id == found.contact,
                tickets.c.created_at.between(found.created_at - wave, found.created_at + wave),
                ~answered.exists(),
                ~tagged.exists(),
            )
            .order_by(tickets.c.id)
            .limit(MOST_TICKETS)
        )
        .scalars()
        .all()
    )
    why = f"{found.address} says that they did not write this ({how})"
    if numbers:
        connection.execute(insert(ticket_tags), [{"ticket_id": number, "tag": TAG} for number in numbers])
    for number in numbers:
        data = {"address": found.address, "how": how, "said_of": found.number, "why": why}
        add_events(connection, number, now, ("not_me", address_key(found.address), data))
    return tuple(numbers)
