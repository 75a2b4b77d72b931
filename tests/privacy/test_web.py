"""Numbers that no page shows, whoever looks; the one way to see them; and what is written down of who looked."""

import email
import email.policy
import re
from html import unescape
from urllib.parse import urljoin

import pytest
from sqlalchemy import delete, update

from gateway.store.audit import What, list_entries, verify
from gateway.store.database import Database
from gateway.store.schema import audit, events, tickets
from tests.support.day import letter
from tests.support.web import PASSWORD
from tests.web.conftest import Web

CARD, SPACED, RESIDENT = "4111111111111111", "5555 5555 5555 4444", "901010-1234567"
SECRETS = (CARD, SPACED, RESIDENT, RESIDENT[7:])


def tell(small: Web) -> int:
    """A customer writes numbers wherever they can, and an agent does too; the ticket."""
    raw = letter(
        f"Lee {CARD} <lee@customer.example>",
        f"Card {CARD} of {RESIDENT}",
        f"My card is {SPACED}.\n주민번호 {RESIDENT}\n",
        at=small.office.now,
        html=f"<p>My card is {SPACED[:9]}<b>{SPACED[9:]}</b></p>",
        files=((f"card {CARD}.pdf", "application/pdf", b"%PDF"),),
    )
    ticket = int(small.office.take(raw).ticket_id)
    small.office.desk.note(ticket, small.office.agent, f"The card is {CARD}")
    small.office.desk.tag(ticket, small.office.agent, add=["x"], remove=[])
    with small.office.database.write() as connection:
        connection.execute(
            events.insert().values(
                ticket_id=ticket, at=small.office.now, kind="odd", actor="gateway", data={"why": RESIDENT}
            )
        )
    return ticket


@pytest.mark.parametrize("who", ["agent", "admin"])
def test_no_page_shows_a_hidden_number(small: Web, who: str) -> None:
    ticket = tell(small)
    small.office.desk.reply(ticket, small.office.agent, "Thank you.")
    browser, _ = small.browser(small.agent if who == "agent" else None)
    waiting, seen, masked = ["/tickets?view=all", "/outbox", "/quarantine", "/audit", f"/tickets?q={CARD}"], set(), 0
    while waiting:
        path = waiting.pop().partition("#")[0]
        if path in seen or "/raw" in path or "/attachments/" in path:
            continue
        seen.add(path)
        answer = browser.get(path)
        text = unescape(re.sub(r"<[^>]*>", "", answer.body.decode("utf-8", "replace")))
        for secret in SECRETS:
            assert secret not in answer.body.decode("utf-8", "replace"), path
            assert secret not in text, path
        masked += "411111******1111" in text or "5555 55** **** 4444" in text
        links = re.findall(r'(?:href|src)="([^"]+)"', answer.text)
        waiting += [urljoin(path, unescape(link)) for link in links if not re.match(r"[a-z]+:|//", link)]
    assert masked >= 4, "list, ticket, frame and outgoing mail show it masked"


def test_raw_mail_is_for_admins_and_written_down(small: Web) -> None:
    ticket = tell(small)
    (mail, *_) = small.office.messages(ticket)
    agent, _ = small.browser(small.agent)
    assert agent.get(f"/messages/{mail.id}/raw").status == 403
    assert "/raw" not in agent.get(f"/tickets/{ticket}").text
    admin, _ = small.browser()
    assert admin.get(f"/messages/{mail.id}/raw").status == 200
    rows = [row for row in small.office.rows(audit) if row.what == "raw_viewed"]
    assert [(row.actor, row.about) for row in rows] == [("kim@example.com", f"message {mail.id}")]


def test_an_admin_sees_numbers_by_a_form_that_is_written_down(small: Web) -> None:
    ticket = tell(small)
    admin, csrf = small.browser()
    assert f'action="/tickets/{ticket}/unmasked"' in admin.get(f"/tickets/{ticket}").text
    shown = admin.post(f"/tickets/{ticket}/unmasked", {"csrf": csrf})
    assert shown.status == 200
    assert SPACED in shown.text
    assert RESIDENT in shown.text
    assert [(row.actor, row.about) for row in small.office.rows(audit, audit.c.what == "unmasked")] == [
        ("kim@example.com", f"ticket {ticket}")
    ]
    assert SPACED not in admin.get(f"/tickets/{ticket}").text, "once is once"
    agent, csrf = small.browser(small.agent)
    assert agent.post(f"/tickets/{ticket}/unmasked", {"csrf": csrf}).status == 403
    assert "/unmasked" not in agent.get(f"/tickets/{ticket}").text
    assert "/unmasked" not in admin.get("/tickets/1").text, "nothing is hidden there"


def test_mail_quotes_masked_numbers_and_the_agents_own_words(small: Web) -> None:
    ticket = tell(small)
    small.office.desk.reply(ticket, small.office.agent, "Our account is 110-123-456789.")
    told = ""
    for row in small.office.outbox():
        mail = email.message_from_bytes(row.raw, policy=email.policy.default)
        words = "".join(part.get_content() for part in mail.walk() if part.get_content_maintype() == "text")
        assert not any(secret in words or secret in str(mail["Subject"]) for secret in SECRETS)
        told += words
    assert "110-123-456789" in told
    assert "5555 55** **** 4444" in told


def test_views_are_written_once_an_hour_and_logins_as_they_are(small: Web) -> None:
    agent, _ = small.browser(small.agent)
    for _ in range(3):
        agent.get("/tickets/1")
    views = small.office.rows(audit, audit.c.what == "ticket_viewed")
    assert [(row.actor, row.about, row.origin) for row in views] == [("haruka@example.com", "ticket 1", "127.0.0.1")]
    small.office.later(hours=1)
    agent.get("/tickets/1")
    assert len(small.office.rows(audit, audit.c.what == "ticket_viewed")) == 2
    stranger = small.stranger()
    assert stranger.log_in("haruka@example.com", "wrong password").status == 403
    assert stranger.log_in("my secret password", "x").status == 403
    assert stranger.log_in("haruka@example.com", PASSWORD).status == 303
    found = [
        (row.what, row.about) for row in small.office.rows(audit) if row.what in ("login_failed", "session_started")
    ]
    assert found == [
        ("login_failed", "haruka@example.com"),
        ("login_failed", ""),
        ("session_started", "haruka@example.com"),
    ]


def test_decisions_are_written_down_and_shown(small: Web) -> None:
    admin, csrf = small.browser()
    admin.post("/lists", {"csrf": csrf, "action": "block", "sender": "bad@x.example", "reason": "spam", "days": ""})
    (row,) = small.office.rows(audit, audit.c.what == "list_changed")
    assert row.data == {"path": "/lists", "action": "block"}, "no address: the log is never changed"
    page = admin.get("/audit?what=list_changed").text
    assert "sender list changed" in page
    assert "kim@example.com" in page
    assert f'id="row-{row.id}"' not in admin.get("/audit?what=raw_viewed").text


def test_the_chain_shows_what_was_done_to_it(small: Web) -> None:
    admin, csrf = small.browser()
    for number in range(4):
        admin.post(
            "/lists", {"csrf": csrf, "action": "block", "sender": f"x{number}@x.example", "reason": "spam", "days": ""}
        )
    database: Database = small.office.database
    with database.read() as connection:
        whole = verify(connection)
        rows = list_entries(connection)
        assert (whole.rows, whole.broken_at, whole.why) == (4, None, "")
        assert verify(connection, rows[2].hash).why == ""
        assert "made anew" in verify(connection, "0" * 64).why
    newest, middle = rows[0].id, rows[2].id

    def found_after(*statements: object) -> tuple[int | None, str]:
        with database.engine.connect() as connection, connection.begin() as transaction:
            for statement in statements:
                connection.execute(statement)  # type: ignore[call-overload]
            result = verify(connection)
            transaction.rollback()
        return result.broken_at, result.why

    assert found_after(update(audit).where(audit.c.id == middle).values(about="nothing")) == (middle, "it was changed")
    assert found_after(delete(audit).where(audit.c.id == middle))[0] == middle + 1
    assert "not by retention" in found_after(delete(audit).where(audit.c.id == rows[-1].id))[1]
    assert found_after(delete(audit).where(audit.c.id == newest)) == (None, "the newest rows were removed")
    assert found_after(delete(audit))[1] == "the newest rows were removed"
    assert What.LIST_CHANGED in set(What)
    assert small.office.rows(tickets)


def test_a_person_is_erased_in_two_steps(small: Web) -> None:
    ticket = tell(small)
    row = small.office.ticket(ticket)
    admin, csrf = small.browser()
    page = admin.get(f"/tickets/{ticket}").text
    assert f'action="/redact/person/{row.requester_id}"' in page
    asked = admin.post(f"/redact/person/{row.requester_id}", {"csrf": csrf})
    assert asked.status == 200
    assert "lee@customer.example" in asked.text
    assert small.office.messages(ticket)[0].text != "", "asking removes nothing"
    done = admin.post(f"/redact/person/{row.requester_id}", {"csrf": csrf, "sure": "1", "why": "asked"})
    (told,) = small.office.rows(audit, audit.c.what == "redacted")
    assert told.data["hash"] in done.text
    assert (told.actor, told.data["why"]) == ("kim@example.com", "asked")
    assert {it.text for it in small.office.messages(ticket)} == {""}
    assert admin.get(f"/tickets/{ticket}").status == 200
    assert admin.get(f"/messages/{small.office.messages(ticket)[0].id}/raw").status == 404
    assert admin.post("/redact/message/999", {"csrf": csrf}).status == 409
    agent, csrf = small.browser(small.agent)
    assert agent.post(f"/redact/person/{row.requester_id}", {"csrf": csrf, "sure": "1"}).status == 403
    assert "/redact/" not in agent.get("/tickets/1").text
