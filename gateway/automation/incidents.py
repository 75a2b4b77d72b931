"""A problem is solved: its incidents are solved with it, some at a time, and each customer is told in their own thread."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, delete, select, update

from gateway.desk.completeness import why_incomplete
from gateway.desk.office import Office
from gateway.desk.telling_requester import tell_requester
from gateway.notify.notices import Resolution
from gateway.rules.fields import Need
from gateway.store.schema import contacts, events, tickets, timers
from gateway.store.tickets import GATEWAY, INCIDENTS, add_events, change_status, change_ticket
from gateway.threading.model import Status

BATCH = 20
"""Incidents a transaction: a notice is written for each."""

_TRIED_AGAIN = timedelta(minutes=5)  # where a fault of the program stopped a batch
_DONE = (Status.SOLVED.value, Status.CLOSED.value)


def due(connection: Connection, now: datetime, limit: int) -> list[int]:
    """Problems with incidents left to solve, kept from other nodes until the transaction ends."""
    mine = (timers.c.kind == INCIDENTS, timers.c.due_at <= now)
    numbers = list(
        connection.execute(
            select(timers.c.ticket_id)
            .join(tickets, tickets.c.id == timers.c.ticket_id)
            .where(*mine)
            .order_by(timers.c.due_at, timers.c.ticket_id)
            .limit(limit)
            .with_for_update(of=tickets, skip_locked=True)
        ).scalars()
    )
    connection.execute(update(timers).where(*mine, timers.c.ticket_id.in_(numbers)).values(due_at=now + _TRIED_AGAIN))
    return numbers


def solve_some(connection: Connection, office: Office, number: int, now: datetime) -> bool:
    """Solve the next incidents of a solved problem; whether mail goes out. The timer goes with the last ones."""
    timer = (timers.c.ticket_id == number, timers.c.kind == INCIDENTS)
    problem = connection.execute(select(tickets).where(tickets.c.id == number)).one()
    waiting = _waiting(connection, problem) if problem.status in _DONE else []
    if len(waiting) < BATCH:
        connection.execute(delete(timers).where(*timer))
    else:
        connection.execute(update(timers).where(*timer).values(due_at=now))
    outgoing = False
    solved = []
    for incident in waiting:
        why = _complete(connection, office, incident, problem, now)
        if why:
            data = {"problem": number, "why": why}
            add_events(connection, incident.id, now, ("incident_not_solved", GATEWAY, data))
            continue
        because = f"problem {number} is solved"
        close_at = now + timedelta(hours=office.configuration.lifecycle.close_after_hours)
        change_status(connection, incident, Status.SOLVED, actor=GATEWAY, now=now, why=because, close_at=close_at)
        occasion = f"problem:{number}:{problem.solved_at:%Y%m%d%H%M%S}"
        outgoing |= tell_requester(connection, office, incident, Resolution, occasion, now)
        solved.append(incident.id)
    if solved:
        add_events(connection, number, now, ("incidents_solved", GATEWAY, {"incidents": solved}))
    return outgoing


def _waiting(connection: Connection, problem: Row[Any]) -> list[Row[Any]]:
    """The next incidents that are not done, and were not tried in vain since the problem was solved."""
    tried = select(events.c.ticket_id).where(
        events.c.kind == "incident_not_solved", events.c.at >= problem.solved_at, events.c.ticket_id == tickets.c.id
    )
    return list(
        connection.execute(
            select(tickets, contacts.c.address.label("requester"), contacts.c.name.label("requester_name"))
            .join(contacts, contacts.c.id == tickets.c.requester_id)
            .where(
                tickets.c.problem_id == problem.id,
                tickets.c.status.not_in(_DONE),
                tickets.c.merged_into.is_(None),
                ~tried.exists(),
            )
            .order_by(tickets.c.id)
            .limit(BATCH)
            .with_for_update(of=tickets)
        )
    )


def _complete(connection: Connection, office: Office, incident: Row[Any], problem: Row[Any], now: datetime) -> str:
    """Give the incident what it needs and lacks from its problem, which has the same cause; why it cannot be solved still."""
    missing = office.fields.missing(Need.SOLVE, incident.fields, brand=incident.brand, team=incident.team or "")
    taken = {one.id: problem.fields[one.id] for one in missing if one.is_met(problem.fields.get(one.id))}
    if taken:
        change_ticket(connection, incident.id, now, fields={**incident.fields, **taken})
        told = {"changed": taken, "why": f"taken from problem {problem.id}"}
        add_events(connection, incident.id, now, ("fields", GATEWAY, told))
    return why_incomplete(connection, office, incident.id)
