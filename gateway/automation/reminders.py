"""Remind customers who do not answer, and solve their tickets in the end: one timer a ticket, each step once, until anybody says a word."""

from datetime import datetime, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, select

from gateway.desk.office import Office
from gateway.desk.telling_requester import tell_requester
from gateway.notify.lifecycle import Reminder
from gateway.notify.moments import written_moment
from gateway.notify.notices import Resolution
from gateway.rules.calendar import ALWAYS
from gateway.rules.durations import parse_duration
from gateway.rules.reminders import Done, Plan, due_at, solves, step_now
from gateway.store.schema import events
from gateway.store.ticket_history import History, histories
from gateway.store.tickets import GATEWAY, add_events, change_status
from gateway.store.workload import set_timer, take_due
from gateway.threading.model import Status

KIND = "remind"  # of timer


def arm(connection: Connection, office: Office, history: History) -> None:
    """Write when the ticket's next step is due; nothing where it does not wait for the customer."""
    number = history.row.id
    asked_at = _asked_at(history) if office.configuration.reminders.enabled else None
    planned = None
    if asked_at is not None:
        planned = due_at(_plan(office, history), asked_at, _done(connection, number, asked_at))
    set_timer(connection, number, KIND, planned)


def _asked_at(history: History) -> datetime | None:
    """Since when the customer has been silent; None where it is not for them to speak."""
    if history.row.status != Status.PENDING or history.row.merged_into is not None:
        return None
    if not history.said or history.said[-1].direction != "out":
        return None
    return max(history.said[-1].at, history.statuses[-1].at if history.statuses else history.row.created_at)


def _plan(office: Office, history: History) -> Plan:
    written = office.configuration.reminders
    team = office.teams.get(history.row.team or "")
    calendar = team.calendar if written.hours == "business" and team is not None else ALWAYS
    solve_after = parse_duration(written.solve_after) if written.solve_after else None
    return Plan(calendar, tuple(map(parse_duration, written.after)), solve_after)


def _done(connection: Connection, number: int, asked_at: datetime) -> Done:
    last = connection.execute(
        select(events.c.at, events.c.data)
        .where(events.c.ticket_id == number, events.c.kind == "reminded", events.c.at >= asked_at)
        .order_by(events.c.id.desc())
        .limit(1)
    ).first()
    return Done(0, asked_at) if last is None else Done(int(last.data["step"]), last.at)


def due(connection: Connection, now: datetime, limit: int) -> list[int]:
    """Tickets with a step to take, kept from other nodes until the transaction ends. Their timers go; ``take_step`` writes new ones."""
    return take_due(connection, KIND, now, limit)


def take_step(connection: Connection, office: Office, number: int, now: datetime) -> bool:
    """Remind or solve, if it is still due: since the timer was written somebody may have spoken. Whether mail goes out."""
    history = histories(connection, [number])[number]
    asked_at = _asked_at(history) if office.configuration.reminders.enabled else None
    if asked_at is None:
        return False
    plan = _plan(office, history)
    done = _done(connection, number, asked_at)
    planned = due_at(plan, asked_at, done)
    if planned is None or planned > now:
        set_timer(connection, number, KIND, planned)
        return False
    step = step_now(plan, asked_at, done, now)
    set_timer(connection, number, KIND, due_at(plan, asked_at, Done(step, now)))
    occasion = f"{asked_at:%Y%m%d%H%M%S}:{step}"
    if solves(plan, step):
        return _solve(connection, office, history, asked_at, occasion, now)
    add_events(connection, number, now, ("reminded", GATEWAY, {"step": step, "of": len(plan.after)}), handled=True)
    closing = _closing(office, history, plan, step, now)
    return tell_requester(connection, office, history.row, partial(_reminder, closing), occasion, now)


def _reminder(closing: str, subject: str | None, customer: str) -> Reminder:
    return Reminder(closing, subject, customer)


def _closing(office: Office, history: History, plan: Plan, step: int, now: datetime) -> str:
    """Until when the customer can answer, in words; only the last reminder names it."""
    if plan.solve_after is None or step != len(plan.after):
        return ""
    moment = due_at(plan, now - plan.after[step - 1], Done(step, now))
    if moment is None:
        return ""
    zone = ZoneInfo(office.addresses.brand(history.row.brand).time_zone)
    return written_moment(moment.astimezone(zone), history.row.language)


def _solve(
    connection: Connection, office: Office, history: History, asked_at: datetime, occasion: str, now: datetime
) -> bool:
    row: Any = history.row
    why = f"no word from the customer since {asked_at:%Y-%m-%d %H:%M} UTC"
    close_at = now + timedelta(hours=office.configuration.lifecycle.close_after_hours)
    change_status(connection, row, Status.SOLVED, actor=GATEWAY, now=now, why=why, close_at=close_at)
    return tell_requester(
        connection, office, row, lambda subject, name: Resolution(subject, name, silent=True), occasion, now
    )
