"""``teams.yaml``: who works where, what they can do, and how tickets find them."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from gateway.config.mistakes import Mistake, did_you_mean
from gateway.config.section import Address, Line, Section
from gateway.config.source import Node
from gateway.config.validate import place_of
from gateway.mail.address import address_key
from gateway.rules.assignment import Member, Method, Overflow, Shift, Team
from gateway.rules.calendar import Calendar
from gateway.rules.durations import parse_duration


def _duration(written: str) -> str:
    parse_duration(written)
    return written


def _day(written: str) -> str:
    try:
        date.fromisoformat(written)
    except ValueError as error:
        raise ValueError(f"{written!r} is no day; write it like 2026-12-31") from error
    return written


Duration = Annotated[str, AfterValidator(_duration)]
WrittenDay = Annotated[str, AfterValidator(_day)]
Id = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$")]


class WrittenShift(Section):
    """One turn on call."""

    agent: Address = Field(examples=["kim@example.com"], description="Who is called.")
    first: WrittenDay = Field(examples=["2026-12-21"], description="First day.")
    last: WrittenDay = Field(examples=["2026-12-27"], description="Last day, included.")


class WrittenOverflow(Section):
    """When a queue is too long or too old, new tickets go elsewhere."""

    team: Line = Field(examples=["second-line"], description="Where they go.")
    waiting: int | None = Field(default=None, ge=1, description="From so many open tickets on that nobody has.")
    age: Duration | None = Field(default=None, description="From this age of the oldest of them on: `2h`.")

    @model_validator(mode="after")
    def _says_when(self) -> Self:
        if self.waiting is None and self.age is None:
            raise ValueError("an overflow needs `waiting`, a number of tickets, or `age`, of the oldest of them")
        return self


class WrittenTeam(Section):
    """A team."""

    id: Id = Field(examples=["billing"], description="What rules and tickets call it: small letters, digits, hyphens.")
    name: Line = Field(default="", max_length=80, description="What people call it. Empty: the id.")
    members: tuple[Address, ...] = Field(default=(), description="Addresses of its agents.")
    calendar: Line = Field(default="always", description="Calendar of its working hours, of `calendars.yaml`.")
    assign: Literal["none", "round_robin", "least_loaded", "longest_idle"] = Field(
        default="none",
        description="How a new ticket finds an agent: whose turn it is, who has least in hand, or who has been idle longest. "
        "`none`: agents take tickets themselves.",
    )
    sticky: bool = Field(
        default=True,
        description="A customer's next ticket goes to the agent who answered the last one, if they can take it.",
    )
    needs_language: bool = Field(
        default=False,
        description="An agent needs the ticket's language as a skill: `ko`, `ja`, `en`. What else a ticket needs, its tags say: "
        "`needs:refunds` asks for the skill `refunds`.",
    )
    return_after: Duration | None = Field(
        default=None,
        description="An assigned ticket that its agent has not answered in this time goes back to the team: `8h`, by its calendar.",
    )
    after_hours: Line | None = Field(
        default=None, description="Team that takes new tickets while this one does not work."
    )
    on_call: tuple[WrittenShift, ...] = Field(
        default=(), description="Who is called while the team does not work; comes before `after_hours`."
    )
    overflow: WrittenOverflow | None = Field(default=None, description="Where new tickets go when the queue is full.")
    reply_to_solved: Literal["reopen", "follow_up"] | None = Field(
        default=None,
        description="A customer's reply to a solved ticket: `reopen` opens it again, also when it is closed by then; `follow_up` opens "
        "a new one that is linked to it. Empty: as its brand says, else it is opened again until it is closed "
        "(`lifecycle.close_after_hours`), and followed up after that. Mere thanks do neither.",
    )


class WrittenAgent(Section):
    """What an agent can do. Accounts are made by `gateway agents add`; here stands what assignment asks."""

    address: Address = Field(examples=["kim@example.com"], description="The agent's address.")
    skills: tuple[Line, ...] = Field(default=(), description="What they can do, as rules name it: `ja`, `refunds`.")
    capacity: int | None = Field(
        default=None, ge=1, description="Open tickets at the same time, at most. Empty: any number."
    )
    calendar: Line = Field(default="always", description="Calendar of their working hours.")
    until: WrittenDay | None = Field(default=None, description="Last day of a temporary helper.")


class TeamsFile(Section):
    """The file."""

    teams: tuple[WrittenTeam, ...] = Field(default=(), max_length=1000, description="Teams.")
    agents: tuple[WrittenAgent, ...] = Field(default=(), max_length=10_000, description="What agents can do.")


def check_teams(written: TeamsFile, calendars: Mapping[str, object], tree: Node) -> Iterator[Mistake]:
    """What one file alone cannot tell: names of calendars and teams that are not there, and names that stand twice."""
    ids = [team.id for team in written.teams]
    for index, team in enumerate(written.teams):
        if team.id in ids[:index]:
            yield Mistake.at(place_of(tree, "teams", index, "id"), f"another team has the id `{team.id}` too")
        yield from _calendar(team.calendar, calendars, tree, "teams", index)
        if team.after_hours is not None:
            yield from _team(team.after_hours, team.id, ids, tree, "teams", index, "after_hours")
            if team.calendar == "always":
                place = place_of(tree, "teams", index, "after_hours")
                yield Mistake.at(
                    place, f"`{team.id}` has no calendar and so works always; give it one with `calendar:`"
                )
        if team.overflow is not None:
            yield from _team(team.overflow.team, team.id, ids, tree, "teams", index, "overflow", "team")
        for number, shift in enumerate(team.on_call):
            if shift.last < shift.first:
                place = place_of(tree, "teams", index, "on_call", number, "last")
                yield Mistake.at(place, f"this turn ends on {shift.last}, before it begins on {shift.first}")
    keys = [address_key(agent.address) for agent in written.agents]
    for index, agent in enumerate(written.agents):
        if keys[index] in keys[:index]:
            yield Mistake.at(place_of(tree, "agents", index, "address"), f"`{agent.address}` stands here twice")
        yield from _calendar(agent.calendar, calendars, tree, "agents", index)


def _calendar(name: str, calendars: Mapping[str, object], tree: Node, *path: str | int) -> Iterator[Mistake]:
    if name not in calendars:
        place = place_of(tree, *path, "calendar")
        yield Mistake.at(place, f"there is no calendar `{name}` in calendars.yaml.{did_you_mean(name, calendars)}")


def _team(name: str, own: str, ids: Sequence[str], tree: Node, *path: str | int) -> Iterator[Mistake]:
    if name == own:
        yield Mistake.at(place_of(tree, *path), f"`{name}` is this team itself")
    elif name not in ids:
        yield Mistake.at(place_of(tree, *path), f"there is no team `{name}`.{did_you_mean(name, ids)}")


def compile_teams(written: TeamsFile, calendars: Mapping[str, Calendar]) -> dict[str, Team]:
    """By id."""
    return {team.id: _compiled(team, calendars) for team in written.teams}


def _compiled(team: WrittenTeam, calendars: Mapping[str, Calendar]) -> Team:
    full = team.overflow
    return Team(
        id=team.id,
        calendar=calendars[team.calendar],
        method=Method(team.assign),
        sticky=team.sticky,
        after_hours=team.after_hours,
        on_call=tuple(
            Shift(address_key(shift.agent), date.fromisoformat(shift.first), date.fromisoformat(shift.last))
            for shift in team.on_call
        ),
        overflow=None
        if full is None
        else Overflow(full.team, full.waiting, None if full.age is None else parse_duration(full.age)),
    )


def members_of(written: TeamsFile, calendars: Mapping[str, Calendar]) -> dict[str, tuple[Member, ...]]:
    """By team: its members with what is written of them. What they have in hand is for the store to say."""
    known = {address_key(agent.address): agent for agent in written.agents}
    return {
        team.id: tuple(
            _member(address_key(member), known.get(address_key(member)), calendars) for member in team.members
        )
        for team in written.teams
    }


def _member(agent: str, written: WrittenAgent | None, calendars: Mapping[str, Calendar]) -> Member:
    if written is None:
        return Member(agent)
    return Member(
        agent,
        skills=frozenset(written.skills),
        capacity=written.capacity,
        calendar=calendars[written.calendar],
        until=None if written.until is None else date.fromisoformat(written.until),
    )
