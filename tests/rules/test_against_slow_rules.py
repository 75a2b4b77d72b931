"""The engine against an interpreter that was written apart from it, slow and obvious. More of it: ``python -m tests.soak --only rules``."""

from typing import Any

import pytest

from gateway.rules.engine import compile_event_rules, run_event_rules
from gateway.rules.file import RulesFile
from gateway.rules.ticket import Actor, Case, Event, EventKind, TicketFacts
from tests.support.random_rules import NOW
from tests.support.rule_differences import compare_rules


@pytest.mark.parametrize("seed", range(4))
def test_the_engine_says_what_the_slow_interpreter_says(seed: int) -> None:
    found = compare_rules(seed=seed, cases=1000)
    assert found.differences == []
    assert found.cases == 1000
    assert min(found.applied, found.rejected, found.changed, found.effects) > 100, (
        "too little happens to prove anything"
    )


@pytest.mark.parametrize(
    "when",
    [{"subject": ["lamp", r"order (?P<order>\d+)"]}, {"any": [{"mail": {"body": r"(?P<order>\d+)"}}, {"vip": False}]}],
)
def test_a_placeholder_whose_pattern_did_not_match_is_empty(when: dict[str, Any]) -> None:
    then = {"fields": {"order": "{match.order}"}, "note": "<{match.order}>"}
    written = RulesFile.model_validate({"events": [{"name": "r", "on": "tagged", "when": when, "then": then}]})
    ticket = TicketFacts(1, "shop", "open", NOW, NOW, subject="lamp")
    rules = compile_event_rules(written.events, file="f", lines=(1,))
    ran = run_event_rules(rules, Case(ticket, NOW, Event(EventKind.TAGGED, Actor.AGENT)))
    assert ([effect.value for effect in ran.effects], ran.ticket.fields) == (["<>"], {})
