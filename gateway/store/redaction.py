"""What belongs to a message, or to a person: looked up first, to be shown or taken out (``gateway.store.erasing``) in slices.

What leads to other things stands last in the order of slices, and the contact after all of them: so whatever was carried out before a
process died, the same question finds the rest. Words of theirs that others quote in own mails stay: those are the others' mails.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, exists, func, or_, select

from gateway.mail.address import address_key
from gateway.store.schema import agents, contacts, journal, messages, outbox, quarantine, settings, tickets

FINISHED = ("sent", "failed", "discarded")
_ORDER = ("outbox", "journal", "messages", "tickets", "subjects")


class RedactionError(Exception):
    """Nothing was done; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is theirs, by key."""

    about: str  # "message 7", "person 3": what the audit log says
    address: str = ""
    pseudonym: str = ""
    contact: int | None = None
    tickets: tuple[int, ...] = ()  # of which everything goes
    messages: tuple[int, ...] = ()
    journal: tuple[int, ...] = ()
    outbox: tuple[int, ...] = ()
    subjects: tuple[int, ...] = ()  # tickets whose subject is theirs

    @property
    def size(self) -> int:
        """How many rows are named."""
        return sum(len(getattr(self, name)) for name in _ORDER)

    @property
    def progress_key(self) -> str:
        """Under which the settings remember how far it has come; no address in it."""
        return progress_key(self.address or self.about)

    def slices(self, size: int) -> Iterator["Plan"]:
        """Parts of at most ``size`` rows each, in the order in which they can be carried out and looked up again."""
        nothing = replace(self, address="", contact=None, **dict.fromkeys(_ORDER, ()))  # type: ignore[arg-type]
        for name in _ORDER:
            ids = getattr(self, name)
            for start in range(0, len(ids), size):
                yield replace(nothing, **{name: ids[start : start + size]})


def progress_key(of: str) -> str:
    """Of an address key, or of what a plan is about."""
    return f"redaction {hashlib.sha256(of.encode()).hexdigest()[:40]}"


def address_of(connection: Connection, contact: int) -> str | None:
    """The address of a person, by the number of their contact."""
    found: str | None = connection.execute(select(contacts.c.address).where(contacts.c.id == contact)).scalar()
    return found


def plan_person(connection: Connection, address: str) -> Plan:
    """Everything of the person with this address. RedactionError for an agent, for somebody unknown, and while mail of theirs waits."""
    key = address_key(address.strip())
    if connection.execute(select(agents.c.id).where(agents.c.address_key == key)).first() is not None:
        raise RedactionError(
            f"{address} is an agent; `gateway agents disable` keeps them out, their work stays on record"
        )
    contact = connection.execute(select(contacts.c.id).where(contacts.c.address_key == key)).scalar()
    waiting = select(journal.c.receipt).where(journal.c.state == "pending", func.lower(journal.c.reverse_path) == key)
    if (receipt := connection.execute(waiting.limit(1)).scalar()) is not None:
        raise RedactionError(f"mail {receipt} of {address} is not worked on yet; try again in a minute")
    own_tickets = _ids(connection, select(tickets.c.id).where(tickets.c.requester_id == contact)) if contact else ()
    # What came from others to the person's ticket is theirs, not the person's.
    ours = messages.c.ticket_id.in_(own_tickets) & (messages.c.direction != "in")
    own = _ids(connection, select(messages.c.id).where(or_(func.lower(messages.c.author) == key, ours)))
    touched = _ids(connection, select(messages.c.ticket_id).where(messages.c.id.in_(own)).distinct())
    entries = {
        *connection.execute(
            select(messages.c.journal_id).where(messages.c.id.in_(own), messages.c.journal_id.is_not(None))
        ).scalars(),
        *connection.execute(select(quarantine.c.journal_id).where(quarantine.c.author_key == key)).scalars(),
        *connection.execute(
            select(journal.c.id)
            .outerjoin(messages, messages.c.journal_id == journal.c.id)
            .where(func.lower(journal.c.reverse_path) == key, messages.c.id.is_(None))
        ).scalars(),
    }
    mails = _ids(
        connection,
        select(outbox.c.id).where(
            or_(
                outbox.c.recipient_key == key,
                outbox.c.ticket_id.in_(own_tickets),
                outbox.c.ticket_id.in_(touched) & outbox.c.state.in_(FINISHED),
            )
        ),
    )
    mails = tuple(sorted({*mails, *_naming(connection, key)}))
    if contact is None and not (own or entries or mails or _is_begun(connection, key)):
        raise RedactionError(f"nothing is known of {address}")
    number = contact if contact is not None else int(hashlib.sha256(key.encode()).hexdigest()[:8], 16)
    return Plan(
        f"person {number}",
        key,
        f"redacted-{number}@invalid",
        contact,
        own_tickets,
        own,
        tuple(sorted(entries)),
        mails,
        own_tickets,
    )


def plan_message(connection: Connection, message: int) -> Plan:
    """Everything of one message. RedactionError where there is none."""
    row = connection.execute(select(messages).where(messages.c.id == message)).one_or_none()
    if row is None:
        raise RedactionError(f"there is no message {message}")
    first = connection.execute(
        select(func.min(messages.c.id)).where(messages.c.ticket_id == row.ticket_id)
    ).scalar_one()
    quoting = outbox.c.created_at >= row.created_at
    mails = select(outbox.c.id).where(
        or_(
            outbox.c.message_row == message,
            (outbox.c.ticket_id == row.ticket_id) & quoting & outbox.c.state.in_(FINISHED),
        )
    )
    return Plan(
        f"message {message}",
        messages=(message,),
        journal=(row.journal_id,) if row.journal_id is not None else (),
        outbox=_ids(connection, mails),
        subjects=(row.ticket_id,) if first == message else (),
    )


def has_newer(connection: Connection, plan: Plan, after: dict[str, int]) -> bool:
    """Whether more of the person has come in since: rows with higher numbers than ``after`` has, by table."""
    own_tickets = select(tickets.c.id).where(tickets.c.requester_id == plan.contact)
    newer_entry = journal.c.id > after["journal"]
    return any(
        connection.execute(select(exists(found))).scalar()
        for found in (
            select(messages.c.id).where(
                messages.c.id > after["messages"],
                or_(func.lower(messages.c.author) == plan.address, messages.c.ticket_id.in_(own_tickets)),
            ),
            select(outbox.c.id).where(
                outbox.c.id > after["outbox"],
                or_(outbox.c.recipient_key == plan.address, outbox.c.ticket_id.in_(own_tickets)),
            ),
            select(journal.c.id).where(newer_entry, func.lower(journal.c.reverse_path) == plan.address),
            select(journal.c.id)
            .join(quarantine, quarantine.c.journal_id == journal.c.id)
            .where(newer_entry, quarantine.c.author_key == plan.address),
        )
    )


def _is_begun(connection: Connection, key: str) -> bool:
    """Whether an earlier run came so far that nothing but its end is missing."""
    return bool(connection.execute(select(exists().where(settings.c.key == progress_key(key)))).scalar())


def _naming(connection: Connection, key: str) -> Iterable[int]:
    """Mail of ours that belongs to no ticket and names the person: summaries of held mail, alarms."""
    from gateway.mail.read import read  # the reader takes 10 MB, which nobody else in delivery needs

    rows = connection.execute(
        select(outbox.c.id, outbox.c.raw).where(outbox.c.ticket_id.is_(None), outbox.c.state.in_(FINISHED))
    )
    return [
        row.id for row in rows if row.raw and key in f"{(mail := read(bytes(row.raw))).subject}\n{mail.text}".lower()
    ]


def _ids(connection: Connection, query: Any) -> tuple[int, ...]:
    found: Sequence[int] = connection.execute(query).scalars().all()
    return tuple(sorted(found))


def plan_ticket(connection: Connection, number: int) -> Plan:
    """All content of a ticket, whoever wrote it; mail that still waits to be sent stays."""
    own = _ids(connection, select(messages.c.id).where(messages.c.ticket_id == number))
    entries = select(messages.c.journal_id).where(messages.c.ticket_id == number, messages.c.journal_id.is_not(None))
    mails = select(outbox.c.id).where(outbox.c.ticket_id == number, outbox.c.state.in_(FINISHED))
    return Plan(
        f"ticket {number}",
        tickets=(number,),
        messages=own,
        journal=_ids(connection, entries),
        outbox=_ids(connection, mails),
        subjects=(number,),
    )
