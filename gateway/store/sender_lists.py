"""The sender lists as they are kept: add, remove, look up. Every change is an event of the whole system.

add_entry(connection, Action.BLOCK, "kim@example.com", reason="insults", author="admin@example.com", now=now)
listed(connection, Sender(author="kim@example.com"), now=now)
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from threading import Lock
from typing import Any

from sqlalchemy import Connection, Engine, Row, bindparam, insert, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from gateway.rules.sender_lists import Action, Entry, Kind, Listed, Sender, SenderLists, compile_lists, read_value
from gateway.store.memo import forget, once
from gateway.store.schema import sender_lists, settings
from gateway.store.tickets import add_events

MOST_ENTRIES = 100_000
_REVISION_KEY = "sender_lists"
_FIND_REVISION = select(settings.c.value).where(settings.c.key == bindparam("key"))  # built once: see store.tickets


class ListError(Exception):
    """The message is for the person who asked."""


@dataclass(frozen=True, slots=True)
class Stored:
    """An entry, and whether it still counts."""

    entry: Entry
    removed_at: datetime | None = None
    removed_by: str | None = None


@dataclass(frozen=True, slots=True)
class Added:
    """What became of ``add_entry``."""

    entry: Entry
    is_new: bool  # False: the same entry was there already, and stays as it is
    conflicts: tuple[Entry, ...] = ()  # entries for the very same sender that say the opposite: allow wins


def add_entry(
    connection: Connection,
    action: Action,
    value: str,
    *,
    reason: str,
    author: str,
    now: datetime,
    kind: Kind | None = None,
    expires_at: datetime | None = None,
) -> Added:
    """List a sender: an address, domain, network or /pattern/ (``read_value``). Needs a transaction that may write.

    ListError where the value is none of these, the reason is missing, or the end lies in the past.
    """
    try:
        kind, value = read_value(value, kind)
    except ValueError as error:
        raise ListError(str(error)) from error
    reason = " ".join(reason.split())[:500]
    if not reason:
        raise ListError("write a reason: whoever finds a mail held will ask for it")
    if expires_at is not None and expires_at <= now:
        raise ListError("the entry would be over at once; name a time to come")
    same = [_entry(row) for row in _active(connection, now, value=value, kind=kind)]
    conflicts = tuple(it for it in same if (it.action is Action.ALLOW) != (action is Action.ALLOW))
    for entry in same:
        if entry.action is action and entry.expires_at == expires_at:
            return Added(entry, is_new=False, conflicts=conflicts)
    statement = insert(sender_lists).returning(sender_lists)
    values = {
        "action": action.value,
        "kind": kind.value,
        "value": value,
        "reason": reason,
        "author": author,
        "created_at": now,
        "expires_at": expires_at,
    }
    entry = _entry(connection.execute(statement, values).one())
    _changed(connection, "added", entry, author, now)
    return Added(entry, is_new=True, conflicts=conflicts)


def remove_entry(connection: Connection, number: int, *, author: str, now: datetime) -> Entry:
    """Take an entry off the lists; it stays readable, since traces name it. ListError where there is none (any more)."""
    row = connection.execute(
        update(sender_lists)
        .where(sender_lists.c.id == number, sender_lists.c.removed_at.is_(None))
        .values(removed_at=now, removed_by=author)
        .returning(sender_lists)
    ).first()
    if row is None:
        raise ListError(f"there is no list entry #{number}, or it was removed already; `gateway lists list` shows them")
    entry = _entry(row)
    _changed(connection, "removed", entry, author, now)
    return entry


def list_entries(
    connection: Connection,
    *,
    now: datetime,
    action: Action | None = None,
    words: str = "",
    with_ended: bool = False,
    limit: int | None = None,
    before: int | None = None,
) -> list[Stored]:
    """Entries, newest first. ``words``: to be found in value or reason; ``with_ended``: also those removed or over."""
    query = select(sender_lists).order_by(sender_lists.c.id.desc()).limit(limit)
    if not with_ended:
        query = query.where(
            sender_lists.c.removed_at.is_(None),
            or_(sender_lists.c.expires_at.is_(None), sender_lists.c.expires_at > now),
        )
    if action is not None:
        query = query.where(sender_lists.c.action == action.value)
    if words:
        query = query.where(
            or_(
                sender_lists.c.value.icontains(words, autoescape=True),
                sender_lists.c.reason.icontains(words, autoescape=True),
            )
        )
    if before is not None:
        query = query.where(sender_lists.c.id < before)
    return [Stored(_entry(row), row.removed_at, row.removed_by) for row in connection.execute(query)]


def conflicting(entries: Iterable[Entry]) -> dict[str, tuple[Entry, ...]]:
    """By an entry's id, the others for the very same address, domain, network or pattern that say the opposite."""
    same: dict[tuple[Kind, str], list[Entry]] = {}
    for entry in entries:
        same.setdefault((entry.kind, entry.value), []).append(entry)
    return {
        entry.id: others
        for group in same.values()
        for entry in group
        if (others := tuple(it for it in group if (it.action is Action.ALLOW) != (entry.action is Action.ALLOW)))
    }


def listed(connection: Connection, sender: Sender, *, now: datetime, configured: Sequence[Entry] = ()) -> Listed | None:
    """What the lists say of one sender, read afresh; the pipeline and the door ask ``CurrentLists``."""
    rows = _active(connection, now)
    return compile_lists((*configured, *map(_entry, rows))).find(sender, now=now)


class CurrentLists:
    """The lists in memory, read again when they have changed. Threads may share it."""

    def __init__(self, configured: Sequence[Entry] = ()) -> None:
        """``configured``: the entries of the configuration, which come before those of the database."""
        self._configured = tuple(configured)
        self._lock = Lock()
        self._known: tuple[Engine, object, SenderLists] | None = None

    def read(self, connection: Connection, *, now: datetime) -> SenderLists:
        """The lists as this transaction sees them: one small look-up unless they changed."""
        revision = once(connection, _REVISION_KEY, partial(_revision, connection))
        known = self._known
        if known is not None and known[0] is connection.engine and known[1] == revision:
            return known[2]
        rows = _active(connection, now) if revision is not None else ()
        compiled = compile_lists((*self._configured, *map(_entry, rows)))
        with self._lock:
            self._known = (connection.engine, revision, compiled)
        return compiled


def _active(
    connection: Connection, now: datetime, *, value: str | None = None, kind: Kind | None = None
) -> Sequence[Row[Any]]:
    query = (
        select(sender_lists)
        .where(
            sender_lists.c.removed_at.is_(None),
            or_(sender_lists.c.expires_at.is_(None), sender_lists.c.expires_at > now),
        )
        .order_by(sender_lists.c.id)
        .limit(MOST_ENTRIES)
    )
    if value is not None and kind is not None:
        query = query.where(sender_lists.c.value == value, sender_lists.c.kind == kind.value)
    return connection.execute(query).all()


def _revision(connection: Connection) -> object:
    return connection.execute(_FIND_REVISION, {"key": _REVISION_KEY}).scalar_one_or_none()


def _changed(connection: Connection, what: str, entry: Entry, author: str, now: datetime) -> None:
    """Leave the event, and a new revision for those who keep the lists in memory."""
    data = {
        "change": what,
        "entry": int(entry.id),
        "list": entry.action.value,
        "kind": entry.kind.value,
        "value": entry.value,
        "why": entry.reason,
        "expires_at": entry.expires_at.isoformat() if entry.expires_at else None,
    }
    add_events(connection, None, now, ("sender_list", author, data))
    new = (sqlite if connection.dialect.name == "sqlite" else postgresql).insert(settings)
    revision = f"{what} {entry.id}"  # an entry is added once and removed once, so no revision comes twice
    connection.execute(
        new.on_conflict_do_update(index_elements=[settings.c.key], set_={"value": new.excluded.value}),
        {"key": _REVISION_KEY, "value": revision},
    )
    forget(connection, _REVISION_KEY)


def _entry(row: Row[Any]) -> Entry:
    return Entry(
        id=str(row.id),
        action=Action(row.action),
        kind=Kind(row.kind),
        value=row.value,
        reason=row.reason,
        author=row.author,
        created_at=row.created_at,
        expires_at=row.expires_at,
    )
