"""What is hidden of card numbers and resident registration numbers, what is not, and that it costs linear time."""

import re
import time
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.mail.masking import (
    Sensitive,
    individual_check_digit,
    luhn,
    mask,
    mask_html,
    resident_check_digit,
)

BOTH = tuple(Sensitive)

HIDDEN = {
    "4111 1111 1111 1111": "4111 11** **** 1111",
    "4111111111111111": "411111******1111",
    "카드번호는4111-1111-1111-1111입니다": "카드번호는4111-11**-****-1111입니다",
    "4111.1111.1111.1111": "4111.11**.****.1111",
    "4111 1111 1111 1111 12/27 123": "4111 11** **** 1111 12/27 123",
    "주문 12345 4111 1111 1111 1111": "주문 12345 4111 11** **** 1111",
    "+82 10-1234-5678 4111 1111 1111 1111": "+82 10-1234-5678 4111 11** **** 1111",
    "カード：４１１１　１１１１　１１１１　１１１１": "カード：４１１１　１１**　****　１１１１",
    "4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1": "4 1 1 1 1 1 * * * * * * 1 1 1 1",
    "3782 822463 10005": "3782 82**** *0005",
    "30569309025904": "305693****5904",
    "5555–5555–5555–4444": "5555–55**–****–4444",
    "2223003122003222": "222300******3222",
    "6011111111111117, 3530111333300000": "601111******1117, 353011******0000",
    "6759649826438453": "675964******8453",
    "6200 0000 0000 0005": "6200 00** **** 0005",
    "9490 1234 5678 9013 (BC)": "9490 12** **** 9013 (BC)",
    "901010-1234567": "901010-*******",
    "주민등록번호: 901010 - 2345678": "주민등록번호: 901010 - *******",
    "211005-3123456": "211005-*******",
    "외국인등록번호 850505-5123456입니다": "외국인등록번호 850505-*******입니다",
    "주민번호 9010101234567": "주민번호 901010*******",
    "マイナンバーは 1234 5678 9018 です": "マイナンバーは **** **** **** です",
}

SHOWN = (
    "4111 1111 1111 1112",  # wrong check digit
    "+4111111111111111",  # a telephone
    "전화 +82 10 1234 5678 4111",
    "010-1234-5678 / 02-123-4567 / 1588-1234",
    "주문번호 2026112212345671",  # Naver: 16 digits that begin with the day
    "주문번호 20261122-0000123",  # Cafe24
    "주문번호 3000123456789",
    "注文番号 123456-20261122-0123456789",  # Rakuten
    "AliExpress 8123456789012345",
    "운송장 6892 1234 12345",
    "送り状 1234-5678-9012",
    "USPS 9400 1000 0000 0000 0000 00",
    "JAN 4901234567894",
    "JAN 4512345678906",
    "IMEI 356938035643809",
    "계좌 110-123-456789, 3333-01-1234567",
    "0.4111111111111111",
    "x4111111111111111 4111111111111111f",  # parts of codes
    "2026-11-22 08:21:34 20261122082134",
    "1.234.567.890.123.456",
    "45 32 67 12 90 45 11 23",
    "2611223000123",  # a day and a running number, thirteen digits, nothing announces a person
    "901310-1234567",  # no such month
    "901010-0234567",
    "901010-1234567-8",
    "010-901010-1234567",
    "123456789018",  # could be a My Number, and any parcel's
    "192.168.100.200.192.168.100.200",
)


@pytest.mark.parametrize(("text", "expected"), HIDDEN.items())
def test_sensitive_numbers_are_hidden(text: str, expected: str) -> None:
    assert mask(text, BOTH) == expected


@pytest.mark.parametrize("text", SHOWN)
def test_other_numbers_stay(text: str) -> None:
    assert mask(text, BOTH) == text


def test_each_kind_has_its_switch() -> None:
    text = "4111111111111111 901010-1234567"
    assert mask(text, (Sensitive.CARDS,)) == "411111******1111 901010-1234567"
    assert mask(text, (Sensitive.RESIDENT_NUMBERS,)) == "4111111111111111 901010-*******"
    assert mask(text, ()) == text


def with_check_digit(body: str) -> str:
    return next(body + digit for digit in "0123456789" if luhn(body + digit))


cards = st.one_of(
    st.from_regex(r"\A4[0-9]{14}\Z"),
    st.from_regex(r"\A5[1-5][0-9]{13}\Z"),
    st.from_regex(r"\A3[47][0-9]{12}\Z"),
    st.from_regex(r"\A62[0-9]{13,16}\Z"),
).map(with_check_digit)


@settings(deadline=None)
@given(cards, st.sampled_from(["", " ", "-", "\u00a0", " - "]))
def test_every_card_keeps_its_first_six_and_last_four(digits: str, between: str) -> None:
    written = between.join(digits[at : at + 4] for at in range(0, len(digits), 4))
    shown = re.sub(r"[^0-9*]", "", mask(f"card: {written}.", BOTH))
    assert shown == digits[:6] + "*" * (len(digits) - 10) + digits[-4:]


births = st.dates(min_value=date(1900, 1, 1), max_value=date(2026, 1, 1))


@settings(deadline=None)
@given(births, st.booleans(), st.booleans(), st.integers(0, 99999), st.sampled_from(["", "-"]))
def test_every_resident_number_is_hidden(day: date, woman: bool, foreign: bool, serial: int, between: str) -> None:
    kind = 1 + woman + 2 * (day.year >= 2000) + 4 * foreign
    body = f"{day:%y%m%d}{kind}{serial:05d}"
    number = f"{body}{resident_check_digit(body)}"
    written = number[:6] + between + number[6:]
    assert mask(f"제 번호는 {written}", (Sensitive.RESIDENT_NUMBERS,)) == f"제 번호는 {number[:6]}{between}*******"


def test_check_digits_are_those_of_published_examples() -> None:
    assert resident_check_digit("880404123456") == 5  # weights 2 to 9, then 2 to 5: the sum is 182, 11 - 182 % 11
    assert individual_check_digit("12345678901") == 8
    assert luhn("79927398713")
    assert not luhn("79927398710")


@settings(deadline=None)
@given(st.text(alphabet="0123456789 -.+a가<>&;", max_size=300))
def test_masking_keeps_the_length_hides_digits_alone_and_finds_nothing_more_the_second_time(text: str) -> None:
    shown = mask(text, BOTH)
    assert len(shown) == len(text)
    assert all(
        after == before or (after == "*" and before.isdigit()) for before, after in zip(text, shown, strict=True)
    )
    assert mask(shown, BOTH) == shown
    assert len(mask_html(text, BOTH)) == len(text)


def test_html_hides_numbers_across_tags_and_in_them() -> None:
    html = '<p>4111 <b>1111</b>&nbsp;1111 1111</p><a href="https://x.test/?n=4111111111111111">x</a><td>4111</td><td>1111 1111 1111</td>'
    assert mask_html(html, BOTH) == (
        '<p>4111 <b>11**</b>&nbsp;**** 1111</p><a href="https://x.test/?n=411111******1111">x</a>'
        "<td>4111</td><td>1111 1111 1111</td>"
    )


@pytest.mark.parametrize("piece", ["4 ", "4111 ", "4", "4111-", "<", "<a", "&", "901010-1234567 ", "1 ", "411 "])
def test_the_time_is_linear(piece: str) -> None:
    def seconds(length: int) -> float:
        text = piece * (length // len(piece))
        best = 9.0
        for _ in range(2):
            begun = time.process_time()
            mask(text, BOTH)
            mask_html(text, BOTH)
            best = min(best, time.process_time() - begun)
        return best

    assert seconds(40_000) < 0.9
    assert seconds(40_000) < 12 * max(seconds(10_000), 0.002)
