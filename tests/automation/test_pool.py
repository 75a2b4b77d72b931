"""What time does to tickets that somebody has, over the real store and with a clock that is moved."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from gateway.store.agents import find_agent
from gateway.store.database import Database
from gateway.store.notifications import set_notifications
from gateway.store.schema import agents, sessions, timers
from gateway.store.sessions import start_session
from gateway.threading.model import Status
from tests.automation.conftest import House
from tests.automation.test_assigning import CALENDARS, INTAKE, agent_of, at, teams

Ruled = Callable[..., House]


@pytest.fixture
def database(sqlite_database: Database) -> Database:
    return sqlite_database


POOL = "teams: [{id: first, members: [kim@example.com, lee@example.com], calendar: office, return_after: 2h}]\n"


def id_of(house: House, address: str) -> int:
    with house.office.database.read() as connection:
        found = find_agent(connection, address)
    assert found is not None
    return found.id


def given_to_lee(house: House) -> int:
    """A ticket of Monday noon in Seoul that lee got at once."""
    at(house, datetime(2026, 3, 2, 3, tzinfo=UTC))
    number = house.write()
    house.follow()
    house.office.desk.assign(number, id_of(house, "lee@example.com"), house.office.agent)
    house.follow()
    return number


def test_an_unanswered_ticket_goes_back_to_the_team_once_and_both_are_told(ruled: Ruled) -> None:
    house = ruled(rules=INTAKE, calendars=CALENDARS, teams=POOL)
    with house.office.database.write() as connection:
        set_notifications(connection, house.office.agent, {"new"})
    number = given_to_lee(house)
    before = len(house.office.outbox("agent"))
    house.office.later(hours=1, minutes=59)
    house.follow()
    assert agent_of(house, number) == "lee@example.com"
    house.office.later(minutes=1)
    assert house.follow() > 0
    assert agent_of(house, number) is None
    (event,) = house.office.events(number, "returned")
    assert (event.actor, event.data["from"]) == ("gateway", "lee@example.com")
    assert event.data["why"] == "not answered within 2h of working time"
    told = [mail.recipient for mail in house.office.outbox("agent")][before:]
    assert sorted(told) == ["kim@example.com", "lee@example.com"]
    house.office.later(days=2)
    house.follow()
    assert len(house.office.events(number, "returned")) == 1
    assert house.office.rows(timers, timers.c.kind == "return") == []


def test_only_working_time_counts(ruled: Ruled) -> None:
    house = ruled(rules=INTAKE, calendars=CALENDARS, teams=POOL.replace("2h", "8h"))
    number = given_to_lee(house)  # noon; six hours are left of the day
    at(house, datetime(2026, 3, 3, 1, 59, tzinfo=UTC))
    house.follow()
    assert agent_of(house, number) == "lee@example.com"
    at(house, datetime(2026, 3, 3, 2, 0, tzinfo=UTC))  # 11:00 the next day
    house.follow()
    assert agent_of(house, number) is None


def test_an_answer_stops_it_and_the_customers_next_word_starts_it_again(ruled: Ruled) -> None:
    house = ruled(rules=INTAKE, calendars=CALENDARS, teams=POOL)
    number = given_to_lee(house)
    house.office.desk.reply(number, id_of(house, "lee@example.com"), "Try this.")
    house.follow()
    assert house.office.rows(timers, timers.c.kind == "return") == []
    house.office.later(hours=3)
    house.reply(number)
    house.follow()
    house.office.later(hours=1, minutes=59)
    house.follow()
    assert agent_of(house, number) == "lee@example.com"
    house.office.later(minutes=1)
    house.follow()
    assert agent_of(house, number) is None


def test_whoever_gets_it_next_has_the_whole_time(ruled: Ruled) -> None:
    house = ruled(rules=INTAKE, calendars=CALENDARS, teams=POOL)
    number = given_to_lee(house)
    house.office.later(hours=1, minutes=30)
    house.office.desk.assign(number, house.office.agent, house.office.agent)
    house.follow()
    house.office.later(hours=1)
    house.follow()
    assert agent_of(house, number) == "kim@example.com"
    house.office.later(hours=1)
    house.follow()
    assert agent_of(house, number) is None


def test_a_rule_can_give_a_returned_ticket_to_the_next(ruled: Ruled) -> None:
    rules = INTAKE + "events: [{name: next, on: assigned, when: {by: gateway, became: none}, then: {agent: auto}}]\n"
    house = ruled(rules=rules, teams=teams(more=", return_after: 2h"))
    number = house.write()
    house.follow()
    assert agent_of(house, number) == "kim@example.com"
    house.office.later(hours=2)
    house.follow()
    house.follow()
    assert agent_of(house, number) == "lee@example.com"


# --- temporary helpers -----------------------------------------------------------------------------------------------


def test_a_helpers_account_ends_with_its_last_day_and_the_tickets_go_back(ruled: Ruled) -> None:
    house = ruled(
        rules=INTAKE,
        calendars=CALENDARS,
        teams=teams(
            "lee@example.com", agents="{address: lee@example.com, calendar: office, until: 2026-03-03}"
        ).replace("second, members: [lee@example.com]", "second, members: [kim@example.com]"),
    )
    at(house, datetime(2026, 3, 3, 3, tzinfo=UTC))
    number, pending, solved = (house.write(sender=f"customer{index}@example.net") for index in range(3))
    house.follow()
    assert agent_of(house, number) == agent_of(house, pending) == "lee@example.com"
    house.office.desk.set_status(pending, Status.PENDING, house.office.agent)
    house.office.desk.set_status(solved, Status.SOLVED, house.office.agent)
    lee = id_of(house, "lee@example.com")
    with house.office.database.write() as connection:
        start_session(connection, lee, token="t", csrf="c", now=house.office.now, peer="192.0.2.1", user_agent="test")
    at(house, datetime(2026, 3, 3, 14, 59, tzinfo=UTC))  # one minute before midnight in Seoul
    house.follow()
    assert agent_of(house, number) == "lee@example.com"
    at(house, datetime(2026, 3, 3, 15, 0, tzinfo=UTC))
    assert house.follow() > 0
    assert [agent_of(house, one) for one in (number, pending, solved)] == [None, None, "lee@example.com"]
    (event,) = house.office.events(number, "returned")
    assert event.data["why"] == "lee@example.com helped until 2026-03-03"
    (ended,) = house.office.events_of_kind("helper_ended")
    assert ended.data == {"agent": "lee@example.com", "until": "2026-03-03"}
    assert house.office.rows(sessions, sessions.c.agent_id == lee) == []
    assert [row.active for row in house.office.rows(agents, agents.c.id == lee)] == [False]
    house.follow()
    assert len(house.office.events_of_kind("helper_ended")) == 1


def test_an_admin_keeps_the_account(ruled: Ruled) -> None:
    house = ruled(teams=teams(agents="{address: kim@example.com, until: 2020-01-01}"), rules=INTAKE)
    number = house.write()
    house.follow()
    assert agent_of(house, number) == "lee@example.com"
    assert [row.active for row in house.office.rows(agents, agents.c.address_key == "kim@example.com")] == [True]
    (event,) = house.office.events(number, "assigned")
    assert event.data["passed_over"] == {"kim@example.com": "helped until 2020-01-01"}
