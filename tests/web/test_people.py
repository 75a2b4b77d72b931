"""Who takes part, seen and changed on the ticket page: add, remove, withdraw; let in, decline, split; merge a doubtful one."""

import pytest

from gateway.store.schema import participants
from tests.support.accepted import mail
from tests.web.conftest import Web

EVE = "eve@elsewhere.example"


def asked(web: Web, ticket: int = 1) -> int:
    """A stranger answers in the ticket's conversation; the message's id."""
    first = web.office.messages(ticket)[0]
    headers = (("References", f"<{first.message_id}>"), ("Cc", first.author))
    row = web.office.take(mail("I know it.", sender=f"Eve <{EVE}>", headers=headers), reverse_path=EVE)
    assert (row.fate, row.ticket_id) == ("join_request", ticket)
    return int(web.office.messages(ticket)[-1].id)


def test_people_are_added_removed_and_shown(small: Web) -> None:
    browser, csrf = small.browser()
    done = browser.post("/tickets/1/people", {"csrf": csrf, "address": "lee@partner.example"})
    assert done.headers["location"] == "/tickets/1?done=added"
    page = browser.get("/tickets/1?done=added").text
    assert "They take part now." in page
    assert "lee@partner.example" in page
    assert "participant · since 2026-03-05" in page
    lee = small.office.rows(participants, participants.c.ticket_id == 1)[-1].id
    assert browser.post(f"/tickets/1/people/{lee}/withdraw", {"csrf": csrf}).headers["location"].endswith("withdrawn")
    assert browser.post(f"/tickets/1/people/{lee}/remove", {"csrf": csrf}).headers["location"].endswith("removed")
    page = browser.get("/tickets/1").text
    assert "participant · removed 2026-03-05" in page
    assert "Kim removed lee@partner.example" in page
    assert "Kim withdrew the reply addresses of lee@partner.example" in page


@pytest.mark.parametrize(
    ("path", "fields", "why"),
    [
        ("people", {"address": "support@example.com"}, "one of our own addresses"),
        ("people", {"address": ""}, "no mail can go to"),
        ("people/1/remove", {}, "the requester cannot be removed"),
        ("people/999/remove", {}, "nobody with the number 999"),
        ("join/1/accept", {}, "no request to join that waits"),
        ("join/1/split", {}, "nothing left of it"),
    ],
)
def test_what_cannot_be_done_is_said(small: Web, path: str, fields: dict[str, str], why: str) -> None:
    browser, csrf = small.browser()
    answer = browser.post(f"/tickets/1/{path}", {"csrf": csrf, **fields})
    assert answer.status == 400
    assert why in answer.text


def test_a_request_is_let_in_with_one_click(small: Web) -> None:
    message = asked(small)
    browser, csrf = small.browser()
    page = browser.get("/tickets/1").text
    assert f'action="/tickets/1/join/{message}/accept"' in page
    assert browser.post(f"/tickets/1/join/{message}/accept", {"csrf": csrf}).status == 303
    page = browser.get("/tickets/1").text
    assert f"Kim let {EVE} take part" in page or "Kim let Eve take part" in page
    assert f"/join/{message}/" not in page
    assert small.office.messages(1)[-1].public


def test_a_request_is_declined_or_gets_its_own_ticket(small: Web) -> None:
    browser, csrf = small.browser()
    assert (
        browser.post(f"/tickets/1/join/{asked(small)}/decline", {"csrf": csrf})
        .headers["location"]
        .endswith("/tickets/1?done=declined")
    )
    assert "declined" in browser.get("/tickets/1").text
    second = asked(small)
    done = browser.post(f"/tickets/1/join/{second}/split", {"csrf": csrf})
    number = small.office.rows(participants)[-1].ticket_id
    assert done.headers["location"] == f"/tickets/{number}?done=split"
    assert "Kim split this off ticket #1" in browser.get(f"/tickets/{number}").text
    assert f"Kim split a mail off into ticket #{number}" in browser.get("/tickets/1").text


def test_a_doubtful_ticket_is_merged_with_one_click(small: Web) -> None:
    row = small.office.take(mail("More.", sender=EVE, subject="Re: [#1] that thing"), reverse_path=EVE)
    browser, csrf = small.browser()
    page = browser.get(f"/tickets/{row.ticket_id}").text
    assert "Merge into #1" in page
    assert browser.post(f"/tickets/{row.ticket_id}/merge", {"csrf": csrf, "target": "1"}).status == 303
    assert "Merge into #1" not in browser.get(f"/tickets/{row.ticket_id}").text


@pytest.mark.parametrize(("language", "words"), [("ko", "참여 허용"), ("ja", "参加を認める")])
def test_in_each_language(small: Web, language: str, words: str) -> None:
    asked(small)
    browser, csrf = small.browser()
    browser.post("/account/language", {"csrf": csrf, "language": language})
    assert words in browser.get("/tickets/1").text
