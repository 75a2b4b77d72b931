"""Who may do what: every page of the table for every role, forged requests, and what a GET leaves behind."""

import hashlib
import re
from html import unescape
from urllib.parse import urljoin

import pytest

from gateway.store import schema
from gateway.web.routes import PAGES, Page
from gateway.web.visit import Who
from tests.web.conftest import Web

ROLES = ("stranger", "newcomer", "agent", "admin")
RANK = {"stranger": Who.ANYBODY, "newcomer": Who.NEWCOMER, "agent": Who.AGENT, "admin": Who.ADMIN}


def address(page: Page, web: Web) -> str:
    """The page's path for something that is there."""
    message, part = web.formatted_message()
    numbers = {"quarantine": web.quarantined, "messages": message}
    number = numbers.get(page.path.split("/")[1], 2)
    return page.path.replace("{number}", str(number)).replace("{part}", part)


def fingerprint(web: Web) -> str:
    """Every row of every table."""
    digest = hashlib.sha256()
    with web.office.database.read() as connection:
        for table in schema.metadata.sorted_tables:
            digest.update(table.name.encode())
            for row in connection.execute(table.select().order_by(*table.primary_key)):
                digest.update(repr(tuple(row)).encode())
    return digest.hexdigest()


def test_every_page_for_every_role(web: Web) -> None:
    """A GET is shown to those who may and to nobody else; a POST without a form token changes nothing for anybody."""
    for page in PAGES:
        for role in ROLES:
            if role == "stranger":
                browser = web.stranger()
            else:
                browser, _ = web.browser({"newcomer": web.newcomer, "agent": web.agent, "admin": None}[role])
            before = fingerprint(web)
            path = address(page, web)
            answer = browser.get(path) if page.method == "GET" else browser.post(path, {"text": "x", "target": "1"})
            what = f"{role}: {page.method} {path} -> {answer.status} {answer.headers.get('location', '')}"
            if RANK[role] >= page.who:
                if page.method == "POST":
                    assert answer.status == 403, what
                else:
                    missing = page.path.startswith("/outbox/{number}/att")  # our own mail has no attachments yet
                    assert answer.status == 404 if missing else answer.status in (200, 303), what
                    assert not answer.headers.get("location", "").startswith("/login"), what
            elif role == "stranger":
                assert answer.status == 303, what
                assert answer.headers["location"].startswith("/login"), what
            elif role == "newcomer":
                assert (answer.status, answer.headers.get("location")) == (303, "/account"), what
            else:
                assert answer.status == 403, what
            assert fingerprint(web) == before, f"{what} changed the database"


def test_the_table_itself() -> None:
    """Whoever opens a page to more people changes this list too, and says why."""
    anybody = {page.path for page in PAGES if page.who is Who.ANYBODY}
    admins = {page.path for page in PAGES if page.who is Who.ADMIN}
    assert anybody == {"/healthz", "/metrics", "/login"}
    assert admins == {
        "/quarantine",
        "/quarantine/{number}",
        "/quarantine/{number}/raw",
        "/quarantine/{number}/retry",
        "/outbox/{number}/release",
        "/outbox/{number}/retry",
    }
    assert {page.method for page in PAGES} == {"GET", "POST"}


def test_a_get_changes_nothing(web: Web) -> None:
    """Follow every link of every page as an admin; not one row may differ afterwards."""
    browser, _ = web.browser()
    before = fingerprint(web)
    found, waiting = set(), ["/", "/tickets?view=all", "/account", "/metrics", "/healthz", "/tickets/999"]
    while waiting:
        path = waiting.pop().partition("#")[0]
        if path in found:
            continue
        found.add(path)
        answer = browser.get(path)
        assert answer.status in (200, 303, 404), f"{path}: {answer.status}"
        if answer.headers.get("content-type", "").startswith("text/html"):
            links = re.findall(r'(?:href|src)="([^"]+)"', answer.text)
            waiting += [urljoin(path, unescape(link)) for link in links if not re.match(r"[a-z]+:|//", link)]
        if "location" in answer.headers:
            waiting.append(answer.headers["location"])
    assert len(found) > 60, "the crawl found too little to prove anything"
    assert any("/attachments/" in path for path in found)
    assert any("/html" in path for path in found)
    assert fingerprint(web) == before


@pytest.mark.parametrize("page", [page for page in PAGES if page.method == "POST"], ids=lambda page: page.path)
def test_forged_requests_are_refused(web: Web, page: Page) -> None:
    browser, csrf = web.browser(web.newcomer if page.who is Who.NEWCOMER else None)
    _, other_csrf = web.browser(web.agent)
    before = fingerprint(web)
    fields = {"text": "forged", "assignee": "", "status": "solved", "target": "1", "newest": "1", "csrf": csrf}
    path = address(page, web)
    if page.path != "/login":
        for headers in (
            {"Origin": "https://evil.example"},
            {"Origin": "null", "Sec_Fetch_Site": "cross-site"},
            {"Origin": "https://evil.example", "Sec_Fetch_Site": "same-origin"},
            {"Sec_Fetch_Site": "cross-site"},
            {"Sec_Fetch_Site": "same-site"},
        ):
            assert browser.post(path, fields, **headers).status == 403
    assert browser.post(path, {**fields, "csrf": csrf[:-1] + "!"}).status == 403
    assert browser.post(path, {**fields, "csrf": ""}).status == 403
    assert browser.post(path, {**fields, "csrf": other_csrf}).status == 403, "another session's token"
    assert fingerprint(web) == before


def test_a_form_has_a_largest_size_and_one_kind(web: Web) -> None:
    browser, csrf = web.browser()
    before = fingerprint(web)
    assert browser.post("/tickets/1/note", {"csrf": csrf, "text": "x" * (1024 * 1024)}).status == 413
    assert browser.ask("POST", "/tickets/1/note", b"{}", {"Content-Type": "application/json"}).status == 415
    many = {f"field{number}": "" for number in range(200)}
    assert browser.post("/tickets/1/note", {"csrf": csrf, **many}).status == 400
    plain = {"Content-Type": "application/x-www-form-urlencoded"}
    assert browser.ask("POST", "/tickets/1/note", b"text=\xff\xfe", plain).status == 400
    assert browser.ask("POST", "/tickets/1/note", b"text=%ff", plain).status == 400
    assert fingerprint(web) == before


@pytest.mark.parametrize(
    "path",
    [
        "/tickets/0",
        "/tickets/-1",
        "/tickets/abc",
        "/tickets/99999999999999999999",
        "/tickets/9223372036854775807",
        "/messages/1/attachments/..%2f..%2fetc",
        "/messages/1/attachments/9.9",
        "/messages/999/html",
        "/outbox/999",
        "/quarantine/1",  # an entry that is not in quarantine
        "/static/..%2fapp.py",
        "/static/app.py",
        "/nothing",
    ],
)
def test_what_is_not_there_is_404(web: Web, path: str) -> None:
    browser, _ = web.browser()
    answer = browser.get(path)
    assert answer.status == 404
    assert "Traceback" not in answer.text


def test_odd_queries_are_harmless(web: Web) -> None:
    browser, _ = web.browser()
    for query in ("before=x", "before=1-", "before=99999999999999999999999999-1", "before=1"):
        assert browser.get(f"/tickets?{query}").status == 400, query
    for query in (
        "view=nothing",
        "status=nothing",
        "assignee=x",
        "q=%25%5F%5C%27",
        "q=%23" + "9" * 30,
        "q=%00",
        "team=%27",
        "brand=no",
    ):
        assert browser.get(f"/tickets?{query}").status == 200, query
    assert browser.get("/tickets/1?before=x&done=nothing").status == 200
    assert browser.ask("PUT", "/tickets/1").status == 405
    assert browser.ask("GET", "/tickets/1/reply").status == 405
