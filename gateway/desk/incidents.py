"""Problems and their incidents: many tickets with one cause. Solving the problem solves them (``gateway.automation.incidents``)."""

from collections.abc import Iterable

from sqlalchemy import Connection, select

from gateway.desk.actions import Desk, DeskError, acting_agent, any_ticket, open_ticket
from gateway.store.schema import events, tickets
from gateway.store.tickets import add_events, change_status, change_ticket, ticket_row
from gateway.store.view_model import TicketRow
from gateway.store.views import find_ticket
from gateway.threading.model import Status

MOST_SHOWN = 200


def link(desk: Desk, incident: int, problem: int, agent: int) -> None:
    """Make one ticket an incident of another, which becomes a problem by that."""
    if incident == problem:
        raise DeskError("a ticket cannot be its own problem")
    with desk.database.write() as connection:
        for number in sorted((incident, problem)):  # one order for all, so that two acts never wait for each other
            open_ticket(connection, number)
        row, cause = any_ticket(connection, incident), any_ticket(connection, problem)
        who, now = acting_agent(connection, agent), desk.now()
        if row.problem_id == problem:
            return
        if cause.problem_id is not None:
            raise DeskError(f"ticket {problem} is an incident of problem {cause.problem_id} itself")
        if _numbers(connection, incident, limit=1):
            raise DeskError(f"ticket {incident} has incidents of its own; they would lose their problem")
        for one, kind in ((row, "incident"), (cause, "problem")):
            if one.type != kind:
                change_ticket(connection, one.id, now, type=kind)
                add_events(connection, one.id, now, ("type", who.address, {"from": one.type or None, "to": kind}))
        change_ticket(connection, incident, now, problem_id=problem)
        if row.problem_id is not None:
            add_events(connection, row.problem_id, now, ("incident_unlinked", who.address, {"incident": incident}))
        add_events(connection, incident, now, ("problem_linked", who.address, {"problem": problem}))
        add_events(connection, problem, now, ("incident_linked", who.address, {"incident": incident}))


def unlink(desk: Desk, incident: int, agent: int) -> None:
    """Take it out of its problem."""
    with desk.database.write() as connection:
        row, who, now = any_ticket(connection, incident), acting_agent(connection, agent), desk.now()
        if row.problem_id is not None:
            change_ticket(connection, incident, now, problem_id=None)
            add_events(connection, incident, now, ("problem_unlinked", who.address, {"problem": row.problem_id}))
            add_events(connection, row.problem_id, now, ("incident_unlinked", who.address, {"incident": incident}))


def reopen_incidents(desk: Desk, problem: int, agent: int) -> list[int]:
    """Open those again that were solved with the problem and still are solved; their numbers. Mail that left stays sent."""
    with desk.database.write() as connection:
        any_ticket(connection, problem)
        who, now = acting_agent(connection, agent), desk.now()
        opened = []
        for number in solved_with(connection, problem):
            row = ticket_row(connection, number, lock=True)
            if row is not None and row.status == Status.SOLVED and row.problem_id == problem:
                why = f"problem {problem} is not solved after all"
                change_status(connection, row, Status.OPEN, actor=who.address, now=now, why=why, close_at=None)
                opened.append(number)
        if opened:
            add_events(connection, problem, now, ("incidents_reopened", who.address, {"incidents": opened}))
    return opened


def solved_with(connection: Connection, problem: int) -> list[int]:
    """Incidents that were solved with the problem since they were last opened again."""
    found: list[int] = []
    for kind, data in connection.execute(
        select(events.c.kind, events.c.data)
        .where(events.c.ticket_id == problem, events.c.kind.in_(("incidents_solved", "incidents_reopened")))
        .order_by(events.c.id)
    ):
        found = [*found, *data["incidents"]] if kind == "incidents_solved" else []
    return sorted(set(found))


def incidents_of(connection: Connection, problem: int) -> list[TicketRow]:
    """The problem's incidents, the oldest first; the first 200."""
    rows = (find_ticket(connection, number) for number in _numbers(connection, problem, limit=MOST_SHOWN))
    return [row for row in rows if row is not None]


def _numbers(connection: Connection, problem: int, *, limit: int) -> Iterable[int]:
    return list(
        connection.execute(
            select(tickets.c.id).where(tickets.c.problem_id == problem).order_by(tickets.c.id).limit(limit)
        ).scalars()
    )
