"""Forged requests, forms of any size and kind, and paths that lead nowhere. Who may do what: ``test_matrix.py``."""

import pytest

from gateway.web.routes import PAGES, Page
from gateway.web.visit import Who
from tests.web.conftest import Web
from tests.web.test_matrix import address, fingerprint

FORMS = [page for page in PAGES if page.method == "POST" and page.who is not Who.HOLDER]


@pytest.mark.parametrize("page", FORMS, ids=lambda page: page.path)
def test_forged_requests_are_refused(web: Web, page: Page) -> None:
    browser, csrf = web.browser(web.newcomer if page.who is Who.NEWCOMER else None)
    _, other_csrf = web.browser(web.agent)
    before = fingerprint(web)
    fields = {"text": "forged", "assignee": "", "status": "solved", "target": "1", "newest": "1", "csrf": csrf}
    path = address(page, web)
    if not page.path.startswith("/login"):
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
