"""Reading mail on its way in and out: outbox, raw sources, queue ages. Nothing here writes."""

from datetime import datetime
from typing import Any

from sqlalchemy import Column, Connection, func, select

from gateway.store.schema import journal, messages, outbox, quarantine, timers
from gateway.store.view_model import OutboxMail, OutboxRow, QueueAges, Source

WAITING_STATES = ("queued", "sending", "held")

_OUTBOX: tuple[Column[Any], ...] = (
    outbox.c.id,
    outbox.c.ticket_id,
    outbox.c.message_row,
    outbox.c.kind,
    outbox.c.automatic,
    outbox.c.recipient,
    outbox.c.reverse_path,
    outbox.c.message_id,
    outbox.c.subject,
    outbox.c.state,
    outbox.c.hold_reason,
    outbox.c.attempts,
    outbox.c.created_at,
    outbox.c.next_attempt_at,
    outbox.c.expires_at,
    outbox.c.last_reply,
    outbox.c.finished_at,
)


def list_outbox(
    connection: Connection,
    *,
    state: str | None = None,
    ticket: int | None = None,
    limit: int = 50,
    before: int | None = None,
) -> tuple[OutboxRow, ...]:
    """Mail out, newest first; ``before`` is the id of the last row of the page before."""
    query = select(*_OUTBOX).order_by(outbox.c.id.desc()).limit(limit)
    if state is not None:
        query = query.where(outbox.c.state == state)
    if ticket is not None:
        query = query.where(outbox.c.ticket_id == ticket)
    if before is not None:
        query = query.where(outbox.c.id < before)
    return tuple(OutboxRow(*row) for row in connection.execute(query))


def find_outbox_mail(connection: Connection, number: int) -> OutboxMail | None:
    row = connection.execute(select(*_OUTBOX, outbox.c.raw).where(outbox.c.id == number)).one_or_none()
    return None if row is None else OutboxMail(OutboxRow(*row[:-1]), bytes(row[-1]))


def journal_source(connection: Connection, number: int) -> Source | None:
    """The raw mail of a journal entry; None where it was removed for good."""
    row = connection.execute(
        select(journal.c.receipt, journal.c.digest, journal.c.raw, quarantine.c.erased_at)
        .outerjoin(quarantine, quarantine.c.journal_id == journal.c.id)
        .where(journal.c.id == number)
    ).one_or_none()
    return None if row is None or row.erased_at is not None else Source(f"{row.receipt}.eml", row.digest, row.raw)


def message_source(connection: Connection, message: int) -> Source | None:
    """The raw mail behind a ticket's message: what came in, or what we sent; None for a note."""
    row = connection.execute(
        select(messages.c.journal_id, messages.c.ticket_id).where(messages.c.id == message)
    ).one_or_none()
    if row is None:
        return None
    if row.journal_id is not None:
        return journal_source(connection, row.journal_id)
    sent = connection.execute(
        select(outbox.c.id, outbox.c.raw)
        .where(outbox.c.ticket_id == row.ticket_id, outbox.c.message_row == message)
        .order_by(outbox.c.id)
        .limit(1)
    ).one_or_none()
    return None if sent is None or not sent.raw else Source(f"outbox-{sent.id}.eml", None, bytes(sent.raw))


def queue_ages(connection: Connection, now: datetime) -> QueueAges:
    """What waits in the journal, the outbox and the timers."""
    pending = connection.execute(
        select(func.count(), func.min(journal.c.received_at), func.count().filter(journal.c.crashes > 0)).where(
            journal.c.state == "pending"
        )
    ).one()
    quarantined = connection.execute(select(func.count()).where(journal.c.fate == "quarantined")).scalar_one()
    states = connection.execute(
        select(outbox.c.state, func.count(), func.min(outbox.c.created_at))
        .where(outbox.c.state.in_((*WAITING_STATES, "failed")))
        .group_by(outbox.c.state)
    ).all()
    oldest = {row[0]: row[2] for row in states}
    waiting = [oldest[state] for state in ("queued", "sending") if state in oldest]
    overdue = connection.execute(select(func.count()).where(timers.c.due_at < now)).scalar_one()
    return QueueAges(
        pending=pending[0],
        oldest_pending_at=pending[1],
        crashed=pending[2],
        quarantined=quarantined,
        outbox={row[0]: row[1] for row in states},
        oldest_queued_at=min(waiting) if waiting else None,
        oldest_held_at=oldest.get("held"),
        overdue_timers=overdue,
    )
