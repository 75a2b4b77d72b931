"""What is removed because its time is over (``privacy.retention``): in small batches, each with a row in the audit log."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, delete, func, or_, select, update

from gateway.config.privacy import Retention
from gateway.store.audit import What, forget, record
from gateway.store.database import Database
from gateway.store.erasing import Removed, carry_out, erase_bytes
from gateway.store.redaction import FINISHED, plan_ticket
from gateway.store.schema import audit, events, journal, messages, outbox, quarantine, tickets

BATCH = 50
"""Rows a transaction: writers of other processes wait for it."""
BATCHES = 20  # in one run: what is left has its turn at the next one
GATEWAY = "gateway"


@dataclass(frozen=True, slots=True)
class Period:
    """One kind of thing that is kept for so long."""

    name: str  # of the setting
    days: int | None
    due: Callable[[datetime], Any]  # query of what is over, by id
    remove: Callable[[Connection, list[int], datetime], dict[str, Any]]


def periods(settings: Retention) -> tuple[Period, ...]:
    """All kinds, also those that are kept for ever."""
    return (
        Period("raw_mail_days", settings.raw_mail_days, _raw_mail, _remove_raw),
        Period("ticket_days", settings.ticket_days, _tickets, _remove_tickets),
        Period("sent_mail_days", settings.sent_mail_days, _sent, _remove_sent),
        Period("events_days", settings.events_days, _events, _remove_events),
    )


def due(connection: Connection, settings: Retention, now: datetime) -> dict[str, int]:
    """How much would be removed now, by setting."""
    found = {
        it.name: connection.execute(
            select(func.count()).select_from(it.due(now - timedelta(days=it.days)).subquery())
        ).scalar_one()
        for it in periods(settings)
        if it.days is not None
    }
    if settings.audit_days is not None:
        before = now - timedelta(days=settings.audit_days)
        found["audit_days"] = connection.execute(select(func.count()).where(audit.c.at < before)).scalar_one()
    return found


def keep_periods(database: Database, settings: Retention, now: datetime) -> int:
    """Remove what is over; how much."""
    done = 0
    for period in periods(settings):
        if period.days is not None:
            done += _in_batches(database, period, now)
    if settings.audit_days is not None:
        done += _forget_audit(database, now - timedelta(days=settings.audit_days), now)
    return done


def _in_batches(database: Database, period: Period, now: datetime) -> int:
    assert period.days is not None, "the caller asked"
    query, done = period.due(now - timedelta(days=period.days)).limit(BATCH), 0
    with database.read() as connection:  # mostly there is nothing, and nobody has to wait for that
        if connection.execute(query).first() is None:
            return 0
    for _ in range(BATCHES):
        with database.write() as connection:
            ids = list(connection.execute(query).scalars())
            if not ids:
                break
            told = period.remove(connection, ids, now)
            data = {
                "period": period.name,
                "days": period.days,
                "removed": len(ids),
                "first": ids[0],
                "last": ids[-1],
                **told,
            }
            record(connection, What.RETENTION, period.name, actor=GATEWAY, origin=GATEWAY, now=now, data=data)
        done += len(ids)
    return done


def _forget_audit(database: Database, before: datetime, now: datetime) -> int:
    with database.write() as connection:
        count, through = forget(connection, before=before, limit=BATCH * BATCHES)
        if count:
            data = {"period": "audit_days", "removed": count, "audit_through": through}
            record(connection, What.RETENTION, "audit_days", actor=GATEWAY, origin=GATEWAY, now=now, data=data)
    return count


def _raw_mail(before: datetime) -> Any:
    return (
        select(journal.c.id)
        .join(messages, messages.c.journal_id == journal.c.id)
        .join(tickets, tickets.c.id == messages.c.ticket_id)
        .outerjoin(quarantine, quarantine.c.journal_id == journal.c.id)
        .where(tickets.c.closed_at <= before, quarantine.c.erased_at.is_(None), journal.c.state == "settled")
        .order_by(journal.c.id)
    )


def _remove_raw(connection: Connection, ids: list[int], now: datetime) -> dict[str, Any]:
    erase_bytes(connection, ids, now)
    return {}


def _tickets(before: datetime) -> Any:
    has_words = or_(messages.c.text != "", messages.c.subject != "", messages.c.html.is_not(None))
    words = select(messages.c.id).where(messages.c.ticket_id == tickets.c.id, has_words).exists()
    waiting = select(outbox.c.id).where(outbox.c.ticket_id == tickets.c.id, outbox.c.state.not_in(FINISHED)).exists()
    return (
        select(tickets.c.id)
        .where(tickets.c.closed_at <= before, or_(tickets.c.subject != "", words), ~waiting)
        .order_by(tickets.c.id)
    )


def _remove_tickets(connection: Connection, ids: list[int], now: datetime) -> dict[str, Any]:
    return {"hashes": {number: _erase_ticket(connection, number, now) for number in ids}}


def _erase_ticket(connection: Connection, number: int, now: datetime) -> str:
    removed = Removed(now)
    carry_out(connection, plan_ticket(connection, number), removed, actor=GATEWAY, now=now)
    return removed.hash


def _sent(before: datetime) -> Any:
    over = func.length(outbox.c.raw) > 0
    return (
        select(outbox.c.id)
        .where(outbox.c.state.in_(FINISHED), outbox.c.finished_at <= before, over)
        .order_by(outbox.c.id)
    )


def _remove_sent(connection: Connection, ids: list[int], _now: datetime) -> dict[str, Any]:
    connection.execute(update(outbox).where(outbox.c.id.in_(ids)).values(raw=b""))
    return {}


def _events(before: datetime) -> Any:
    return (
        select(events.c.id)
        .join(tickets, tickets.c.id == events.c.ticket_id)
        .where(tickets.c.closed_at <= before, events.c.at <= before)
        .order_by(events.c.id)
    )


def _remove_events(connection: Connection, ids: list[int], _now: datetime) -> dict[str, Any]:
    connection.execute(delete(events).where(events.c.id.in_(ids)))
    return {}
