"""The page of held mail: who sees what, ticked boxes, whole lists, and one question before anything is deleted."""

import re

import pytest

from gateway.store.schema import events, journal, quarantine, sender_lists
from gateway.threading.causes import CAUSES, Cause
from tests.support.accepted import mail
from tests.support.web import Answer, Browser, add_agent, logged_in
from tests.web.conftest import Web

NO_AUTHOR = b"Subject: %s\r\n\r\nno author at all\r\n"


@pytest.fixture
def held(small: Web) -> Web:
    """Three mails without author, one from our own address, which only admins may see."""
    for number in (b"one", b"two", b"three"):
        assert small.office.take(NO_AUTHOR % number, reverse_path="x@shop.example").cause == "no_author"
    assert small.office.take(mail(sender="support@example.com", subject="our own")).cause == "own_address"
    return small


def ids(web: Web, cause: str = "no_author") -> list[int]:
    return [row.id for row in web.office.rows(journal, journal.c.cause == cause)]


def fates(web: Web) -> list[str | None]:
    return [row.fate for row in web.office.rows(journal)[1:]]


def send(browser: Browser, csrf: str, **fields: object) -> Answer:
    return browser.post("/quarantine/act", {"csrf": csrf, **fields})


def test_an_admin_reads_cause_remedy_and_days(held: Web) -> None:
    browser, _ = held.browser()
    page = browser.get("/quarantine").text
    for cause in (Cause.NO_AUTHOR, Cause.OWN_ADDRESS):
        assert CAUSES[cause].title.en in page
        assert CAUSES[cause].remedy.en in page
    assert page.count("30 days left") == 4
    assert page.count("no author at all") == 3, "the first words"
    held.office.later(days=29, hours=1)
    browser, _ = held.browser()
    assert "1 day left" in browser.get("/quarantine").text
    held.office.later(days=2)
    browser, _ = held.browser()
    assert "due for deletion" in browser.get("/quarantine").text


@pytest.mark.parametrize("language", ["ko", "ja"])
def test_it_is_said_in_the_readers_language(held: Web, language: str) -> None:
    reader = add_agent(held.office, "admin2@example.com", role="admin", language=language)
    browser, _ = logged_in(held.office, held.port, reader)
    (number, *_) = ids(held)
    for path in ("/quarantine?cause=no_author", f"/quarantine/{number}"):
        page = browser.get(path).text
        assert CAUSES[Cause.NO_AUTHOR].happened.said_in(language) in page
        assert CAUSES[Cause.NO_AUTHOR].remedy.said_in(language) in page


def test_agents_see_what_any_ticket_could_say_and_decide_nothing(held: Web) -> None:
    browser, csrf = held.browser(held.agent)
    page = browser.get("/quarantine").text
    assert "one" in page
    assert "our own" not in page
    assert "<button name=" not in page
    (secret,) = ids(held, "own_address")
    assert browser.get(f"/quarantine/{secret}").status == 404
    assert browser.get(f"/quarantine/{secret}/raw").status == 403
    assert "our own" not in browser.get("/quarantine?cause=own_address").text
    assert browser.get(f"/quarantine/{ids(held)[0]}").status == 200
    assert send(browser, csrf, act="release", **{f"mail_{secret}": 1}).status == 403
    assert fates(held) == ["quarantined"] * 4


def test_ticked_mails_are_released_with_who_did_it(held: Web) -> None:
    browser, csrf = held.browser()
    one, two, _ = ids(held)
    answer = send(browser, csrf, act="release", **{f"mail_{one}": 1, f"mail_{two}": 1})
    assert (answer.status, answer.headers["location"]) == (303, "/quarantine?done=release")
    assert fates(held) == [None, None, "quarantined", "quarantined"]
    released = held.office.rows(events, events.c.kind == "quarantine_released")
    assert {row.actor for row in released} == {"kim@example.com"}
    assert len(released) == 2
    assert "Released" in browser.get("/quarantine?done=release").text
    again = send(browser, csrf, act="release", **{f"mail_{one}": 1})
    assert again.status == 409, "somebody has dealt with it"


def test_deleting_is_asked_about_once(held: Web) -> None:
    browser, csrf = held.browser()
    (one, *_) = ids(held)
    asked = send(browser, csrf, act="delete", **{f"mail_{one}": 1})
    assert asked.status == 200
    assert "Delete this mail?" in asked.text
    assert fates(held) == ["quarantined"] * 4, "nothing happened yet"
    fields = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', asked.text))
    assert browser.post("/quarantine/act", fields).status == 303
    assert fates(held) == ["deleted", "quarantined", "quarantined", "quarantined"]
    assert held.office.rows(journal, journal.c.id == one)[0].cause == "no_author", "the ledger keeps why"
    with held.office.database.read() as connection:
        kept = connection.execute(quarantine.select().where(quarantine.c.journal_id == one)).one()
    assert kept.deleted_by == "kim@example.com"
    assert held.office.journal.balance().adds_up


def test_a_whole_list_by_cause_or_by_sender(held: Web) -> None:
    browser, csrf = held.browser()
    held.office.take(NO_AUTHOR % b"four", reverse_path="other@elsewhere.example")
    page = browser.get("/quarantine?sender=shop.example").text
    assert "All 3 shown here" in page
    assert send(browser, csrf, act="release", all=1, sender="shop.example").status == 303
    assert fates(held) == [None, None, None, "quarantined", "quarantined"]
    assert send(browser, csrf, act="release", all=1, cause="own_address").status == 303
    assert fates(held) == [None, None, None, None, "quarantined"]


def test_senders_are_allowed_and_blocked(held: Web) -> None:
    browser, csrf = held.browser()
    one, two, _ = ids(held)
    assert send(browser, csrf, act="allow", **{f"mail_{one}": 1}).status == 303
    assert send(browser, csrf, act="block", sure=1, **{f"mail_{two}": 1}).status == 303
    listed = [(row.action, row.value, row.author) for row in held.office.rows(sender_lists)]
    assert listed == [
        ("allow", "x@shop.example", "kim@example.com"),
        ("block", "x@shop.example", "kim@example.com"),
    ]
    (own,) = ids(held, "own_address")
    answer = send(browser, csrf, act="block", sure=1, **{f"mail_{own}": 1})
    assert "is one of our own addresses and is never listed" in answer.text
    assert len(held.office.rows(sender_lists)) == 2
    assert fates(held) == [None, "deleted", "quarantined", "deleted"]


@pytest.mark.parametrize("fields", [{"act": "restore"}, {"act": "explode"}, {}, {"act": "release"}, {"act": "delete"}])
def test_forms_that_say_nothing_do_nothing(held: Web, fields: dict[str, str]) -> None:
    browser, csrf = held.browser()
    assert send(browser, csrf, **fields).status in (400, 409)
    assert fates(held) == ["quarantined"] * 4
