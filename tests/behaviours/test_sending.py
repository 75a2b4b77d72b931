"""What an agent can rely on when an answer is sent: it can be taken back for a moment, and it is shown who will get it."""

import re
from datetime import timedelta
from html import unescape

import pytest
from sqlalchemy import update

from gateway.desk.audience import Why, audience
from gateway.desk.people import People
from gateway.store.outbox import claim
from gateway.store.schema import agents, contacts
from gateway.threading.model import Status
from tests.behaviours.conftest import House, Visitor, Web
from tests.support.accepted import mail
from tests.support.web import Answer

SMARTHOST = "outbound: {smarthost: 'mail.example.com:25'}"


@pytest.fixture(autouse=True)
def _a_smarthost(house: House) -> None:
    """Without one nothing leaves at all."""
    house.take_over(SMARTHOST)


def answer(visitor: Visitor, text: str = "Please try this.", **more: object) -> Answer:
    newest = re.search(r'name="newest" value="(\d+)"', visitor.get("/tickets/1").text)
    assert newest
    return visitor.post("/tickets/1/reply", newest=newest[1], text=text, **more)


def undo_path(page: Answer) -> str | None:
    found = re.search(r'action="(/tickets/1/answers/\d+/undo)"', page.text)
    return found[1] if found else None


@pytest.mark.parametrize("solve", [False, True])
def test_an_answer_waits_ten_seconds_and_can_be_taken_back(web: Web, solve: bool) -> None:
    house, kim = web.house, web.visitor()
    house.write()
    before = house.ticket(1)
    assert answer(kim, "Wrong <customer>.", **({"solve": "1"} if solve else {})).status == 303
    assert house.ticket(1).status == ("solved" if solve else "pending")
    house.later(seconds=4)
    page = kim.get("/tickets/1")
    assert "Your answer leaves in 6 s." in page.text
    path = undo_path(page)
    assert path is not None
    undone = kim.post(path)
    assert "Your answer was not sent." in undone.text
    assert "Wrong &lt;customer&gt;.</textarea>" in undone.text, "the words are there to be corrected"
    assert not house.outbox("answer")
    after = house.ticket(1)
    assert (after.status, after.assignee_id, after.waiting_since) == (before.status, None, before.waiting_since)
    assert not any(row.public and row.direction == "out" and row.kind == "answer" for row in house.messages(1))
    assert [event.data["to"] for event in house.events(1, "recalled")] == [["hong@customer.example"]]
    assert undo_path(kim.get("/tickets/1")) is None
    assert kim.post(path).status == 400, "once"
    assert answer(kim, "Right.").status == 303


def test_what_somebody_changed_meanwhile_stays(web: Web) -> None:
    house, kim = web.house, web.visitor()
    house.write()
    answer(kim)
    lee = next(row.id for row in house.rows(agents) if row.address == "lee@example.com")
    house.desk.assign(1, lee, house.agent)
    house.desk.set_status(1, Status.ON_HOLD, lee)
    path = undo_path(kim.get("/tickets/1"))
    assert path is not None
    kim.post(path)
    assert (house.ticket(1).status, house.ticket(1).assignee_id) == ("on_hold", lee)


def test_an_answer_on_its_way_is_not_taken_back(web: Web) -> None:
    house, kim = web.house, web.visitor()
    house.write()
    answer(kim)
    path = undo_path(kim.get("/tickets/1"))
    assert path is not None
    assert not claimed(web), "not before its time"
    house.later(seconds=10)
    assert undo_path(kim.get("/tickets/1")) is None
    assert claimed(web) == ["hong@customer.example"]
    refused = kim.post(path)
    assert refused.status == 400
    assert "it is too late" in refused.text
    assert house.ticket(1).status == "pending"


def claimed(web: Web) -> list[str]:
    """Recipients of the answers that delivery takes in hand now."""
    house = web.house
    with house.database.write() as connection:
        found = claim(
            connection,
            owner="test",
            now=house.now,
            lease=timedelta(minutes=2),
            limit=10,
            next_attempt=lambda _, expires_at: expires_at,
        )
    return [one.recipient for one in found if one.kind == "answer"]


def test_nobody_takes_back_a_colleagues_answer(web: Web) -> None:
    house, kim = web.house, web.visitor()
    house.write()
    answer(kim)
    path = undo_path(kim.get("/tickets/1"))
    assert path is not None
    other = web.newcomer("other@example.com")
    assert undo_path(other.get("/tickets/1")) is None
    assert other.post(path).status == 400
    assert len(house.outbox("answer")) == 1


def test_without_the_wait_it_leaves_at_once(web: Web) -> None:
    web.house.take_over("agents: {web_undo_seconds: 0}\n" + SMARTHOST)
    web.house.write()
    kim = web.visitor()
    answer(kim)
    assert undo_path(kim.get("/tickets/1")) is None
    assert claimed(web) == ["hong@customer.example"]


def test_it_is_shown_who_gets_an_answer_and_who_is_left_out(web: Web) -> None:
    house, kim = web.house, web.visitor()
    raw = mail(headers=(("Cc", "boss@customer.example, help@elsewhere.example, lee@example.com, support@example.com"),))
    house.take(raw)
    people = People(house.desk)
    people.add(1, "partner@elsewhere.example", house.agent)
    gone = people.add(1, "gone@elsewhere.example", house.agent)
    people.remove(1, gone.participant, house.agent)
    mark_undeliverable(house, "partner@elsewhere.example")
    with house.database.read() as connection:
        found = audience(connection, house.office, house.ticket(1), house.now)
    assert [(one.address, one.gets, one.why) for one in found.answer] == [
        ("hong@customer.example", True, None),
        ("partner@elsewhere.example", True, Why.CAME_BACK),
        ("gone@elsewhere.example", False, Why.REMOVED),
        ("boss@customer.example", False, Why.COPIED),
        ("help@elsewhere.example", False, Why.COPIED),
    ]
    page = kim.get("/tickets/1").text
    assert "Goes to 2 · left out: 3" in page
    assert "the requester gets a notice" in page
    answer(kim)
    assert {row.recipient for row in house.outbox("answer")} == {one.address for one in found.answer if one.gets}


def test_it_is_shown_that_nobody_is_told_of_a_solution_and_why(web: Web) -> None:
    house, kim = web.house, web.visitor()
    house.take(mail(sender="noreply@shop.example"))
    foretold = re.search(r"nobody is told: ([^<]+)</small>", kim.get("/tickets/1").text)
    assert foretold
    house.desk.solve(1, house.agent)
    assert not house.outbox("resolution")
    (suppressed,) = [event for event in house.events(1, "suppressed") if event.data["notice"] == "resolution"]
    assert unescape(foretold[1]) == suppressed.data["why"]


def mark_undeliverable(house: House, address: str) -> None:
    with house.database.write() as connection:
        connection.execute(update(contacts).where(contacts.c.address == address).values(undeliverable_at=house.now))
