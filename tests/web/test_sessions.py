"""Who is logged in where: seen, and ended, by oneself and by admins."""

import pytest

from gateway.store.agents import AgentError, set_active, set_role
from gateway.store.schema import sessions
from gateway.web.pages.sessions import browser_name
from tests.web.conftest import Web


def test_ones_own_sessions_are_listed_and_can_be_ended(small: Web) -> None:
    browser, csrf = small.browser()
    elsewhere, _ = small.browser()
    other, _ = small.browser(small.agent)
    page = browser.get("/account").text
    assert page.count("/account/sessions/") == 2, "one of them can be ended by itself, and all others at once"
    here, there, others = (row.id for row in small.office.rows(sessions))
    assert browser.post(f"/account/sessions/{others}/end", {"csrf": csrf}).status == 404, "not one's own"
    assert other.get("/tickets").status == 200
    assert browser.post(f"/account/sessions/{there}/end", {"csrf": csrf}).headers["location"] == "/account?done=ended"
    assert elsewhere.get("/tickets").status == 303
    assert browser.get("/tickets").status == 200
    for _ in range(3):
        small.browser()
    assert browser.post("/account/sessions/end", {"csrf": csrf}).status == 303
    assert {row.id for row in small.office.rows(sessions)} == {here, others}


def test_admins_see_and_end_everybodys(small: Web) -> None:
    admin, csrf = small.browser()
    agent, agent_csrf = small.browser(small.agent)
    page = admin.get("/sessions").text
    assert "haruka@example.com" in page
    assert "kim@example.com" in page
    mine, theirs = (row.id for row in small.office.rows(sessions))
    assert agent.get("/sessions").status == 403
    assert agent.post(f"/sessions/{mine}/end", {"csrf": agent_csrf}).status == 403
    assert admin.post(f"/sessions/{theirs}/end", {"csrf": csrf}).headers["location"] == "/sessions?done=ended"
    assert agent.get("/tickets").status == 303
    assert admin.post(f"/sessions/{theirs}/end", {"csrf": csrf}).status == 404


def test_sessions_that_ran_out_are_not_listed(small: Web) -> None:
    small.browser(small.agent)
    small.office.later(hours=13)
    browser, _ = small.browser()
    assert "haruka@example.com" not in browser.get("/sessions").text


def test_other_rights_are_another_session(small: Web) -> None:
    """A session that was opened with more, or fewer, rights ends with them."""
    agent, _ = small.browser(small.agent)
    with small.office.database.write() as connection:
        set_role(connection, small.agent, "agent")
    assert agent.get("/tickets").status == 200, "nothing changed"
    with small.office.database.write() as connection:
        set_role(connection, small.agent, "admin")
    assert agent.get("/tickets").status == 303
    agent, _ = small.browser(small.agent)
    assert agent.get("/quarantine").status == 200
    with small.office.database.write() as connection:
        set_role(connection, small.agent, "agent")
    assert agent.get("/quarantine").status == 303


def test_the_last_admin_stays_one(small: Web) -> None:
    with small.office.database.write() as connection:
        set_active(connection, small.newcomer, False)
        with pytest.raises(AgentError, match="last active admin"):
            set_role(connection, small.office.agent, "agent")


@pytest.mark.parametrize(
    ("told", "name"),
    [
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/126.0 Safari/537.36 Edg/126.0", "Edge, Windows"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Version/17.5 Safari/605.1.15", "Safari, macOS"),
        ("Mozilla/5.0 (Linux; Android 14; SM-S921N) SamsungBrowser/25.0 Chrome/121.0 Mobile Safari/537.36", "Samsung Internet, Android"),
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/124.0 Whale/3.26 Safari/537.36", "Whale, Windows"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0", "Firefox, Linux"),
        ("curl/8.7.1", "curl/8.7.1"),
        ("", ""),
    ],
)  # fmt: skip
def test_browsers_by_name(told: str, name: str) -> None:
    assert browser_name(told) == name
