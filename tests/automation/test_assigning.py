"""Who gets a ticket, from the mail to the agent's own mail, over the real store. What engines do differently: test_assigning_at_once."""

from collections.abc import Callable
from datetime import UTC, datetime

from gateway.store.agents import find_agent
from gateway.store.presence import set_away
from gateway.threading.model import Status
from tests.automation.conftest import House

Ruled = Callable[..., House]

INTAKE = "rules: [{name: all, then: {team: first}}]\n"


def teams(
    members: str = "kim@example.com, lee@example.com", *, more: str = "", agents: str = "", rest: str = ""
) -> str:
    return (
        f"teams:\n  - {{id: first, members: [{members}], assign: round_robin, sticky: false{more}}}\n"
        f"  - {{id: second, members: [lee@example.com], assign: least_loaded, sticky: false}}\n{rest}"
        f"agents: [{agents}]\n"
    )


def agent_of(house: House, number: int) -> str | None:
    ticket = house.office.ticket(number)
    with house.office.database.read() as connection:
        found = find_agent(connection, ticket.assignee_id) if ticket.assignee_id is not None else None
    return found.address if found is not None else None


def several(house: House, count: int) -> list[str | None]:
    """That many customers write one after another; who got each ticket."""
    got = []
    for index in range(count):
        number = house.write(sender=f"customer{index}@example.net")
        house.follow()
        got.append(agent_of(house, number))
        house.office.later(minutes=1)
    return got


def test_a_new_ticket_finds_the_agent_whose_turn_it_is(ruled: Ruled) -> None:
    house = ruled(rules=INTAKE, teams=teams())
    assert several(house, 4) == ["kim@example.com", "lee@example.com", "kim@example.com", "lee@example.com"]
    number = house.write()
    house.follow()
    (event,) = house.office.events(number, "assigned")
    assert (event.actor, event.data["to"]) == ("gateway", "kim@example.com")
    assert event.data["why"].startswith("kim@example.com: next in turn of 2 who can take it")
    assert [mail.recipient for mail in house.office.outbox("agent")][-1] == "kim@example.com"


def test_who_cannot_take_it_is_passed_over_with_the_reason(ruled: Ruled) -> None:
    house = ruled(
        rules="rules: [{name: all, then: {team: first, tags: ['needs:refunds']}}]\n",
        teams=teams(
            "kim@example.com, lee@example.com, new@example.com",
            agents="{address: lee@example.com, skills: [refunds]}, {address: new@example.com, skills: [refunds]}",
        ),
    )
    number = house.write()
    house.follow()
    assert agent_of(house, number) == "lee@example.com"
    (event,) = house.office.events(number, "assigned")
    assert event.data["passed_over"] == {
        "kim@example.com": "lacks refunds",
        "new@example.com": "has no active account",
    }


def test_a_team_can_ask_for_the_language_of_the_ticket(ruled: Ruled) -> None:
    house = ruled(
        rules=INTAKE, teams=teams(more=", needs_language: true", agents="{address: lee@example.com, skills: [ko]}")
    )
    number = house.write("안녕하세요. 주문한 램프가 켜지지 않습니다. 확인 부탁드립니다.", subject="램프 고장 문의")
    house.follow()
    assert house.office.ticket(number).language == "ko"
    assert agent_of(house, number) == "lee@example.com"


def test_a_customer_comes_back_to_who_answered_last(ruled: Ruled) -> None:
    house = ruled(rules=INTAKE, teams=teams().replace("sticky: false", "sticky: true", 1))
    first = house.write(sender="ann@example.net")
    house.follow()
    assert agent_of(house, first) == "kim@example.com"
    house.office.desk.reply(first, house.office.agent, "Try this.", status=Status.SOLVED)
    house.office.later(minutes=1)
    number = house.write("Another thing.", sender="ann@example.net", subject="A second question")
    house.follow()
    assert number != first
    assert agent_of(house, number) == "kim@example.com"
    (event,) = house.office.events(number, "assigned")
    assert event.data["why"] == "kim@example.com answered this customer last"


def test_another_team_and_a_reopened_ticket_find_an_agent_too(ruled: Ruled) -> None:
    house = ruled(teams=teams())
    number = house.write()
    house.follow()
    assert agent_of(house, number) is None, "it has no team"
    house.office.desk.team(number, "second", house.office.agent)
    house.follow()
    assert agent_of(house, number) == "lee@example.com"
    house.office.desk.reply(number, house.office.agent, "Try this.", status=Status.SOLVED)
    house.follow()
    house.office.desk.assign(number, None, house.office.agent)
    house.follow()
    assert agent_of(house, number) is None, "taken from the agent by hand, and nothing happened since"
    house.office.later(minutes=5)
    house.reply(number)
    house.follow()
    assert house.office.ticket(number).status == "open"
    assert agent_of(house, number) == "lee@example.com"


def test_a_rule_can_have_an_agent_looked_for(ruled: Ruled) -> None:
    rules = "events: [{name: back, on: assigned, when: {became: none}, then: {agent: auto}}]\n"
    house = ruled(rules=rules, teams=teams())
    number = house.write()
    house.follow()
    house.office.desk.team(number, "first", house.office.agent)
    house.follow()
    assert agent_of(house, number) == "kim@example.com"
    house.office.desk.assign(number, None, house.office.agent)
    house.follow()
    assert agent_of(house, number) == "lee@example.com"


def test_rules_see_who_was_found(ruled: Ruled) -> None:
    events = (
        "events: [{name: seen, on: assigned, when: {by: gateway, became: kim@example.com}, then: {priority: high}}]\n"
    )
    house = ruled(rules=INTAKE + events, teams=teams())
    number = house.write()
    house.follow()
    assert house.office.ticket(number).priority == "high"


def test_auto_without_a_team_says_what_is_missing(ruled: Ruled) -> None:
    house = ruled(rules="events: [{name: r, on: created, then: {agent: auto}}]", teams=teams())
    number = house.write()
    house.follow()
    (failed,) = house.office.events(number, "rule_failed")
    assert "the ticket has no team" in failed.data["why"]


def test_who_is_away_gets_nothing_until_back(ruled: Ruled) -> None:
    house = ruled(rules=INTAKE, teams=teams())
    with house.office.database.write() as connection:
        set_away(connection, house.office.agent, house.office.now)
    assert several(house, 2) == ["lee@example.com", "lee@example.com"]
    with house.office.database.write() as connection:
        set_away(connection, house.office.agent, None)
    assert several(house, 1) == ["kim@example.com"]


def test_the_longest_idle_agent_is_who_worked_longest_ago(ruled: Ruled) -> None:
    house = ruled(rules=INTAKE, teams=teams().replace("round_robin", "longest_idle"))
    assert several(house, 2) == ["kim@example.com", "lee@example.com"]
    house.office.desk.note(1, house.office.agent, "I am looking at it.")
    house.office.later(minutes=1)
    assert several(house, 1) == ["lee@example.com"], "kim worked last"


# --- the clock -------------------------------------------------------------------------------------------------------

CALENDARS = "calendars: [{id: office, time_zone: Asia/Seoul, hours: {mon-fri: 09:00-18:00}}]\n"


def at(house: House, moment: datetime) -> None:
    house.office.now = moment


def test_a_full_queue_overflows(ruled: Ruled) -> None:
    more = ", overflow: {team: second, waiting: 2}"
    house = ruled(rules=INTAKE, teams=teams(more=more).replace("round_robin", "none"))
    assert several(house, 3) == [None, None, "lee@example.com"]
    assert [house.office.ticket(number).team for number in (1, 2, 3)] == ["first", "first", "second"]
    (moved,) = house.office.events(3, "team")
    assert moved.data["why"].startswith("2 tickets wait in first, 2 are too many: to second")


def test_an_old_queue_overflows(ruled: Ruled) -> None:
    more = ", overflow: {team: second, age: 2h}"
    house = ruled(rules=INTAKE, teams=teams(more=more).replace("round_robin", "none"))
    assert several(house, 1) == [None]
    house.office.later(minutes=118)
    assert several(house, 2) == [None, "lee@example.com"]


def test_after_hours_another_team_works(ruled: Ruled) -> None:
    house = ruled(rules=INTAKE, calendars=CALENDARS, teams=teams(more=", calendar: office, after_hours: second"))
    at(house, datetime(2026, 3, 2, 8, 59, tzinfo=UTC))  # a Monday, 17:59 in Seoul
    assert several(house, 2) == ["kim@example.com", "lee@example.com"]
    assert house.office.ticket(2).team == "second"


def test_who_is_on_call_is_called_while_the_team_does_not_work(ruled: Ruled) -> None:
    shifts = (
        "on_call: [{agent: lee@example.com, first: 2026-03-02, last: 2026-03-08}, "
        "{agent: kim@example.com, first: 2026-03-09, last: 2026-03-15}]"
    )
    house = ruled(rules=INTAKE, calendars=CALENDARS, teams=teams(more=f", calendar: office, {shifts}"))
    at(house, datetime(2026, 3, 7, 3, tzinfo=UTC))  # a Saturday
    assert several(house, 1) == ["lee@example.com"]
    (event,) = house.office.events(1, "assigned")
    assert event.data["why"] == "lee@example.com is on call for first (outside its hours)"
    at(house, datetime(2026, 3, 8, 15, 1, tzinfo=UTC))  # Monday, one minute past midnight in Seoul
    number = house.write(sender="late@example.net")
    house.follow()
    assert agent_of(house, number) == "kim@example.com"


def test_who_is_called_without_an_account_is_said(ruled: Ruled) -> None:
    shifts = "on_call: [{agent: gone@example.com, first: 2026-03-02, last: 2026-03-08}]"
    house = ruled(rules=INTAKE, calendars=CALENDARS, teams=teams(more=f", calendar: office, {shifts}"))
    at(house, datetime(2026, 3, 7, 3, tzinfo=UTC))
    assert several(house, 1) == [None]
    (event,) = house.office.events(1, "not_assigned")
    assert event.data["why"].endswith("but gone@example.com has no active account")
