"""Taking things out of the tables: what a plan (``gateway.store.redaction``) names, a slice in each transaction of the caller's.

A mail's entry in the ledger keeps its fate and its digest, so the balance stays true; bytes in a file are removed when no other entry
needs them. Every value that goes is counted into one hash: the receipt proves what was there to whoever has a copy, and tells nobody
else anything. What is empty already is not counted again, so a slice may be carried out twice.
"""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    Column,
    Connection,
    LargeBinary,
    Table,
    Text,
    and_,
    cast,
    delete,
    func,
    insert,
    or_,
    select,
    update,
)

from gateway.store import schema
from gateway.store.personal import PERSONAL, Treatment
from gateway.store.quarantine import delete as delete_held
from gateway.store.redaction import FINISHED, Plan
from gateway.store.schema import (
    contacts,
    events,
    journal,
    messages,
    outbox,
    quarantine,
    ratings,
    settings,
    surveys,
    thread_ids,
    tickets,
    webhook_calls,
)

REDACTED = "redacted"
_PLAIN_EVENTS = ("status", "assigned", "team", "priority", "merged", "merged_into", "closed")
_GROWING = (messages, journal, outbox, events, thread_ids, webhook_calls)  # where the last look reads new rows alone


@dataclass(slots=True)
class Removed:
    """What was removed so far, and the hash over it; written down with each slice, so that another process can go on."""

    began: datetime  # stands in every file's mark, so that the files of one redaction can be counted
    pseudonym: str = ""
    counts: dict[str, int] = field(default_factory=dict)
    hash: str = ""
    files: int = 0

    def add(self, table: Table, key: object, values: Mapping[str, Any]) -> None:
        """One row that loses these values."""
        told = {
            name: hashlib.sha256(value).hexdigest() if isinstance(value, bytes) else value
            for name, value in values.items()
        }
        row = json.dumps([self.hash, table.name, str(key), told], sort_keys=True, default=str)
        self.hash = hashlib.sha256(row.encode()).hexdigest()
        self.counts[table.name] = self.counts.get(table.name, 0) + 1


def resume(connection: Connection, plan: Plan, now: datetime) -> Removed:
    """Where an earlier run has stopped; else a beginning."""
    told = connection.execute(select(settings.c.value).where(settings.c.key == plan.progress_key)).scalar()
    if told is None:
        return Removed(now, plan.pseudonym)
    began = datetime.fromisoformat(told["began"]).astimezone(UTC)
    return Removed(began, told["pseudonym"], dict(told["counts"]), told["hash"], told["files"])


def write_progress(connection: Connection, plan: Plan, removed: Removed) -> None:
    """Remember how far it has come, in the transaction that came so far."""
    finish(connection, plan)
    told = {
        "about": plan.about,
        "began": removed.began.isoformat(),
        "pseudonym": removed.pseudonym,
        "counts": removed.counts,
        "hash": removed.hash,
        "files": removed.files,
    }
    connection.execute(insert(settings).values(key=plan.progress_key, value=told))


def finish(connection: Connection, plan: Plan) -> None:
    """Forget how far it has come: the receipt tells it from now on."""
    connection.execute(delete(settings).where(settings.c.key == plan.progress_key))


def unfinished(connection: Connection) -> list[tuple[str, datetime]]:
    """Redactions that were begun and not ended: what they are about, and since when."""
    rows = connection.execute(select(settings.c.value).where(settings.c.key.startswith("redaction "))).scalars()
    return [(str(told["about"]), datetime.fromisoformat(told["began"])) for told in rows]


def carry_out(connection: Connection, plan: Plan, removed: Removed, *, actor: str, now: datetime) -> None:
    """Remove what is planned, in the caller's transaction. Held mail of theirs is deleted, mail to them that waits is discarded."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA secure_delete=ON")
    held = connection.execute(
        select(journal.c.id).where(journal.c.id.in_(plan.journal), journal.c.fate == "quarantined")
    ).scalars()
    delete_held(connection, list(held), actor=actor, now=now)
    _erase_mail(connection, plan, removed)
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
    calls = webhook_calls.c.ticket_id.in_(plan.tickets) & (webhook_calls.c.state == "waiting")
    connection.execute(update(webhook_calls).where(calls).values(state="failed", finished_at=now, next_attempt_at=None))


def erase_contact(connection: Connection, plan: Plan, removed: Removed) -> None:
    """The end: nothing leads from the address to the person any more."""
    if plan.contact is None:
        return
    _erase_rows(connection, ratings, ratings.c.contact_id == plan.contact, removed)
    values = {"address": plan.pseudonym, "address_key": plan.pseudonym}
    _erase_rows(connection, contacts, contacts.c.id == plan.contact, removed, **values)


def newest(connection: Connection) -> dict[str, int]:
    """The highest number in each of the tables that grow with mail."""
    return {it.name: connection.execute(select(func.max(it.c.id))).scalar() or 0 for it in _GROWING}


def rows_naming(
    connection: Connection, address: str, size: int, until: Mapping[str, int]
) -> Iterator[tuple[Table, list[Any]]]:
    """Rows in which the address is left, as keys, at most ``size`` at once; but for contacts, which come last.

    Where tables grow with mail only rows up to ``until``: what came in since is found by its address first.
    """
    for table in schema.metadata.sorted_tables:
        columns = [*_to_remove(table), *_to_scrub(table)]
        if not columns or table is contacts:
            continue
        keys = list(table.primary_key)
        naming = or_(*(_contains(column, address) for column in columns))
        if table.name in until:
            naming &= table.c.id <= until[table.name]
        elif table is quarantine:
            naming &= table.c.journal_id <= until["journal"]
        found = [tuple(row) for row in connection.execute(select(*keys).where(naming).order_by(*keys))]
        for start in range(0, len(found), size):
            yield table, found[start : start + size]


def scrub_rows(connection: Connection, table: Table, keys: Sequence[Any], plan: Plan, removed: Removed) -> None:
    """Replace the address in these rows, or remove those whose purpose it is."""
    columns = list(table.primary_key)
    for key in keys:
        _scrub(connection, table, plan, removed, [column == value for column, value in zip(columns, key, strict=True)])


def scrub_newer(connection: Connection, plan: Plan, removed: Removed, after: Mapping[str, int]) -> None:
    """The same in all tables; where they grow with mail, in rows with higher numbers than ``after`` has."""
    for table in schema.metadata.sorted_tables:
        newer = [table.c.id > after[table.name]] if table.name in after else []
        _scrub(connection, table, plan, removed, newer)


def _erase_mail(connection: Connection, plan: Plan, removed: Removed) -> None:
    """The bytes of accepted mail, and what was read of it. Files are marked for removal, as with deleted mail in quarantine."""
    words = dict.fromkeys(("author", "author_key", "subject", "preview"), "")
    removed.files += _mark_erased(connection, plan.journal, words, removed.began)
    path = {"reverse_path": plan.pseudonym} if plan.pseudonym else {}
    _erase_rows(connection, journal, journal.c.id.in_(plan.journal), removed, trace={"reason": REDACTED}, **path)


def _mark_erased(connection: Connection, entries: Sequence[int], words: Mapping[str, str], now: datetime) -> int:
    files = 0
    for number in entries:
        row = connection.execute(
            select(journal.c.digest, journal.c.raw.is_(None).label("is_file")).where(journal.c.id == number)
        ).one()
        erased = connection.execute(select(quarantine.c.erased_at).where(quarantine.c.journal_id == number)).scalar()
        values: dict[str, Any] = dict(words)
        if erased is None:
            values |= {"erased_at": now, "blob": row.digest if row.is_file else None}
            files += row.is_file
        if not values:
            continue
        if not connection.execute(update(quarantine).where(quarantine.c.journal_id == number).values(values)).rowcount:
            connection.execute(quarantine.insert().values(journal_id=number, **values))
    return files


def _erase_rows(connection: Connection, table: Table, condition: Any, removed: Removed, **values: Any) -> None:
    """Empty all columns that are to be erased in these rows; ``values`` for those that need something else than nothing."""
    columns = [
        table.c[name] for name, treatment in PERSONAL.get(table.name, {}).items() if treatment is Treatment.ERASE
    ]
    if not columns:
        return
    keys = list(table.primary_key)
    empty = {it.name: values.get(it.name, _nothing(it)) for it in columns}
    for row in connection.execute(select(*keys, *columns).where(condition)).all():
        before = {it.name: value for it, value in zip(columns, row[len(keys) :], strict=True)}
        if before != empty:
            removed.add(table, tuple(row[: len(keys)]), before)
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
            if _hashed(row.message_id) == row.message_id:
                continue
            removed.add(table, row.id, {"message_id": row.message_id})
            connection.execute(update(table).where(table.c.id == row.id).values(message_id=_hashed(row.message_id)))
    asked = surveys.c.ticket_id.in_(plan.tickets) & surveys.c.message_id.is_not(None)
    for row in connection.execute(select(surveys.c.ticket_id, surveys.c.message_id).where(asked)).all():
        if _hashed(row.message_id) != row.message_id:
            removed.add(surveys, row.ticket_id, {"message_id": row.message_id})
        same = surveys.c.ticket_id == row.ticket_id
        connection.execute(update(surveys).where(same).values(message_id=_hashed(row.message_id)))
    for row in connection.execute(
        select(thread_ids.c.id, thread_ids.c.header_id).where(
            or_(thread_ids.c.message_row.in_(plan.messages), thread_ids.c.ticket_id.in_(plan.tickets))
        )
    ).all():
        if _hashed(row.header_id) == row.header_id:
            continue
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
        if row.data != {REDACTED: True}:
            removed.add(events, row.id, {"data": row.data})
    connection.execute(update(events).where(of).values(data={REDACTED: True}))


def _to_remove(table: Table) -> list[Column[Any]]:
    return [table.c[name] for name, it in PERSONAL.get(table.name, {}).items() if it is Treatment.DELETE]


def _to_scrub(table: Table) -> list[Column[Any]]:
    return [
        table.c[name]
        for name, it in PERSONAL.get(table.name, {}).items()
        if it in (Treatment.ERASE, Treatment.SCRUB) and not isinstance(table.c[name].type, LargeBinary)
    ]


def _scrub(connection: Connection, table: Table, plan: Plan, removed: Removed, among: Sequence[Any]) -> None:
    """Replace the address in rows of which ``among`` is true, and remove rows whose purpose it is."""
    gone = _to_remove(table)
    if gone:
        condition = and_(or_(*(_contains(column, plan.address) for column in gone)), *among)
        for row in connection.execute(select(table).where(condition)).all():
            removed.add(table, tuple(row), dict(row._mapping))
        connection.execute(delete(table).where(condition))
    left = _to_scrub(table)
    if not left:
        return
    keys = list(table.primary_key)
    found = connection.execute(
        select(*keys, *left).where(or_(*(_contains(column, plan.address) for column in left)), *among)
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


def erase_bytes(connection: Connection, entries: Sequence[int], now: datetime) -> None:
    """Drop the bytes of accepted mail alone; what was read of it stays. Files are marked for removal."""
    _mark_erased(connection, entries, {}, now)
    connection.execute(update(journal).where(journal.c.id.in_(entries)).values(raw=None))
