"""What a macro says to a customer whose name nobody knows."""

import re

import pytest

from gateway.config.share import share_path
from gateway.config.starter import STARTERS
from gateway.desk.nameless import without_name
from tests.behaviours.conftest import House
from tests.support.notices import body


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("Hello {{ customer }},\n\nPlease wait.", "Hello,\n\nPlease wait."),
        ("Thanks, {{customer}}!", "Thanks!"),
        ("Dear {{ customer }}: wait", "Dear: wait"),
        ("{{ customer }} 님, 안녕하세요.", "안녕하세요."),
        ("{{ customer }}님, 안녕하세요.", "안녕하세요."),
        ("{{ customer }} 고객님, 안녕하세요.", "고객님, 안녕하세요."),
        ("안녕하세요, {{ customer }}님.", "안녕하세요."),
        ("{{ customer }} 様\n\nお待ちください。", "\n\nお待ちください。"),
        ("{{ customer }} 様、お待ちください。", "お待ちください。"),
        ("No name at all.", "No name at all."),
    ],
)
def test_no_honorific_is_left_over(written: str, read: str) -> None:
    assert without_name(written) == read


@pytest.mark.parametrize("starter", STARTERS)
def test_the_starters_macros_read_well_without_a_name(starter: str) -> None:
    text = (share_path("config") / "starters" / starter / "macros.yaml").read_text("utf-8")
    greetings = re.findall(r"^ +(.*\{\{ customer \}\}.*)$", text, re.MULTILINE)
    assert len(greetings) >= 9
    assert {without_name(greeting) for greeting in greetings} == {"Hello,", "안녕하세요.", ""}


def test_a_nameless_customer_is_greeted_properly(house: House) -> None:
    macros = "macros: [{id: wait, title: Wait, text: {ko: '{{ customer }} 님, 안녕하세요. 기다려 주세요.'}}]"
    rules = "events: [{name: Wait, on: created, then: {macro: wait}}]"
    house.take_over(macros=macros, rules=rules)
    house.write("램프가 켜지지 않습니다.", sender="hong@customer.example")
    house.follow()
    (answer,) = house.outbox("answer")
    assert body(answer.raw, "plain").startswith("안녕하세요. 기다려 주세요.")
