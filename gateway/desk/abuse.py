"""What an admin sees and does about automatic mail that could harm others: the breaker, and who gets none any more."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from gateway.config.model import Configuration
from gateway.config.section import domain_name
from gateway.store.breaker import close_breaker, read_breaker
from gateway.store.budget_lookup import guarded_in_all
from gateway.store.silences import Silence, silence, unsilence
from gateway.store.tickets import add_events


@dataclass(frozen=True, slots=True)
class BreakerView:
    """``sent``: automatic mail to unproven addresses within the budget's window; at ``limit`` the breaker opens."""

    is_open: bool
    opened_at: datetime | None
    until: datetime | None
    sent: int
    limit: int
    minutes: int


def breaker_view(connection: Connection, configuration: Configuration, now: datetime) -> BreakerView:
    """The breaker as it is now."""
    limit, minutes = configuration.budgets.automatic_in_all
    found = read_breaker(connection)
    since = now - timedelta(minutes=minutes)
    if found.counted_from is not None:
        since = max(since, found.counted_from)
    sent = guarded_in_all(connection, since=since, limit=limit)
    is_open = found.is_open(now)
    return BreakerView(
        is_open, found.opened_at if is_open else None, found.until if is_open else None, sent, limit, minutes
    )


def close_by_hand(connection: Connection, *, actor: str, now: datetime) -> bool:
    """Close the breaker and begin to count anew; False where it was not open. What was not sent meanwhile is not sent later."""
    closed = close_breaker(connection, now)
    if closed:
        add_events(connection, None, now, ("breaker_closed", actor, {"why": f"{actor} closed the breaker"}))
    return closed


def silence_by_hand(connection: Connection, address: str, *, days: int, actor: str, now: datetime) -> bool:
    """No automatic mail to the address for so many days; False where it had none already. ValueError for what is no address."""
    local, at, domain = address.strip().rpartition("@")
    if not at or not local or any(letter.isspace() for letter in local):
        raise ValueError(f"{address!r} is not an e-mail address; write it like kim@example.com")
    address = f"{local}@{domain_name(domain)}"
    new = silence(connection, Silence(address, "admin", actor, None, now, now + timedelta(days=days)))
    add_events(connection, None, now, ("silenced", actor, {"address": address, "days": days}))
    return new


def end_silence(connection: Connection, address: str, *, actor: str, now: datetime) -> bool:
    """Let the address have automatic mail again; False where it was not silent."""
    ended = unsilence(connection, address)
    if ended:
        add_events(connection, None, now, ("silence_ended", actor, {"address": address}))
    return ended
