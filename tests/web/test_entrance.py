"""Login, logout, passwords, sessions, and how often one may guess."""

import unicodedata
from datetime import timedelta

import pytest

from gateway.store.agents import create_agent, give_one_time_password, set_active
from gateway.store.schema import login_failures, sessions
from gateway.store.sessions import FAILURES_PER_AGENT, FAILURES_PER_PEER, IDLE, LONGEST
from tests.support.web import PASSWORD
from tests.web.conftest import Web


def test_the_right_password_opens_a_session(small: Web) -> None:
    browser = small.stranger()
    answer = browser.get("/tickets/1?done=note")
    assert answer.headers["location"] == "/login?next=/tickets/1%3Fdone%3Dnote"
    form = browser.get(answer.headers["location"])
    answer = browser.post(
        "/login",
        {"csrf": form.csrf(), "address": "KIM@example.com ", "password": PASSWORD, "next": "/tickets/1?done=note"},
    )
    assert (answer.status, answer.headers["location"]) == (303, "/tickets/1?done=note")
    (cookie,) = [cookie for cookie in answer.cookies if cookie.startswith("gateway=")]
    assert "HttpOnly" in cookie
    assert "samesite=lax" in cookie.lower()
    assert browser.get("/tickets").status == 200
    (row,) = small.office.rows(sessions)
    assert browser.cookies["gateway"] not in repr(row), "the table alone opens nothing"
    assert browser.get("/login").headers["location"] == "/tickets", "who is in need not log in"


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:x", "/a\nb"]
)
def test_login_leads_to_this_site_alone(small: Web, target: str) -> None:
    browser = small.stranger()
    form = browser.get("/login")
    fields = {"csrf": form.csrf(), "address": "kim@example.com", "password": PASSWORD, "next": target}
    assert browser.post("/login", fields).headers["location"] == "/tickets"


def test_wrong_passwords_unknown_people_and_former_agents_look_the_same(small: Web) -> None:
    with small.office.database.write() as connection:
        set_active(connection, small.agent, False)
    pages = set()
    for address, password in (
        ("kim@example.com", "wrong password"),
        ("nobody@example.com", PASSWORD),
        ("haruka@example.com", PASSWORD),
        ("kim@example.com", "x" * 100_000),
        ("", ""),
    ):
        answer = small.stranger().log_in(address, password)
        assert answer.status == 403
        assert not answer.headers.get("location")
        assert all("gateway=" not in cookie for cookie in answer.cookies)
        pages.add(answer.text.replace(address, "").split("<form", 1)[0])
    assert len(pages) == 1


def test_one_person_may_be_guessed_at_ten_times(small: Web) -> None:
    with small.office.database.write() as connection:
        for _ in range(FAILURES_PER_AGENT - 1):
            connection.execute(login_failures.insert().values(key="agent:kim@example.com", at=small.office.now))
    assert small.stranger().log_in("KIM@example.com", "the tenth guess").status == 403
    answer = small.stranger().log_in("kim@example.com", PASSWORD)
    assert answer.status == 429, "now even the right password waits"
    assert "Too many" in answer.text
    assert small.stranger().log_in("haruka@example.com").status == 303, "others are not kept out"
    small.office.later(minutes=16)
    assert small.stranger().log_in("kim@example.com").status == 303
    assert small.stranger().log_in("kim@example.com").status == 303, "success counts for nothing"


def test_one_peer_may_guess_thirty_times(small: Web) -> None:
    with small.office.database.write() as connection:
        for number in range(FAILURES_PER_PEER):
            for key in ("peer:203.0.113.9", f"agent:a{number}@example.com"):
                connection.execute(login_failures.insert().values(key=key, at=small.office.now))
    browser = small.stranger()
    browser.headers["X-Forwarded-For"] = "198.51.100.1, 203.0.113.9"  # the proxy's own word is the last one
    assert browser.log_in("kim@example.com").status == 429
    browser.headers["X-Forwarded-For"] = "203.0.113.9, 198.51.100.1"
    assert browser.log_in("kim@example.com").status == 303


def test_a_login_needs_the_form_that_this_browser_was_given(small: Web) -> None:
    form = small.stranger().get("/login")
    fields = {"csrf": form.csrf(), "address": "kim@example.com", "password": PASSWORD}
    assert small.stranger().post("/login", fields).status == 403, "the token of another browser's form"
    browser = small.stranger()
    browser.get("/login")
    assert browser.post("/login", fields).status == 403


def test_logout_ends_the_session_for_every_copy_of_the_cookie(small: Web) -> None:
    browser, csrf = small.browser()
    copy = small.stranger()
    copy.cookies.update(browser.cookies)
    assert copy.get("/tickets").status == 200
    assert browser.post("/logout", {"csrf": csrf}).headers["location"] == "/login"
    assert "gateway" not in browser.cookies
    assert copy.get("/tickets").status == 303


def test_a_new_password_ends_all_other_sessions(small: Web) -> None:
    browser, csrf = small.browser()
    elsewhere, _ = small.browser()
    fields = {"csrf": csrf, "current": PASSWORD, "new": "안녕하세요 반갑습니다", "again": "안녕하세요 반갑습니다"}
    assert browser.post("/account/password", fields).headers["location"] == "/account?done=password"
    assert browser.get("/tickets").status == 200, "this browser stays"
    assert elsewhere.get("/tickets").status == 303
    assert small.stranger().log_in("kim@example.com", PASSWORD).status == 403
    decomposed = unicodedata.normalize("NFD", "안녕하세요 반갑습니다")
    assert small.stranger().log_in("kim@example.com", decomposed).status == 303, "typed on a Mac it is the same word"


@pytest.mark.parametrize(
    ("current", "new", "again", "problem"),
    [
        ("wrong", "a fine password", "a fine password", "current password is wrong"),
        (PASSWORD, "a fine password", "another password", "differ"),
        (PASSWORD, "short", "short", "at least 10"),
        (PASSWORD, "x" * 300, "x" * 300, "too long"),
        (PASSWORD, "kim@EXAMPLE.com", "kim@EXAMPLE.com", "not a good password"),
        (PASSWORD, PASSWORD, PASSWORD, "must differ"),
    ],
)
def test_unfit_passwords_are_refused(small: Web, current: str, new: str, again: str, problem: str) -> None:
    browser, csrf = small.browser()
    answer = browser.post("/account/password", {"csrf": csrf, "current": current, "new": new, "again": again})
    assert answer.status in (400, 403)
    assert problem in answer.text
    assert browser.get("/tickets").status == 200, "and nobody is thrown out"


def test_a_one_time_password_must_be_changed_first(small: Web) -> None:
    with small.office.database.write() as connection:
        agent = create_agent(
            connection, address="min@example.com", name="민", role="agent", language="ko", now=small.office.now
        )
        given = give_one_time_password(connection, agent.id, bytes(range(10)))
    assert len(given) == 19
    browser = small.stranger()
    assert browser.log_in("min@example.com", given).status == 303
    for path in ("/tickets", "/tickets/1", "/messages/1/raw", "/outbox", "/health"):
        assert browser.get(path).headers["location"] == "/account", path
    page = browser.get("/account")
    assert "비밀번호를 정해 주세요" in page.text
    fields = {"csrf": page.csrf(), "current": given, "new": "책상위의고양이한마리", "again": "책상위의고양이한마리"}
    assert browser.post("/account/password", fields).status == 303
    assert browser.get("/tickets").status == 200
    assert small.stranger().log_in("min@example.com", given).status == 403, "it worked once"


def test_sessions_run_out(small: Web) -> None:
    browser, _ = small.browser()
    small.office.later(hours=11)
    assert browser.get("/tickets").status == 200
    small.office.later(hours=11)
    assert browser.get("/tickets").status == 200, "being used keeps it"
    small.office.now += IDLE
    assert browser.get("/tickets").status == 303, "idle for 12 hours"
    browser, _ = small.browser()
    started = small.office.now
    while small.office.now - started < LONGEST - timedelta(hours=8):
        small.office.later(hours=8)
        browser.get("/tickets")
    assert browser.get("/tickets").status == 200
    small.office.later(hours=8)
    assert browser.get("/tickets").status == 303, "seven days are the longest"


def test_a_disabled_agent_is_out_at_once(small: Web) -> None:
    browser, _ = small.browser(small.agent)
    assert browser.get("/tickets").status == 200
    with small.office.database.write() as connection:
        set_active(connection, small.agent, False)
    assert browser.get("/tickets").status == 303


def test_the_page_speaks_the_agents_language(small: Web) -> None:
    browser, csrf = small.browser()
    assert '<html lang="en">' in browser.get("/tickets").text
    assert browser.post("/account/language", {"csrf": csrf, "language": "ja"}).status == 303
    page = browser.get("/tickets").text
    assert '<html lang="ja">' in page
    assert "未解決すべて" in page
    assert browser.post("/account/language", {"csrf": csrf, "language": "tlh"}).status == 400
    assert "다시 오신 것을 환영합니다" in small.stranger().get("/login", Accept_Language="ko-KR,ko;q=0.9").text
