"""Take a message, or a person, out of everything that is kept; what stays are numbers, times and the ledger.

What is theirs is looked up first (``plan_person``, ``plan_message``), and shown or carried out (``carry_out``). A mail's entry in the
ledger keeps its fate and its digest, so the balance stays true; bytes in a file are removed when no other entry needs them. Every
value that goes is counted into one hash: the receipt proves what was there to whoever has a copy, and tells nobody else anything.

Words of theirs that others quote in own mails stay: those are the others' mails.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column, Connection, LargeBinary, Table, Text, cast, delete, func, or_, select, update

from gateway.mail.address import address_key
from gateway.mail.read import read
from gateway.store import schema
from gateway.store.personal import PERSONAL, Treatment
from gateway.store.quarantine import delete as delete_held
from gateway.store.schema import agents, contacts, events, journal, messages, outbox, quarantine, thread_ids, tickets

FINISHED = ("sent", "failed", "discarded")
REDACTED = "redacted"
_PLAIN_EVENTS = ("status", "assigned", "team", "priority", "merged", "merged_into", "closed")


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


@dataclass(slots=True)
class Removed:
    """What was removed so far, and the hash over it."""

    counts: dict[str, int] = field(default_factory=dict)
    digest: Any = field(default_factory=hashlib.sha256)

    def add(self, table: Table, key: object, values: Mapping[str, Any]) -> None:
        told = {
            name: hashlib.sha256(value).hexdigest() if isinstance(value, bytes) else value
            for name, value in values.items()
        }
        self.digest.update(json.dumps([table.name, str(key), told], sort_keys=True, default=str).encode())
        self.counts[table.name] = self.counts.get(table.name, 0) + 1


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
    if contact is None and not (own or entries or mails):
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


def carry_out(connection: Connection, plan: Plan, *, actor: str, now: datetime) -> Removed:
    """Remove what is planned, in the caller's transaction. Held mail of theirs is deleted, mail to them that waits is discarded."""
    removed = Removed()
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA secure_delete=ON")
    held = _ids(connection, select(journal.c.id).where(journal.c.id.in_(plan.journal), journal.c.fate == "quarantined"))
    delete_held(connection, held, actor=actor, now=now)
    _erase_mail(connection, plan, removed, now)
    _erase_rows(
        connection,
        messages,
        messages.c.id.in_(plan.messages),
        removed,
        author=plan.pseudonym or REDACTED,
        trace={"reason": REDACTED},
    )
    _hash_ids(connection, plan, removed)
    waiting = outbox.c.id.in_(plan.outbox) & outbox.c.state.not_in(FINISHED)
    connection.execute(update(outbox).where(waiting).values(state="discarded", finished_at=now))
    to = plan.pseudonym or f"{REDACTED}@invalid"
    _erase_rows(connection, outbox, outbox.c.id.in_(plan.outbox), removed, recipient=to, recipient_key=to)
    _erase_rows(connection, tickets, tickets.c.id.in_(plan.subjects), removed)
    _erase_events(connection, plan, removed)
    for table in schema.metadata.sorted_tables:
        if "ticket_id" in table.c and table not in (messages, outbox, events, journal, thread_ids):
            _erase_rows(connection, table, table.c.ticket_id.in_(plan.tickets), removed)
    if plan.contact is not None:
        values = {"address": plan.pseudonym, "address_key": plan.pseudonym}
        _erase_rows(connection, contacts, contacts.c.id == plan.contact, removed, **values)
    if plan.address:
        for table in schema.metadata.sorted_tables:
            _scrub(connection, table, plan, removed)
    return removed


def _erase_mail(connection: Connection, plan: Plan, removed: Removed, now: datetime) -> None:
    """The bytes of accepted mail, and what was read of it. Files are marked for removal, as with deleted mail in quarantine."""
    _mark_erased(connection, plan.journal, dict.fromkeys(("author", "author_key", "subject", "preview"), ""), now)
    path = {"reverse_path": plan.pseudonym} if plan.pseudonym else {}
    _erase_rows(connection, journal, journal.c.id.in_(plan.journal), removed, trace={"reason": REDACTED}, **path)


def _mark_erased(connection: Connection, entries: Sequence[int], words: Mapping[str, str], now: datetime) -> None:
    for number in entries:
        row = connection.execute(
            select(journal.c.digest, journal.c.raw.is_(None).label("is_file")).where(journal.c.id == number)
        ).one()
        erased = connection.execute(select(quarantine.c.erased_at).where(quarantine.c.journal_id == number)).scalar()
        values: dict[str, Any] = dict(words)
        if erased is None:
            values |= {"erased_at": now, "blob": row.digest if row.is_file else None}
        if not values:
            continue
        if not connection.execute(update(quarantine).where(quarantine.c.journal_id == number).values(values)).rowcount:
            connection.execute(quarantine.insert().values(journal_id=number, **values))


def _erase_rows(connection: Connection, table: Table, condition: Any, removed: Removed, **values: Any) -> None:
    """Empty all columns that are to be erased in these rows; ``values`` for those that need something else than nothing."""
    columns = [
        table.c[name] for name, treatment in PERSONAL.get(table.name, {}).items() if treatment is Treatment.ERASE
    ]
    if not columns:
        return
    keys = list(table.primary_key)
    for row in connection.execute(select(*keys, *columns).where(condition)).all():
        removed.add(
            table,
            tuple(row[: len(keys)]),
            {it.name: value for it, value in zip(columns, row[len(keys) :], strict=True)},
        )
    empty = {it.name: values.get(it.name, _nothing(it)) for it in columns}
    connection.execute(update(table).where(condition).values(empty))


def _nothing(column: Column[Any]) -> Any:
    if column.nullable:
        return None
    if isinstance(column.type, LargeBinary):
        return b""
    if isinstance(column.type, JSON):
        return [] if column.name in ("attachments", "forward_paths", "history") else {}
    return ""


def _hash_ids(connection: Connection, plan: Plan, removed: Removed) -> None:
    """Message-IDs can name machines and people: their hashes still find the thread's own mails."""
    for table, where in (
        (messages, messages.c.id.in_(plan.messages)),
        (outbox, outbox.c.id.in_(plan.outbox)),
    ):
        for row in connection.execute(
            select(table.c.id, table.c.message_id).where(where, table.c.message_id.is_not(None))
        ).all():
            removed.add(table, row.id, {"message_id": row.message_id})
            connection.execute(update(table).where(table.c.id == row.id).values(message_id=_hashed(row.message_id)))
    for row in connection.execute(
        select(thread_ids.c.id, thread_ids.c.header_id).where(
            or_(thread_ids.c.message_row.in_(plan.messages), thread_ids.c.ticket_id.in_(plan.tickets))
        )
    ).all():
        removed.add(thread_ids, row.id, {"header_id": row.header_id})
        connection.execute(update(thread_ids).where(thread_ids.c.id == row.id).values(header_id=_hashed(row.header_id)))


def _hashed(text: str) -> str:
    return (
        text if text.endswith("@redacted.invalid") else f"{hashlib.sha256(text.encode()).hexdigest()}@redacted.invalid"
    )


def _erase_events(connection: Connection, plan: Plan, removed: Removed) -> None:
    """Events of their tickets keep what happened; what was said goes."""
    of = events.c.ticket_id.in_(plan.tickets) & events.c.kind.not_in(_PLAIN_EVENTS)
    for row in connection.execute(select(events.c.id, events.c.data).where(of)).all():
        removed.add(events, row.id, {"data": row.data})
    connection.execute(update(events).where(of).values(data={REDACTED: True}))


def _scrub(connection: Connection, table: Table, plan: Plan, removed: Removed) -> None:
    """Replace the address wherever it is left, and remove rows whose purpose it is."""
    treatments = PERSONAL.get(table.name, {})
    gone = [table.c[name] for name, it in treatments.items() if it is Treatment.DELETE]
    if gone:
        condition = or_(*(_contains(column, plan.address) for column in gone))
        for row in connection.execute(select(table).where(condition)).all():
            removed.add(table, tuple(row), dict(row._mapping))
        connection.execute(delete(table).where(condition))
    left = [
        table.c[name]
        for name, it in treatments.items()
        if it in (Treatment.ERASE, Treatment.SCRUB) and not isinstance(table.c[name].type, LargeBinary)
    ]
    if not left:
        return
    keys = list(table.primary_key)
    found = connection.execute(
        select(*keys, *left).where(or_(*(_contains(column, plan.address) for column in left)))
    ).all()
    for row in found:
        before = {it.name: value for it, value in zip(left, row[len(keys) :], strict=True)}
        after = {name: _replaced(value, plan) for name, value in before.items()}
        changed = {name: value for name, value in after.items() if value != before[name]}
        if not changed:
            continue
        removed.add(table, tuple(row[: len(keys)]), {name: before[name] for name in changed})
        same = [key == value for key, value in zip(keys, row, strict=False)]
        connection.execute(update(table).where(*same).values(changed))


def _contains(column: Column[Any], address: str) -> Any:
    written = cast(column, Text) if isinstance(column.type, JSON) else column
    escaped = json.dumps(address)[1:-1]
    found = [written.icontains(it, autoescape=True) for it in dict.fromkeys((address, escaped))]
    return or_(*found)


def _replaced(value: Any, plan: Plan) -> Any:
    if isinstance(value, str):
        return re.sub(re.escape(plan.address), plan.pseudonym, value, flags=re.IGNORECASE)
    if isinstance(value, dict):
        return {_replaced(key, plan): _replaced(it, plan) for key, it in value.items()}
    if isinstance(value, list):
        return [_replaced(it, plan) for it in value]
    return value


def _naming(connection: Connection, key: str) -> Iterable[int]:
    """Mail of ours that belongs to no ticket and names the person: summaries of held mail, alarms."""
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


def erase_bytes(connection: Connection, entries: Sequence[int], now: datetime) -> None:
    """Drop the bytes of accepted mail alone; what was read of it stays. Files are marked for removal."""
    _mark_erased(connection, entries, {}, now)
    connection.execute(update(journal).where(journal.c.id.in_(entries)).values(raw=None))
