"""Person or machine, and when the person is back."""

from datetime import date

import pytest

from gateway.mail.kind import classify
from gateway.mail.model import Kind
from gateway.mail.read import read
from gateway.mail.return_date import return_date
from tests.support.mail_cases import MailCase, mail_cases


@pytest.mark.parametrize("case", mail_cases("auto"), ids=lambda case: case.name)
def test_kinds(case: MailCase) -> None:
    message = read(case.raw)
    assert (message.auto.kind.value if message.auto.is_auto else None) == case.expected["auto"], message.auto
    assert (message.auto.reason is not None) is message.auto.is_auto
    if "return_date" in case.expected:
        assert return_date(message.text, date(2024, 3, 5)) == date.fromisoformat(case.expected["return_date"])


def test_a_bounce_is_a_bounce_whatever_else_it_says() -> None:
    verdict = classify(
        [("Auto-Submitted", "auto-replied")],
        content_type="",
        subject="",
        author=None,
        text="",
        is_bounce=True,
        bounce_reason="550",
    )
    assert verdict.kind is Kind.BOUNCE
    assert verdict.reason == "550"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I will be back on March 12.", date(2024, 3, 12)),
        ("I am away from 4 March to 8 March 2024.", date(2024, 3, 8)),
        ("Back on 2024-03-12", date(2024, 3, 12)),
        ("until 03/12/2024", date(2024, 3, 12)),
        ("bis zum 12.03.2024", date(2024, 3, 12)),
        ("3월 12일까지 휴가입니다", date(2024, 3, 12)),
        ("2024년 3월 12일 복귀 예정입니다", date(2024, 3, 12)),
        ("3/4~3/8 부재중입니다", date(2024, 3, 8)),
        ("3월 4일(월) ~ 8일(금) 휴가입니다", date(2024, 3, 8)),
        ("3月4日から3月8日まで休暇をいただいております", date(2024, 3, 8)),
        ("1月4日まで休業いたします", date(2025, 1, 4)),
        ("I am away until 31 February 2024", None),
        ("I am away. Order 12345 was shipped on 5 January 2020.", None),
        ("휴가입니다", None),
        ("", None),
    ],
)
def test_return_dates(text: str, expected: date | None) -> None:
    assert return_date(text, date(2024, 3, 5)) == expected


@pytest.mark.parametrize(
    ("value", "declines"),
    [("All", True), ("OOF, AutoReply", True), ("autoreply", True), ("DR, RN, NRN", False), ("OOF", False), ("", False)],
)
def test_a_person_may_ask_for_no_automatic_reply(value: str, declines: bool) -> None:
    verdict = classify(
        (("X-Auto-Response-Suppress", value),),
        content_type="text/plain",
        subject="Question",
        author="kim@customer.example",
        text="Hello.",
        is_bounce=False,
        bounce_reason=None,
    )
    assert (verdict.kind, verdict.declines_replies is not None) == (Kind.HUMAN, declines)
