"""Which held mail was announced for deletion, whether the announcement was sent, and what may go."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection, select, update
from sqlalchemy.dialects import postgresql, sqlite

from gateway.store.quarantine import HELD
from gateway.store.schema import journal, outbox, quarantine, settings

ONCE_KEY = "quarantine-last-call:"
"""Followed by the day and the addressee: what the outbox rows of announcements are called."""


def advance(connection: Connection, key: str, day: str) -> bool:
    """Take the turn of ``day`` (ISO 8601), if nobody has; whoever asks for the first time at all only begins to count.

    The row stays locked until the transaction ends, so that of two nodes one sees what the other did.
    """
    new = (sqlite if connection.dialect.name == "sqlite" else postgresql).insert(settings)
    began = connection.execute(
        new.on_conflict_do_nothing(index_elements=[settings.c.key]).returning(settings.c.key),
        {"key": key, "value": day},
    ).first()
    if began is not None:
        return False
    seen = connection.execute(select(settings.c.value).where(settings.c.key == key).with_for_update()).scalar_one()
    if seen >= day:
        return False
    connection.execute(update(settings).where(settings.c.key == key).values(value=day))
    return True


def due_for_deletion(connection: Connection, *, held_before: datetime, sent_before: datetime, limit: int) -> list[int]:
    """Mails held since before then, of whose deletion at least one person was sent word before ``sent_before``."""
    old = journal.c.fate == HELD, journal.c.settled_at <= held_before, quarantine.c.last_call.is_not(None)
    both = journal.join(quarantine, quarantine.c.journal_id == journal.c.id)
    days = connection.execute(select(quarantine.c.last_call).select_from(both).where(*old).distinct()).scalars().all()
    heard = [day for day in days if _was_sent(connection, day, sent_before)]
    found = select(journal.c.id).select_from(both).where(*old, quarantine.c.last_call.in_(heard))
    return list(connection.execute(found.order_by(journal.c.id).limit(limit)).scalars())


def forget_unheard(connection: Connection) -> int:
    """Let mails be announced again whose announcement reached nobody and is not on its way any more; how many."""
    held = select(journal.c.id).where(journal.c.fate == HELD)
    days = connection.execute(
        select(quarantine.c.last_call)
        .where(quarantine.c.last_call.is_not(None), quarantine.c.journal_id.in_(held))
        .distinct()
    )
    unheard = [day for day in days.scalars() if not _states(connection, day) - {"failed"}]
    return _forget(connection, unheard) if unheard else 0


def _forget(connection: Connection, days: Collection[str]) -> int:
    return connection.execute(
        update(quarantine).where(quarantine.c.last_call.in_(days)).values(last_call=None)
    ).rowcount


def _states(connection: Connection, day: str) -> set[str]:
    mails = select(outbox.c.state).where(outbox.c.once_key.startswith(f"{ONCE_KEY}{day}:", autoescape=True))
    return set(connection.execute(mails).scalars())


def _was_sent(connection: Connection, day: str, before: datetime) -> bool:
    sent = select(outbox.c.id).where(
        outbox.c.once_key.startswith(f"{ONCE_KEY}{day}:", autoescape=True),
        outbox.c.state == "sent",
        outbox.c.finished_at <= before,
    )
    return connection.execute(sent.limit(1)).first() is not None
