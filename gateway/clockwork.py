"""What happens because time passes: due timers, lost leases, stale mail, old sessions.

The scheduler only ticks: it keeps nothing. What is due stands in tables, and each tick takes what is due in a transaction, so any
node may run it, several may, and after a week of downtime the first tick catches up.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from sqlalchemy import Connection, delete, select

from gateway.store import outbox_upkeep
from gateway.store.database import Database, is_temporary
from gateway.store.floods import forget_old_counts
from gateway.store.schema import login_failures, sessions, tickets, timers
from gateway.store.seen_images import forget_old_images
from gateway.store.signatures import forget_old_signatures
from gateway.store.tickets import change_status, ticket_row
from gateway.threading.model import Status

log = logging.getLogger(__name__)

BATCH = 200
"""Rows a transaction: writers of other processes wait for it."""

LOGIN_FAILURES_KEPT = timedelta(days=1)


def close_solved_tickets(database: Database, now: datetime) -> int:
    """Close tickets whose closing timer has run out. How many.

    A timer of a ticket that is not solved (any more) only goes away.
    """
    return _in_batches(database, lambda connection: _close_batch(connection, now))


def _close_batch(connection: Connection, now: datetime) -> tuple[int, int]:
    due = connection.execute(
        select(timers.c.id, timers.c.due_at, tickets.c.id.label("ticket"))
        .join(tickets, tickets.c.id == timers.c.ticket_id)
        .where(timers.c.kind == "close", timers.c.due_at <= now)
        .order_by(timers.c.due_at, timers.c.id)
        .limit(BATCH)
        # The ticket before its timer, as everybody else does; a ticket that somebody is writing to has its turn next time.
        .with_for_update(of=tickets, skip_locked=True)
    ).all()
    closed = 0
    for timer in due:
        still_there = connection.execute(delete(timers).where(timers.c.id == timer.id, timers.c.due_at <= now)).rowcount
        ticket = ticket_row(connection, timer.ticket)
        if still_there and ticket is not None and ticket.status == Status.SOLVED:
            why = f"solved, and no word since; it was due at {timer.due_at:%Y-%m-%d %H:%M} UTC"
            closed += change_status(connection, ticket, Status.CLOSED, actor="gateway", now=now, why=why, close_at=None)
    return len(due), closed


def return_lost_mail(database: Database, now: datetime) -> int:
    """Put outgoing mail back into the queue whose sender's lease ran out. How many."""
    with database.write() as connection:
        return outbox_upkeep.reclaim(connection, now)


def give_up_stale_mail(database: Database, now: datetime) -> int:
    """Fail outgoing mail that is past its time, with an event on each ticket. How many."""

    def batch(connection: Connection) -> tuple[int, int]:
        expired = outbox_upkeep.expire(connection, now, limit=BATCH)
        return expired, expired

    return _in_batches(database, batch)


def forget_old_sessions(database: Database, now: datetime) -> int:
    """Delete sessions that have ended, and failed logins that no longer count against anybody. How many rows."""
    with database.write() as connection:
        ended = connection.execute(delete(sessions).where(sessions.c.expires_at <= now)).rowcount
        return (
            ended
            + connection.execute(
                delete(login_failures).where(login_failures.c.at <= now - LOGIN_FAILURES_KEPT)
            ).rowcount
        )


def _in_batches(database: Database, batch: Callable[[Connection], tuple[int, int]]) -> int:
    """Run ``batch`` in transactions of its own while it says that it was full; the sum of what it did."""
    done = 0
    while True:
        with database.write() as connection:
            seen, did = batch(connection)
        done += did
        if seen < BATCH:
            return done


@dataclass(frozen=True, slots=True)
class Tick:
    """One kind of work that time brings. ``work`` says how much it did."""

    name: str
    every: timedelta
    work: Callable[[Database, datetime], int]
    outgoing: bool = False  # what it does may leave mail in the outbox


TICKS = (
    Tick("close solved tickets", timedelta(minutes=1), close_solved_tickets),
    Tick("return lost mail", timedelta(seconds=15), return_lost_mail, outgoing=True),
    Tick("give up stale mail", timedelta(minutes=1), give_up_stale_mail),
    Tick("forget old sessions", timedelta(hours=1), forget_old_sessions),
    Tick("forget old counts of senders", timedelta(hours=1), forget_old_counts),
    Tick("forget old signatures", timedelta(hours=1), forget_old_signatures),
    Tick("forget old images", timedelta(days=1), forget_old_images),
)


class Clockwork:
    """Runs the ticks in a thread until told to stop; each also once at the start.

    ``on_outgoing`` is rung when mail came back into the queue.
    """

    def __init__(
        self,
        database: Database,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        on_outgoing: Callable[[], None] = lambda: None,
        ticks: tuple[Tick, ...] = TICKS,
    ) -> None:
        self._database = database
        self._clock = clock
        self._on_outgoing = on_outgoing
        # One thread: ticks are short, and on SQLite they would only wait for each other. The memory of jobs is this process's:
        # a shared job store runs one job twice where two schedulers look at it.
        self._scheduler = BackgroundScheduler(
            executors={"default": ThreadPoolExecutor(1)},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
            timezone=UTC,
        )
        logging.getLogger("apscheduler").setLevel(logging.WARNING)  # else two lines for each tick
        for tick in ticks:
            self._scheduler.add_job(
                self._run,
                "interval",
                args=(tick,),
                seconds=tick.every.total_seconds(),
                id=tick.name,
                next_run_time=datetime.now(UTC),
            )

    def start(self) -> None:
        self._scheduler.start()

    def stop(self) -> None:
        """Returns when the tick under way has ended."""
        if self._scheduler.running:
            self._scheduler.shutdown(wait=True)

    def _run(self, tick: Tick) -> None:
        """A tick that fails is tried again at its next time: what is due stays due."""
        try:
            did = tick.work(self._database, self._clock())
        except Exception as error:
            if is_temporary(error):
                log.warning("a tick could not use the database", extra={"tick": tick.name, "fault": str(error)})
            else:
                log.exception("a tick failed", extra={"tick": tick.name})
            return
        if did:
            log.info("tick", extra={"tick": tick.name, "did": did})
            if tick.outgoing:
                self._on_outgoing()
