"""Signatures that came lately: a signed mail that somebody sends again and again keeps its signature."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, Executable, bindparam, case, delete, or_
from sqlalchemy.dialects import postgresql, sqlite

from gateway.store.database import Database
from gateway.store.schema import UtcDateTime
from gateway.store.schema import signatures_seen as table
from gateway.store.tickets import header_id_hash

WINDOW = timedelta(days=1)
KEPT = timedelta(days=8)
"""A signature that is older than a week counts little by its age alone, so that it need not be remembered."""


@dataclass(frozen=True, slots=True)
class Uses:
    """``recipients``: of all mails with this signature within the window. ``mixed``: they had more than one Message-ID."""

    recipients: int
    mixed: bool


def _counting(dialect: str) -> Executable:
    new = sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)
    over = table.c.since <= bindparam("window_start", type_=UtcDateTime)
    return new.on_conflict_do_update(
        index_elements=[table.c.digest],
        set_={
            "mixed": or_(table.c.mixed, table.c.message_id_hash != new.excluded.message_id_hash),
            "since": case((over, new.excluded.since), else_=table.c.since),
            "recipients": case(
                (table.c.journal_id == new.excluded.journal_id, table.c.recipients),
                (over, new.excluded.recipients),
                else_=table.c.recipients + new.excluded.recipients,
            ),
            "journal_id": new.excluded.journal_id,
            "seen_at": new.excluded.seen_at,
        },
    ).returning(table.c.recipients, table.c.mixed)


_COUNT = {dialect: _counting(dialect) for dialect in ("sqlite", "postgresql")}  # built once: see gateway.store.tickets


def note_use(
    connection: Connection, signature: str, *, journal: int, message_id: str | None, recipients: int, now: datetime
) -> Uses:
    """Count one mail with this signature (its b=); the same journal entry twice in a row counts once."""
    row = connection.execute(
        _COUNT[connection.dialect.name],
        {
            "digest": hashlib.sha256(signature.encode()).hexdigest(),
            "message_id_hash": header_id_hash(message_id or ""),
            "mixed": False,
            "since": now,
            "recipients": recipients,
            "journal_id": journal,
            "seen_at": now,
            "window_start": now - WINDOW,
        },
    ).one()
    return Uses(row.recipients, row.mixed)


def forget_old_signatures(database: Database, now: datetime) -> int:
    """Delete what nobody needs any more. How many rows."""
    with database.write() as connection:
        return connection.execute(delete(table).where(table.c.seen_at <= now - KEPT)).rowcount
