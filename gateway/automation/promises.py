"""Keep each ticket's promises as rows: worked out anew whenever something happened, looked at again when the next one is near."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from gateway.automation.facts import happenings
from gateway.desk.office import Office
from gateway.desk.policies import policy_for
from gateway.rules.sla import Clock, clocks
from gateway.rules.ticket import TicketFacts
from gateway.store.schema import promises, tickets
from gateway.store.ticket_history import History

# Built once: see gateway.store.tickets.
_FIND = select(promises).where(promises.c.ticket_id == bindparam("ticket"))
_FORGET = delete(promises).where(promises.c.ticket_id == bindparam("ticket"))
_INSERT = insert(promises)
_DUE = update(tickets).where(tickets.c.id == bindparam("ticket")).values(due_at=bindparam("due"))


@dataclass(frozen=True, slots=True)
class Missed:
    """A promise that is about to be broken, or is."""

    metric: str
    round: int
    is_breach: bool
    due_at: datetime


def renew(connection: Connection, office: Office, ticket: TicketFacts, history: History) -> datetime | None:
    """Write the ticket's promises as they are now; returns when the nearest of them is due.

    What was warned of once is not warned of again, even where the deadline moved.
    """
    number = ticket.number
    policy = policy_for(office, ticket)
    kept = {(row.metric, row.round): row for row in connection.execute(_FIND, {"ticket": number})}
    found: Sequence[Clock] = clocks(policy, happenings(history, office.statuses)) if policy is not None else ()
    rows = [_row(number, policy.id, clock, kept.get((clock.metric.value, clock.round))) for clock in found if policy]
    if rows != [dict(row._mapping) for row in kept.values()]:
        if kept:
            connection.execute(_FORGET, {"ticket": number})
        if rows:
            connection.execute(_INSERT, rows)
    due_at = min((row["due_at"] for row in rows if row["running"] and row["due_at"] is not None), default=None)
    if due_at != history.row.due_at:
        connection.execute(_DUE, {"ticket": number, "due": due_at})
    return due_at


def _row(number: int, policy: str, clock: Clock, before: Any) -> dict[str, Any]:
    warned = before.warned_at if before is not None else None
    breached = before.breached_at if before is not None else None
    return {
        "ticket_id": number,
        "metric": clock.metric.value,
        "round": clock.round,
        "policy": policy,
        "started_at": clock.started_at,
        "target_seconds": clock.target // timedelta(seconds=1),
        "spent_seconds": clock.spent // timedelta(seconds=1),
        "running": clock.running,
        "stopped_at": clock.stopped_at,
        "warn_at": clock.warn_at,
        "due_at": clock.due_at,
        "warned_at": warned,
        "breached_at": breached,
        "next_at": _next(clock, warned, breached),
    }


def _next(clock: Clock, warned: datetime | None, breached: datetime | None) -> datetime | None:
    if not clock.running or breached is not None:
        return None
    return clock.due_at if warned is not None else clock.warn_at


def due_tickets(connection: Connection, now: datetime, limit: int) -> list[int]:
    """Tickets with a promise to be looked at, kept from other nodes until the transaction ends."""
    wanted = select(promises.c.ticket_id).where(promises.c.next_at <= now).order_by(promises.c.next_at).limit(limit * 2)
    numbers = list(dict.fromkeys(connection.execute(wanted).scalars()))[:limit]
    return list(
        connection.execute(
            select(tickets.c.id)
            .where(tickets.c.id.in_(numbers))
            .order_by(tickets.c.id)
            .with_for_update(skip_locked=True)
        ).scalars()
    )


def look(connection: Connection, number: int, now: datetime) -> list[Missed]:
    """What is to be said of a ticket's promises now. Where the warning was slept through, only that it is broken."""
    missed = []
    due = select(promises).where(promises.c.ticket_id == number, promises.c.next_at <= now).order_by(promises.c.due_at)
    for row in connection.execute(due).all():
        is_breach = now > row.due_at
        values: dict[str, Any] = (
            {"breached_at": row.due_at, "next_at": None} if is_breach else {"warned_at": now, "next_at": row.due_at}
        )
        if not is_breach and row.due_at == now:
            values["next_at"] = row.due_at + timedelta(microseconds=1)
        connection.execute(
            update(promises)
            .where(promises.c.ticket_id == number, promises.c.metric == row.metric, promises.c.round == row.round)
            .values(values)
        )
        if is_breach or row.warned_at is None:
            missed.append(Missed(row.metric, row.round, is_breach, row.due_at))
    return missed
