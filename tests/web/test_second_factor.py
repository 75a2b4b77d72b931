"""Codes at the door: setting them up, the second step, replays, guesses, recovery, what a company may demand."""

import base64
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from html import unescape
from pathlib import Path

import pytest

from gateway.config.model import Web as WebSettings
from gateway.store.agents import set_password
from gateway.store.database import Database
from gateway.store.logins import log_in
from gateway.store.passwords import hash_password
from gateway.store.schema import login_failures, second_factors, sessions
from gateway.store.second_factor import ENROL_WITHIN, remove_second_factor
from gateway.store.sessions import FAILURES_PER_AGENT
from gateway.store.totp import code_at, step_at
from tests.support.office import TestOffice
from tests.support.web import PASSWORD, Browser, add_agent, running, services
from tests.web.conftest import Web


def shown_key(page: str) -> bytes:
    """The secret as the page tells it for typing."""
    found = re.search(r'<code class="key">([A-Z2-7 ]+)</code>', page)
    assert found, "the page shows no key"
    return base64.b32decode(found[1].replace(" ", ""))


def rows_of(small: Web) -> int:
    """How many agents have a second factor, or are about to."""
    with small.office.database.read() as connection:
        return len(connection.execute(second_factors.select()).all())


def set_up(small: Web, browser: Browser, csrf: str) -> tuple[bytes, list[str]]:
    """Go through the pages; the secret, and the recovery codes as they are shown."""
    assert browser.post("/account/second-factor/start", {"csrf": csrf, "current": PASSWORD}).status == 303
    page = browser.get("/account/second-factor").text
    assert '<svg width="' in page
    secret = shown_key(page)
    code = code_at(secret, step_at(small.office.now))
    answer = browser.post("/account/second-factor/confirm", {"csrf": csrf, "code": code})
    assert answer.status == 200
    codes = re.findall(r"<code>([a-z2-7]{4}(?:-[a-z2-7]{4}){3})</code>", answer.text)
    assert len(codes) == 10
    small.office.later(seconds=60)  # the code that confirmed is used up
    return secret, codes


Prepared = tuple[Web, bytes, list[str]]


@pytest.fixture
def protected(small: Web) -> Prepared:
    """An office whose admin has a second factor: the secret and the recovery codes."""
    browser, csrf = small.browser()
    return small, *set_up(small, browser, csrf)


def type_code(browser: Browser, code: str) -> int:
    form = browser.get("/login/code")
    return browser.post("/login/code", {"csrf": form.csrf(), "code": code}).status


def test_a_password_alone_opens_nothing(protected: Prepared) -> None:
    small, secret, _ = protected
    before = len(small.office.rows(sessions))
    browser = small.stranger()
    answer = browser.log_in("kim@example.com")
    assert (answer.status, answer.headers["location"]) == (303, "/login/code")
    assert "gateway" not in browser.cookies
    assert browser.get("/tickets").headers["location"].startswith("/login")
    assert len(small.office.rows(sessions)) == before
    assert type_code(browser, code_at(secret, step_at(small.office.now))) == 303
    assert browser.get("/tickets").status == 200
    assert small.office.rows(sessions)[-1].method == "totp"
    assert "gateway-step" not in browser.cookies
    assert small.office.rows(login_failures) == [], "a login that worked leaves no tries behind"


def test_a_code_is_good_for_one_login(protected: Prepared) -> None:
    small, secret, _ = protected
    code = code_at(secret, step_at(small.office.now))
    first, second = small.stranger(), small.stranger()
    first.log_in("kim@example.com")
    second.log_in("kim@example.com")
    assert type_code(first, code) == 303
    assert type_code(second, code) == 403, "somebody looked over the shoulder"
    small.office.later(seconds=30)
    assert type_code(second, code_at(secret, step_at(small.office.now))) == 303


def test_where_one_wanted_to_go_survives_the_second_step(protected: Prepared) -> None:
    small, secret, _ = protected
    browser = small.stranger()
    form = browser.get("/login?next=/tickets/1")
    fields = {"csrf": form.csrf(), "address": "kim@example.com", "password": PASSWORD, "next": "/tickets/1"}
    browser.post("/login", fields)
    form = browser.get("/login/code")
    answer = browser.post("/login/code", {"csrf": form.csrf(), "code": code_at(secret, step_at(small.office.now))})
    assert answer.headers["location"] == "/tickets/1"


def test_codes_can_be_guessed_at_ten_times(protected: Prepared) -> None:
    small, secret, _ = protected
    browser = small.stranger()
    browser.log_in("kim@example.com")
    answers = [type_code(browser, f"{number:06}") for number in range(FAILURES_PER_AGENT + 2)]
    assert answers == [403] * (FAILURES_PER_AGENT - 1) + [429] * 3, "the password's try counts too"
    assert type_code(browser, code_at(secret, step_at(small.office.now))) == 429, "now even the right one waits"
    other = small.stranger()
    assert other.log_in("kim@example.com").status == 429, "and so does the password: it is one count"
    small.office.later(minutes=16)
    other.log_in("kim@example.com")
    assert type_code(other, code_at(secret, step_at(small.office.now))) == 303


def test_recovery_codes_work_once_in_place_of_the_app(protected: Prepared) -> None:
    small, _, codes = protected
    browser = small.stranger()
    browser.log_in("kim@example.com")
    form = browser.get("/login/code")
    answer = browser.post("/login/code", {"csrf": form.csrf(), "code": codes[3]})
    assert answer.headers["location"] == "/account/second-factor?done=recovery"
    page = browser.get(answer.headers["location"]).text
    assert "Recovery codes left: 9" in page
    assert "Have you lost your app" in page
    again = small.stranger()
    again.log_in("kim@example.com")
    assert type_code(again, codes[3]) == 403


def test_the_first_step_ends_with_time_with_the_password_and_in_another_browser(protected: Prepared) -> None:
    small, secret, _ = protected
    late, changed, copied = small.stranger(), small.stranger(), small.stranger()
    for browser in (late, changed):
        browser.log_in("kim@example.com")
    copied.cookies["gateway-step"] = late.cookies["gateway-step"]
    assert copied.get("/login/code").headers["location"] == "/login", "the form's own cookie is missing"
    small.office.later(minutes=11)
    code = code_at(secret, step_at(small.office.now))
    assert (
        late.post("/login/code", {"csrf": late.cookies["gateway-login"], "code": code}).headers["location"] == "/login"
    )
    changed.log_in("kim@example.com")
    with small.office.database.write() as connection:
        set_password(connection, small.office.agent, hash_password("another password"), one_time=False)
    assert changed.get("/login/code").headers["location"] == "/login"
    for forged in ("", "x", changed.cookies["gateway-step"][:-4] + "AAAA"):
        changed.cookies["gateway-step"] = forged
        assert (
            changed.post("/login/code", {"csrf": changed.cookies["gateway-login"], "code": code})
            .headers["location"]
            .startswith("/login")
        )


def test_setting_up_ends_other_sessions_and_keeps_this_one(small: Web) -> None:
    browser, csrf = small.browser()
    elsewhere, _ = small.browser()
    set_up(small, browser, csrf)
    assert elsewhere.get("/tickets").status == 303
    assert browser.get("/tickets").status == 200
    (row,) = small.office.rows(sessions)
    assert row.method == "totp"


def test_setting_up_takes_the_password_and_a_code(small: Web) -> None:
    browser, csrf = small.browser()
    assert browser.post("/account/second-factor/start", {"csrf": csrf, "current": "wrong"}).status == 403
    assert rows_of(small) == 0
    browser.post("/account/second-factor/start", {"csrf": csrf, "current": PASSWORD})
    assert browser.post("/account/second-factor/confirm", {"csrf": csrf, "code": "000000"}).status == 403
    assert small.stranger().log_in("kim@example.com").headers["location"] == "/tickets", "it is not on yet"
    key = shown_key(browser.get("/account/second-factor").text)
    small.office.now += ENROL_WITHIN
    code = code_at(key, step_at(small.office.now))
    assert browser.post("/account/second-factor/confirm", {"csrf": csrf, "code": code}).status == 403, "too late"
    assert "code class" not in browser.get("/account/second-factor").text


def test_the_key_is_never_shown_again(protected: Prepared) -> None:
    small, secret, codes = protected
    browser, csrf = small.browser()
    page = browser.get("/account/second-factor").text
    assert "<svg" not in page
    assert codes[0] not in page
    assert browser.post("/account/second-factor/start", {"csrf": csrf, "current": PASSWORD}).status == 303
    assert "<svg" not in browser.get("/account/second-factor").text, "what is on is not replaced without a code"
    answer = browser.post(
        "/account/second-factor/codes", {"csrf": csrf, "code": code_at(secret, step_at(small.office.now))}
    )
    fresh = re.findall(r"<code>([a-z2-7-]{19})</code>", answer.text)
    assert len(fresh) == 10
    assert not set(fresh) & set(codes)


@pytest.mark.parametrize("what", ["codes", "remove"])
def test_changes_take_a_code(protected: Prepared, what: str) -> None:
    small, _, codes = protected
    browser, csrf = small.browser()
    for wrong in ("000000", "", "x" * 1000, unescape("&#1632;") * 6):
        assert browser.post(f"/account/second-factor/{what}", {"csrf": csrf, "code": wrong}).status == 403
    assert rows_of(small) == 1
    assert browser.post(f"/account/second-factor/{what}", {"csrf": csrf, "code": codes[0]}).status in (200, 303)
    assert rows_of(small) == (1 if what == "codes" else 0)


def test_mail_programs_of_protected_agents_need_a_key(protected: Prepared) -> None:
    """SMTP has no place for a code: a stolen password must not be enough there either."""
    small, *_ = protected
    database, now = small.office.database, small.office.now

    def submit(address: str, *, password_suffices: bool = True) -> str | None:
        return log_in(database, address, PASSWORD, peer="192.0.2.1", now=now, password_suffices=password_suffices)

    assert submit("kim@example.com") is None
    assert submit("haruka@example.com") == "haruka@example.com"
    assert submit("haruka@example.com", password_suffices=False) is None
    with database.write() as connection:
        remove_second_factor(connection, small.office.agent)
    assert submit("kim@example.com") == "kim@example.com"


@pytest.fixture
def strict(sqlite_database: Database, tmp_path: Path) -> Callable[[], TestOffice]:
    def make() -> TestOffice:
        office = TestOffice(sqlite_database, tmp_path, web=WebSettings(second_factor="required"))
        add_agent(office, "lee@example.com")
        return office

    return make


def test_a_company_may_ask_everybody_for_it(strict: Callable[[], TestOffice]) -> None:
    office = strict()
    with running(services(office)) as port:
        small = Web(office, port, 0, 0)
        browser = Browser(port)
        assert browser.log_in("lee@example.com").headers["location"] == "/tickets"
        for path in ("/tickets", "/outbox", "/health", "/", "/messages/1/raw"):
            assert browser.get(path).headers["location"] == "/account/second-factor", path
        page = browser.get("/account/second-factor")
        assert "asks everybody" in page.text
        csrf = page.csrf()
        assert browser.post("/tickets/1/note", {"csrf": csrf, "text": "x"}).headers["location"].startswith("/account")
        secret, codes = set_up(small, browser, csrf)
        assert browser.get("/tickets").status == 200
        assert browser.post("/account/second-factor/remove", {"csrf": csrf, "code": codes[0]}).status == 403
        again = Browser(port)
        again.log_in("lee@example.com")
        assert type_code(again, code_at(secret, step_at(office.now))) == 303
        assert again.get("/tickets").status == 200


def test_the_peer_is_whoever_a_configured_proxy_names(small: Web) -> None:
    """X-Forwarded-For of strangers counts for nothing; of a chain, the first from the right that is no proxy of ours."""
    base = services(small.office)
    told = small.office.office.configuration

    def peers(proxies: tuple[str, ...], header: str) -> str:
        settings = told.model_copy(update={"web": told.web.model_copy(update={"trusted_proxies": proxies})})
        with running(replace(base, configuration=lambda: settings)) as port:
            browser = Browser(port, headers={"X-Forwarded-For": header})
            browser.log_in("haruka@example.com")
        return str(small.office.rows(sessions)[-1].peer)

    loopback = ("127.0.0.0/8",)
    assert peers(loopback, "203.0.113.9, 198.51.100.1") == "198.51.100.1"
    assert peers((*loopback, "198.51.100.0/24"), "203.0.113.9, 198.51.100.1") == "203.0.113.9"
    assert peers(("192.0.2.0/24",), "203.0.113.9") == "127.0.0.1", "who is not named is not believed"
    assert peers(loopback, "<b>evil</b>") == "127.0.0.1"
    assert peers(loopback, "") == "127.0.0.1"
    assert small.office.now - small.office.rows(sessions)[-1].created_at < timedelta(seconds=1)
