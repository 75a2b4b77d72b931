"""Thanks only, or more? Measured on whole replies, half of which only begin like thanks."""

from pathlib import Path

import pytest
from ruamel.yaml import YAML

from gateway.mail.thanks import is_thanks

CASES = YAML(typ="safe").load((Path(__file__).parent / "thanks.yaml").read_text("utf-8"))


def test_the_set_is_large_and_half_of_it_are_traps() -> None:
    assert len(CASES["thanks"]) + len(CASES["more"]) >= 300
    assert len(CASES["more"]) >= 150


def test_precision_and_recall() -> None:
    said = [text for text in CASES["thanks"] if is_thanks(text)]
    wrong = [text for text in CASES["more"] if is_thanks(text)]
    assert len(said) / (len(said) + len(wrong)) >= 0.98, wrong
    assert len(said) / len(CASES["thanks"]) >= 0.9, sorted(set(CASES["thanks"]) - set(said))


@pytest.mark.parametrize("text", CASES["more"])
def test_a_mail_that_wants_something_is_never_thanks(text: str) -> None:
    assert not is_thanks(text)


def test_the_author_may_sign_with_the_own_name() -> None:
    assert is_thanks("감사합니다.\n홍길동", author_name="홍길동")
    assert is_thanks("ありがとうございました。\n山田", author_name="山田 太郎")
    assert not is_thanks("감사합니다.\n홍길동", author_name="이영희")


def test_long_mails_are_never_thanks_and_cost_nothing() -> None:
    assert not is_thanks("감사합니다. " * 10_000)
    assert not is_thanks("te" * 299)
    assert not is_thanks("")
