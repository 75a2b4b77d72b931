"""Keeping the outbox in order: lost leases, stale mail, mail that waits for a smarthost."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, Update, and_, exists, insert, select, update

from gateway.store.outbox import NO_SMARTHOST, State, announce_failure
from gateway.store.schema import events, outbox

_PARKED = and_(outbox.c.state == State.HELD, outbox.c.hold_reason == NO_SMARTHOST)


def reclaim(connection: Connection, now: datetime) -> int:
    """Put mails back whose holder's lease ran out; they are due when their claim said. How many there were."""
    return connection.execute(_put_back().where(outbox.c.lease_until <= now)).rowcount


def reclaim_from(connection: Connection, owners: Sequence[str]) -> int:
    """The same for holders that are known to be gone."""
    return connection.execute(_put_back().where(outbox.c.lease_owner.in_(owners))).rowcount


def _put_back() -> Update:
    return (
        update(outbox)
        .where(outbox.c.state == State.SENDING)
        .values(state=State.QUEUED, fence=outbox.c.fence + 1, lease_owner=None, lease_until=None)
    )


def owners(connection: Connection) -> list[str]:
    """Everybody who has mail in hand."""
    found = connection.scalars(select(outbox.c.lease_owner).where(outbox.c.state == State.SENDING).distinct())
    return [owner for owner in found if owner is not None]


def expire(connection: Connection, now: datetime, *, limit: int = 500) -> int:
    """Give up mails that are too old to be of use, with an event on each ticket. How many; call again while it is ``limit``.

    Held mail waits for a person and does not expire.
    """
    stale = connection.execute(
        select(outbox.c.id, outbox.c.ticket_id, outbox.c.recipient, outbox.c.kind, outbox.c.last_reply)
        .where(outbox.c.state == State.QUEUED, outbox.c.expires_at <= now)
        .order_by(outbox.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
    if stale:
        connection.execute(
            update(outbox)
            .where(outbox.c.id.in_([row.id for row in stale]))
            .values(state=State.FAILED, finished_at=now, next_attempt_at=None)
        )
    for row in stale:
        explanation = "The mail could not be delivered in time and is no longer tried."
        announce_failure(
            connection, now, row.ticket_id, row.id, row.recipient, row.kind, row.last_reply, "expired", explanation
        )
    return len(stale)


def anything_queued(connection: Connection) -> bool:
    return bool(connection.scalar(select(exists().where(outbox.c.state == State.QUEUED))))


def anything_parked(connection: Connection) -> bool:
    return bool(connection.scalar(select(exists().where(_PARKED))))


def park(connection: Connection) -> int:
    """Hold all waiting mail while no smarthost is configured. How many mails."""
    return connection.execute(
        update(outbox)
        .where(outbox.c.state == State.QUEUED)
        .values(state=State.HELD, hold_reason=NO_SMARTHOST, next_attempt_at=None)
    ).rowcount


def unpark(connection: Connection, now: datetime) -> int:
    """A smarthost is configured: release what was held for want of one. How many mails.

    What is past its time by now is given up by ``expire``, visibly: nobody wants a week-old acknowledgement.
    """
    return connection.execute(
        update(outbox).where(_PARKED).values(state=State.QUEUED, hold_reason=None, next_attempt_at=now)
    ).rowcount


def alarm(connection: Connection, now: datetime, fault: str, *, over: bool) -> None:
    """Mail does not leave, or leaves again: an event of the whole system."""
    data = {"alarm": "smarthost_unusable", "fault": fault, "over": over}
    connection.execute(insert(events).values(ticket_id=None, at=now, kind="alarm", actor="gateway", data=data))
