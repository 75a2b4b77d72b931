"""Headers on every answer, errors included: what a browser is told not to do."""

from dataclasses import replace
from pathlib import Path

import pytest

from gateway.config.model import Web as WebSettings
from gateway.store.database import Database
from gateway.web.routes import PAGES
from tests.support.accepted import mail
from tests.support.office import TestOffice
from tests.support.web import Browser, add_agent, running, services
from tests.web.conftest import Web
from tests.web.test_matrix import address

FRAMES = {"/messages/{number}/html", "/outbox/{number}/html", "/notices/html"}
FILES = {
    "/messages/{number}/raw",
    "/messages/{number}/attachments/{part}",
    "/outbox/{number}/raw",
    "/outbox/{number}/attachments/{part}",
    "/quarantine/{number}/raw",
}


def policy(text: str) -> dict[str, str]:
    return {part.strip().partition(" ")[0]: part.strip().partition(" ")[2] for part in text.split(";")}


def test_every_answer_of_every_route(web: Web) -> None:
    admin, _ = web.browser()
    for browser in (admin, web.stranger()):
        for page in PAGES:
            path = address(page, web)
            answer = browser.get(path) if page.method == "GET" else browser.post(path, {})
            headers = answer.headers
            assert headers["x-content-type-options"] == "nosniff", path
            assert headers["referrer-policy"] == "no-referrer", path
            assert headers["cross-origin-opener-policy"] == "same-origin", path
            assert headers["cross-origin-resource-policy"] == "same-origin", path
            assert "camera=()" in headers["permissions-policy"], path
            assert headers["cache-control"] == "no-store", path
            assert "server" not in headers
            rules = policy(headers["content-security-policy"])
            assert rules["default-src"] == "'none'", path
            assert "script-src" not in rules, path
            if browser is admin and answer.status == 200 and page.path in FRAMES:
                assert rules == {
                    "default-src": "'none'",
                    "style-src": "'unsafe-inline'",
                    "img-src": "'self' data:",
                    "sandbox": "",
                    "frame-ancestors": "'self'",
                }
            elif browser is admin and answer.status == 200 and page.path in FILES:
                assert rules == {"sandbox": "", "default-src": "'none'", "frame-ancestors": "'none'"}
            else:
                assert rules["frame-ancestors"] == "'none'", path
                assert rules["style-src"] == "'self'", path
                assert rules["base-uri"] == "'none'", path
                assert rules["form-action"] == "'self'", path


def test_errors_and_files_carry_them_too(web: Web) -> None:
    browser, _ = web.browser()
    for path in ("/nothing", "/static/nothing.css", "/static/style.css", "/tickets/x"):
        answer = browser.get(path)
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "immutable" in browser.get("/static/style.css").headers["cache-control"]


def test_no_page_has_a_script_or_an_inline_style(web: Web) -> None:
    browser, _ = web.browser()
    for page in PAGES:
        if page.method == "GET" and page.path not in FRAMES:
            answer = browser.get(address(page, web))
            if answer.headers.get("content-type", "").startswith("text/html"):
                assert "<script" not in answer.text
                assert "style=" not in answer.text
                assert "//" not in answer.text.replace("http://", "").replace("https://", "").split("<main", 1)[0]


@pytest.fixture
def https_office(sqlite_database: Database, tmp_path: Path) -> TestOffice:
    office = TestOffice(sqlite_database, tmp_path, web=WebSettings(base_url="https://desk.example.com"))
    add_agent(office, "lee@example.com")
    return office


def test_behind_https(https_office: TestOffice) -> None:
    with running(services(https_office)) as port:
        browser = Browser(port)
        answer = browser.log_in("lee@example.com")
        assert answer.status == 303
        (cookie,) = [cookie for cookie in answer.cookies if cookie.startswith("__Host-gateway=")]
        low = cookie.lower()
        assert "secure" in low
        assert "httponly" in low
        assert "samesite=lax" in low
        assert "path=/" in low
        assert "domain" not in low
        for route in PAGES:
            path = route.path.replace("{number}", "1").replace("{part}", "1")
            headers = (Browser(port).get(path) if route.method == "GET" else Browser(port).post(path, {})).headers
            assert headers["strict-transport-security"] == "max-age=31536000", path
        page = browser.get("/tickets")
        assert page.status == 200
        ours = {"Origin": "https://desk.example.com", "Host": "desk.example.com"}
        assert (
            browser.ask(
                "POST",
                "/logout",
                f"csrf={page.csrf()}".encode(),
                {"Content-Type": "application/x-www-form-urlencoded", **ours},
            ).status
            == 303
        )


def test_a_fault_shows_nothing_of_itself(sqlite_database: Database, tmp_path: Path) -> None:
    """A page that fails says so; where, and with which password, stays in the log."""
    office = TestOffice(sqlite_database, tmp_path)
    office.take(mail())
    add_agent(office, "lee@example.com")

    def broken(_: int) -> bytes:
        raise RuntimeError("canary-7261 postgresql://gateway:hunter2@db/gateway")

    with running(replace(services(office), entropy=broken)) as port:
        answer = Browser(port).get("/login")
        assert answer.status == 500
        assert "canary-7261" not in answer.text
        assert "hunter2" not in answer.text
        assert "Traceback" not in answer.text
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert Browser(port).get("/healthz").status == 200, "the server lives on"
