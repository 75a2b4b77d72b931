"""Views that people define, on both engines: which tickets, in which order, how many."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from gateway.config.views import ViewDefinition
from gateway.store.agents import create_agent
from gateway.store.database import Database
from gateway.store.saved_views import (
    MOST,
    ViewError,
    add_view,
    change_view,
    filter_of,
    list_views,
    remove_view,
)
from gateway.store.schema import tickets
from gateway.store.views import count_tickets, list_tickets
from gateway.threading.model import Status
from tests.support.accepted import NOW, mail
from tests.support.office import TestOffice


@pytest.fixture
def office(database: Database, tmp_path: Path) -> TestOffice:
    """Six tickets, one an hour: 1 has kim, 2 lee, 3 is urgent, 4 is of a team, 5 has a tag, 6 is pending; the last two are due."""
    office = TestOffice(database, tmp_path)
    with database.write() as connection:
        lee = create_agent(connection, address="lee@example.com", name="Lee", role="agent", language="en", now=NOW).id
    for index in range(6):
        office.take(mail(sender=f"customer{index}@example.net"))
        office.later(hours=1)
    desk, kim = office.desk, office.agent
    desk.assign(1, kim, kim)
    desk.assign(2, lee, kim)
    desk.priority(3, "urgent", kim)
    desk.team(4, "billing", kim)
    desk.tag(5, kim, add=["refund"])
    desk.set_status(6, Status.PENDING, kim)
    with database.write() as connection:
        for number, hours in ((5, 1), (6, 3)):
            due_at = office.now + timedelta(hours=hours)
            connection.execute(tickets.update().where(tickets.c.id == number).values(due_at=due_at))
    return office


def numbers(office: TestOffice, order: str = "updated", **when: Any) -> list[int]:
    view = ViewDefinition.model_validate({"name": "v", "when": when, "order": order})
    with office.database.read() as connection:
        wanted = filter_of(connection, view, office.agent, office.now)
        found = [row.number for row in list_tickets(connection, wanted).rows]
        assert count_tickets(connection, wanted) == len(found)
        paged: list[int] = []
        before = None
        while True:
            page = list_tickets(connection, wanted, limit=2, before=before)
            paged += [row.number for row in page.rows]
            before = page.before
            if before is None:
                break
    assert paged == found, "the same, page by page"
    return found


CONDITIONS: tuple[tuple[dict[str, Any], set[int]], ...] = (
    ({}, {1, 2, 3, 4, 5, 6}),
    ({"status": ["pending"]}, {6}),
    ({"agent": ["me"]}, {1}),
    ({"agent": ["LEE@example.com"]}, {2}),
    ({"agent": ["nobody@example.com"]}, set()),
    ({"agent": ["none", "me"]}, {1, 3, 4, 5, 6}),
    ({"team": ["billing"]}, {4}),
    ({"team": ["none"], "agent": ["none"]}, {3, 5, 6}),
    ({"tags": ["refund", "other"]}, {5}),
    ({"priority": ["urgent", "high"]}, {3}),
    ({"brand": ["example"]}, {1, 2, 3, 4, 5, 6}),
    ({"brand": ["shop"]}, set()),
    ({"age_over": "4h"}, {1, 2, 3}),
    ({"waiting_over": "2h"}, {1, 2, 3, 4, 5}),
    ({"due_within": "2h"}, {5}),
    ({"due_within": "3h"}, {5, 6}),
)


def test_conditions(office: TestOffice) -> None:
    for when, found in CONDITIONS:
        assert set(numbers(office, **when)) == found, when


def test_orders(office: TestOffice) -> None:
    assert numbers(office, "priority") == [3, 1, 2, 4, 5, 6]
    assert numbers(office, "waiting") == [1, 2, 3, 4, 5]
    assert numbers(office, "due") == [5, 6]


def test_counting_ends(office: TestOffice) -> None:
    view = ViewDefinition(name="v")
    with office.database.read() as connection:
        assert count_tickets(connection, filter_of(connection, view, office.agent, office.now), most=4) == 4


def test_own_views_are_kept_changed_and_removed_by_their_agent_alone(office: TestOffice) -> None:
    mine = ViewDefinition.model_validate({"name": "Refunds", "when": {"tags": ["refund"]}, "columns": ["due"]})
    with office.database.write() as connection:
        number = add_view(connection, office.agent, mine, office.now)
        with pytest.raises(ViewError, match="already"):
            add_view(connection, office.agent, mine, office.now)
        other = add_view(connection, office.agent, ViewDefinition(name="Other"), office.now)
        assert list_views(connection, office.agent)[0].definition == mine
        change_view(connection, office.agent, number, ViewDefinition(name="Money", order="due"))
        with pytest.raises(ViewError, match="already"):
            change_view(connection, office.agent, number, ViewDefinition(name="Other"))
        stranger = office.agent + 1
        for refused in (
            lambda: change_view(connection, stranger, number, mine),
            lambda: remove_view(connection, stranger, number),
        ):
            with pytest.raises(ViewError, match="you have no view"):
                refused()
        remove_view(connection, office.agent, other)
        assert [view.definition.name for view in list_views(connection, office.agent)] == ["Money"]


def test_nobody_has_views_without_end(office: TestOffice) -> None:
    with office.database.write() as connection:
        for index in range(MOST):
            add_view(connection, office.agent, ViewDefinition(name=f"View {index}"), office.now)
        with pytest.raises(ViewError, match="remove one first"):
            add_view(connection, office.agent, ViewDefinition(name="one more"), office.now)
