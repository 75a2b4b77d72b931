"""Views in the side bar with their counts; own ones added, changed and removed."""

import pytest

from gateway.config.views import SharedView, ViewsFile
from gateway.store.saved_views import list_views
from tests.support.web import add_agent
from tests.web.conftest import Web

FORM = {"name": "Refunds", "tags": "refund", "order": "priority", "age_over": "1h", "column_number": "1"}


def definitions(web: Web) -> list[str]:
    with web.office.database.read() as connection:
        return [view.definition.name for view in list_views(connection, web.office.agent)]


def test_an_own_view_is_added_seen_changed_and_removed(small: Web) -> None:
    small.office.desk.tag(1, small.office.agent, add=["refund"])
    browser, csrf = small.browser()
    assert browser.get("/views").status == 200
    made = browser.post("/views", {"csrf": csrf, **FORM, "age_over": ""})
    assert made.status == 303
    path = made.headers["location"]
    page = browser.get(path).text
    assert '<span>Refunds</span><span class="count">1</span>' in page
    assert 'href="/tickets/1"' in page
    assert '<span class="number">#1</span>' in page
    assert 'class="preview"' not in page, "a column that was not ticked"
    number = path.rpartition("-")[2]
    form = browser.get(f"/views/{number}").text
    assert 'value="refund"' in form
    assert browser.post(f"/views/{number}", {"csrf": csrf, **FORM, "name": "Money back"}).headers["location"] == path
    page = browser.get(path).text
    assert '<span>Money back</span><span class="count">0</span>' in page, "the ticket is younger than an hour"
    assert browser.post(f"/views/{number}/remove", {"csrf": csrf}).headers["location"] == "/views?done=saved"
    assert definitions(small) == []
    assert browser.get(f"/views/{number}").status == 404


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"age_over": "tomorrow"}, "Opened at least … ago: &#39;tomorrow&#39; is not a span of time"),
        ({"name": ""}, "Name: "),
        ({"column_number": ""}, "Shown of each ticket: "),
        ({"waiting_over": "1h", "status_solved": "1"}, "no customer waits on tickets that are"),
    ],
)
def test_what_makes_no_view_is_said(small: Web, changes: dict[str, str], problem: str) -> None:
    browser, csrf = small.browser()
    answer = browser.post("/views", {"csrf": csrf, **FORM, **changes})
    assert answer.status == 400
    assert problem in answer.text
    assert definitions(small) == []


def test_nobody_touches_the_views_of_another(small: Web) -> None:
    browser, csrf = small.browser()
    number = browser.post("/views", {"csrf": csrf, **FORM}).headers["location"].rpartition("-")[2]
    other = add_agent(small.office, "lee@example.com", name="Lee")
    lee, token = small.browser(other)
    assert lee.get(f"/views/{number}").status == 404
    assert lee.post(f"/views/{number}", {"csrf": token, **FORM, "name": "Mine now"}).status == 404
    assert lee.post(f"/views/{number}/remove", {"csrf": token}).status == 404
    assert "Refunds" not in lee.get(f"/tickets?view=my-{number}").text
    assert definitions(small) == ["Refunds"]


def test_shared_views_and_those_of_every_gateway(small: Web) -> None:
    shared = SharedView.model_validate({"id": "mine-first", "name": "<b>Team</b>", "when": {"agent": ["me"]}})
    office = small.office.office
    object.__setattr__(office.loaded.side, "views", ViewsFile(views=(shared,)))
    small.office.desk.assign(1, small.office.agent, small.office.agent)
    browser, _ = small.browser()
    page = browser.get("/tickets?view=mine-first").text
    assert "<span>&lt;b&gt;Team&lt;/b&gt;</span>" in page
    assert 'href="/tickets/1"' in page
    assert '<span>Unassigned for a day</span><span class="count">0</span>' in page
    small.office.desk.assign(1, None, small.office.agent)
    small.office.later(hours=25)
    browser, _ = small.browser()
    page = browser.get("/tickets?view=unassigned_old").text
    assert '<span>Unassigned for a day</span><span class="count">1</span>' in page
    assert 'href="/tickets/1"' in page
