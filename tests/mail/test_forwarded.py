"""Who wrote what was forwarded: an attached original, and the blocks of mail programs in Korean, Japanese and English."""

from datetime import UTC, datetime

import pytest

from gateway.mail.forwarded import Confidence, original_of
from gateway.mail.read import read

SIX_IN_SEOUL = datetime(2026, 3, 5, 9, 0, tzinfo=UTC)


def forward(subject: str, text: str, *, extra: str = "", content_type: str = "text/plain; charset=utf-8") -> bytes:
    return (
        "From: Kim <kim@example.com>\r\nTo: support@example.com\r\nDate: Thu, 05 Mar 2026 19:00:00 +0900\r\n"
        f"Message-ID: <f@example.com>\r\nSubject: {subject}\r\nMIME-Version: 1.0\r\nContent-Type: {content_type}\r\n{extra}\r\n"
        + text.replace("\n", "\r\n")
        + "\r\n"
    ).encode()


BLOCKS = {
    "Gmail": (
        "Fwd: Lamp",
        "FYI\n\n---------- Forwarded message ---------\nFrom: Hong <hong@customer.example>\n"
        "Date: Thu, Mar 5, 2026 at 6:00 PM\nSubject: Lamp\nTo: <kim@example.com>\n\n\nIt is dark.",
        "Hong",
        "FYI",
    ),
    "Gmail ko": (
        "Fwd: 램프",
        "---------- Forwarded message ---------\n보낸사람: 홍길동 <hong@customer.example>\n"
        "Date: 2026년 3월 5일 (목) 오후 6:00\nSubject: 램프\nTo: <kim@example.com>\n\n불이 안 켜져요",
        "홍길동",
        "",
    ),
    "Gmail ja": (
        "Fwd: ランプ",
        "---------- Forwarded message ---------\nFrom: 山田太郎 <hong@customer.example>\n"
        "Date: 2026年3月5日(木) 18:00\nSubject: ランプ\nTo: <kim@example.com>\n\nつきません",
        "山田太郎",
        "",
    ),
    "Outlook": (
        "FW: Lamp",
        "please handle\n\n________________________________\nFrom: Hong Gildong <hong@customer.example>\n"
        "Sent: Thursday, March 5, 2026 6:00 PM\nTo: Kim <kim@example.com>\nSubject: Lamp\n\nIt is dark.",
        "Hong Gildong",
        "please handle",
    ),
    "Outlook 2010": (
        "FW: Lamp",
        "From: Hong Gildong [mailto:hong@customer.example] \nSent: Thursday, March 5, 2026 6:00 PM\n"
        "To: Kim\nSubject: Lamp\n\nIt is dark.",
        "Hong Gildong",
        "",
    ),
    "Outlook ko": (
        "전달: 램프",
        "보낸 사람: 홍길동 <hong@customer.example>\n보낸 날짜: 2026년 3월 5일 목요일 오후 6:00\n"
        "받는 사람: Kim <kim@example.com>\n제목: 램프\n\n불이 안 켜져요",
        "홍길동",
        "",
    ),
    "Outlook ja": (
        "FW: ランプ",
        "対応お願いします。\n\n差出人: 山田 太郎 <hong@customer.example>\n送信日時: 2026年3月5日 18:00\n"
        "宛先: kim@example.com\n件名: ランプ\n\nつきません",
        "山田 太郎",
        "対応お願いします。",
    ),
    "Apple Mail": (
        "Fwd: Lamp",
        "see below\n\nBegin forwarded message:\n\n> From: Hong <hong@customer.example>\n> Subject: Lamp\n"
        "> Date: 5 March 2026 at 18:00:00 KST\n> To: kim@example.com\n> \n> It is dark.",
        "Hong",
        "see below",
    ),
    "iPhone ko": (
        "Fwd: 램프",
        "전달된 메시지:\n\n> 보낸 사람: 홍길동 <hong@customer.example>\n> 날짜: 2026년 3월 5일 오후 6:00:00 GMT+9\n"
        "> 받는 사람: kim@example.com\n> 제목: 램프\n> \n> 불이 안 켜져요",
        "홍길동",
        "",
    ),
    "Thunderbird": (
        "Fwd: Lamp",
        "-------- Forwarded Message --------\nSubject: \tLamp\nDate: \tThu, 5 Mar 2026 18:00:00 +0900\n"
        "From: \tHong <hong@customer.example>\nTo: \tkim@example.com\n\n\n\nIt is dark.",
        "Hong",
        "",
    ),
    "Naver": (
        "FW: 램프",
        '-----Original Message-----\nFrom: "홍길동" <hong@customer.example>\nTo: <kim@example.com>\nCc:\n'
        "Sent: 2026-03-05 (목) 18:00:00 (GMT+09:00)\nSubject: 램프\n\n불이 안 켜져요",
        "홍길동",
        "",
    ),
    "Daum": (
        "Fwd: 램프",
        "--------- 원본 메일 ---------\n보낸사람 : 홍길동 <hong@customer.example>\n받는사람 : kim@example.com\n"
        "날짜: 2026년 3월 05일 목요일, 18시 00분 00초 +0900\n제목: 램프\n\n불이 안 켜져요",
        "홍길동",
        "",
    ),
}


@pytest.mark.parametrize("client", BLOCKS)
def test_block_in_the_text(client: str) -> None:
    subject, text, name, comment = BLOCKS[client]
    original = original_of(read(forward(subject, text)))
    assert original is not None
    assert (original.author.name, original.author.address) == (name, "hong@customer.example")
    assert original.date == SIX_IN_SEOUL, original.date
    assert original.subject in ("Lamp", "램프", "ランプ")
    assert original.text in ("It is dark.", "불이 안 켜져요", "つきません")
    assert original.comment == comment
    assert original.confidence is Confidence.LIKELY


ATTACHED = (
    "--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n고객 메일입니다.\r\n--b\r\nContent-Type: message/rfc822\r\n"
    "Content-Disposition: attachment\r\n\r\n"
    "From: =?utf-8?b?7ZmN6ri464+Z?= <hong@customer.example>\r\nTo: kim@example.com\r\nSubject: Lamp\r\n"
    "Date: Thu, 05 Mar 2026 18:00:00 +0900\r\nMessage-ID: <o@customer.example>\r\n{field}\r\nIt is dark.\r\n--b--\r\n"
)


def attached(field: str = "", times: int = 1) -> bytes:
    part = ATTACHED.format(field=field)
    if times > 1:
        begin = part.index("--b\r\nContent-Type: message/rfc822")
        part = part[: part.index("--b--")] + part[begin:]
    return forward("See attached", part, content_type="multipart/mixed; boundary=b").replace(b"\r\r\n", b"\r\n")


def test_attached_original_is_exact() -> None:
    original = original_of(read(attached()))
    assert original is not None
    assert (original.author.name, original.author.address) == ("홍길동", "hong@customer.example")
    assert (original.confidence, original.date, original.subject) == (Confidence.EXACT, SIX_IN_SEOUL, "Lamp")
    assert original.text.strip() == "It is dark."
    assert (original.comment, original.message_id) == ("고객 메일입니다.", "o@customer.example")


def test_attached_machine_mail_stays_one() -> None:
    original = original_of(read(attached("Auto-Submitted: auto-replied\r\n")))
    assert original is not None
    assert original.auto is not None
    assert original.auto.is_auto


def test_two_attached_mails_name_no_one_author() -> None:
    assert original_of(read(attached(times=2))) is None


NO_FORWARD = {
    "a reply with Outlook's block": (
        "Re: Lamp",
        "ok\n\nFrom: Hong <hong@customer.example>\nSent: Thursday, March 5, 2026 6:00 PM\nTo: Kim <kim@example.com>\n"
        "Subject: Lamp\n\nIt is dark.",
    ),
    "a block without an address": (
        "FW: Lamp",
        "From: Hong Gildong\nSent: Thursday, March 5, 2026 6:00 PM\nTo: Kim\nSubject: Lamp\n\nIt is dark.",
    ),
    "a block with two authors": (
        "FW: Lamp",
        "From: Hong <hong@customer.example>, Eve <eve@evil.example>\nSent: Thursday, March 5, 2026 6:00 PM\nTo: Kim\n"
        "Subject: Lamp\n\nIt is dark.",
    ),
    "words about a route": ("Fwd: trip", "From: Seoul\nTo: Busan\nDate: 5 May\n\nSee you."),
    "one's own mail": (
        "Fwd: Lamp",
        "---------- Forwarded message ---------\nFrom: Kim <KIM@example.com>\nDate: Thu, Mar 5, 2026 at 6:00 PM\n"
        "Subject: Lamp\nTo: <hong@customer.example>\n\nHello",
    ),
    "nothing forwarded": ("Fwd: Lamp", "Did you see this?"),
}


@pytest.mark.parametrize("what", NO_FORWARD)
def test_no_original(what: str) -> None:
    assert original_of(read(forward(*NO_FORWARD[what]))) is None


def test_a_date_without_zone_is_in_the_forwarders() -> None:
    raw = forward(*BLOCKS["Gmail"][:2]).replace(b"19:00:00 +0900", b"11:00:00 +0100")
    original = original_of(read(raw))
    assert original is not None
    assert original.date == datetime(2026, 3, 5, 17, 0, tzinfo=UTC)


INNER = {
    "Gmail": "---------- Forwarded message ---------\nFrom: Hong <hong@customer.example>\nDate: Thu, Mar 5, 2026 at 6:00 PM\n"
    "Subject: Lamp\nTo: <lee@example.com>\n\nIt is dark.",
    "Outlook": "From: Hong <hong@customer.example>\nSent: Thursday, March 5, 2026 6:00 PM\nTo: Lee <lee@example.com>\nSubject: Lamp\n\n"
    "It is dark.",
}


@pytest.mark.parametrize("inner", INNER)
def test_a_colleagues_forward_leads_on_to_the_customer(inner: str) -> None:
    text = (
        "please answer\n\n---------- Forwarded message ---------\nFrom: Lee <lee@example.com>\n"
        f"Date: Thu, Mar 5, 2026 at 6:30 PM\nSubject: Fwd: Lamp\nTo: <kim@example.com>\n\nis this yours?\n\n{INNER[inner]}"
    )
    message = read(forward("Fwd: Fwd: Lamp", text))
    original = original_of(message, lambda address: address.endswith("@example.com"))
    assert original is not None
    assert (original.author.address, original.text) == ("hong@customer.example", "It is dark.")
    assert original.comment == "please answer\n\nis this yours?", "neither colleague meant it for the customer"
    nearest = original_of(message)
    assert nearest is not None
    assert nearest.author.address == "lee@example.com", "somebody else's forward is their own mail"


def test_an_attached_forward_leads_on_to_the_block_in_it() -> None:
    inner = forward("Fwd: Lamp", INNER["Gmail"]).decode().replace("Kim <kim@", "Lee <lee@")
    part = (
        f"--b\r\nContent-Type: text/plain\r\n\r\nsee below\r\n--b\r\nContent-Type: message/rfc822\r\n\r\n{inner}--b--"
    )
    raw = forward("Fwd: Fwd: Lamp", part, content_type="multipart/mixed; boundary=b").replace(b"\r\r\n", b"\r\n")
    original = original_of(read(raw), lambda address: address == "lee@example.com")
    assert original is not None
    assert (original.author.address, original.confidence) == ("hong@customer.example", Confidence.LIKELY)
    assert original.message_id is None, "that of the colleague's mail is not the customer's"


def test_forwards_that_lead_back_to_the_forwarder_name_nobody() -> None:
    text = (
        "---------- Forwarded message ---------\nFrom: Lee <lee@example.com>\nDate: Thu, Mar 5, 2026 at 6:30 PM\n"
        "Subject: Fwd: Lamp\nTo: <kim@example.com>\n\n"
        + INNER["Gmail"].replace("hong@customer.example", "kim@example.com")
    )
    assert original_of(read(forward("Fwd: Fwd: Lamp", text)), lambda address: address == "lee@example.com") is None
