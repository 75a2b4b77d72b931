"""How satisfied customers are, counted over those whom the question reached (docs/csat.md)."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, and_, select

from gateway.store.outbox import State
from gateway.store.schema import contacts, events, outbox, ratings, surveys, tickets

BOUNCE_WINDOW = timedelta(days=3)
"""A mail that comes back later than this was delivered first."""

DEFINITION = (
    "asked: surveys written in the period. reached: of these, accepted by the next mail server and not bounced within 3 days, or answered. "
    "answered: of the reached, rated by the customer; the last rating counts. satisfied: of the answered, better than the middle of "
    "the scale. response_rate = answered / reached. satisfaction = satisfied / answered. score: mean of the answered, from 0 (worst) to 1. "
    "waiting, failed and bounced surveys are in no rate."
)
"""What the figures mean, to the word."""

_ENDED = (State.FAILED.value, State.DISCARDED.value)


@dataclass(frozen=True, slots=True)
class Csat:
    """The figures of a period; rates are None where there is nothing to divide by."""

    since: datetime
    until: datetime
    asked: int
    waiting: int  # in the outbox, held ones too
    failed: int  # given up or discarded
    bounced: int
    reached: int
    answered: int
    satisfied: int
    response_rate: float | None
    satisfaction: float | None
    score: float | None
    by_value: Mapping[str, int]  # "4/5": how many
    by_reason: Mapping[str, int]  # ids of csat.reasons
    skipped: Mapping[str, int]  # why nobody was asked, of tickets solved in the period


@dataclass(frozen=True, slots=True)
class RatingRow:
    """One rating for people to read."""

    ticket: int
    subject: str
    language: str
    address: str
    value: int
    scale: int
    score: float
    reason: str
    comment: str
    via: str
    changed_at: datetime


def csat(connection: Connection, *, since: datetime, until: datetime) -> Csat:
    """Surveys that were written in the period, ``since`` included and ``until`` not, as they stand now."""
    rows = connection.execute(
        select(
            surveys.c.ticket_id,
            outbox.c.state,
            outbox.c.finished_at,
            outbox.c.recipient_key,
            ratings.c.value,
            ratings.c.scale,
            ratings.c.score,
            ratings.c.reason,
        )
        .outerjoin(outbox, and_(outbox.c.ticket_id == surveys.c.ticket_id, outbox.c.message_id == surveys.c.message_id))
        .outerjoin(ratings, ratings.c.ticket_id == surveys.c.ticket_id)
        .where(surveys.c.asked_at >= since, surveys.c.asked_at < until)
    ).all()
    returned = _returned(connection, since)
    states = Counter(_state(row, returned.get(row.ticket_id)) for row in rows)
    rated = [row for row in rows if row.value is not None]
    satisfied = sum(row.score > 0.5 for row in rated)
    skipped = connection.execute(
        select(surveys.c.skipped).where(
            surveys.c.skipped.is_not(None), surveys.c.solved_at >= since, surveys.c.solved_at < until
        )
    ).scalars()
    return Csat(
        since=since,
        until=until,
        asked=len(rows),
        waiting=states["waiting"],
        failed=states["failed"],
        bounced=states["bounced"],
        reached=states["reached"],
        answered=len(rated),
        satisfied=satisfied,
        response_rate=_share(len(rated), states["reached"]),
        satisfaction=_share(satisfied, len(rated)),
        score=_share(sum(row.score for row in rated), len(rated)),
        by_value=dict(sorted(Counter(f"{row.value}/{row.scale}" for row in rated).items(), reverse=True)),
        by_reason=dict(Counter(row.reason for row in rated if row.reason).most_common()),
        skipped=dict(Counter(map(str, skipped)).most_common()),
    )


def latest_ratings(connection: Connection, *, limit: int) -> Sequence[RatingRow]:
    """Given or changed last, newest first."""
    found = connection.execute(
        select(
            ratings.c.ticket_id.label("ticket"),
            tickets.c.subject,
            tickets.c.language,
            contacts.c.address,
            ratings.c.value,
            ratings.c.scale,
            ratings.c.score,
            ratings.c.reason,
            ratings.c.comment,
            ratings.c.via,
            ratings.c.changed_at,
        )
        .join(tickets, tickets.c.id == ratings.c.ticket_id)
        .join(contacts, contacts.c.id == ratings.c.contact_id)
        .order_by(ratings.c.changed_at.desc(), ratings.c.ticket_id.desc())
        .limit(limit)
    )
    return [RatingRow(**row._mapping) for row in found]


def _state(row: Row[*tuple[Any, ...]], bounced_at: datetime | None) -> str:
    if row.value is not None:
        return "reached"
    if row.state in _ENDED:
        return "failed"
    if row.state != State.SENT.value:
        return "waiting"
    came_back = bounced_at is not None and bounced_at <= row.finished_at + BOUNCE_WINDOW
    return "bounced" if came_back else "reached"


def _returned(connection: Connection, since: datetime) -> dict[int, datetime]:
    """When a survey of each ticket came back first. A report of mere delay is no return."""
    found: dict[int, datetime] = {}
    rows = connection.execute(
        select(events.c.ticket_id, events.c.at, events.c.data)
        .where(events.c.kind == "bounced", events.c.at >= since)
        .order_by(events.c.at)
    )
    for number, at, data in rows:
        is_delay = str(data.get("status") or "").startswith("4") and not data.get("hard")
        if data.get("notice") == "csat" and not is_delay:
            found.setdefault(number, at)
    return found


def _share(part: float, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None
