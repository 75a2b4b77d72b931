"""Is all well? Asked by ``/healthz``, monitors and the health page. Red comes before mail is refused, not after.

Everything is read from the database and the disk, so that any process can answer, and the answer holds for all of them.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, func, select

from gateway.store.breaker import read_breaker
from gateway.store.database import Database
from gateway.store.erasing import unfinished
from gateway.store.mail_views import queue_ages
from gateway.store.schema import journal, timers


class State(StrEnum):
    OK = "ok"
    WARNING = "warning"  # somebody should look today
    RED = "red"  # somebody should look now


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Where a figure turns from ok to warning to red. Seconds, octets and counts."""

    pending_seconds: tuple[float, float] = (15, 120)  # age of the oldest mail that waits for the pipeline
    pending_entries: int = 100_000  # ``limits.pending_entries``: the door answers 451 from here on
    outbox_seconds: tuple[float, float] = (900, 3600)  # age of the oldest mail that waits for the smarthost
    free_bytes: int = 64 * 1024 * 1024  # ``limits.free_disk_bytes``: the door answers 452 below
    quarantined: tuple[int, int] = (1, 100)  # within the last day
    timers_seconds: tuple[float, float] = (120, 900)  # how long a timer may be overdue


@dataclass(frozen=True, slots=True)
class Check:
    """One light. ``value`` in the unit of its name; None where there is nothing to measure."""

    name: str
    state: State
    value: float | None
    text: str


@dataclass(frozen=True, slots=True)
class Health:
    """``ok`` is False as soon as one light is red. Warnings do not make a gateway unhealthy."""

    checks: tuple[Check, ...]

    @property
    def ok(self) -> bool:
        return all(check.state is not State.RED for check in self.checks)

    def as_json(self) -> dict[str, Any]:
        return {"ok": self.ok, "checks": [asdict(check) for check in self.checks]}


def examine(
    database: Database, now: datetime, *, free_bytes: Callable[[], int], thresholds: Thresholds = Thresholds()
) -> Health:
    """The health of a gateway whose database may be away. Never raises.

    ``free_bytes``: free space where the data directory lies; it may raise OSError.
    """
    disk = _disk(free_bytes, thresholds)
    try:
        with database.read() as connection:
            return Health(
                (Check("database", State.OK, None, "answers"), *health(connection, now, thresholds).checks, disk)
            )
    except Exception as error:
        # What the driver says may hold a host's name or a query: it belongs into the log, not onto a page.
        away = Check("database", State.RED, None, f"does not answer ({type(error).__name__})")
        return Health((away, disk))


def health(connection: Connection, now: datetime, thresholds: Thresholds = Thresholds()) -> Health:
    """What the database says of the queues."""
    ages = queue_ages(connection, now)
    day = now - timedelta(days=1)
    quarantined = connection.execute(
        select(func.count()).where(journal.c.fate == "quarantined", journal.c.settled_at >= day)
    ).scalar_one()
    oldest_timer = connection.execute(select(func.min(timers.c.due_at))).scalar_one()
    pending = _seconds(ages.oldest_pending_at, now)
    outgoing = _seconds(ages.oldest_queued_at, now)
    entries = thresholds.pending_entries
    return Health(
        (
            Check(
                "pending_age_seconds",
                _rising(pending, *thresholds.pending_seconds),
                pending,
                f"{ages.pending} accepted mails wait for the pipeline",
            ),
            Check(
                "pending_entries",
                _rising(ages.pending, entries * 0.5, entries * 0.8),
                ages.pending,
                f"new mail is refused for a while from {entries} on",
            ),
            Check(
                "outbox_age_seconds",
                _rising(outgoing, *thresholds.outbox_seconds),
                outgoing,
                f"{ages.outbox.get('queued', 0) + ages.outbox.get('sending', 0)} mails wait for the smarthost, "
                f"{ages.outbox.get('held', 0)} are held",
            ),
            Check(
                "quarantined_today",
                _rising(quarantined, *thresholds.quarantined),
                quarantined,
                f"{ages.quarantined} mails in quarantine in all",
            ),
            _breaker(connection, now),
            Check(
                "timers_overdue",
                _rising(_seconds(oldest_timer, now), *thresholds.timers_seconds),
                ages.overdue_timers,
                "tickets that should have been closed by now",
            ),
            _redactions(connection, now),
        )
    )


def _breaker(connection: Connection, now: datetime) -> Check:
    """Never red: strangers open the breaker, and none of them may take the gateway out of a load balancer."""
    breaker = read_breaker(connection)
    is_open = breaker.is_open(now)
    told = f"open until {breaker.until:%Y-%m-%d %H:%M} UTC" if is_open else "closed"
    return Check(
        "automatic_mail_breaker",
        State.WARNING if is_open else State.OK,
        int(is_open),
        f"automatic mail to addresses that nothing proves: the breaker is {told}",
    )


def _redactions(connection: Connection, now: datetime) -> Check:
    """A person who was to be taken out, and is not: the process died in the middle, and nobody asked again."""
    stopped = [about for about, began in unfinished(connection) if now - began > timedelta(minutes=10)]
    return Check(
        "redactions_unfinished",
        State.WARNING if stopped else State.OK,
        len(stopped),
        f"begun and not ended: {', '.join(stopped)}; the same `gateway redact` again goes on" if stopped else "none",
    )


def _disk(free_bytes: Callable[[], int], thresholds: Thresholds) -> Check:
    try:
        free = free_bytes()
    except OSError as error:
        return Check(
            "free_disk_bytes", State.RED, None, f"the data directory cannot be looked at ({type(error).__name__})"
        )
    least = thresholds.free_bytes
    state = State.RED if free < 2 * least else State.WARNING if free < 8 * least else State.OK
    return Check("free_disk_bytes", state, free, f"new mail is refused below {least}")


def _seconds(since: datetime | None, now: datetime) -> float:
    return 0.0 if since is None else max(0.0, (now - since).total_seconds())


def _rising(value: float, warning: float, red: float) -> State:
    return State.RED if value >= red else State.WARNING if value >= warning else State.OK
