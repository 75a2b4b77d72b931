"""Strangers' mail on our pages: files that stay files, frames that load nothing, raw bytes that are the bytes."""

import base64
from html import unescape
from urllib.parse import unquote

import pytest

from gateway.store.schema import journal, messages
from tests.support.day import letter, picture
from tests.web.conftest import Web

DANGEROUS = (
    ("page.svg", "image/svg+xml", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"),
    ("page.html", "text/html", b"<script>alert(1)</script>"),
    (
        "page.xhtml",
        "application/xhtml+xml",
        b"<html xmlns='http://www.w3.org/1999/xhtml'><script>alert(1)</script></html>",
    ),
    ("data.xml", "text/xml", b"<?xml-stylesheet href='x'?><a/>"),
    ("code.js", "text/javascript", b"alert(document.domain)"),
    ("film.swf", "application/x-shockwave-flash", b"FWS"),
    ("page.mht", "multipart/related", b"MIME"),
    ("letter.eml", "application/octet-stream", b"Subject: x\r\n\r\nx"),
    ("run.pdf", "application/pdf", b"%PDF-1.7 /JavaScript (app.alert(1))"),
    ("photo.png", "image/png", picture()),
    ("견적서 \u202efdp.exe", "application/x-msdownload", b"MZ"),
)


def send(small: Web, **parts: object) -> int:
    """A mail of this kind; the id of its message."""
    raw = letter("Hong <hong@customer.example>", "Files", "See the files.", at=small.office.now, **parts)  # type: ignore[arg-type]
    row = small.office.take(raw)
    (message,) = small.office.rows(messages, messages.c.journal_id == row.id)
    return int(message.id)


@pytest.mark.parametrize(("name", "kind", "content"), DANGEROUS, ids=[name for name, _, _ in DANGEROUS])
def test_attachments_are_files_and_nothing_else(small: Web, name: str, kind: str, content: bytes) -> None:
    if kind.startswith("multipart"):
        kind = "application/x-mimearchive"
    message = send(small, files=((name, kind, content),))
    browser, _ = small.browser()
    (file,) = small.office.rows(messages, messages.c.id == message)[0].attachments
    answer = browser.get(f"/messages/{message}/attachments/{file['part']}")
    assert answer.status == 200
    assert answer.body == content
    disposition = answer.headers["content-disposition"]
    assert disposition.startswith("attachment; filename=")
    assert "\u202e" not in unquote(disposition)
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-security-policy"].startswith("sandbox; default-src 'none'")
    expected = kind if kind in ("image/png", "application/pdf") else "application/octet-stream"
    assert answer.headers["content-type"] == expected


def test_a_name_survives_in_any_script(small: Web) -> None:
    message = send(small, files=(("사업자등록증 (최종).pdf", "application/pdf", b"%PDF"),))
    browser, _ = small.browser()
    part = small.office.rows(messages, messages.c.id == message)[0].attachments[0]["part"]
    disposition = browser.get(f"/messages/{message}/attachments/{part}").headers["content-disposition"]
    assert unquote(disposition.partition("filename*=UTF-8''")[2]) == "사업자등록증 (최종).pdf"
    assert disposition.isascii()


def test_pictures_of_a_mail_travel_inside_its_frame(small: Web) -> None:
    html = '<p>Logo <img src="cid:logo@mail" alt="x"> <img src="cid:other@mail"> <img src="https://track.example/p.gif"></p>'
    message = send(small, html=html, logo=picture())
    browser, _ = small.browser()
    frame = browser.get(f"/messages/{message}/html")
    assert f"data:image/png;base64,{base64.b64encode(picture()).decode()}" in frame.text
    assert "cid:" not in frame.text
    assert "track.example" not in frame.text


def test_raw_is_what_came(small: Web) -> None:
    browser, _ = small.browser()
    (row,) = small.office.rows(journal)
    shown = browser.get("/messages/1/raw")
    assert shown.body == row.raw
    assert shown.headers["content-type"] == "text/plain; charset=utf-8"
    saved = browser.get("/messages/1/raw?download=1")
    assert saved.body == row.raw
    assert f'filename="{row.receipt}.eml"' in saved.headers["content-disposition"]
    assert saved.headers["content-type"] == "application/octet-stream"


def test_raw_that_is_no_utf8_is_shown_octet_by_octet(small: Web) -> None:
    row = small.office.take("From: hong@customer.example\r\nSubject: x\r\n\r\n안녕하세요\r\n".encode("cp949"))
    (message,) = small.office.rows(messages, messages.c.journal_id == row.id)
    browser, _ = small.browser()
    shown = browser.get(f"/messages/{message.id}/raw")
    assert shown.headers["content-type"] == "text/plain; charset=iso-8859-1"
    assert shown.body == row.raw


def test_damaged_bytes_are_not_shown_as_if_they_were_sound(small: Web) -> None:
    with small.office.database.write() as connection:
        connection.execute(journal.update().values(raw=b"From: somebody else\r\n\r\nforged\r\n"))
    browser, _ = small.browser()
    answer = browser.get("/messages/1/raw")
    assert answer.status == 500
    assert "cannot be read any more" in answer.text
    assert "forged" not in answer.text


def test_the_trace_tells_why(small: Web) -> None:
    raw = letter(
        "Hong <hong@customer.example>",
        "Re: Lamp",
        "It works now.",
        at=small.office.now,
        In_Reply_To="<unknown@x.example>",
    )
    row = small.office.take(raw, to=(small.office.reply_to(1),))
    (message,) = small.office.rows(messages, messages.c.journal_id == row.id)
    browser, _ = small.browser()
    page = unescape(browser.get(f"/messages/{message.id}/trace").text)
    assert message.trace["reason"] in page
    assert row.receipt in page
    for step in message.trace["steps"]:
        assert step["verdict"] in page
    small.office.desk.note(1, small.office.agent, "a note")
    note = small.office.messages(1)[-1]
    assert "An agent wrote this" in browser.get(f"/messages/{note.id}/trace").text
    assert browser.get(f"/messages/{note.id}/raw").status == 404


def test_metrics_are_for_scrapers_nearby_and_admins(small: Web) -> None:
    nearby = small.stranger()
    answer = nearby.get("/metrics")
    assert answer.status == 200
    assert "gateway_journal_accepted_total 1.0" in answer.text
    assert nearby.get("/metrics", X_Forwarded_For="198.51.100.7").status == 403
    assert nearby.get("/metrics", Via="1.1 proxy").status == 403
    agent, _ = small.browser(small.agent)
    assert agent.get("/metrics", X_Forwarded_For="198.51.100.7").status == 403
    admin, _ = small.browser()
    assert admin.get("/metrics", X_Forwarded_For="198.51.100.7").status == 200
    assert nearby.get("/healthz").body == b"ok\n"
