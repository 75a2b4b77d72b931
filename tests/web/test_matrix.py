"""Every route of the application for everybody who may come (``routes.txt``), and what a GET leaves behind: nothing."""

import hashlib
import re
from html import unescape
from pathlib import Path
from urllib.parse import urljoin

import pytest
from starlette.routing import Route

from gateway.store import schema
from gateway.store.schema import sessions
from gateway.store.sessions import end_session
from gateway.web.app import make_app
from gateway.web.routes import PAGES, Page
from gateway.web.words import WORDS
from tests.support.web import Answer, Browser, services
from tests.web.conftest import Web

WHO = ("anonymous", "newcomer", "agent", "admin", "revoked")
TABLE = Path(__file__).with_name("routes.txt")
FIELDS = {"text": "x", "target": "1", "code": "000000", "current": "x", "address": "x@example.com", "password": "x"}

# Tables of which a GET may touch a column: that somebody is there, to within five minutes, is all that it leaves behind.
TOUCHED = {"sessions": {"seen_at"}}


def rows() -> dict[str, dict[str, str]]:
    """What is expected, by route and person."""
    lines = [line.split() for line in TABLE.read_text("utf-8").splitlines() if line and not line.startswith("#")]
    return {f"{method} {path}": dict(zip(WHO, cells, strict=True)) for method, path, *cells in lines}


ROWS = rows()


def address(page: Page, web: Web) -> str:
    """The page's path for something that is there."""
    message, part = web.formatted_message()
    numbers = {"quarantine": web.quarantined, "messages": message}
    number = numbers.get(page.path.split("/")[1], 2)
    path = page.path.replace("{number}", str(number)).replace("{part}", part)
    return path.replace("{message}", "2").replace("{participant}", "1")


def fingerprint(web: Web) -> dict[str, str]:
    """Every row of every table, but for the columns in ``TOUCHED`` and the audit log, which tells who looked."""
    found = {}
    with web.office.database.read() as connection:
        for table in schema.metadata.sorted_tables:
            if table is schema.audit:
                continue
            columns = [column for column in table.columns if column.name not in TOUCHED.get(table.name, ())]
            order = list(table.primary_key) or columns
            content = connection.execute(table.select().with_only_columns(*columns).order_by(*order)).all()
            if table is schema.settings:
                content = [row for row in content if row.key != "audit_head"]
            found[table.name] = hashlib.sha256(repr(content).encode()).hexdigest()
    return found


def comes_as(web: Web, who: str) -> tuple[Browser, str]:
    """A browser of theirs, and their form token."""
    if who == "anonymous":
        return web.stranger(), ""
    browser, csrf = web.browser({"newcomer": web.newcomer, "agent": web.agent}.get(who))
    if who == "revoked":
        newest = max(row.id for row in web.office.rows(sessions))
        with web.office.database.write() as connection:
            end_session(connection, newest)
    return browser, csrf


def outcome(answer: Answer) -> str:
    """In the words of the table; whatever has none is its status."""
    goal = answer.headers.get("location", "")
    if answer.status == 303:
        return "login" if goal.startswith("/login") else "first" if goal.startswith("/account") else "away"
    named = {200: "shown", 404: "absent"}
    if answer.status == 403:
        told = {
            name
            for name in ("error_role", "error_forged")
            if any(f"<h1>{it}</h1>" in answer.text for it in WORDS[name])
        }
        return {"error_role": "admins", "error_forged": "form"}.get("".join(told), "403")
    return named.get(answer.status, str(answer.status))


def test_every_route_has_a_row_and_every_row_a_route() -> None:
    there = {f"{page.method} {page.path}" for page in PAGES}
    assert sorted(there - set(ROWS)) == [], f"say in {TABLE.name} who may do this"
    assert sorted(set(ROWS) - there) == [], f"{TABLE.name} has rows of routes that are gone"
    assert len(there) == len(PAGES), "a route stands twice in the table of pages"


def test_the_application_serves_what_the_table_of_pages_says(web: Web) -> None:
    routes = [route for route in make_app(services(web.office)).routes if isinstance(route, Route)]
    served = {f"{method} {route.path}" for route in routes for method in (route.methods or set()) - {"HEAD"}}
    assert served == {*ROWS, "GET /static/{name}"}


@pytest.mark.parametrize("who", WHO)
def test_every_route_for(web: Web, who: str) -> None:
    """A form comes with the right token of whoever may not send it, and without one of whoever may: nothing is ever changed."""
    browser, csrf = comes_as(web, who)
    before = fingerprint(web)
    for page in PAGES:
        row = f"{page.method} {page.path}"
        expected = ROWS[row][who]
        path = address(page, web)
        if page.method == "GET":
            answer = browser.get(path)
        else:
            answer = browser.post(path, {**FIELDS, **({} if expected == "form" else {"csrf": csrf})})
        assert outcome(answer) == expected, f"{who}: {row}: {answer.status} {answer.headers.get('location', '')}"
        assert fingerprint(web) == before, f"{who}: {row} changed the database"
    print(f"route x role matrix: {len(ROWS) * len(WHO)} cells, {len(ROWS)} of them for {who}")


@pytest.mark.parametrize("who", WHO)
def test_looking_changes_nothing(web: Web, who: str) -> None:
    """Follow every link of every page, GET, HEAD and OPTIONS: not one row may differ afterwards, whoever looks."""
    browser, _ = comes_as(web, who)
    web.office.later(minutes=6)  # from now on a session counts as not seen
    before = fingerprint(web)
    found: set[str] = set()
    waiting = [address(page, web) for page in PAGES] + [
        "/tickets?view=all",
        "/tickets?q=%23",
        "/tickets/999",
        "/nothing",
    ]
    waiting += [
        "/login/oidc/callback?code=x&state=y",
        "/tickets/1?done=reply",
        "/outbox?state=held",
        "/login?next=/tickets",
    ]
    while waiting:
        path = waiting.pop().partition("#")[0]
        if path in found:
            continue
        found.add(path)
        answer = browser.get(path)
        assert answer.status in (200, 303, 403, 404, 405), f"{path}: {answer.status}"
        if answer.headers.get("content-type", "").startswith("text/html"):
            links = re.findall(r'(?:href|src|action|formaction)="([^"]+)"', answer.text)
            waiting += [urljoin(path, unescape(link)) for link in links if not re.match(r"[a-z]+:|//", link)]
        if "location" in answer.headers:
            waiting.append(answer.headers["location"])
    assert fingerprint(web) == before
    for path in sorted(found)[:: 1 if who == "admin" else 7]:
        assert browser.ask("HEAD", path).body == b""
        browser.ask("OPTIONS", path)
    assert fingerprint(web) == before
    assert len(found) > (120 if who in ("agent", "admin") else 50), "the crawl found too little to prove anything"
    if who == "admin":
        assert any("/attachments/" in path for path in found)
        assert any("/html" in path for path in found)


def test_a_row_that_differs_is_noticed(small: Web) -> None:
    """The watch itself: a form that is sent, and a session that is seen."""
    browser, csrf = small.browser()
    before = fingerprint(small)
    small.office.later(minutes=6)
    seen = [row.seen_at for row in small.office.rows(sessions)]
    assert browser.get("/tickets").status == 200
    assert [row.seen_at for row in small.office.rows(sessions)] != seen, "the one thing that is left out does happen"
    assert fingerprint(small) == before
    browser.post("/tickets/1/note", {"csrf": csrf, "text": "x"})
    changed = {name for name, content in fingerprint(small).items() if before[name] != content}
    assert {"messages", "events"} <= changed
