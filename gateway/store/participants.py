"""Who takes part in a ticket: coming, going, and tokens that count no more. Small functions inside the caller's transaction."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update

from gateway.store.schema import contacts, messages, participants

AGENT, REQUESTER, COPIED = "agent", "requester", "cc"


@dataclass(frozen=True, slots=True)
class Participation:
    id: int
    is_new: bool  # did not take part a moment ago


def take_part(
    connection: Connection, ticket: int, contact: int, role: str, now: datetime, *, tokens_from: date
) -> Participation:
    """Make the contact a participant. Who was removed before comes back, without the reply addresses of then."""
    found = connection.execute(
        select(participants).where(participants.c.ticket_id == ticket, participants.c.contact_id == contact)
    ).first()
    if found is None:
        made = connection.execute(
            insert(participants).values(ticket_id=ticket, contact_id=contact, role=role, added_at=now)
        ).inserted_primary_key
        assert made is not None
        return Participation(int(made[0]), is_new=True)
    if found.revoked_at is None:
        return Participation(int(found.id), is_new=False)
    connection.execute(
        update(participants)
        .where(participants.c.id == found.id)
        .values(revoked_at=None, added_at=now, tokens_from=_later(found.tokens_from, tokens_from))
    )
    return Participation(int(found.id), is_new=True)


def leave(connection: Connection, participant: int, now: datetime) -> None:
    """Nothing more is sent to this participant, and their reply addresses count no more."""
    connection.execute(update(participants).where(participants.c.id == participant).values(revoked_at=now))


def withdraw_tokens(connection: Connection, participant: int, tokens_from: date) -> None:
    """Tokens that end before ``tokens_from`` count no more. The day only ever moves on."""
    found = connection.execute(select(participants).where(participants.c.id == participant)).one()
    connection.execute(
        update(participants)
        .where(participants.c.id == participant)
        .values(tokens_from=_later(found.tokens_from, tokens_from))
    )


def participant_row(connection: Connection, ticket: int, participant: int) -> Row[Any] | None:
    """One participation with the contact's ``address`` and ``name``; None where this ticket has none with that number."""
    return connection.execute(
        _PEOPLE.where(participants.c.ticket_id == ticket, participants.c.id == participant)
    ).first()


def participant_by_address(connection: Connection, ticket: int, key: str) -> Row[Any] | None:
    """The same by address key."""
    return connection.execute(_PEOPLE.where(participants.c.ticket_id == ticket, contacts.c.address_key == key)).first()


def count_copied(connection: Connection, ticket: int) -> int:
    """How many people take part beside the requester and agents."""
    return connection.execute(
        select(func.count()).where(
            participants.c.ticket_id == ticket, participants.c.role == COPIED, participants.c.revoked_at.is_(None)
        )
    ).scalar_one()


def message_row(connection: Connection, message: int) -> Row[Any] | None:
    """A message with its ticket's number, kept from other writers until the transaction ends."""
    return connection.execute(select(messages).where(messages.c.id == message).with_for_update()).first()


def message_of(connection: Connection, entry: int) -> int:
    """The message that a journal entry became."""
    return int(connection.execute(select(messages.c.id).where(messages.c.journal_id == entry)).scalar_one())


def change_message(connection: Connection, message: int, **values: Any) -> None:
    connection.execute(update(messages).where(messages.c.id == message).values(**values))


_PEOPLE = select(participants, contacts.c.address, contacts.c.address_key, contacts.c.name, contacts.c.language).join(
    contacts, contacts.c.id == participants.c.contact_id
)


def _later(one: date | None, other: date) -> date:
    return other if one is None else max(one, other)
