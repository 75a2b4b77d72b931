"""Who gets it? A team by the clock and the length of its queue, an agent by skills, load and turn; each with its reason. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum

from gateway.rules.calendar import ALWAYS, Calendar, holiday_at, is_open

MAX_HOPS = 5
"""Teams that may hand a ticket on to each other before it stays where it is: a circle of overflows ends."""


class Method(StrEnum):
    """How the next agent is found among those who can take a ticket. docs/rules.md says the same to admins."""

    NONE = "none"  # nobody: agents take tickets themselves
    ROUND_ROBIN = "round_robin"  # whose last assignment is longest ago
    LEAST_LOADED = "least_loaded"  # who has the smallest share of their capacity in use
    LONGEST_IDLE = "longest_idle"  # whose last work on any ticket is longest ago


@dataclass(frozen=True, slots=True)
class Shift:
    """An agent's turn on call: first and last day, both included, in the zone of the team's calendar."""

    agent: str
    first: date
    last: date


@dataclass(frozen=True, slots=True)
class Overflow:
    """When the queue is too long or too old, new tickets go to another team."""

    team: str
    waiting: int | None = None  # tickets that nobody has, at least
    age: timedelta | None = None  # of the oldest of them, at least


@dataclass(frozen=True, slots=True)
class Team:
    id: str
    calendar: Calendar = ALWAYS
    method: Method = Method.NONE
    sticky: bool = (
        True  # a customer's next ticket goes to the agent who answered the last one, where that agent can take it
    )
    after_hours: str | None = None  # the team that works while this one does not
    on_call: tuple[Shift, ...] = ()  # who is called while the team does not work; before ``after_hours``
    overflow: Overflow | None = None


@dataclass(frozen=True, slots=True)
class Member:
    """An agent of a team and what they have in hand."""

    agent: str
    skills: frozenset[str] = frozenset()
    capacity: int | None = None  # open tickets at most; None: any number
    in_hand: int = 0  # open tickets assigned to them, in all teams
    calendar: Calendar = ALWAYS  # their working hours
    until: date | None = None  # a temporary helper's last day
    present: bool = True  # false: away by their own word
    assigned_at: datetime | None = None  # the last time a ticket was given to them
    worked_at: datetime | None = None  # their last work on any ticket


@dataclass(frozen=True, slots=True)
class Queue:
    """Open tickets of a team that nobody has."""

    waiting: int = 0
    oldest: datetime | None = None


@dataclass(frozen=True, slots=True)
class Need:
    """A ticket that looks for an owner."""

    team: str
    skills: frozenset[str] = frozenset()  # an agent needs all of them
    last_agent: str | None = None  # who answered this customer last


@dataclass(frozen=True, slots=True)
class Choice:
    """Where a ticket goes, and why. ``passed_over`` says of each member who was not taken what stood in the way."""

    team: str
    agent: str | None
    reason: str
    passed_over: Mapping[str, str] = field(default_factory=dict)


def assign(
    need: Need,
    teams: Mapping[str, Team],
    members: Mapping[str, Sequence[Member]],
    queues: Mapping[str, Queue],
    now: datetime,
) -> Choice:
    """The team and, where the team's method names one, the agent for a ticket.

    ``members`` and ``queues`` by team. A team that is not configured keeps the ticket without an agent.
    """
    steps: list[str] = []
    team = teams.get(need.team)
    if team is None:
        return Choice(need.team, None, f"team {need.team} has no settings: agents take its tickets themselves")
    seen = [team.id]
    while len(seen) <= MAX_HOPS:
        called = _on_call(team, now)
        if called is not None:
            steps.append(f"{called} is on call for {team.id} ({_why_closed(team, now)})")
            return Choice(team.id, called, "; ".join(steps))
        hop = _next_team(team, queues.get(team.id, Queue()), now)
        if hop is None or hop[0] in seen or hop[0] not in teams:
            break
        steps.append(hop[1])
        team = teams[hop[0]]
        seen.append(team.id)
    agent, why, passed_over = _agent(team, need, members.get(team.id, ()), now)
    return Choice(team.id, agent, "; ".join((*steps, why)), passed_over)


def _why_closed(team: Team, now: datetime) -> str:
    return holiday_at(team.calendar, now) or "outside its hours"


def _on_call(team: Team, now: datetime) -> str | None:
    if not team.on_call or is_open(team.calendar, now):
        return None
    today = now.astimezone(team.calendar.zone).date()
    return next((shift.agent for shift in team.on_call if shift.first <= today <= shift.last), None)


def _next_team(team: Team, queue: Queue, now: datetime) -> tuple[str, str] | None:
    if team.after_hours is not None and not is_open(team.calendar, now):
        return team.after_hours, f"{team.id} does not work now ({_why_closed(team, now)}): to {team.after_hours}"
    full = team.overflow
    if full is None:
        return None
    if full.waiting is not None and queue.waiting >= full.waiting:
        return full.team, f"{queue.waiting} tickets wait in {team.id}, {full.waiting} are too many: to {full.team}"
    if full.age is not None and queue.oldest is not None and now - queue.oldest >= full.age:
        minutes = int((now - queue.oldest).total_seconds() // 60)
        return full.team, f"the oldest ticket of {team.id} waits for {minutes} minutes: to {full.team}"
    return None


def _agent(
    team: Team, need: Need, members: Sequence[Member], now: datetime
) -> tuple[str | None, str, Mapping[str, str]]:
    if team.method is Method.NONE:
        return None, f"agents of {team.id} take tickets themselves", {}
    obstacles = {member.agent: _obstacle(member, need, now) for member in members}
    passed_over = {agent: obstacle for agent, obstacle in obstacles.items() if obstacle}
    able = [member for member in members if not obstacles[member.agent]]
    if team.sticky and need.last_agent is not None and any(member.agent == need.last_agent for member in able):
        return need.last_agent, f"{need.last_agent} answered this customer last", passed_over
    if not able:
        return None, f"nobody in {team.id} can take it now" if members else f"{team.id} has no members", passed_over
    best = min(able, key=lambda member: _turn(team.method, member))
    return best.agent, f"{best.agent}: {_because(team.method, best, len(able))}", passed_over


def _obstacle(member: Member, need: Need, now: datetime) -> str:
    """What keeps a member from taking the ticket; "" nothing."""
    today = now.astimezone(member.calendar.zone).date()
    missing = need.skills - member.skills
    if member.until is not None and today > member.until:
        return f"helped until {member.until.isoformat()}"
    if not member.present:
        return "is away"
    if missing:
        return f"lacks {', '.join(sorted(missing))}"
    if not is_open(member.calendar, now):
        return "does not work at this hour"
    if member.capacity is not None and member.in_hand >= member.capacity:
        return f"has {member.in_hand} tickets of {member.capacity} at most"
    return ""


_LONG_AGO = 0.0


def _since(moment: datetime | None) -> float:
    return _LONG_AGO if moment is None else moment.timestamp()


def _turn(method: Method, member: Member) -> tuple[float, float, str]:
    """Smallest is next. Ties are decided by whose last assignment is longer ago, then by name: always the same way."""
    if method is Method.LEAST_LOADED:
        # Without a capacity people compare by count: a thousandth a ticket keeps them below any real share.
        share = member.in_hand / member.capacity if member.capacity else member.in_hand / 1000
        return share, _since(member.assigned_at), member.agent
    if method is Method.LONGEST_IDLE:
        return _since(member.worked_at), _since(member.assigned_at), member.agent
    return _since(member.assigned_at), 0.0, member.agent


def _because(method: Method, member: Member, able: int) -> str:
    among = f"of {able} who can take it"
    if method is Method.LEAST_LOADED:
        return f"the least loaded {among}, with {member.in_hand} in hand"
    if method is Method.LONGEST_IDLE:
        since = "never yet" if member.worked_at is None else f"since {member.worked_at:%Y-%m-%d %H:%M} UTC"
        return f"idle longest {among}, {since}"
    if member.assigned_at is None:
        return f"next in turn {among}, never given one yet"
    return f"next in turn {among}, last given one {member.assigned_at:%Y-%m-%d %H:%M} UTC"
