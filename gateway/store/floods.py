"""How much mail each sender sent lately, and who is muted. Keys are made by ``gateway.pipeline.floods``."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, Executable, bindparam, delete, or_, select
from sqlalchemy.dialects import postgresql, sqlite

from gateway.store.database import Database
from gateway.store.schema import sender_counts, sender_mutes
from gateway.store.schema.base import UtcDateTime

KEPT = timedelta(days=1)
"""Longer than any window: ``floods`` takes at most 1,440 minutes."""

_MINUTE = timedelta(minutes=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Mute:
    """A sender whose mail is not taken as usual for a while."""

    until: datetime
    reason: str  # loop, flood
    why: str


def _counting(dialect: str) -> Executable:
    new = sqlite.insert(sender_counts) if dialect == "sqlite" else postgresql.insert(sender_counts)
    return new.on_conflict_do_update(
        index_elements=[sender_counts.c.sender, sender_counts.c.minute], set_={"mails": sender_counts.c.mails + 1}
    )


def _muting(dialect: str) -> Executable:
    new = sqlite.insert(sender_mutes) if dialect == "sqlite" else postgresql.insert(sender_mutes)
    values = {name: new.excluded[name] for name in ("until", "reason", "why")}
    return new.on_conflict_do_update(index_elements=[sender_mutes.c.sender], set_=values)


# Built once: see gateway.store.tickets.
_COUNT = {dialect: _counting(dialect) for dialect in ("sqlite", "postgresql")}
_MUTE = {dialect: _muting(dialect) for dialect in ("sqlite", "postgresql")}
_COUNTED = select(sender_counts).where(
    or_(sender_counts.c.sender == bindparam("one"), sender_counts.c.sender == bindparam("other")),
    sender_counts.c.minute > bindparam("since"),
)
_MUTED = select(sender_mutes).where(
    sender_mutes.c.sender == bindparam("key"), sender_mutes.c.until > bindparam("at", type_=UtcDateTime)
)


def minute_of(now: datetime) -> int:
    return (now - _EPOCH) // _MINUTE


def count_mail(
    connection: Connection, senders: Sequence[str], *, now: datetime, minutes: int
) -> dict[str, dict[int, int]]:
    """Count one more mail of each of one or two senders; their mails by minute (since 1970) of the last ``minutes``.

    On PostgreSQL the caller holds the senders' locks (``lock_conversations``), so that two nodes never wait for each other.
    """
    minute = minute_of(now)
    rows = [{"sender": sender, "minute": minute, "mails": 1} for sender in sorted(set(senders))]
    connection.execute(_COUNT[connection.dialect.name], rows)
    counted: dict[str, dict[int, int]] = {sender: {} for sender in senders}
    asked = {"one": senders[0], "other": senders[-1], "since": minute - minutes}
    for row in connection.execute(_COUNTED, asked):
        counted[row.sender][row.minute] = row.mails
    return counted


def within(mails: Mapping[int, int], minutes: int, now: datetime) -> int:
    """How many of the counted mails came in the last ``minutes``, the minute under way included."""
    since = minute_of(now) - minutes
    return sum(count for minute, count in mails.items() if minute > since)


def mute(connection: Connection, sender: str, what: Mute) -> None:
    """From now on; a mute that is there already is replaced."""
    values = {"sender": sender, "until": what.until, "reason": what.reason, "why": what.why[:1000]}
    connection.execute(_MUTE[connection.dialect.name], values)


def muted(connection: Connection, sender: str, *, now: datetime) -> Mute | None:
    row = connection.execute(_MUTED, {"key": sender, "at": now}).first()
    return None if row is None else Mute(row.until, row.reason, row.why)


def muted_at_the_door(connection: Connection, *, now: datetime) -> frozenset[str]:
    """Senders whose mail the door refuses for the moment: few, since each took hundreds of mails to get there."""
    rows = connection.execute(
        select(sender_mutes.c.sender).where(sender_mutes.c.reason == "flood", sender_mutes.c.until > now).limit(10_000)
    )
    return frozenset(rows.scalars())


def forget_old_counts(database: Database, now: datetime) -> int:
    """Delete what no window reaches any more. How many rows."""
    with database.write() as connection:
        old = sender_counts.c.minute < minute_of(now - KEPT)
        gone = connection.execute(delete(sender_counts).where(old)).rowcount
        return gone + connection.execute(delete(sender_mutes).where(sender_mutes.c.until <= now)).rowcount
