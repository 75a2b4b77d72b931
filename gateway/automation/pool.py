"""What time does to tickets that somebody has: unanswered ones go back to their team, and those of helpers whose time is over."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select

from gateway.automation.assigning import written_team
from gateway.desk.agent_notices import tell_returned
from gateway.desk.office import Office
from gateway.mail.address import address_key
from gateway.rules.calendar import advance
from gateway.rules.durations import parse_duration
from gateway.store.agents import set_active
from gateway.store.schema import agents, events, tickets, timers
from gateway.store.ticket_history import History, histories
from gateway.store.tickets import GATEWAY, add_events, change_ticket
from gateway.store.workload import UNANSWERED, set_timer, take_due
from gateway.threading.model import Status

_RETURNS = "return"  # kind of timer
_BATCH = 50
_NOT_DONE = tuple(status.value for status in Status if status not in (Status.SOLVED, Status.CLOSED))


def arm(connection: Connection, office: Office, history: History) -> None:
    """Write when the ticket goes back to its team, if its agent does not answer until then."""
    if not any(team.return_after is not None for team in office.loaded.side.teams.teams):
        return
    set_timer(connection, history.row.id, _RETURNS, _returns_at(connection, office, history))


def _returns_at(connection: Connection, office: Office, history: History) -> datetime | None:
    """The team's working time runs from the moment at which a customer waits and the agent has the ticket."""
    row = history.row
    team = written_team(office, row.team)
    if team is None or team.return_after is None or row.assignee_id is None or row.status not in UNANSWERED:
        return None
    if row.waiting_since is None:
        return None
    assigned_at = connection.execute(
        select(func.max(events.c.at)).where(events.c.ticket_id == row.id, events.c.kind == "assigned")
    ).scalar_one_or_none()
    start = max(row.waiting_since, assigned_at or row.created_at)
    return advance(office.teams[team.id].calendar, start, parse_duration(team.return_after))


def give_back(connection: Connection, office: Office, now: datetime) -> tuple[int, bool]:
    """Give tickets back to their teams whose agents have not answered in time; how many were looked at, whether mail goes out."""
    numbers = take_due(connection, _RETURNS, now, _BATCH)
    outgoing = False
    for number, history in histories(connection, numbers).items():
        returns_at = _returns_at(connection, office, history)
        if returns_at is not None and returns_at > now:  # something has happened since, or the configuration changed
            connection.execute(insert(timers).values(ticket_id=number, kind=_RETURNS, due_at=returns_at))
        elif returns_at is not None:
            team = written_team(office, history.row.team)
            assert team is not None
            why = f"not answered within {team.return_after} of working time"
            outgoing |= _release(connection, office, history.row, why, now)
    return len(numbers), outgoing


def _release(connection: Connection, office: Office, row: Row[Any], why: str, now: datetime) -> bool:
    """Take a ticket from its agent. Rules are asked about it, so that one can have another agent looked for."""
    change_ticket(connection, row.id, row.updated_at, assignee_id=None)
    add_events(connection, row.id, now, ("returned", GATEWAY, {"from": row.agent, "to": None, "why": why}))
    return tell_returned(connection, office, row.id, row.agent, now)


# --- temporary helpers -----------------------------------------------------------------------------------------------


def past_helpers(office: Office, now: datetime) -> Mapping[str, date]:
    """Agents whose last day is over, where they work, by address key."""
    found = {}
    for agent in office.loaded.side.teams.agents:
        if agent.until is None:
            continue
        last = date.fromisoformat(agent.until)
        if now.astimezone(office.calendars[agent.calendar].zone).date() > last:
            found[address_key(agent.address)] = last
    return found


def helpers_to_end(connection: Connection, office: Office, now: datetime) -> bool:
    """Whether one of them can still log in, or has tickets."""
    past = past_helpers(office, now)
    return bool(past) and bool(_to_end(connection, past))


def _to_end(connection: Connection, past: Mapping[str, date]) -> list[Row[Any]]:
    has_tickets = select(tickets.c.id).where(tickets.c.assignee_id == agents.c.id, tickets.c.status.in_(_NOT_DONE))
    return list(
        connection.execute(
            select(agents)
            .where(agents.c.address_key.in_(past), agents.c.role != "admin", agents.c.active | has_tickets.exists())
            .order_by(agents.c.id)
        )
    )


def end_helpers(connection: Connection, office: Office, now: datetime) -> tuple[int, bool]:
    """Close the accounts and sessions of helpers whose last day is over, and give their tickets back; admins keep theirs."""
    past = past_helpers(office, now)
    done, outgoing = 0, False
    for agent in _to_end(connection, past):
        last = past[agent.address_key]
        if agent.active:
            set_active(connection, agent.id, active=False)
            add_events(connection, None, now, ("helper_ended", GATEWAY, {"agent": agent.address, "until": str(last)}))
        numbers = connection.execute(
            select(tickets.c.id)
            .where(tickets.c.assignee_id == agent.id, tickets.c.status.in_(_NOT_DONE))
            .order_by(tickets.c.id)
            .limit(_BATCH)
            .with_for_update(skip_locked=True)
        ).scalars()
        for history in histories(connection, numbers).values():
            outgoing |= _release(connection, office, history.row, f"{agent.address} helped until {last}", now)
            done += 1
    return done, outgoing
