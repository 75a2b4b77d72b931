"""Quotations look as the programs write them, in each language."""

from datetime import datetime, timedelta, timezone

import pytest

from gateway.demo.model import Language, Quoting
from gateway.demo.quoting import Quoted, quoted_html, quoted_text

SEOUL = timezone(timedelta(hours=9))
ASKED = Quoted(
    author="김서연",
    address="kim@haneul.example",
    recipient="support@example.com",
    date=datetime(2026, 3, 5, 13, 7, 9, tzinfo=SEOUL),
    subject="램프",
    text="안 켜집니다.\n\n도와주세요 <빨리>",
)
FIRST_LINES: list[tuple[Quoting, Language, str]] = [
    ("gmail", "ko", "2026년 3월 5일 (목) 오후 1:07, 김서연 <kim@haneul.example>님이 작성:"),
    ("gmail", "ja", "2026年3月5日(木) 13:07 김서연 <kim@haneul.example>:"),
    ("gmail", "en", "On Thu, Mar 5, 2026 at 1:07 PM 김서연 <kim@haneul.example> wrote:"),
    ("apple", "ko", "2026. 3. 5. 오후 1:07, 김서연 <kim@haneul.example> 작성:"),
    ("apple", "ja", "2026/3/5 13:07、김서연 <kim@haneul.example>のメール:"),
    ("apple", "en", "On 5 Mar 2026, at 13:07, 김서연 <kim@haneul.example> wrote:"),
]
BLOCKS: list[tuple[Quoting, Language, list[str]]] = [
    (
        "outlook",
        "ko",
        [
            "보낸 사람: 김서연 <kim@haneul.example>",
            "보낸 날짜: 2026년 3월 5일 목요일 오후 1:07",
            "받는 사람: support@example.com",
        ],
    ),
    (
        "outlook",
        "ja",
        [
            "差出人: 김서연 <kim@haneul.example>",
            "送信日時: 2026年3月5日 13:07",
            "宛先: support@example.com",
            "件名: 램프",
        ],
    ),
    ("outlook", "en", ["Sent: Thursday, March 5, 2026 1:07 PM", "Subject: 램프"]),
    (
        "naver",
        "ko",
        [
            "-----Original Message-----",
            'From: "김서연"<kim@haneul.example>',
            "Sent: 2026-03-05 (목) 13:07:09 (GMT+09:00)",
        ],
    ),
]


@pytest.mark.parametrize(("style", "language", "line"), FIRST_LINES)
def test_marked_quotations(style: Quoting, language: Language, line: str) -> None:
    lines = quoted_text(style, language, ASKED).splitlines()
    assert lines[0] == line
    assert lines[2:] == ["> 안 켜집니다.", ">", "> 도와주세요 <빨리>"]


@pytest.mark.parametrize(("style", "language", "lines"), BLOCKS)
def test_quotations_below_a_block(style: Quoting, language: Language, lines: list[str]) -> None:
    text = quoted_text(style, language, ASKED)
    assert set(lines) <= set(text.splitlines())
    assert text.endswith("안 켜집니다.\n\n도와주세요 <빨리>")


@pytest.mark.parametrize("style", ["gmail", "outlook", "apple"])
def test_html_is_escaped(style: Quoting) -> None:
    page = quoted_html(style, "ko", ASKED)
    assert "도와주세요 &lt;빨리&gt;" in page
    assert "<빨리>" not in page
    assert "kim@haneul.example" in page
