"""What depends on locks and on the engine: several workers at once, tickets that wait, tickets that come back."""

import threading
import time
from collections.abc import Callable

from gateway.automation.assigning import find_agent
from gateway.store.schema import agents, timers
from tests.automation.conftest import House
from tests.automation.test_assigning import INTAKE, agent_of, several, teams

Ruled = Callable[..., House]
WORKERS = 6


def test_nobody_gets_more_than_the_capacity_and_the_rest_waits_until_there_is_room(ruled: Ruled) -> None:
    house = ruled(
        rules=INTAKE,
        teams=teams("kim@example.com", agents="{address: kim@example.com, capacity: 1}"),
    )
    assert several(house, 2) == ["kim@example.com", None]
    first, second = 1, 2
    (event,) = house.office.events(second, "not_assigned")
    assert event.data["why"] == "nobody in first can take it now"
    assert event.data["passed_over"] == {"kim@example.com": "has 1 tickets of 1 at most"}
    house.office.later(minutes=5)
    house.follow()
    assert agent_of(house, second) is None
    house.office.desk.reply(first, house.office.agent, "Try this.")
    house.office.later(minutes=1)
    house.follow()
    assert agent_of(house, second) == "kim@example.com"
    assert len(house.office.events(second, "not_assigned")) == 1
    assert house.office.rows(timers, timers.c.kind == "assign") == []


def test_workers_at_once_never_exceed_a_capacity(ruled: Ruled) -> None:
    """Each has a ticket of its own in a transaction that stays open a while: whoever counted before the others wrote would give more."""
    house = ruled(
        teams=teams(agents="{address: kim@example.com, capacity: 2}, {address: lee@example.com, capacity: 1}")
    )
    numbers = [house.write(sender=f"customer{index}@example.net") for index in range(WORKERS)]
    house.follow()
    office = house.office
    for number in numbers:
        office.desk.team(number, "first", office.agent)
    start = threading.Barrier(WORKERS)
    faults: list[BaseException] = []

    def work(number: int) -> None:
        try:
            start.wait()
            with office.database.write() as connection:
                find_agent(connection, office.office, number, office.now)
                time.sleep(0.05)
        except BaseException as error:
            faults.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in numbers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    got = [agent_of(house, number) for number in numbers]
    assert (got.count("kim@example.com"), got.count("lee@example.com"), got.count(None)) == (2, 1, WORKERS - 3)


def test_time_takes_tickets_back(ruled: Ruled) -> None:
    house = ruled(
        rules=INTAKE, teams=teams(more=", return_after: 2h", agents="{address: lee@example.com, until: 2026-12-31}")
    )
    first, second = house.write(sender="ann@example.net"), house.write(sender="ben@example.net")
    house.follow()
    assert {agent_of(house, first), agent_of(house, second)} == {"kim@example.com", "lee@example.com"}
    house.office.later(hours=2)
    house.follow()
    assert [agent_of(house, number) for number in (first, second)] == [None, None]
    house.office.later(days=400)
    house.follow()
    assert [row.active for row in house.office.rows(agents, agents.c.address_key == "lee@example.com")] == [False]
