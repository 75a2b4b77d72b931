"""Who gets a ticket, and why."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.rules.assignment import Choice, Member, Method, Need, Overflow, Queue, Shift, Team, assign
from gateway.rules.calendar import Calendar, Day

NOW = datetime(2026, 11, 20, 5, tzinfo=UTC)  # Friday, 14:00 in Seoul
NIGHT = datetime(2026, 11, 20, 15, tzinfo=UTC)  # midnight in Seoul
OFFICE = Calendar(
    "office",
    ZoneInfo("Asia/Seoul"),
    (*(((9 * 60, 18 * 60),),) * 5, (), ()),
    {date(2026, 12, 25): Day((), "성탄절")},
)


def ago(hours: float) -> datetime:
    return NOW - timedelta(hours=hours)


def given_to(
    team: Team, *members: Member, need: Need | None = None, now: datetime = NOW, queue: Queue | None = None
) -> Choice:
    return assign(need or Need(team.id), {team.id: team}, {team.id: members}, {team.id: queue} if queue else {}, now)


def test_round_robin_takes_whose_turn_is_longest_ago() -> None:
    team = Team("shop", method=Method.ROUND_ROBIN)
    choice = given_to(team, Member("kim", assigned_at=ago(1)), Member("lee", assigned_at=ago(3)))
    assert (choice.agent, choice.reason) == (
        "lee",
        "lee: next in turn of 2 who can take it, last given one 2026-11-20 02:00 UTC",
    )


def test_least_loaded_compares_shares_of_capacity() -> None:
    team = Team("shop", method=Method.LEAST_LOADED)
    assert given_to(team, Member("kim", capacity=10, in_hand=4), Member("lee", capacity=4, in_hand=2)).agent == "kim"
    assert given_to(team, Member("kim", in_hand=5), Member("lee", in_hand=4)).agent == "lee"


def test_longest_idle_looks_at_the_last_work() -> None:
    team = Team("shop", method=Method.LONGEST_IDLE)
    choice = given_to(team, Member("kim", worked_at=ago(0.1)), Member("lee", worked_at=ago(0.5)))
    assert choice.agent == "lee"


@pytest.mark.parametrize(
    ("member", "why"),
    [
        (Member("kim", present=False), "is away"),
        (Member("kim", until=date(2026, 11, 19)), "helped until 2026-11-19"),
        (Member("kim", capacity=3, in_hand=3), "has 3 tickets of 3 at most"),
        (Member("kim", skills=frozenset({"ja"})), "lacks ko, refunds"),
        (
            Member("kim", skills=frozenset({"ko", "refunds"}), calendar=Calendar("none", ZoneInfo("UTC"), ((),) * 7)),
            "does not work at this hour",
        ),
    ],
)
def test_who_cannot_take_it_is_passed_over_with_the_reason(member: Member, why: str) -> None:
    need = Need("shop", skills=frozenset({"ko", "refunds"}) if "lacks" in why or "hour" in why else frozenset())
    choice = given_to(Team("shop", method=Method.ROUND_ROBIN), member, need=need)
    assert (choice.agent, choice.passed_over) == (None, {"kim": why})
    assert choice.reason == "nobody in shop can take it now"


def test_a_helper_still_helps_on_the_last_day() -> None:
    team = Team("shop", method=Method.ROUND_ROBIN)
    assert given_to(team, Member("kim", until=date(2026, 11, 20), calendar=OFFICE)).agent == "kim"


def test_the_last_agent_keeps_the_customer_where_that_agent_can() -> None:
    team = Team("shop", method=Method.ROUND_ROBIN)
    kim, lee = Member("kim", assigned_at=ago(1)), Member("lee", assigned_at=ago(3))
    need = Need("shop", last_agent="kim")
    assert given_to(team, kim, lee, need=need).reason == "kim answered this customer last"
    assert given_to(team, replace(kim, present=False), lee, need=need).agent == "lee"
    assert given_to(replace(team, sticky=False), kim, lee, need=need).agent == "lee"


def test_after_hours_another_team_or_who_is_on_call() -> None:
    night = Team("night", method=Method.ROUND_ROBIN)
    day = Team("day", calendar=OFFICE, method=Method.ROUND_ROBIN, after_hours="night")
    teams, members = {"day": day, "night": night}, {"night": [Member("park")], "day": [Member("kim")]}
    assert assign(Need("day"), teams, members, {}, NOW).agent == "kim"
    choice = assign(Need("day"), teams, members, {}, NIGHT)
    assert (choice.team, choice.agent) == ("night", "park")
    assert choice.reason.startswith("day does not work now (outside its hours): to night; park: next in turn")
    christmas = datetime(2026, 12, 25, 3, tzinfo=UTC)
    assert "(성탄절)" in assign(Need("day"), teams, members, {}, christmas).reason
    on_call = replace(day, on_call=(Shift("lee", date(2026, 11, 21), date(2026, 11, 22)),))
    choice = assign(Need("day"), {**teams, "day": on_call}, members, {}, NIGHT)  # midnight: the 21st in Seoul
    assert (choice.team, choice.agent) == ("day", "lee")
    assert assign(Need("day"), {**teams, "day": on_call}, members, {}, NOW).agent == "kim"


@pytest.mark.parametrize(
    ("overflow", "queue", "where"),
    [
        (Overflow("second", waiting=10), Queue(10, ago(1)), "second"),
        (Overflow("second", waiting=10), Queue(9, ago(99)), "first"),
        (Overflow("second", age=timedelta(hours=2)), Queue(1, ago(2)), "second"),
        (Overflow("second", age=timedelta(hours=2)), Queue(500, ago(1)), "first"),
        (Overflow("second", age=timedelta(hours=2)), Queue(), "first"),
        (Overflow("gone", waiting=1), Queue(5, ago(1)), "first"),
    ],
)
def test_a_full_queue_flows_over(overflow: Overflow, queue: Queue, where: str) -> None:
    teams = {"first": Team("first", overflow=overflow), "second": Team("second")}
    assert assign(Need("first"), teams, {}, {"first": queue}, NOW).team == where


def test_teams_that_hand_on_in_a_circle_end() -> None:
    teams = {
        name: Team(name, overflow=Overflow(following, waiting=0))
        for name, following in (("a", "b"), ("b", "c"), ("c", "d"), ("d", "a"))
    }
    assert assign(Need("a"), teams, {}, {}, NOW).team == "d"


def test_a_team_without_settings_keeps_the_ticket() -> None:
    choice = assign(Need("sales"), {}, {}, {}, NOW)
    assert (choice.team, choice.agent) == ("sales", None)


@given(st.integers(1, 6), st.integers(1, 60))
def test_round_robin_is_fair(people: int, tickets: int) -> None:
    team = Team("shop", method=Method.ROUND_ROBIN)
    members = {f"agent{k}": Member(f"agent{k}") for k in range(people)}
    given_out: Counter[str] = Counter()
    for number in range(tickets):
        now = NOW + timedelta(minutes=number)
        agent = given_to(team, *members.values(), now=now).agent
        assert agent is not None
        given_out[agent] += 1
        members[agent] = replace(members[agent], assigned_at=now)
    assert max(given_out.values()) - min(given_out[name] for name in members) <= 1


@given(
    st.lists(
        st.builds(
            Member,
            st.uuids().map(str),
            capacity=st.none() | st.integers(1, 5),
            in_hand=st.integers(0, 6),
            present=st.booleans(),
            assigned_at=st.none() | st.floats(0, 100).map(ago),
        ),
        max_size=8,
        unique_by=lambda member: member.agent,
    ),
    st.sampled_from(Method),
    st.randoms(),
)
def test_the_order_of_members_changes_nothing_and_nobody_gets_more_than_they_can(
    members: list[Member], method: Method, chance: object
) -> None:
    team = Team("shop", method=method)
    choice = given_to(team, *members)
    mixed = list(members)
    chance.shuffle(mixed)  # type: ignore[attr-defined]
    assert given_to(team, *mixed).agent == choice.agent
    able = {m.agent for m in members if m.present and (m.capacity is None or m.in_hand < m.capacity)}
    if method is Method.NONE:
        assert choice.agent is None
    else:
        assert (choice.agent in able) if able else choice.agent is None
