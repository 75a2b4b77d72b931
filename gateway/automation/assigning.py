"""Carry out who gets a ticket: what the decision asks is read while nobody else assigns, then team, agent and reason are written.

``gateway.rules.assignment`` decides. A ticket that nobody can take now waits in its team and is offered again every minute.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, insert, select, update

from gateway.automation.effects import CannotDo
from gateway.config.teams import WrittenTeam
from gateway.desk.agent_notices import tell_assigned
from gateway.desk.office import Office
from gateway.rules.assignment import Choice, Member, Method, Need, Queue, Team, assign
from gateway.rules.changes import Effect
from gateway.rules.ticket import Actor, Event, EventKind, TicketFacts
from gateway.store.schema import tickets, timers
from gateway.store.tickets import GATEWAY, Happened, add_events, change_ticket, ticket_row
from gateway.store.workload import (
    UNANSWERED,
    Load,
    hold_assignment,
    last_agents,
    loads,
    note_assigned,
    queues,
    tags_of,
)
from gateway.threading.model import Status

NEEDS = "needs:"
"""What a tag begins with that asks for a skill."""

OFFERED_AGAIN = timedelta(minutes=1)
_BATCH = 200
_DONE = (Status.SOLVED.value, Status.CLOSED.value)
_WAITS = "assign"  # kind of timer


# Built once: see gateway.store.tickets.
_WAIT = insert(timers)
_FORGET_WAITING = delete(timers).where(timers.c.ticket_id == bindparam("ticket"), timers.c.kind == _WAITS)


@dataclass(slots=True)
class Staff:
    """The members of some teams as they are now; kept true while tickets are given to them."""

    present: dict[str, Load]
    given: dict[str, int] = field(default_factory=dict)  # tickets since it was read
    given_at: dict[str, datetime] = field(default_factory=dict)

    def able(self, members: Sequence[Member]) -> list[Member]:
        return [self._filled(member) for member in members if member.agent in self.present]

    def missing(self, members: Sequence[Member]) -> dict[str, str]:
        return {member.agent: "has no active account" for member in members if member.agent not in self.present}

    def give(self, agent: str, now: datetime) -> None:
        self.given[agent] = self.given.get(agent, 0) + 1
        self.given_at[agent] = now

    def _filled(self, member: Member) -> Member:
        load = self.present[member.agent]
        assigned_at = self.given_at.get(member.agent, load.row.assigned_at)
        # Whoever has just been given a ticket is not idle, though they have not answered yet.
        worked = [moment for moment in (load.row.worked_at, assigned_at) if moment is not None]
        return replace(
            member,
            in_hand=load.in_hand + self.given.get(member.agent, 0),
            present=load.row.away_since is None,
            assigned_at=assigned_at,
            worked_at=max(worked, default=None),
        )


def is_due(ticket: TicketFacts, happened: Iterable[Event], *, was_team: str) -> bool:
    """Whether an agent is to be looked for because of what happened: it was created, got another team, or was reopened.

    ``was_team``: its team before rules were asked. A team that the gateway itself chose was chosen together with the agent.
    """
    if not ticket.team or ticket.agent or ticket.status not in UNANSWERED:
        return False
    if ticket.team != was_team:
        return True
    return any(_asks(event) for event in happened)


def _asks(event: Event) -> bool:
    if event.kind is EventKind.STATUS:
        return event.was in _DONE and event.became not in _DONE
    return event.kind is EventKind.CREATED or (event.kind is EventKind.TEAM and event.by is not Actor.GATEWAY)


def by_rule(connection: Connection, office: Office, number: int, effect: Effect, now: datetime) -> bool:  # noqa: ARG001 - one signature
    """``agent: auto``: look for an agent now, where nobody has the ticket."""
    row = ticket_row(connection, number, lock=True)
    assert row is not None
    if row.team is None:
        raise CannotDo("the ticket has no team, so nobody can be looked for; give it one with `team:`")
    return find_agent(connection, office, number, now)[1]


def follow(
    connection: Connection, office: Office, ticket: TicketFacts, happened: Iterable[Event], was_team: str, now: datetime
) -> tuple[tuple[Event, ...], bool]:
    """Look for an agent where what happened asks for one; what that made happen, and whether mail goes out."""
    if not office.teams or not is_due(ticket, happened, was_team=was_team):
        return (), False
    return find_agent(connection, office, ticket.number, now)


def find_agent(connection: Connection, office: Office, number: int, now: datetime) -> tuple[tuple[Event, ...], bool]:
    """Decide about a ticket that nobody has, and carry it out; what that made happen, and whether mail goes out."""
    row = ticket_row(connection, number, lock=True)
    assert row is not None
    if row.assignee_id is not None or row.status not in UNANSWERED or row.team not in office.teams:
        return (), False
    hold_assignment(connection)
    reach = _reachable(office.teams, row.team)
    staff = _staff(connection, office, reach)
    wanted = [name for name in reach if office.teams[name].overflow is not None]
    waiting = queues(connection, wanted, but=number) if wanted else {}
    choice = assign(
        _needs(connection, office, [row])[number],
        office.teams,
        {name: staff.able(office.members[name]) for name in reach},
        {name: Queue(one.count, one.oldest) for name, one in waiting.items()},
        now,
    )
    return _carry_out(connection, office, row, choice, staff, now)


def _reachable(teams: Mapping[str, Team], first: str) -> list[str]:
    """A team and all those to which it may hand a ticket on."""
    found = [first]
    for name in found:
        team = teams[name]
        further = (team.after_hours, team.overflow.team if team.overflow is not None else None)
        found += [one for one in further if one is not None and one in teams and one not in found]
    return found


def _staff(connection: Connection, office: Office, names: Iterable[str]) -> Staff:
    keys = {member.agent for name in names for member in office.members[name]}
    keys |= {shift.agent for name in names for shift in office.teams[name].on_call}
    return Staff(loads(connection, keys))


def _needs(connection: Connection, office: Office, rows: Sequence[Row[Any]]) -> dict[int, Need]:
    tags = tags_of(connection, [row.id for row in rows])
    sticky = {row.requester_id for row in rows if any(team.sticky for team in office.teams.values())}
    last = last_agents(connection, sticky)
    return {row.id: Need(row.team, _skills(office, row, tags), last.get(row.requester_id)) for row in rows}


def _skills(office: Office, row: Row[Any], tags: Mapping[int, set[str]]) -> frozenset[str]:
    wanted = {tag.removeprefix(NEEDS) for tag in tags.get(row.id, ()) if tag.startswith(NEEDS)}
    team = written_team(office, row.team)
    if team is not None and team.needs_language:
        wanted.add(row.language)
    return frozenset(wanted)


def written_team(office: Office, team: str | None) -> WrittenTeam | None:
    """What ``teams.yaml`` says of a team; None where it does not know it."""
    return next((one for one in office.loaded.side.teams.teams if one.id == team), None)


def _carry_out(
    connection: Connection, office: Office, row: Row[Any], choice: Choice, staff: Staff, now: datetime
) -> tuple[tuple[Event, ...], bool]:
    happened: list[Event] = []
    told: list[Happened] = []
    values: dict[str, Any] = {}
    passed_over = {**choice.passed_over, **staff.missing(office.members[choice.team])}
    if office.teams[choice.team].method is Method.NONE:
        passed_over = {}
    if choice.team != row.team:
        values["team"] = choice.team
        happened.append(Event(EventKind.TEAM, Actor.GATEWAY, row.team, choice.team))
        told.append(("team", GATEWAY, {"from": row.team, "to": choice.team, "why": choice.reason}))
    load = staff.present.get(choice.agent) if choice.agent is not None else None
    if load is not None:
        values["assignee_id"] = load.row.id
        happened.append(Event(EventKind.ASSIGNED, Actor.GATEWAY, "", load.row.address_key))
        why = {"why": choice.reason, "passed_over": passed_over}
        told.append(("assigned", GATEWAY, {"from": None, "to": load.row.address, **why}))
    elif choice.agent is not None or office.teams[choice.team].method is not Method.NONE:
        lost = f", but {choice.agent} has no active account" if choice.agent is not None else ""
        told.append(("not_assigned", GATEWAY, {"why": f"{choice.reason}{lost}", "passed_over": passed_over}))
        _offer_again(connection, row.id, now)
    if values:
        change_ticket(connection, row.id, row.updated_at, **values)
    add_events(connection, row.id, now, *told, handled=True)
    if load is None:
        return tuple(happened), False
    _forget_waiting(connection, row.id)
    note_assigned(connection, load.row.id, now)
    staff.give(load.row.address_key, now)
    return tuple(happened), tell_assigned(connection, office, row.id, load.row, None, now)


# --- tickets that nobody could take ----------------------------------------------------------------------------------


def _offer_again(connection: Connection, number: int, now: datetime) -> None:
    _forget_waiting(connection, number)
    connection.execute(_WAIT, {"ticket_id": number, "kind": _WAITS, "due_at": now + OFFERED_AGAIN})


def _forget_waiting(connection: Connection, number: int) -> None:
    connection.execute(_FORGET_WAITING, {"ticket": number})


def _still_waits(office: Office, row: Row[Any]) -> bool:
    team = office.teams.get(row.team)
    unanswered = row.assignee_id is None and row.status in UNANSWERED
    return unanswered and team is not None and team.method is not Method.NONE


def offer_waiting(connection: Connection, office: Office, now: datetime) -> tuple[int, bool]:
    """Offer tickets that wait to the members of their team, the oldest first; how many were looked at, whether mail goes out.

    Their team is not changed any more: a queue's length and closed doors are asked when a ticket comes.
    """
    rows = connection.execute(
        select(tickets)
        .join(timers, timers.c.ticket_id == tickets.c.id)
        .where(timers.c.kind == _WAITS, timers.c.due_at <= now)
        .order_by(tickets.c.id)
        .limit(_BATCH)
        .with_for_update(of=tickets, skip_locked=True)
    ).all()
    offered = [row for row in rows if _still_waits(office, row)]
    for row in rows:
        if row not in offered:
            _forget_waiting(connection, row.id)
    if not offered:
        return len(rows), False
    hold_assignment(connection)
    connection.execute(
        update(timers)
        .where(timers.c.kind == _WAITS, timers.c.ticket_id.in_([row.id for row in offered]))
        .values(due_at=now + OFFERED_AGAIN)
    )
    staff = _staff(connection, office, {row.team for row in offered})
    needs = _needs(connection, office, offered)
    alone = {name: replace(team, after_hours=None, overflow=None, on_call=()) for name, team in office.teams.items()}
    outgoing = False
    for row in offered:
        members = {row.team: staff.able(office.members[row.team])}
        choice = assign(needs[row.id], alone, members, {}, now)
        if choice.agent is not None:
            outgoing |= _carry_out(connection, office, row, choice, staff, now)[1]
    return len(rows), outgoing
