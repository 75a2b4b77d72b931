"""Rules may ask what lists and scanners said: each condition holds and does not, and says why."""

from typing import Any

import pytest
from pydantic import ValidationError

from gateway.rules import Facts
from gateway.rules.compile import condition
from gateway.rules.facts import Standing
from gateway.rules.findings import Banks
from gateway.rules.model import When

PLAIN = Standing()
KNOWN = Standing(
    is_vip=True, listed="allow", spam_score=7.5, symbols=("GATEWAY_TEST", "B"), virus="Eicar", not_scanned=True
)


def found(when: dict[str, Any], standing: Standing) -> tuple[bool, str]:
    facts = Facts((), "kim@customer.example", "customer.example", "x", "y", standing=standing)
    return condition(When.model_validate(when), Banks())(facts)


@pytest.mark.parametrize(
    ("when", "standing", "holds", "why"),
    [
        ({"vip": True}, KNOWN, True, "the sender is an important customer: yes"),
        ({"vip": True}, PLAIN, False, "the sender is an important customer: no"),
        ({"vip": False}, PLAIN, True, "the sender is an important customer: no"),
        ({"listed": "allow"}, KNOWN, True, "listed is allow"),
        ({"listed": ["block", "suspend"]}, KNOWN, False, "listed is allow, not block, suspend"),
        ({"listed": "allow"}, PLAIN, False, "listed is on no list, not allow"),
        ({"spam_score": 7.5}, KNOWN, True, "the spam score is 7.5, at least 7.5"),
        ({"spam_score": 8}, KNOWN, False, "the spam score is 7.5, below 8"),
        ({"spam_score": -100}, PLAIN, False, "the mail has no spam score"),
        ({"spam_symbol": "gateway_test"}, KNOWN, True, "a scanner noticed GATEWAY_TEST"),
        ({"spam_symbol": ["C", "D"]}, KNOWN, False, "no scanner noticed C, D"),
        ({"virus": True}, KNOWN, True, "a virus was found: yes"),
        ({"virus": True}, PLAIN, False, "a virus was found: no"),
        ({"not_scanned": True}, KNOWN, True, "a scanner said nothing: yes"),
        ({"not_scanned": True, "vip": True}, PLAIN, False, "the sender is an important customer: no"),
    ],
)
def test_each_condition_says_why(when: dict[str, Any], standing: Standing, holds: bool, why: str) -> None:
    assert found(when, standing) == (holds, why)


@pytest.mark.parametrize("when", [{"listed": "ban"}, {"vip": "maybe"}, {"spam_score": "high"}, {"listed": []}])
def test_what_cannot_be_meant_is_refused(when: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        When.model_validate(when)
