"""Agents say on their account page whether tickets can be given to them."""

from gateway.store.presence import away_since
from gateway.store.tickets import add_events
from tests.web.conftest import Web


def test_away_and_back(small: Web) -> None:
    browser, csrf = small.browser()
    assert "You are here" in browser.get("/account").text
    assert browser.post("/account/presence", {"csrf": csrf, "away": "1"}).headers["location"] == "/account?done=saved"
    page = browser.get("/account").text
    assert "You are away since 2026-03-05" in page
    assert "Kim (away)" in browser.get("/tickets/1").text
    with small.office.database.read() as connection:
        assert away_since(connection, small.office.agent) == small.office.now
    browser.post("/account/presence", {"csrf": csrf})
    assert "You are here" in browser.get("/account").text
    assert "Kim (away)" not in browser.get("/tickets/1").text


def test_the_ticket_says_why_it_has_its_agent(small: Web) -> None:
    told = {
        "from": None,
        "to": "kim@example.com",
        "why": "kim@example.com: next in turn",
        "passed_over": {"lee@example.com": "is away"},
    }
    with small.office.database.write() as connection:
        add_events(connection, 1, small.office.now, ("assigned", "gateway", told))
        add_events(connection, 1, small.office.now, ("not_assigned", "gateway", {"why": "nobody", "passed_over": {}}))
        add_events(connection, 1, small.office.now, ("returned", "gateway", {"from": "kim@example.com", "why": "late"}))
    page = small.browser()[0].get("/tickets/1").text
    assert "assigned Kim – kim@example.com: next in turn (lee@example.com is away)" in page
    assert "Nobody could be found for this ticket: nobody" in page
    assert "Back from Kim to the team: late" in page
