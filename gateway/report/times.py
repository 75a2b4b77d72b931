"""How tickets went: times and counts by brand, team, agent and priority. docs/reports.md defines every figure."""

import statistics
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from gateway.automation.facts import calendar_for, facts_of_ticket, happenings
from gateway.desk.office import Office
from gateway.desk.policies import policy_for
from gateway.rules.measures import Length, Measures, measure
from gateway.store.schema import tickets
from gateway.store.ticket_history import History, histories

LENGTHS = (
    "first_reply",
    "first_resolution",
    "full_resolution",
    "requester_wait",
    "agent_work",
    "on_hold",
    "agent_wait",
)
"""Measures that are spans of time, in the order in which they are shown."""

GROUPS = ("brand", "team", "agent", "priority")
_CHUNK = 200


@dataclass(frozen=True, slots=True)
class Spread:
    """Seconds over all tickets of which the measure is known; None where there are none."""

    mean: float | None
    median: float | None
    p90: float | None  # nine of ten tickets took no longer


@dataclass(frozen=True, slots=True)
class Line:
    """One measure of one group of tickets."""

    measure: str  # of LENGTHS
    measured: int  # tickets of which both events have happened
    business: Spread
    calendar: Spread


@dataclass(frozen=True, slots=True)
class Group:
    """Tickets that have something in common."""

    by: str  # all, or one of GROUPS
    name: str  # "" for all, and for tickets without a team or agent
    tickets: int
    lines: tuple[Line, ...]
    replies: int  # answers in all
    one_touch: int  # of ``solved``
    solved: int  # tickets that are solved now
    reopened: int  # tickets that were opened again at least once
    reopens: int


@dataclass(frozen=True, slots=True)
class Report:
    since: datetime
    until: datetime
    groups: tuple[Group, ...]  # all tickets first
    cut: bool  # there were more tickets than looked at: the oldest are left out


def times(
    connection: Connection, office: Office, since: datetime, until: datetime, *, most: int | None = None
) -> Report:
    """Tickets that were created from ``since`` until before ``until``; of more than ``most`` the newest."""
    wanted = (
        select(tickets.c.id)
        .where(tickets.c.created_at >= since, tickets.c.created_at < until, tickets.c.merged_into.is_(None))
        .order_by(tickets.c.id.desc())
    )
    numbers = list(connection.execute(wanted if most is None else wanted.limit(most + 1)).scalars())
    cut = most is not None and len(numbers) > most
    gathered: defaultdict[tuple[str, str], list[Measures]] = defaultdict(list)
    for history, found in _measured(connection, office, numbers[:most]):
        row = history.row
        named = ("", row.brand, row.team or "", row.agent or "", row.priority)
        for by, name in zip(("all", *GROUPS), named, strict=True):
            gathered[by, name].append(found)
    gathered.setdefault(("all", ""), [])
    order = ("all", *GROUPS)
    keys = sorted(gathered, key=lambda key: (order.index(key[0]), key[1]))
    return Report(since, until, tuple(group_of(by, name, gathered[by, name]) for by, name in keys), cut)


def _measured(connection: Connection, office: Office, numbers: list[int]) -> Iterator[tuple[History, Measures]]:
    for start in range(0, len(numbers), _CHUNK):
        for history in histories(connection, numbers[start : start + _CHUNK]).values():
            ticket = facts_of_ticket(history, office)
            policy = policy_for(office, ticket)
            calendar = policy.calendar if policy is not None else calendar_for(office, ticket)
            found = measure(happenings(history, office.statuses), calendar)
            if found is not None:
                yield history, found


def group_of(by: str, name: str, measured: list[Measures]) -> Group:
    return Group(
        by=by,
        name=name,
        tickets=len(measured),
        lines=tuple(_line(measure_name, measured) for measure_name in LENGTHS),
        replies=sum(one.replies for one in measured),
        one_touch=sum(one.one_touch is True for one in measured),
        solved=sum(one.one_touch is not None for one in measured),
        reopened=sum(one.reopens > 0 for one in measured),
        reopens=sum(one.reopens for one in measured),
    )


def _line(name: str, measured: list[Measures]) -> Line:
    known: list[Length] = [length for one in measured if (length := getattr(one, name)) is not None]
    return Line(
        name,
        len(known),
        business=_spread([length.business.total_seconds() for length in known]),
        calendar=_spread([length.calendar.total_seconds() for length in known]),
    )


def _spread(seconds: list[float]) -> Spread:
    if not seconds:
        return Spread(None, None, None)
    ordered = sorted(seconds)
    return Spread(statistics.fmean(ordered), statistics.median(ordered), ordered[-(-len(ordered) * 9 // 10) - 1])


def spread_fields(spread: Spread) -> Mapping[str, float | None]:
    return {"mean": spread.mean, "median": spread.median, "p90": spread.p90}
