"""The audit log: who saw and did what. Rows are only ever added; each carries the hash of the one before it.

Nothing changes a row, and nothing removes one but retention, which takes the oldest and writes down up to which hash. Whoever alters,
removes or inserts a row breaks the chain (``verify``). Somebody who may write to the database could make the whole chain anew: keep the
last hash elsewhere from time to time, and ask whether it is still there.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, text

from gateway.store.schema import audit, settings

_HEAD = "audit_head"  # hash of the newest row: so that its removal is seen too
_LOCK = 732118  # of PostgreSQL: rows are chained one after the other


class What(StrEnum):
    """What can stand in the log."""

    SESSION_STARTED = "session_started"
    LOGIN_FAILED = "login_failed"
    LOGIN_REFUSED = "login_refused"
    SESSION_ENDED = "session_ended"
    TICKET_VIEWED = "ticket_viewed"
    MAIL_VIEWED = "mail_viewed"
    EXPORTED = "exported"
    RAW_VIEWED = "raw_viewed"
    UNMASKED = "unmasked"
    ATTACHMENT_READ = "attachment_read"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105
    SECOND_FACTOR_CHANGED = "second_factor_changed"
    AGENT_CHANGED = "agent_changed"
    LIST_CHANGED = "list_changed"
    MACRO_CHANGED = "macro_changed"
    QUARANTINE_DECIDED = "quarantine_decided"
    OUTBOX_DECIDED = "outbox_decided"
    BREAKER_CLOSED = "breaker_closed"
    SILENCE_CHANGED = "silence_changed"
    REDACTED = "redacted"
    REPLAYED = "replayed"
    RETENTION = "retention"
    RELOADED = "reloaded"
    KEY_CHANGED = "key_changed"


@dataclass(frozen=True, slots=True)
class Entry:
    """One row."""

    id: int
    at: datetime
    actor: str
    origin: str
    what: str
    about: str
    data: Any
    hash: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which rows; an empty field asks for nothing."""

    what: str = ""
    actor: str = ""
    about: str = ""
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Verified:
    """Whether the chain is whole."""

    rows: int
    head: str  # hash of the newest row; "" where there is none
    broken_at: int | None  # id of the first row that does not fit
    why: str  # "" where all is well


def record(
    connection: Connection,
    what: What,
    about: str,
    *,
    actor: str,
    origin: str,
    now: datetime,
    data: Mapping[str, Any] | None = None,
    once: str | None = None,
) -> bool:
    """Add a row in the caller's transaction; False where ``once`` was written before."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    if once is not None and is_written(connection, once):
        return False
    previous = _head(connection)
    row = {
        "at": now,
        "actor": actor[:320],
        "origin": origin[:80],
        "what": what.value,
        "about": about[:320],
        "data": json.loads(json.dumps(dict(data or {}), default=str)),
        "once": once,
        "previous": previous,
    }
    digest = _hash(row)
    connection.execute(insert(audit).values(**row, hash=digest))
    connection.execute(delete(settings).where(settings.c.key == _HEAD))
    connection.execute(insert(settings).values(key=_HEAD, value=digest))
    return True


def once_an_hour(what: What, who: object, about: str, now: datetime) -> str:
    """The occasion of a look: looking again within the hour adds no row."""
    return f"{what}:{who}:{about}:{int(now.timestamp() // 3600)}"


def is_written(connection: Connection, once: str) -> bool:
    """Whether there is a row for this occasion."""
    return connection.execute(select(audit.c.id).where(audit.c.once == once)).first() is not None


def list_entries(
    connection: Connection, wanted: Wanted | None = None, *, limit: int = 100, before: int | None = None
) -> list[Entry]:
    """The newest first; ``before`` is the id of the last row of the page before."""
    wanted = wanted or Wanted()
    query = select(audit).order_by(audit.c.id.desc()).limit(limit)
    for column, value in ((audit.c.what, wanted.what), (audit.c.actor, wanted.actor), (audit.c.about, wanted.about)):
        if value:
            query = query.where(column == value)
    if wanted.since is not None:
        query = query.where(audit.c.at >= wanted.since)
    if wanted.until is not None:
        query = query.where(audit.c.at < wanted.until)
    if before is not None:
        query = query.where(audit.c.id < before)
    return [
        Entry(row.id, row.at, row.actor, row.origin, row.what, row.about, row.data, row.hash)
        for row in connection.execute(query)
    ]


def verify(connection: Connection, expected: str = "") -> Verified:
    """Walk the whole chain. ``expected``: a hash that was noted earlier and must still be in it, or be where retention has cut."""
    last, rows, seen = "", 0, False
    for row in connection.execute(select(audit).order_by(audit.c.id).execution_options(yield_per=500)):
        if rows == 0 and row.previous:
            cut = _cuts(connection)
            if row.previous not in cut:
                return Verified(rows, last, row.id, "rows before it were removed, and not by retention")
            seen = expected in cut
        elif rows and row.previous != last:
            return Verified(rows, last, row.id, "a row before it was removed or inserted")
        if _hash(row._mapping) != row.hash:
            return Verified(rows, last, row.id, "it was changed")
        rows, last = rows + 1, row.hash
        seen = seen or row.hash == expected
    if last != _head(connection):
        return Verified(rows, last, None, "the newest rows were removed")
    if expected and not seen:
        return Verified(rows, last, None, f"the hash {expected} is not in the chain: it was made anew")
    return Verified(rows, last, None, "")


def forget(connection: Connection, *, before: datetime, limit: int) -> tuple[int, str]:
    """Remove the oldest rows from before then: how many, and the hash of the last one. The caller writes that down."""
    newest = connection.execute(select(func.max(audit.c.id))).scalar()
    oldest = connection.execute(select(audit.c.id, audit.c.at, audit.c.hash).order_by(audit.c.id).limit(limit)).all()
    gone: list[Any] = []
    for row in oldest:
        if row.at >= before or row.id == newest:
            break
        gone.append(row)
    if gone:
        connection.execute(delete(audit).where(audit.c.id <= gone[-1].id))
    return len(gone), gone[-1].hash if gone else ""


def _cuts(connection: Connection) -> set[str]:
    rows = connection.execute(select(audit.c.data).where(audit.c.what == What.RETENTION.value)).scalars()
    return {str(data["audit_through"]) for data in rows if data.get("audit_through")}


def _head(connection: Connection) -> str:
    return str(connection.execute(select(settings.c.value).where(settings.c.key == _HEAD)).scalar() or "")


def _hash(row: Mapping[Any, Any]) -> str:
    told = [
        row["at"].astimezone(UTC).isoformat(),
        *(row[name] for name in ("actor", "origin", "what", "about", "data", "once", "previous")),
    ]
    return hashlib.sha256(json.dumps(told, sort_keys=True, ensure_ascii=True).encode()).hexdigest()
