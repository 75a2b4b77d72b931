"""What is said of rules as a whole is proven, and what can be proven is said."""

import random
from collections.abc import Sequence
from typing import Any

import pytest

from gateway.rules.automation import TicketWhen
from gateway.rules.compile import compile_ruleset
from gateway.rules.compile import condition as mail_condition
from gateway.rules.conditions import condition
from gateway.rules.engine import compile_event_rules, run_event_rules
from gateway.rules.evaluate import evaluate
from gateway.rules.file import RulesFile
from gateway.rules.findings import Banks
from gateway.rules.implication import Flat, flat, implies, impossible
from gateway.rules.lint import Remark, remarks
from gateway.rules.model import When
from gateway.rules.shortlist import Shortlist, alike
from tests.support.random_rules import case, event_rule, intake_rule, mail, mail_when, ticket_when


def said(**rules: Sequence[dict[str, Any]]) -> list[Remark]:
    return list(remarks(RulesFile.model_validate(rules)))


def intake(*written: tuple[dict[str, Any] | None, dict[str, Any], bool]) -> list[Remark]:
    rules = [
        {"name": f"r{number}", "then": then, "stop": stop} | ({} if when is None else {"when": when})
        for number, (when, then, stop) in enumerate(written)
    ]
    return said(rules=rules)


@pytest.mark.parametrize(
    ("narrow", "wide"),
    [
        ({"language": "ko"}, {"language": ["ko", "ja"]}),
        ({"to": "kim@shop.example"}, {"to": "*@shop.example"}),
        ({"to": "sales-*@shop.example"}, {"to": "*@shop.example"}),
        ({"author_domain": "de.acme.example"}, {"author_domain": "*.acme.example"}),
        ({"language": "ko", "kind": "list"}, {"kind": "list"}),
        ({"all": [{"language": "ko"}, {"kind": "list"}]}, {"kind": ["list", "bounce"], "language": "ko"}),
        ({"any": [{"language": "ko"}, {"language": "ja"}]}, {"language": ["ko", "ja"]}),
        ({"language": "ko"}, {"any": [{"kind": "list"}, {"language": "ko"}]}),
        ({"language": "ko"}, {"not": {"language": ["ja", "en"]}}),
        ({"not": {"kind": ["list", "bounce"]}}, {"not": {"kind": "list"}}),
        ({"spam_score": 8}, {"spam_score": 5}),
    ],
)
def test_what_follows_is_seen(narrow: dict[str, Any], wide: dict[str, Any]) -> None:
    assert implies(When.model_validate(narrow), When.model_validate(wide))
    assert not implies(When.model_validate(wide), When.model_validate(narrow))


def test_ages_and_numbers_follow_within_the_same_hours() -> None:
    def when(**written: Any) -> TicketWhen:
        return TicketWhen.model_validate(written)

    assert implies(when(waiting={"over": "8h"}), when(waiting={"over": "4h"}))
    assert not implies(when(waiting={"over": "4h"}), when(waiting={"over": "8h"}))
    assert not implies(when(waiting={"over": "8h", "hours": "business"}), when(waiting={"over": "4h"}))
    assert implies(when(replies={"over": 3, "under": 5}), when(replies={"over": 2}))
    assert implies(when(mail={"to": "a@b.example"}), when(mail={"to": "*@b.example"}))


def test_what_is_proven_of_mail_holds_for_every_mail() -> None:
    chance = random.Random(1)
    proven = 0
    for _ in range(1500):
        one, two = (When.model_validate(mail_when(chance)) for _ in range(2))
        first, second = mail_condition(one, Banks()), mail_condition(two, Banks())
        follows, never = implies(one, two), impossible(one)
        proven += follows + bool(never)
        for _ in range(20 if follows or never else 0):
            facts = mail(chance)
            assert not (follows and first(facts)[0]) or second(facts)[0], (one, two, facts)
            assert not (never and first(facts)[0]), (one, facts)
    assert proven > 20


def test_what_is_proven_of_tickets_holds_for_every_ticket() -> None:
    chance = random.Random(2)
    proven = 0
    for _ in range(1500):
        one, two = (TicketWhen.model_validate(ticket_when(chance)) for _ in range(2))
        first, second = condition(one, Banks()), condition(two, Banks())
        follows, never = implies(one, two), impossible(one)
        proven += follows + bool(never)
        for _ in range(20 if follows or never else 0):
            one_case = case(chance)
            assert not (follows and first(one_case)[0]) or second(one_case)[0], (one, two, one_case)
            assert not (never and first(one_case)[0]), (one, one_case)
    assert proven > 20


def test_a_rule_that_is_called_unreachable_never_applies() -> None:
    chance = random.Random(3)
    found = 0
    for _ in range(150):
        written = RulesFile.model_validate(
            {
                "rules": [intake_rule(chance, number) for number in range(8)],
                "events": [event_rule(chance, number) | {"name": f"e{number}"} for number in range(8)],
            }
        )
        dead = {
            remark.path[:2]
            for remark in remarks(written)
            if "never read" in remark.message or "never a" in remark.message
        }
        found += len(dead)
        rules = compile_ruleset(written, file="f", lines=range(8))
        events = compile_event_rules(written.events, file="f", lines=range(8))
        for _ in range(20):
            hits = [hit.name for hit in evaluate(rules, mail(chance)).hits if hit.matched]
            hits += [hit.name for hit in run_event_rules(events, case(chance)).hits if hit.matched]
            for kind, index in dead:
                assert getattr(written, str(kind))[index].name not in hits, (written, kind, index)
    assert found > 50


def test_a_rule_behind_one_that_takes_all_is_unreachable() -> None:
    (remark,) = intake((None, {"team": "a"}, True), ({"language": "ko"}, {"team": "b"}, False))
    assert remark.path == ("rules", 1, "name")
    assert remark.message == "this rule is never read: reading always ends at the rule"
    assert remark.other == ("rules", 0)
    assert not remark.is_mistake


def test_a_narrower_rule_behind_one_that_stops_is_shadowed() -> None:
    korean, both = {"language": "ko"}, {"language": ["ko", "ja"]}
    assert [remark.other for remark in intake((both, {"drop": True}, False), (korean, {"team": "b"}, False))] == [
        ("rules", 0)
    ]
    assert not intake((korean, {"team": "a"}, True), (both, {"team": "b"}, False))
    assert not intake((both, {"tags": "a"}, False), (korean, {"team": "b"}, False))


def test_a_value_that_is_always_replaced_is_said() -> None:
    korean, both = {"language": "ko"}, {"language": ["ko", "ja"]}
    (remark,) = intake((korean, {"team": "seoul"}, False), (both, {"team": "asia"}, False))
    assert (remark.path, remark.other) == (("rules", 0, "then", "team"), ("rules", 1))
    # From the general to the particular is how it is meant; so is one that ends the reading, and one that says the same.
    assert not intake((both, {"team": "asia"}, False), (korean, {"team": "seoul"}, False))
    assert not intake((korean, {"team": "seoul"}, True), (both, {"team": "asia"}, False))
    assert not intake((korean, {"team": "asia"}, False), (both, {"team": "asia"}, False))
    assert not intake(
        (korean, {"team": "seoul"}, False), ({"kind": "list"}, {"tags": "x"}, True), (both, {"team": "asia"}, False)
    )


def events(*written: dict[str, Any]) -> list[Remark]:
    return said(events=[{"name": f"r{number}", "on": "created", **rule} for number, rule in enumerate(written)])


def test_an_event_rule_is_shadowed_only_where_nothing_between_changes_what_is_asked() -> None:
    stops: dict[str, Any] = {"when": {"team": "billing"}, "then": {"tags": "x"}, "stop": True}
    dead = {"when": {"team": "billing", "vip": True}, "then": {"priority": "high"}}
    assert [remark.path for remark in events(stops, dead)] == [("events", 1, "name")]
    assert not events(stops, {"then": {"team": "billing"}}, dead)
    assert not events({**stops, "on": "replied"}, dead)
    # In a second round, about the tag that it set itself, the first rule is not asked again.
    assert not events({**stops, "on": ["created", "tagged"]}, {**dead, "on": ["created", "tagged"]})


def test_two_rules_that_fight_over_a_field_are_named() -> None:
    one = {"when": {"vip": True}, "then": {"priority": "high"}}
    two = {"when": {"vip": True}, "then": {"priority": "urgent"}}
    assert [(remark.path, remark.other) for remark in events(one, two)] == [
        (("events", 0, "then", "priority"), ("events", 1))
    ]
    assert not events(one, {**two, "when": {"priority": "high"}})
    late = {"when": {"waiting": {"over": "4h"}}}
    timers = [
        {**late, "name": "a", "then": {"status": "open"}},
        {**late, "name": "b", "then": {"status": "pending"}},
    ]
    assert [(remark.path, remark.other) for remark in said(timers=timers)] == [
        (("timers", 1, "then", "status"), ("timers", 0))
    ]


def test_the_short_list_has_all_that_follows(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same remarks as where each rule is compared with every other one."""

    def rules_of(chance: random.Random) -> RulesFile:
        timers = [
            {"name": f"t{number}", "when": ticket_when(chance, timed=True) | {"waiting": {"over": "1h"}}, "then": then}
            for number, then in enumerate(({"priority": "low"}, {"priority": "high"}, {"team": "a"}) * 3)
        ]
        intakes = [intake_rule(chance, number) for number in range(12)]
        events = [event_rule(chance, number) | {"name": f"e{number}"} for number in range(12)]
        return RulesFile.model_validate({"rules": intakes, "events": events, "timers": timers})

    class Everything:
        def __init__(self, conditions: Sequence[Flat]) -> None:
            self._all = list(range(len(conditions)))

        def of(self, _: Flat) -> list[int]:
            return self._all

    chance = random.Random(11)
    written = [rules_of(chance) for _ in range(60)]
    short = [list(remarks(one)) for one in written]
    assert sum(map(len, short)) > 100
    assert any(it.path[0] == "timers" for one in short for it in one)
    monkeypatch.setattr("gateway.rules.lint.Shortlist", Everything)
    monkeypatch.setattr(
        "gateway.rules.lint.alike", lambda conditions: [list(range(it)) for it in range(len(conditions))]
    )
    assert [list(remarks(one)) for one in written] == short


def test_many_rules_are_not_compared_each_with_every_other() -> None:
    """A thousand rules that share all conditions but one are a few comparisons, not a million."""
    common = {"language": "ko", "kind": "human", "not": {"kind": "list"}, "to": "*@shop.example"}
    many = [flat(When.model_validate({**common, "subject": f"order {number}"})) for number in range(1000)]
    short = Shortlist(many)
    assert [short.of(one) for one in many] == [[number] for number in range(1000)]
    waits = [
        flat(TicketWhen.model_validate({"brand": "shop", "waiting": {"over": f"{it + 1}m"}})) for it in range(1000)
    ]
    assert not any(alike(waits))
    one_hour = flat(TicketWhen.model_validate({"waiting": {"over": "1h"}, "brand": "shop"}))
    assert alike([*waits, one_hour])[-1] == [59], "60m and 1h are the same"
    one_of = flat(TicketWhen.model_validate({"any": [{"brand": "shop"}], "waiting": {"over": "1h"}}))
    assert alike([one_of, one_hour, one_of]) == [[], [0], [0, 1]], "what is said in another way may be the same"
