"""What people ask of the outbox, and do to it: list, show, hold, release, try again."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update

from gateway.store.outbox import State
from gateway.store.schema import events, outbox

BY_A_PERSON = "agent"


class OutboxError(Exception):
    """The mail is not there, or not in a state in which this can be done. The text is for the person who asked."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One mail of the outbox, without its bytes."""

    id: int
    to: str
    kind: str
    ticket: int | None
    state: str
    hold_reason: str | None
    attempts: int
    last_reply: str | None
    subject: str
    message_id: str
    created_at: datetime
    next_attempt_at: datetime | None
    expires_at: datetime
    finished_at: datetime | None


def entries(
    connection: Connection,
    *,
    states: tuple[State, ...] = (),
    ticket: int | None = None,
    before: int | None = None,
    limit: int = 100,
) -> list[Entry]:
    """Newest first; ``before`` is the last id of the page before this one."""
    query = select(*_COLUMNS).order_by(outbox.c.id.desc()).limit(limit)
    if states:
        query = query.where(outbox.c.state.in_(states))
    if ticket is not None:
        query = query.where(outbox.c.ticket_id == ticket)
    if before is not None:
        query = query.where(outbox.c.id < before)
    return [_entry(row) for row in connection.execute(query)]


def entry(connection: Connection, row: int) -> Entry:
    """One mail; OutboxError where there is none."""
    found = connection.execute(select(*_COLUMNS).where(outbox.c.id == row)).one_or_none()
    if found is None:
        raise OutboxError(f"there is no mail {row} in the outbox; `gateway outbox list` shows which there are")
    return _entry(found)


def count(connection: Connection) -> dict[str, int]:
    """Mails by state, states without any left out."""
    rows = connection.execute(select(outbox.c.state, func.count().label("mails")).group_by(outbox.c.state))
    return {row.state: row.mails for row in rows}


def hold(connection: Connection, row: int, *, now: datetime, actor: str, reason: str = BY_A_PERSON) -> None:
    """Keep a waiting mail back until somebody releases it."""
    found = _locked(connection, row)
    if found.state == State.SENDING:
        raise OutboxError(f"mail {row} is being sent right now; try again in a moment")
    if found.state != State.QUEUED:
        raise OutboxError(f"mail {row} is {found.state}; only waiting mail can be held")
    connection.execute(
        update(outbox)
        .where(outbox.c.id == row)
        .values(state=State.HELD, hold_reason=reason, next_attempt_at=None, fence=outbox.c.fence + 1)
    )
    _note(connection, found, now, actor, "delivery_held")


def release(connection: Connection, row: int, *, now: datetime, actor: str) -> None:
    """Let a held mail go. It gets its whole lifetime again: a person wants it sent, however old it is."""
    found = _locked(connection, row)
    if found.state != State.HELD:
        raise OutboxError(f"mail {row} is {found.state}; only held mail can be released")
    _queue_again(connection, found, now)
    _note(connection, found, now, actor, "delivery_released")


def discard(connection: Connection, row: int, *, now: datetime, actor: str) -> None:
    """Decide that a held mail is never sent. Its bytes stay readable; what it was about is told by the event."""
    found = _locked(connection, row)
    if found.state != State.HELD:
        raise OutboxError(f"mail {row} is {found.state}; only held mail can be discarded: hold it first")
    connection.execute(
        update(outbox)
        .where(outbox.c.id == row)
        .values(state=State.DISCARDED, next_attempt_at=None, finished_at=now, fence=outbox.c.fence + 1)
    )
    _note(connection, found, now, actor, "delivery_discarded")


def retry(connection: Connection, row: int, *, now: datetime, actor: str) -> None:
    """Try a waiting or failed mail now, with its whole lifetime again."""
    found = _locked(connection, row)
    if found.state == State.SENDING:
        raise OutboxError(f"mail {row} is being sent right now")
    if found.state == State.SENT:
        raise OutboxError(f"mail {row} was sent already; sending it again would give the same mail twice")
    if found.state == State.DISCARDED:
        raise OutboxError(f"mail {row} was discarded; whoever wants to write writes anew")
    if found.state == State.HELD:
        raise OutboxError(f"mail {row} is held ({found.hold_reason}); release it")
    _queue_again(connection, found, now)
    _note(connection, found, now, actor, "delivery_retried")


def _locked(connection: Connection, row: int) -> Row[*tuple[Any, ...]]:
    found = connection.execute(select(*_COLUMNS).where(outbox.c.id == row).with_for_update()).one_or_none()
    if found is None:
        raise OutboxError(f"there is no mail {row} in the outbox; `gateway outbox list` shows which there are")
    return found


def _queue_again(connection: Connection, found: Row[*tuple[Any, ...]], now: datetime) -> None:
    connection.execute(
        update(outbox)
        .where(outbox.c.id == found.id)
        .values(
            state=State.QUEUED,
            hold_reason=None,
            next_attempt_at=now,
            expires_at=max(found.expires_at, now + (found.expires_at - found.created_at)),
            finished_at=None,
            unconfirmed=0,
            fence=outbox.c.fence + 1,
        )
    )


def _note(connection: Connection, found: Row[*tuple[Any, ...]], now: datetime, actor: str, kind: str) -> None:
    connection.execute(
        insert(events).values(
            ticket_id=found.ticket_id,
            at=now,
            kind=kind,
            actor=actor,
            data={"outbox": found.id, "to": found.recipient, "kind": found.kind},
        )
    )


_COLUMNS = (
    outbox.c.id,
    outbox.c.recipient,
    outbox.c.kind,
    outbox.c.ticket_id,
    outbox.c.state,
    outbox.c.hold_reason,
    outbox.c.attempts,
    outbox.c.last_reply,
    outbox.c.subject,
    outbox.c.message_id,
    outbox.c.created_at,
    outbox.c.next_attempt_at,
    outbox.c.expires_at,
    outbox.c.finished_at,
)


def _entry(row: Row[*tuple[Any, ...]]) -> Entry:
    return Entry(*row)
