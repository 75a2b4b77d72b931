"""Writing to tickets: small functions that each change one thing inside the caller's transaction, and leave an event."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import BindParameter, Connection, Row, Update, bindparam, delete, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from gateway.mail.address import address_key
from gateway.mail.model import Attachment
from gateway.store.schema import contacts, events, messages, participants, thread_ids, ticket_tags, tickets, timers
from gateway.threading.model import Status

GATEWAY = "gateway"
"""The actor of events that nobody caused by hand."""

INCIDENTS = "incidents"
"""The kind of timer of a solved problem that has incidents left to solve."""

Happened = tuple[str, str, Mapping[str, Any]]
"""An event about to be written: its kind, its actor, its data."""

# Statements of the pipeline's hot path are built once: building one costs three times what running it does.
_FIND_CONTACT = select(contacts).where(contacts.c.address_key == bindparam("key"))
_INSERT_CONTACT = insert(contacts)
_INSERT_TICKET = insert(tickets)
_INSERT_PARTICIPANT = insert(participants)
_INSERT_MESSAGE = insert(messages)
_INSERT_THREAD_IDS = insert(thread_ids)
_INSERT_EVENTS = insert(events)
_FIND_TICKET = select(tickets).where(tickets.c.id == bindparam("number"))
_FIND_TICKET_AND_LOCK = _FIND_TICKET.with_for_update()
_ADD_TAGS = {
    "sqlite": sqlite.insert(ticket_tags).on_conflict_do_nothing(),
    "postgresql": postgresql.insert(ticket_tags).on_conflict_do_nothing(),
}
_FIND_PARTICIPANT = select(participants.c.id).where(
    participants.c.ticket_id == bindparam("ticket"), participants.c.contact_id == bindparam("contact")
)


@dataclass(frozen=True, slots=True)
class Contact:
    id: int
    address: str  # mail goes here
    name: str
    language: str | None
    known: bool  # was there before this mail
    undeliverable: bool


@dataclass(frozen=True, slots=True)
class NewMessage:
    """A mail, an answer or a note about to be written to a ticket."""

    ticket: int
    direction: str  # in, out, note
    kind: str  # mail, answer, note, ack, resolution, bounce, silent, join_request
    public: bool
    author: str
    author_name: str
    subject: str
    text: str
    reply_text: str
    created_at: datetime
    html: str | None = None
    journal: int | None = None
    agent: int | None = None
    message_id: str | None = None
    fingerprint: str | None = None
    ancestors: tuple[str, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    signature_images: frozenset[str] = (
        frozenset()
    )  # SHA-256 of those attachments that come with every mail of the sender
    to: tuple[str, ...] = ()
    cc: tuple[str, ...] = ()
    trust: str = "none"
    trace: Mapping[str, Any] = field(default_factory=dict)


def header_id_hash(header_id: str) -> int:
    """63 bits of the id's SHA-256: what the index holds. Compare the id itself after every look-up."""
    return int.from_bytes(hashlib.sha256(header_id.encode("utf-8", "surrogateescape")).digest()[:8], "big") >> 1


def identity_of(message_id: str | None, fingerprint: str) -> str:
    """The Message-ID, or for mail without one an id made from its author and content (the same mail twice is one mail)."""
    return message_id if message_id else f"content:{fingerprint}"


def ensure_contact(connection: Connection, address: str, *, name: str, language: str | None, now: datetime) -> Contact:
    """The contact with this address, made where there is none. An empty name or language is filled in, never replaced."""
    key = address_key(address)
    row = connection.execute(_FIND_CONTACT, {"key": key}).first()
    if row is not None:
        changes: dict[str, Any] = {}
        if name and not row.name:
            changes["name"] = name[:255]
        if language and not row.language:
            changes["language"] = language
        if changes:
            connection.execute(update(contacts).where(contacts.c.id == row.id).values(changes))
        return Contact(
            row.id, row.address, row.name or name, row.language or language, True, row.undeliverable_at is not None
        )
    values = {"address_key": key, "address": address, "name": name[:255], "language": language, "created_at": now}
    made = connection.execute(_INSERT_CONTACT, values).inserted_primary_key
    assert made is not None
    return Contact(made[0], address, name, language, False, False)


def create_ticket(
    connection: Connection,
    *,
    brand: str,
    address: str,
    subject: str,
    requester: int,
    language: str,
    now: datetime,
    team: str | None = None,
    priority: str = "normal",
    status: Status = Status.NEW,
    follow_up_of: int | None = None,
    waiting: bool = True,
    configuration_stamp: str = "",
) -> int:
    """A new ticket; returns its number. ``waiting``: a customer now waits for us."""
    made = connection.execute(
        _INSERT_TICKET,
        {
            "brand": brand,
            "address": address,
            "subject": subject,
            "requester_id": requester,
            "language": language,
            "team": team,
            "priority": priority,
            "status": status.value,
            "created_at": now,
            "updated_at": now,
            "waiting_since": now if waiting else None,
            "follow_up_of": follow_up_of,
            "configuration_stamp": configuration_stamp,
        },
    ).inserted_primary_key
    assert made is not None
    number: int = made[0]
    return number


def add_participant(
    connection: Connection, ticket: int, contact: int, role: str, now: datetime, *, is_new_ticket: bool = False
) -> int:
    """The contact's participation in the ticket (its id is part of the reply token), made where there is none."""
    if not is_new_ticket:
        found = connection.execute(_FIND_PARTICIPANT, {"ticket": ticket, "contact": contact}).scalar_one_or_none()
        if found is not None:
            return int(found)
    made = connection.execute(
        _INSERT_PARTICIPANT, {"ticket_id": ticket, "contact_id": contact, "role": role, "added_at": now}
    ).inserted_primary_key
    assert made is not None
    return int(made[0])


def add_message(connection: Connection, new: NewMessage) -> int:
    """Write the message and index its Message-ID and ancestors for threading; returns the row's id."""
    made = connection.execute(
        _INSERT_MESSAGE,
        {
            "ticket_id": new.ticket,
            "journal_id": new.journal,
            "direction": new.direction,
            "kind": new.kind,
            "public": new.public,
            "author": new.author[:320],
            "author_name": new.author_name[:255],
            "agent_id": new.agent,
            "message_id": new.message_id,
            "fingerprint": new.fingerprint,
            "subject": new.subject,
            "text": new.text,
            "reply_text": new.reply_text,
            "html": new.html,
            "recipients": {"to": list(new.to), "cc": list(new.cc)},
            "attachments": [attachment_facts(attachment, new.signature_images) for attachment in new.attachments],
            "trust": new.trust,
            "trace": dict(new.trace),
            "created_at": new.created_at,
        },
    ).inserted_primary_key
    assert made is not None
    row: int = made[0]
    index_ids(
        connection,
        ticket=new.ticket,
        message_row=row,
        own_id=identity_of(new.message_id, new.fingerprint) if new.fingerprint else new.message_id,
        fingerprint=new.fingerprint,
        ancestors=new.ancestors,
        now=new.created_at,
    )
    return row


def index_ids(
    connection: Connection,
    *,
    ticket: int,
    message_row: int,
    own_id: str | None,
    fingerprint: str | None,
    ancestors: Sequence[str],
    now: datetime,
) -> None:
    """Remember a mail's own id and those it names, so that later mails find this ticket; also ids we never saw ourselves."""
    rows = [
        {
            "message_id_hash": header_id_hash(header_id),
            "header_id": header_id,
            "ticket_id": ticket,
            "message_row": message_row,
            "is_message": header_id == own_id,
            "fingerprint": fingerprint if header_id == own_id else None,
            "seen_at": now,
        }
        for header_id in dict.fromkeys(([own_id] if own_id else []) + list(ancestors))
    ]
    if rows:
        connection.execute(_INSERT_THREAD_IDS, rows)


def add_events(
    connection: Connection, ticket: int | None, now: datetime, *happened: Happened, handled: bool = False
) -> None:
    """Write events, each ``(kind, actor, data)``, in one statement. ``ticket`` None: of the whole system.

    ``handled``: no rule needs to be asked about them, for rules caused them.
    """
    if happened:
        connection.execute(
            _INSERT_EVENTS,
            [
                {
                    "ticket_id": ticket,
                    "at": now,
                    "kind": kind,
                    "actor": actor,
                    "data": dict(data),
                    "handled": handled or ticket is None,
                }
                for kind, actor, data in happened
            ],
        )


def ticket_row(connection: Connection, number: int, *, lock: bool = False) -> Row[Any] | None:
    """The ticket as it is; ``lock`` keeps other writers from it until this transaction ends (no effect on SQLite)."""
    return connection.execute(_FIND_TICKET_AND_LOCK if lock else _FIND_TICKET, {"number": number}).first()


def change_ticket(connection: Connection, number: int, now: datetime, **values: Any) -> None:
    changed = {f"new_{name}": value for name, value in values.items()}
    connection.execute(_changing(tuple(values)), {"ticket": number, "new_updated_at": now, **changed})


@lru_cache(maxsize=256)
def _changing(names: tuple[str, ...]) -> Update:
    """Built once for each set of columns."""
    values: dict[str, BindParameter[Any]] = {name: bindparam(f"new_{name}") for name in ("updated_at", *names)}
    return update(tickets).where(tickets.c.id == bindparam("ticket")).values(values)


def change_status(
    connection: Connection,
    ticket: Row[Any],
    status: Status,
    *,
    actor: str,
    now: datetime,
    why: str,
    close_at: datetime | None,
    handled: bool = False,
    own: str = "",
) -> bool:
    """Set the status with everything that belongs to it; False where it is that already. ``own``: the admin's status inside it.

    Solved starts the closing timer (``close_at``); leaving solved stops it. Pending, on hold, solved and closed mean that no
    customer waits for us.
    """
    before = Status(ticket.status)
    if before is status and ticket.substatus == own:
        return False
    data = {"from": before.value, "to": status.value, "why": why}
    if ticket.substatus or own:
        data |= {"own_from": ticket.substatus, "own_to": own}
    if before is status:
        change_ticket(connection, ticket.id, now, substatus=own)
        add_events(connection, ticket.id, now, ("status", actor, data), handled=handled)
        return False
    values: dict[str, Any] = {"status": status.value, "substatus": own}
    if status in (Status.PENDING, Status.ON_HOLD, Status.SOLVED, Status.CLOSED):
        values["waiting_since"] = None
    values["solved_at"] = now if status is Status.SOLVED else (ticket.solved_at if status is Status.CLOSED else None)
    values["closed_at"] = now if status is Status.CLOSED else None
    change_ticket(connection, ticket.id, now, **values)
    stale = ("close", INCIDENTS)
    connection.execute(delete(timers).where(timers.c.ticket_id == ticket.id, timers.c.kind.in_(stale)))
    if status is Status.SOLVED and ticket.type == "problem":
        connection.execute(insert(timers).values(ticket_id=ticket.id, kind=INCIDENTS, due_at=now))
    if status is Status.SOLVED and close_at is not None:
        connection.execute(insert(timers).values(ticket_id=ticket.id, kind="close", due_at=close_at))
    add_events(connection, ticket.id, now, ("status", actor, data), handled=handled)
    return True


def add_tags(connection: Connection, ticket: int, tags: Iterable[str]) -> None:
    """Add tags; those that are there already stay as they are."""
    rows = [{"ticket_id": ticket, "tag": tag[:64]} for tag in dict.fromkeys(tags)]
    if not rows:
        return
    connection.execute(_ADD_TAGS[connection.dialect.name], rows)


def remove_tags(connection: Connection, ticket: int, tags: Iterable[str]) -> None:
    gone = list(tags)
    if gone:
        connection.execute(delete(ticket_tags).where(ticket_tags.c.ticket_id == ticket, ticket_tags.c.tag.in_(gone)))


def attachment_facts(attachment: Attachment, signature_images: frozenset[str] = frozenset()) -> dict[str, Any]:
    """What a message's row keeps of an attachment; its bytes stay in the raw mail."""
    return {
        "part": attachment.part,
        "filename": attachment.filename,
        "content_type": attachment.content_type,
        "size": attachment.size,
        "sha256": attachment.sha256,
        "inline": attachment.inline,
        "content_id": attachment.content_id,
        "signature": attachment.inline and attachment.sha256 in signature_images,
    }
