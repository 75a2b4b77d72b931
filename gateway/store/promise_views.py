"""Reading promises, for pages, commands, mail and figures. Nothing here writes."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection, and_, func, select

from gateway.store.schema import promises, tickets

CHUNK = 500
"""Numbers a query: databases take only so many parameters."""


class PromiseState(StrEnum):
    RUNNING = "running"
    LATE = "late"  # runs, and its time is over
    PAUSED = "paused"  # does not run now, and its time is not over
    MET = "met"
    MISSED = "missed"  # answered or solved too late; or paused after its time was over


@dataclass(frozen=True, slots=True)
class PromiseRow:
    """One promise of a ticket. Durations are seconds of business time by the policy's calendar."""

    ticket: int
    metric: str  # gateway.rules.sla.Metric
    round: int  # from 1
    policy: str
    started_at: datetime
    target_seconds: int
    spent_seconds: int  # until the clock was last started, paused or stopped
    running: bool
    stopped_at: datetime | None
    due_at: datetime | None  # None where the clock does not run
    warned_at: datetime | None
    breached_at: datetime | None

    def state(self, now: datetime) -> PromiseState:
        if self.running:
            return PromiseState.LATE if self.due_at is not None and now > self.due_at else PromiseState.RUNNING
        if self.spent_seconds > self.target_seconds:
            return PromiseState.MISSED
        return PromiseState.PAUSED if self.stopped_at is None else PromiseState.MET


_COLUMNS = (
    promises.c.ticket_id.label("ticket"),
    promises.c.metric,
    promises.c.round,
    promises.c.policy,
    promises.c.started_at,
    promises.c.target_seconds,
    promises.c.spent_seconds,
    promises.c.running,
    promises.c.stopped_at,
    promises.c.due_at,
    promises.c.warned_at,
    promises.c.breached_at,
)


def promises_of(connection: Connection, numbers: Iterable[int]) -> dict[int, tuple[PromiseRow, ...]]:
    """By ticket, in the order in which they began; every number is there."""
    wanted = sorted(set(numbers))
    found: dict[int, list[PromiseRow]] = {number: [] for number in wanted}
    for start in range(0, len(wanted), CHUNK):
        rows = connection.execute(
            select(*_COLUMNS)
            .where(promises.c.ticket_id.in_(wanted[start : start + CHUNK]))
            .order_by(promises.c.started_at, promises.c.metric, promises.c.round)
        )
        for row in rows:
            found[row.ticket].append(PromiseRow(**row._mapping))
    return {number: tuple(rows) for number, rows in found.items()}


@dataclass(frozen=True, slots=True)
class Standing:
    """Promises of unsolved tickets under one policy and metric."""

    policy: str
    metric: str
    running: int
    late: int


def standings(connection: Connection, now: datetime) -> tuple[Standing, ...]:
    """What runs now, and what of it is late. Reads running promises alone, from one index."""
    late = and_(promises.c.due_at.is_not(None), promises.c.due_at < now)
    rows = connection.execute(
        select(promises.c.policy, promises.c.metric, func.count(), func.count().filter(late))
        .where(promises.c.running)
        .group_by(promises.c.policy, promises.c.metric)
        .order_by(promises.c.policy, promises.c.metric)
    )
    return tuple(Standing(*row) for row in rows)


def waiting_by_team(connection: Connection) -> Mapping[str, int]:
    """Tickets whose customer waits for a word of ours, by team ("" for none)."""
    rows = connection.execute(
        select(tickets.c.team, func.count())
        .where(tickets.c.status.in_(("new", "open", "pending", "on_hold")), tickets.c.waiting_since.is_not(None))
        .group_by(tickets.c.team)
    )
    return {row[0] or "": row[1] for row in rows}
