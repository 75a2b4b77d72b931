"""The page of sender lists: adding with a reason and an end, mistakes said on the form, removing, conflicts, the configuration's own."""

import re
from datetime import timedelta
from pathlib import Path

import pytest

from gateway.rules.sender_lists import Action, Sender
from gateway.store.database import Database
from gateway.store.sender_lists import list_entries, listed
from tests.pipeline.test_sender_standing import put
from tests.support.office import TestOffice
from tests.support.web import running, services
from tests.web.conftest import Web, hire

KIM = {"action": "block", "sender": "Kim@Customer.example", "reason": "insults", "days": "30"}


def test_a_sender_is_listed_and_taken_off_again(small: Web) -> None:
    browser, csrf = small.browser()
    answer = browser.post("/lists", KIM | {"csrf": csrf})
    assert answer.headers["location"] == "/lists?done=listed"
    page = browser.get(answer.headers["location"]).text
    assert "The sender is on the list now." in page
    assert "kim@customer.example" in page
    assert "kim@example.com" in page, "who listed it"
    with small.office.database.read() as connection:
        (stored,) = list_entries(connection, now=small.office.now)
    assert stored.entry.expires_at == small.office.now + timedelta(days=30)
    assert (stored.entry.author, stored.entry.reason) == ("kim@example.com", "insults")
    assert browser.post("/lists", KIM | {"csrf": csrf}).headers["location"] == "/lists?done=listed_already"
    answer = browser.post(f"/lists/{stored.entry.id}/remove", {"csrf": csrf})
    assert answer.headers["location"] == "/lists?done=unlisted"
    with small.office.database.read() as connection:
        assert listed(connection, Sender("kim@customer.example"), now=small.office.now) is None
    assert browser.post(f"/lists/{stored.entry.id}/remove", {"csrf": csrf}).status == 404
    assert [event.data["change"] for event in small.office.events(None, "sender_list")] == ["added", "removed"]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"sender": "kim@"}, "is not an e-mail address"),
        ({"sender": "example.com"}, "fits our own address support@example.com"),
        ({"sender": "haruka@example.com"}, "fits the agent haruka@example.com"),
        ({"sender": "/(/"}, "is not a regular expression"),
        ({"reason": "  "}, "write a reason"),
    ],
)
def test_what_is_wrong_is_said_on_the_form_and_nothing_typed_is_lost(
    small: Web, changes: dict[str, str], words: str
) -> None:
    browser, csrf = small.browser()
    answer = browser.post("/lists", KIM | changes | {"csrf": csrf, "action": "reject"})
    assert answer.status == 422
    assert words in answer.text
    assert f'value="{(KIM | changes)["sender"]}"' in answer.text
    assert '<option value="reject" selected>' in answer.text
    assert '<option value="30" selected>' in answer.text
    with small.office.database.read() as connection:
        assert list_entries(connection, now=small.office.now) == []


def test_an_unknown_list_is_refused(small: Web) -> None:
    browser, csrf = small.browser()
    assert browser.post("/lists", KIM | {"csrf": csrf, "action": "ban"}).status == 400


def test_lists_are_searched_turned_over_and_conflicts_shown(small: Web) -> None:
    for number in range(101):
        put(small.office, Action.BLOCK, f"kim{number}@customer.example")
    put(small.office, Action.ALLOW, "kim100@customer.example")
    browser, _ = small.browser()
    page = browser.get("/lists").text
    assert page.count('class="subject"') == 100
    assert "Contradicts #101; “allowed” wins." in page
    following = re.search(r'href="(/lists\?before=\d+)" rel="next"', page)
    assert following
    assert browser.get(following[1]).text.count('class="subject"') == 2
    assert browser.get("/lists?action=allow").text.count('class="subject"') == 1
    assert browser.get("/lists?words=kim7%40").text.count('class="subject"') == 1
    assert "No sender is listed here." in browser.get("/lists?words=nobody").text
    assert browser.get("/lists?action=no&before=x").status == 200


def test_the_configurations_entries_are_shown_and_cannot_be_removed_here(
    sqlite_database: Database, tmp_path: Path
) -> None:
    rule = {"action": "block", "sender": "spam.example", "reason": "<script>alert(1)</script>"}
    office = TestOffice(sqlite_database, tmp_path, lists=[rule])
    agent, newcomer = hire(office)
    with running(services(office)) as port:
        browser, _ = Web(office, port, agent, newcomer).browser()
        page = browser.get("/lists").text
    assert "spam.example" in page
    assert "from the configuration" in page
    assert "/remove" not in page
    assert "<script>alert" not in page
