"""When to ask about which solved ticket: a row each, which survives restarts and is dropped when the ticket is open again."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, bindparam, insert, select, update

from gateway.desk.office import Office
from gateway.rules.calendar import advance
from gateway.rules.changes import Effect
from gateway.store.schema import surveys, tickets
from gateway.threading.model import Status

_FIND = select(surveys).where(surveys.c.ticket_id == bindparam("ticket"))  # built once: see gateway.store.tickets


def arm(connection: Connection, office: Office, ticket: Row[Any]) -> None:
    """Write when the ticket's requester is to be asked, as the ticket is now. Once asked, a ticket is never asked about again."""
    settings = office.configuration.csat
    if not settings.enabled:
        return
    kept = connection.execute(_FIND, {"ticket": ticket.id}).one_or_none()
    if (kept is not None and kept.asked_at is not None) or ticket.status == Status.CLOSED:
        return  # a closed ticket was solved before: what waits for it goes on waiting
    if ticket.status != Status.SOLVED:
        if kept is not None and kept.due_at is not None:
            _change(connection, ticket.id, due_at=None)
        return
    ruled = kept.ruled if kept is not None else None
    if not (ruled or office.addresses.brand(ticket.brand).csat):
        return
    is_settled = kept is not None and (kept.due_at is not None or kept.skipped is not None)
    if kept is None or kept.solved_at != ticket.solved_at or not is_settled:
        due_at = _delayed(office, ticket)
        _write(connection, ticket.id, due_at=due_at, solved_at=ticket.solved_at, skipped=None)


def _delayed(office: Office, ticket: Row[Any]) -> datetime:
    settings = office.configuration.csat
    delay = timedelta(hours=settings.delay_hours)
    team = office.teams.get(ticket.team or "")
    if settings.hours == "business" and team is not None:
        return advance(team.calendar, ticket.solved_at, delay) or ticket.solved_at + delay
    return ticket.solved_at + delay  # type: ignore[no-any-return] # of a row


def by_rule(connection: Connection, office: Office, number: int, effect: Effect, now: datetime) -> bool:  # noqa: ARG001 - one signature
    """Remember what a rule wants: ``yes`` to ask even where brand and tags would not, ``no`` not to ask."""
    _write(connection, number, ruled=effect.value == "yes")
    return False


def is_due(connection: Connection, now: datetime) -> bool:
    return connection.execute(select(surveys.c.ticket_id).where(surveys.c.due_at <= now).limit(1)).first() is not None


def due(connection: Connection, now: datetime, limit: int) -> list[int]:
    """Tickets whose time has come, kept from other nodes until the transaction ends. Their time comes once, whatever follows."""
    numbers = list(
        connection.execute(
            select(surveys.c.ticket_id)
            .join(tickets, tickets.c.id == surveys.c.ticket_id)
            .where(surveys.c.due_at <= now)
            .order_by(surveys.c.due_at, surveys.c.ticket_id)
            .limit(limit)
            .with_for_update(of=tickets, skip_locked=True)
        ).scalars()
    )
    if numbers:
        connection.execute(update(surveys).where(surveys.c.ticket_id.in_(numbers)).values(due_at=None))
    return numbers


def _write(connection: Connection, number: int, **values: Any) -> None:
    if not _change(connection, number, **values):
        connection.execute(insert(surveys).values(ticket_id=number, **values))


def _change(connection: Connection, number: int, **values: Any) -> bool:
    return connection.execute(update(surveys).where(surveys.c.ticket_id == number).values(**values)).rowcount > 0
