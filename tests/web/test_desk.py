"""What agents do on the pages, and what is written because of it."""

import re

from gateway.store.schema import events, messages, outbox, ticket_tags
from tests.support.accepted import mail
from tests.support.web import Answer
from tests.web.conftest import Web

SAME = {
    "was_status": "new",
    "status": "new",
    "was_priority": "normal",
    "priority": "normal",
    "was_team": "",
    "team": "",
}


def newest(page: Answer) -> str:
    found = re.search(r'name="newest" value="(\d+)"', page.text)
    assert found
    return found[1]


def test_a_reply_reaches_the_customer_once(small: Web) -> None:
    browser, csrf = small.browser()
    fields = {"csrf": csrf, "newest": newest(browser.get("/tickets/1")), "text": "Please switch it on.\r\nKim"}
    answer = browser.post("/tickets/1/reply", fields)
    assert answer.headers["location"] == "/tickets/1?done=reply"
    page = browser.get(answer.headers["location"])
    assert "Your reply is on its way." in page.text
    assert "Please switch it on.\nKim" in page.text
    assert small.office.ticket(1).status == "pending"
    assert [row.recipient for row in small.office.outbox("answer")] == ["hong@customer.example"]
    again = browser.post("/tickets/1/reply", fields)
    assert again.status == 409, "the same form sent twice is one answer"
    assert len(small.office.outbox("answer")) == 1


def test_a_reply_waits_while_something_newer_is_unread(small: Web) -> None:
    browser, csrf = small.browser()
    seen = newest(browser.get("/tickets/1"))
    small.office.take(
        mail("Never mind, it works.", sender="Hong <hong@customer.example>"), to=(small.office.reply_to(1),)
    )
    answer = browser.post("/tickets/1/reply", {"csrf": csrf, "newest": seen, "text": "Have you tried <it>?"})
    assert answer.status == 409
    assert "Something newer has arrived" in answer.text
    assert "Never mind, it works." in answer.text
    assert "Have you tried &lt;it&gt;?</textarea>" in answer.text, "the draft is kept"
    assert not small.office.outbox("answer")
    fields = {"csrf": csrf, "newest": newest(answer), "text": "Good to hear.", "solve": "1"}
    assert browser.post("/tickets/1/reply", fields).status == 303
    assert small.office.ticket(1).status == "solved"
    assert [row.kind for row in small.office.outbox()] == ["ack", "answer"], "one mail, not two at the same moment"


def test_an_empty_reply_says_so(small: Web) -> None:
    browser, csrf = small.browser()
    fields = {"csrf": csrf, "newest": newest(browser.get("/tickets/1")), "text": " \n "}
    answer = browser.post("/tickets/1/reply", fields)
    assert answer.status == 400
    assert "there is nothing to say" in answer.text


def test_a_note_stays_inside(small: Web) -> None:
    browser, csrf = small.browser()
    sent = len(small.office.outbox())
    assert browser.post("/tickets/1/note", {"csrf": csrf, "text": "창고에 확인"}).status == 303
    (note,) = [row for row in small.office.messages(1) if row.kind == "note"]
    assert (note.text, note.public, note.author) == ("창고에 확인", False, "kim@example.com")
    assert len(small.office.outbox()) == sent
    assert "창고에 확인" in browser.get("/tickets/1").text


def test_one_form_changes_what_differs_and_nothing_else(small: Web) -> None:
    browser, csrf = small.browser()
    small.office.desk.priority(1, "high", small.office.agent)  # a colleague was faster; our form still shows "normal"
    answer = browser.post(
        "/tickets/1/change",
        {
            **SAME,
            "csrf": csrf,
            "was_assignee": "",
            "assignee": small.agent,
            "team": "배송",
            "was_tags": "",
            "tags": "램프, 배송 램프",
            "status": "on_hold",
        },
    )
    assert answer.headers["location"] == "/tickets/1?done=saved"
    row = small.office.ticket(1)
    assert (row.assignee_id, row.team, row.status, row.priority) == (small.agent, "배송", "on_hold", "high")
    with small.office.database.read() as connection:
        tags = connection.execute(ticket_tags.select().order_by(ticket_tags.c.tag)).all()
    assert [row.tag for row in tags] == ["램프", "배송"]
    before = len(small.office.rows(events))
    assert browser.post("/tickets/1/change", {**SAME, "csrf": csrf}).status == 303
    assert len(small.office.rows(events)) == before, "a form without a change does nothing"


def test_what_the_desk_refuses_is_said(small: Web) -> None:
    browser, csrf = small.browser()
    for path, fields, words in (
        ("/tickets/1/change", {**SAME, "priority": "extreme"}, "there is no priority"),
        ("/tickets/1/status", {"status": "closed"}, "nobody sets a ticket closed by hand"),
        ("/tickets/1/assign", {"assignee": "999"}, "there is no active agent"),
        ("/tickets/1/merge", {"target": "1"}, "cannot be merged into itself"),
        ("/tickets/1/merge", {"target": "77"}, "there is no ticket 77"),
        ("/tickets/1/merge", {"target": "x"}, "Give a ticket number"),
    ):
        answer = browser.post(path, {**fields, "csrf": csrf})
        assert (answer.status, words in answer.text) == (400, True), path
    assert browser.post("/tickets/1/status", {"status": "nothing", "csrf": csrf}).status == 400
    assert browser.post("/tickets/9/note", {"text": "x", "csrf": csrf}).status == 404


def test_solve_close_reopen(small: Web) -> None:
    browser, csrf = small.browser()
    assert browser.post("/tickets/1/status", {"csrf": csrf, "status": "solved"}).status == 303
    assert len(small.office.outbox("resolution")) == 1
    assert "#1" not in browser.get("/tickets").text
    assert "#1" in browser.get("/tickets?view=solved").text
    assert browser.post("/tickets/1/status", {"csrf": csrf, "status": "open"}).status == 303
    assert small.office.ticket(1).status == "open"


def test_merge_leads_to_the_other_ticket(small: Web) -> None:
    small.office.take(mail("Also the shade is broken.", sender="Hong <hong@customer.example>", subject="Shade"))
    browser, csrf = small.browser()
    answer = browser.post("/tickets/2/merge", {"csrf": csrf, "target": "#1"})
    assert answer.headers["location"] == "/tickets/1?done=merged"
    assert "Also the shade is broken." in browser.get("/tickets/1").text
    page = browser.get("/tickets/2").text
    assert 'Merged into <a href="/tickets/1">#1</a>' in page
    assert "<textarea" not in page


def test_the_outbox_is_read_held_and_released(small: Web) -> None:
    browser, csrf = small.browser()
    (ack,) = small.office.outbox()
    page = browser.get(f"/outbox/{ack.id}").text
    assert "held until a smarthost is set" in page
    assert "hong@customer.example" in page
    assert browser.get(f"/outbox/{ack.id}/html").status == 200
    raw = browser.get(f"/outbox/{ack.id}/raw")
    assert raw.body == ack.raw
    assert raw.headers["content-type"] == "text/plain; charset=utf-8"
    assert browser.post(f"/outbox/{ack.id}/release", {"csrf": csrf}).status == 303
    (row,) = small.office.rows(outbox)
    assert row.state == "queued"
    assert browser.post(f"/outbox/{ack.id}/release", {"csrf": csrf}).status == 409
    assert browser.post(f"/outbox/{ack.id}/hold", {"csrf": csrf}).status == 303
    (row,) = small.office.rows(outbox)
    assert (row.state, row.hold_reason) == ("held", "agent")
    plain, plain_csrf = small.browser(small.agent)
    for act in ("release", "discard"):
        assert plain.post(f"/outbox/{ack.id}/{act}", {"csrf": plain_csrf}).status == 403, "for admins"
    assert browser.post(f"/outbox/{ack.id}/discard", {"csrf": csrf}).status == 303
    (row,) = small.office.rows(outbox)
    assert (row.state, row.finished_at) == ("discarded", small.office.now)
    assert browser.post(f"/outbox/{ack.id}/release", {"csrf": csrf}).status == 409, "never"
    assert "discarded" in browser.get("/outbox?state=discarded").text


def test_a_long_ticket_is_shown_in_pieces(small: Web) -> None:
    browser, _ = small.browser()
    for number in range(60):
        small.office.desk.note(1, small.office.agent, f"note number {number:02}.")
    page = browser.get("/tickets/1")
    assert "note number 59." in page.text
    assert "note number 05." not in page.text
    (earlier,) = re.findall(r'href="(/tickets/1\?before=\d+)"', page.text)
    assert "note number 05." in browser.get(earlier).text
    assert len(small.office.rows(messages)) == 61
