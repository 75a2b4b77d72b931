"""Under which other addresses a person is known: people of the same name who wrote from an address that was verified. Reads only."""

import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from gateway.store.schema import contacts, messages, participants

VERIFIED = ("forwarded", "strong")
"""Trust of a mail that shows whose address it came from."""

MOST = 5
_LOOKED_AT = 50  # people of one name


@dataclass(frozen=True, slots=True)
class OtherAddress:
    """``tie``: what the two have in common besides the name, ``ticket`` or ``organization``."""

    contact: int
    address: str
    name: str
    tie: str
    verified_at: datetime  # the last verified mail from there


def other_addresses(
    connection: Connection, contact: int, *, organization: Callable[[str], str | None]
) -> tuple[OtherAddress, ...]:
    """Other addresses of the person, the one that was verified last first. A name alone is no tie: many people share one.

    ``organization`` says by an address which company its owner belongs to, None for no company.
    """
    lost = connection.execute(select(contacts).where(contacts.c.id == contact)).one()
    if not _plain(lost.name):
        return ()
    ties = dict.fromkeys(_of_one_ticket(connection, contact, lost.name), "ticket")
    company = organization(lost.address)
    if company is not None:
        alike = connection.execute(
            select(contacts.c.id, contacts.c.address)
            .where(contacts.c.name == lost.name, contacts.c.id != contact)
            .limit(_LOOKED_AT)
        )
        for row in alike:
            if organization(row.address) == company:
                ties.setdefault(row.id, "organization")
    found = [other for number, tie in ties.items() if (other := _verified(connection, number, tie)) is not None]
    return tuple(sorted(found, key=lambda it: it.verified_at, reverse=True)[:MOST])


def _of_one_ticket(connection: Connection, contact: int, name: str) -> Iterable[int]:
    """People of this name who take part in a ticket in which the person does."""
    theirs = select(participants.c.ticket_id).where(participants.c.contact_id == contact)
    rows = connection.execute(
        select(contacts.c.id, contacts.c.name)
        .join(participants, participants.c.contact_id == contacts.c.id)
        .where(
            participants.c.ticket_id.in_(theirs),
            participants.c.role != "agent",
            participants.c.revoked_at.is_(None),
            contacts.c.id != contact,
        )
        .order_by(contacts.c.id.desc())
        .distinct()
        .limit(_LOOKED_AT * 20)
    )
    return [row.id for row in rows if _plain(row.name) == _plain(name)][:_LOOKED_AT]


def _verified(connection: Connection, contact: int, tie: str) -> OtherAddress | None:
    """None where mail does not arrive there either, or nothing that came from there was verified."""
    row = connection.execute(
        select(contacts).where(contacts.c.id == contact, contacts.c.undeliverable_at.is_(None))
    ).one_or_none()
    if row is None:
        return None
    theirs = select(participants.c.ticket_id).where(participants.c.contact_id == contact)
    verified_at = connection.execute(
        select(func.max(messages.c.created_at)).where(
            messages.c.ticket_id.in_(theirs),
            messages.c.direction == "in",
            messages.c.kind == "mail",
            messages.c.trust.in_(VERIFIED),
            func.lower(messages.c.author) == row.address_key,
        )
    ).scalar_one()
    return None if verified_at is None else OtherAddress(contact, row.address, row.name, tie, verified_at)


def _plain(name: str) -> str:
    """As names are compared: width, case and spaces do not matter."""
    return "".join(unicodedata.normalize("NFKC", name).casefold().split())
