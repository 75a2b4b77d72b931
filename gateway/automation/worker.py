"""Ask rules about what happened and about what time brought. One ticket's share is one transaction: all of it, or nothing yet."""

import logging
import threading
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import Connection, bindparam, literal_column, select, update
from sqlalchemy.dialects import postgresql, sqlite

from gateway.automation import assigning, delays, incidents, pool, reminders, surges, surveys, timers
from gateway.automation.following import (
    ask_rule,
    choose,
    events_of,
    follow,
    history_of,
    is_wanted,
    mails_of,
    miss,
    settle,
)
from gateway.automation.merges import tell_merged
from gateway.automation.promises import due_tickets, look
from gateway.automation.returns import give_back_failed
from gateway.automation.webhooks import make_calls
from gateway.desk.office import Office
from gateway.desk.promise_mail import SUMMARY, send_summaries
from gateway.desk.surveys import ask
from gateway.store.database import Database, is_temporary, reason_of
from gateway.store.schema import events, journal, promises, rule_timers, settings, tickets, webhook_calls
from gateway.store.ticket_history import histories
from gateway.store.tickets import GATEWAY, INCIDENTS, add_events
from gateway.store.workload import is_timer_due
from gateway.threading.model import Status

log = logging.getLogger(__name__)

BATCH = 4
"""Tickets a transaction: writers of other processes, the door among them, wait for it."""

ROUNDS = 200
"""Transactions of one step in a row: tickets that a changed configuration arms anew, by the million perhaps, keep nothing else waiting."""

MAIL_FIRST = 64
"""Accepted mails without a fate from which on a step has one transaction a look: in a flood customers get tickets and answers first."""

POLL_SECONDS = 0.25
TROUBLE_SECONDS = 5.0

STAMP_KEY = "automation"
"""Under which the settings remember how far the timers of a new configuration are armed."""

_HANDLED = update(events).where(events.c.id.in_(bindparam("numbers", expanding=True))).values(handled=True)

_WAITING = select(journal.c.id).where(journal.c.state == literal_column("'pending'")).limit(MAIL_FIRST)

Step = Callable[[Connection, Office, datetime], tuple[int, bool]]

_DONE = (Status.SOLVED.value, Status.CLOSED.value)


class Automaton:
    """Everything that follows, for all tickets. ``once`` may be called by any number of threads and nodes."""

    def __init__(self, database: Database, office: Callable[[], Office], now: Callable[[], datetime]) -> None:
        self._database = database
        self._office = office
        self._now = now

    def once(self) -> tuple[int, bool]:
        """Do what is to be done now; how many tickets were looked at, and whether mail goes out."""
        office = self._office()
        done = 0
        outgoing = False
        for step in self._wanted(office):
            for _ in range(ROUNDS):
                with self._database.write() as connection:
                    count, mail = step(connection, office, self._now())
                done += count
                outgoing |= mail
                if count < BATCH or self._mail_waits():
                    break
        return done, outgoing

    def _mail_waits(self) -> bool:
        with self._database.read() as connection:
            return len(connection.execute(_WAITING).all()) >= MAIL_FIRST

    def has_calls(self) -> bool:
        """Whether another program is to be told something now."""
        with self._database.read() as connection:
            due = (webhook_calls.c.state == "waiting", webhook_calls.c.next_attempt_at <= self._now())
            return connection.execute(select(webhook_calls.c.id).where(*due).limit(1)).first() is not None

    def make_calls(self) -> int:
        """Tell other programs what rules want them to know; how many were called, answered or not."""
        try:
            return make_calls(self._database, self._office(), self._now())
        except Exception as error:
            if not is_temporary(error):
                log.exception("webhooks could not be called")
            return 0

    def _wanted(self, office: Office) -> list[Step]:
        """What there is to do, looked up without keeping any writer waiting."""
        now = self._now()
        with self._database.read() as connection:
            kept = connection.execute(select(settings.c.value).where(settings.c.key == STAMP_KEY)).scalar_one_or_none()
            found: dict[Step, object] = {
                self._happened: connection.execute(select(events.c.id).where(~events.c.handled).limit(1)).first(),
                self._timers: connection.execute(
                    select(rule_timers.c.rule).where(rule_timers.c.due_at <= now).limit(1)
                ).first(),
                self._incidents: is_timer_due(connection, INCIDENTS, now),
                self._promises: connection.execute(
                    select(promises.c.round).where(promises.c.next_at <= now).limit(1)
                ).first(),
                pool.give_back: is_timer_due(connection, "return", now),
                self._delays: is_timer_due(connection, delays.KIND, now),
                self._reminders: is_timer_due(connection, reminders.KIND, now),
                pool.end_helpers: pool.helpers_to_end(connection, office, now),
                assigning.offer_waiting: is_timer_due(connection, "assign", now),
                send_summaries: is_timer_due(connection, SUMMARY, now),
                self._surveys: surveys.is_due(connection, now),
                surges.look: surges.is_due(connection, office, now),
                self._rearm: kept is None or kept.get("stamp") != office.loaded.stamp or kept["next"] is not None,
            }
        return [step for step, there_is in found.items() if there_is]

    # --- what happened --------------------------------------------------------------------------------------------

    def _happened(self, connection: Connection, office: Office, now: datetime) -> tuple[int, bool]:
        numbers = list(
            dict.fromkeys(
                connection.execute(
                    select(events.c.ticket_id).where(~events.c.handled).order_by(events.c.id).limit(BATCH * 8)
                ).scalars()
            )
        )[:BATCH]
        if not numbers:
            return 0, False
        held = list(
            connection.execute(
                select(tickets.c.id)
                .where(tickets.c.id.in_(numbers))
                .order_by(tickets.c.id)
                .with_for_update(skip_locked=True)
            ).scalars()
        )
        rows = connection.execute(
            select(events).where(events.c.ticket_id.in_(held), ~events.c.handled).order_by(events.c.id)
        ).all()
        mails = mails_of(connection, rows)
        outgoing = False
        for number in held:
            failed = [row for row in rows if row.ticket_id == number and row.kind == "delivery_failed"]
            if failed:
                outgoing |= _alone(connection, number, now, partial(give_back_failed, connection, office, failed, now))
            merged = [row for row in rows if row.ticket_id == number and row.kind == "merged"]
            if merged:
                outgoing |= _alone(connection, number, now, partial(tell_merged, connection, office, merged, now))
            for row in rows:
                if row.ticket_id == number and row.kind == "menu_chosen":
                    outgoing |= _alone(connection, number, now, partial(choose, connection, office, row, now))
        if is_wanted(office):
            found = histories(connection, held)
            for number, history in found.items():
                mine = [row for row in rows if row.ticket_id == number]
                outgoing |= _alone(
                    connection,
                    number,
                    now,
                    partial(follow, connection, office, history, events_of(mine, mails, history), now),
                )
        connection.execute(_HANDLED, {"numbers": [row.id for row in rows]})
        return len(held), outgoing

    # --- what time brought ----------------------------------------------------------------------------------------

    def _timers(self, connection: Connection, office: Office, now: datetime) -> tuple[int, bool]:
        due = timers.due_timers(connection, now, BATCH)
        rules = {rule.name: rule for rule in office.automation.timers}
        outgoing = False
        for number, name in due:
            rule = rules.get(name)
            timers.postpone(connection, name, number)  # whatever comes of it, it is not asked about this moment again
            if rule is not None:
                outgoing |= _alone(connection, number, now, partial(ask_rule, connection, office, rule, number, now))
        return len(due), outgoing

    def _incidents(self, connection: Connection, office: Office, now: datetime) -> tuple[int, bool]:
        return _each(connection, office, incidents.due(connection, now, BATCH), incidents.solve_some, now)

    def _promises(self, connection: Connection, office: Office, now: datetime) -> tuple[int, bool]:
        numbers = due_tickets(connection, now, BATCH)
        outgoing = False
        for number in numbers:
            for place, missed in enumerate(look(connection, number, now)):
                work = partial(miss, connection, office, number, missed, now, mail=not place)
                outgoing |= _alone(connection, number, now, work)
        return len(numbers), outgoing

    def _surveys(self, connection: Connection, office: Office, now: datetime) -> tuple[int, bool]:
        return _each(connection, office, surveys.due(connection, now, BATCH), ask, now)

    def _reminders(self, connection: Connection, office: Office, now: datetime) -> tuple[int, bool]:
        return _each(connection, office, reminders.due(connection, now, BATCH), reminders.take_step, now)

    def _delays(self, connection: Connection, office: Office, now: datetime) -> tuple[int, bool]:
        return _each(connection, office, delays.due(connection, now, BATCH), delays.tell_delay, now)

    # --- another configuration ------------------------------------------------------------------------------------

    def _rearm(self, connection: Connection, office: Office, now: datetime) -> tuple[int, bool]:
        """Promises and timers of tickets that nothing happens to: after a change of rules they are worked out anew, in batches."""
        stamp = office.loaded.stamp
        kept = _held_stamp(connection)
        if kept.get("stamp") != stamp:
            # A gateway that never had rules has nothing to work out for its old tickets.
            kept = {"stamp": stamp, "next": 0 if kept.get("wanted") or is_wanted(office) else None}
        if kept["next"] is None:
            connection.execute(update(settings).where(settings.c.key == STAMP_KEY).values(value=kept))
            return 0, False
        numbers = list(
            connection.execute(
                select(tickets.c.id)
                .where(tickets.c.id > kept["next"], tickets.c.status.not_in(_DONE))
                .order_by(tickets.c.id)
                .limit(BATCH)
                .with_for_update()
            ).scalars()
        )
        for number in numbers:
            _alone(connection, number, now, partial(settle, connection, office, history_of(connection, number), now))
        kept |= {"next": numbers[-1] if len(numbers) == BATCH else None, "wanted": is_wanted(office)}
        connection.execute(update(settings).where(settings.c.key == STAMP_KEY).values(value=kept))
        return len(numbers), False


def _held_stamp(connection: Connection) -> dict[str, Any]:
    """How far the timers are armed, kept from other nodes until the transaction ends; of these, only one may be the first."""
    query = select(settings.c.value).where(settings.c.key == STAMP_KEY).with_for_update()
    row = connection.execute(query).first()
    if row is None:
        dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
        connection.execute(dialect.insert(settings).values(key=STAMP_KEY, value={}).on_conflict_do_nothing())
        row = connection.execute(query).one()
    return dict(row.value)


class AutomationLoop:
    """A thread that lets everything follow until it is told to stop. Trouble with the database is waited out."""

    def __init__(self, automaton: Automaton, on_outgoing: Callable[[], None]) -> None:
        self._automaton = automaton
        self._on_outgoing = on_outgoing
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="automation", daemon=True)
        self._calls: threading.Thread | None = None

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Returns when the transaction under way has ended."""
        self._stopping.set()
        self._thread.join()

    def _run(self) -> None:
        wait = POLL_SECONDS
        while not self._stopping.wait(wait):
            try:
                _, outgoing = self._automaton.once()
            except Exception as error:
                wait = TROUBLE_SECONDS
                if is_temporary(error):
                    log.warning("what follows from events waits for the database: %s", reason_of(error))
                else:
                    log.exception("what follows from events could not be worked out")
                continue
            wait = POLL_SECONDS
            self._call_webhooks()
            if outgoing:
                self._on_outgoing()

    def _call_webhooks(self) -> None:
        """In a thread of their own: another program's slowness is not ours."""
        if self._calls is not None and self._calls.is_alive():
            return
        if self._automaton.has_calls():
            self._calls = threading.Thread(target=self._automaton.make_calls, name="webhooks", daemon=True)
            self._calls.start()


def _each(
    connection: Connection,
    office: Office,
    numbers: Sequence[int],
    work: Callable[[Connection, Office, int, datetime], bool | None],
    now: datetime,
) -> tuple[int, bool]:
    """Do the same with each of these tickets, each alone; how many they were, and whether mail goes out."""
    outgoing = False
    for number in numbers:
        outgoing |= _alone(connection, number, now, partial(work, connection, office, number, now))
    return len(numbers), outgoing


def _alone(connection: Connection, number: int, now: datetime, work: Callable[[], bool | None]) -> bool:
    """Do one ticket's work so that a fault in it stops no other ticket: it is undone, and an event says what went wrong."""
    try:
        with connection.begin_nested():
            return bool(work())
    except Exception as error:
        if is_temporary(error):
            raise
        log.exception("rules failed on a ticket", extra={"ticket": number})
        why = f"a fault of the program: {type(error).__name__}"
        add_events(connection, number, now, ("rule_failed", GATEWAY, {"why": why}), handled=True)
        return False
