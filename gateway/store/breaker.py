"""The breaker of automatic mail: opened by a flood, closed by time or by an admin. One for the whole system."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, delete, insert, select

from gateway.store.memo import forget, once
from gateway.store.schema import settings

_KEY = "automatic_mail_breaker"
_FIND = select(settings.c.value).where(settings.c.key == _KEY)  # built once: asked for each acknowledgement


@dataclass(frozen=True, slots=True)
class Breaker:
    """``counted_from``: mail before it is not held against anybody any more, because an admin closed the breaker then."""

    opened_at: datetime | None = None
    until: datetime | None = None
    counted_from: datetime | None = None

    def is_open(self, now: datetime) -> bool:
        return self.until is not None and now < self.until


def read_breaker(connection: Connection) -> Breaker:
    """As it was left; look at ``is_open``."""
    value = once(connection, _KEY, lambda: connection.execute(_FIND).scalar_one_or_none())
    if value is None:
        return Breaker()
    return Breaker(*(_moment(value.get(name)) for name in ("opened_at", "until", "counted_from")))


def open_breaker(connection: Connection, now: datetime, lasting: timedelta) -> Breaker:
    """Open it until ``lasting`` is over."""
    opened = Breaker(now, now + lasting, read_breaker(connection).counted_from)
    _write(connection, opened)
    return opened


def close_breaker(connection: Connection, now: datetime) -> bool:
    """Close it before its time and begin to count anew. False where it was not open."""
    found = read_breaker(connection)
    if not found.is_open(now):
        return False
    _write(connection, Breaker(counted_from=now))
    return True


def _write(connection: Connection, breaker: Breaker) -> None:
    names = ("opened_at", "until", "counted_from")
    moments = {name: getattr(breaker, name) for name in names}
    value: dict[str, Any] = {name: moment.isoformat() for name, moment in moments.items() if moment is not None}
    connection.execute(delete(settings).where(settings.c.key == _KEY))
    connection.execute(insert(settings).values(key=_KEY, value=value))
    forget(connection, _KEY)


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
