"""What assignment asks of the store: who has how much in hand, who is there, which tickets nobody has, who answered whom last."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, Connection, Row, bindparam, delete, func, insert, select, update

from gateway.store.schema import agents, messages, ticket_tags, tickets, timers
from gateway.threading.model import Status

UNANSWERED = (Status.NEW.value, Status.OPEN.value)
"""Tickets that an agent has in hand, or that wait in a team's queue."""

_LOCK = 732119
_LATEST = 20
"""Tickets of a customer that are looked through for who answered last: a machine may have thousands."""


# Built once: see gateway.store.tickets.
_NUMBERS: BindParameter[Any] = bindparam("numbers", expanding=True)
_ACTIVE = select(agents).where(agents.c.address_key.in_(bindparam("keys", expanding=True)), agents.c.active)
_IN_HAND = (
    select(tickets.c.assignee_id, func.count())
    .where(tickets.c.status.in_(UNANSWERED), tickets.c.assignee_id.in_(_NUMBERS))
    .group_by(tickets.c.assignee_id)
)
_TAGS = select(ticket_tags.c.ticket_id, ticket_tags.c.tag).where(ticket_tags.c.ticket_id.in_(_NUMBERS))
_TIMER = select(timers.c.due_at).where(timers.c.ticket_id == bindparam("ticket"), timers.c.kind == bindparam("timer"))
_ASSIGNED = update(agents).where(agents.c.id == bindparam("agent")).values(assigned_at=bindparam("at"))
_LATEST_OF = (
    select(tickets.c.id)
    .where(tickets.c.requester_id == bindparam("requester"))
    .order_by(tickets.c.id.desc())
    .limit(_LATEST)
    .subquery()
)
_LAST_AGENT = (
    select(agents.c.address_key)
    .join(messages, messages.c.agent_id == agents.c.id)
    .where(messages.c.ticket_id.in_(select(_LATEST_OF.c.id)), messages.c.kind == "answer")
    .order_by(messages.c.id.desc())
    .limit(1)
)


@dataclass(frozen=True, slots=True)
class Load:
    """An agent with an account that may be used, and what they have in hand."""

    row: Row[Any]  # of agents
    in_hand: int


@dataclass(frozen=True, slots=True)
class Waiting:
    """Unanswered tickets of a team that nobody has."""

    count: int
    oldest: datetime | None  # customer's word that waits longest


def hold_assignment(connection: Connection) -> None:
    """Keep every other transaction from counting what agents have until this one has ended. Take tickets first, then this."""
    if connection.dialect.name == "postgresql":  # on SQLite writers queue anyway
        connection.execute(select(func.pg_advisory_xact_lock(_LOCK)))


def loads(connection: Connection, keys: Iterable[str]) -> dict[str, Load]:
    """By address key, of the active agents among ``keys``."""
    rows = connection.execute(_ACTIVE, {"keys": sorted(set(keys))}).all()
    found = connection.execute(_IN_HAND, {"numbers": [row.id for row in rows]}) if rows else ()
    counted: dict[int, int] = {agent: int(count) for agent, count in found}
    return {row.address_key: Load(row, counted.get(row.id, 0)) for row in rows}


def queues(connection: Connection, teams: Iterable[str], *, but: int) -> dict[str, Waiting]:
    """By team; the ticket ``but`` is not counted. Teams with an empty queue are left out."""
    found = connection.execute(
        select(tickets.c.team, func.count(), func.min(tickets.c.waiting_since))
        .where(
            tickets.c.status.in_(UNANSWERED),
            tickets.c.assignee_id.is_(None),
            tickets.c.team.in_(sorted(set(teams))),
            tickets.c.id != but,
        )
        .group_by(tickets.c.team)
    )
    return {team: Waiting(count, oldest) for team, count, oldest in found}


def last_agents(connection: Connection, requesters: Iterable[int]) -> Mapping[int, str]:
    """By contact: the address key of the agent whose public answer to them is the last one."""
    found = {}
    for requester in set(requesters):
        key = connection.execute(_LAST_AGENT, {"requester": requester}).scalar_one_or_none()
        if key is not None:
            found[requester] = key
    return found


def tags_of(connection: Connection, numbers: Iterable[int]) -> dict[int, set[str]]:
    found: dict[int, set[str]] = {}
    for number, tag in connection.execute(_TAGS, {"numbers": sorted(set(numbers))}):
        found.setdefault(number, set()).add(tag)
    return found


def note_assigned(connection: Connection, agent: int, now: datetime) -> None:
    connection.execute(_ASSIGNED, {"agent": agent, "at": now})


def note_worked(connection: Connection, agent: int, now: datetime) -> None:
    """The agent did something on a ticket."""
    connection.execute(update(agents).where(agents.c.id == agent).values(worked_at=now))


def set_timer(connection: Connection, ticket: int, kind: str, due_at: datetime | None) -> None:
    """The ticket's one timer of this kind runs out then; None: there is none."""
    kept = connection.execute(_TIMER, {"ticket": ticket, "timer": kind}).scalar_one_or_none()
    if kept == due_at:
        return
    connection.execute(delete(timers).where(timers.c.ticket_id == ticket, timers.c.kind == kind))
    if due_at is not None:
        connection.execute(insert(timers).values(ticket_id=ticket, kind=kind, due_at=due_at))


def is_timer_due(connection: Connection, kind: str, now: datetime) -> bool:
    """Whether a timer of this kind has run out."""
    due = select(timers.c.id).where(timers.c.due_at <= now, timers.c.kind == kind).limit(1)
    return connection.execute(due).first() is not None


def take_due(connection: Connection, kind: str, now: datetime, limit: int) -> list[int]:
    """Tickets whose timer of this kind has run out, kept from other nodes until the transaction ends. Their timers go."""
    due = (
        select(timers.c.ticket_id)
        .join(tickets, tickets.c.id == timers.c.ticket_id)
        .where(timers.c.kind == kind, timers.c.due_at <= now)
        .order_by(timers.c.due_at, timers.c.ticket_id)
        .limit(limit)
        .with_for_update(of=tickets, skip_locked=True)
    )
    numbers = list(connection.execute(due).scalars())
    connection.execute(delete(timers).where(timers.c.kind == kind, timers.c.ticket_id.in_(numbers)))
    return numbers
