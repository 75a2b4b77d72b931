"""Event rules and timed rules: what they ask, what they do, and that they end."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from gateway.rules.automation import AGES, EventRule, KindName, TicketWhen, TimedRule
from gateway.rules.calendar import Calendar
from gateway.rules.changes import PLACEHOLDERS, Effect, Values
from gateway.rules.conditions import condition
from gateway.rules.engine import (
    CompiledTimedRule,
    Ran,
    compile_event_rules,
    compile_timed_rules,
    run_event_rules,
    run_timed_rule,
)
from gateway.rules.facts import Facts
from gateway.rules.findings import Banks
from gateway.rules.ticket import Actor, Case, Event, EventKind, TicketFacts

NOW = datetime(2026, 11, 20, 5, tzinfo=UTC)  # Friday, 14:00 in Seoul
OFFICE = Calendar("office", ZoneInfo("Asia/Seoul"), (*(((9 * 60, 18 * 60),),) * 5, (), ()))
TICKET = TicketFacts(
    number=42,
    brand="shop",
    status="open",
    created_at=NOW - timedelta(days=2),
    status_since=NOW - timedelta(hours=5),
    team="billing",
    tags=frozenset({"refund"}),
    fields={"order": "A-17", "amount": 120.0, "colours": ("red", "blue")},
    subject="Where is order A-17?",
    requester="kim@acme.example",
    requester_domain="acme.example",
    trust="strong",
    replies=2,
    waiting_since=NOW - timedelta(hours=4),
    customer_at=NOW - timedelta(hours=1),
)
MAIL = Facts(
    recipients=("support@example.com",),
    author="kim@acme.example",
    author_domain="acme.example",
    subject="Re: order A-17",
    body="My new order is B-99, not A-17.",
)
REPLIED = Event(EventKind.REPLIED, Actor.CUSTOMER)
CASE = Case(TICKET, NOW, REPLIED, MAIL, OFFICE)


def holds(when: dict[str, Any], case: Case = CASE) -> tuple[bool, str]:
    return condition(TicketWhen.model_validate(when), Banks())(case)


@pytest.mark.parametrize(
    ("when", "matched", "why"),
    [
        ({"status": ["open", "new"]}, True, "status is open"),
        ({"status": "solved"}, False, "status is open, not solved"),
        ({"team": "billing"}, True, "team is billing"),
        ({"agent": "none"}, True, "agent is none"),
        ({"agent": "Kim@Example.com"}, False, "agent is none, not kim@example.com"),
        ({"requester": "KIM@acme.example"}, True, "requester is kim@acme.example"),
        ({"tags": ["vip", "refund"]}, True, "has the tag refund"),
        ({"tags": "vip"}, False, "has no tag vip"),
        ({"vip": True}, False, "the customer is not on a list of important senders"),
        ({"vip": False}, True, "the customer is not on a list of important senders"),
        ({"field": {"order": {"set": True}}}, True, "field order is A-17"),
        ({"field": {"colour": {"set": True}}}, False, "field colour is not set"),
        ({"field": {"colours": {"is": "blue"}}}, True, "field colours is red, blue"),
        ({"field": {"order": {"matches": "^b-"}}}, False, "field order has no '^b-'"),
        ({"field": {"amount": {"over": 100, "under": 200}}}, True, "field amount is 120"),
        ({"field": {"order": {"over": 1}}}, False, "field order is not known"),
        ({"replies": {"over": 1}}, True, "replies is 2"),
        ({"replies": {"is": 3}}, False, "replies is 2, not 3"),
        ({"rating": {"under": 0.5}}, False, "rating is not known"),
        ({"waiting": {"over": "4h"}}, True, "waiting is 4h"),
        ({"waiting": {"over": "241m"}}, False, "waiting is 4h, not yet 4h 1m"),
        ({"since_created": {"over": "2d", "hours": "business"}}, False, "since_created is 18h, not yet 48h"),
        ({"since_agent": {"over": "1m"}}, False, "since_agent: there is no such moment"),
        ({"since_customer": {"under": "2h"}}, True, "since_customer is 1h"),
        ({"hours": "open"}, True, "hours are open"),
        ({"mail": {"body": "new order"}}, True, "body has 'new order'"),
        ({"by": "customer"}, True, "by is customer"),
        ({"became": "solved"}, False, "became is none, not solved"),
        ({"expression": "size(ticket.tags) == 1 && ticket.replies > 1"}, True, "the expression holds"),
        ({"expression": "ticket.nothing == 1"}, False, "the expression cannot be worked out here: "),
        ({"expression": "ticket.tags.exists(t, t == 'refund')"}, True, "the expression holds"),
        ({"expression": "ticket.number"}, False, "the expression gives '42', which is neither true nor false"),
        ({"expression": "now - ticket.created_at > duration('47h')"}, True, "the expression holds"),
        ({"any": [{"vip": True}, {"team": "billing"}]}, True, "team is billing"),
        ({"not": {"team": "billing"}}, False, "not wanted: team is billing"),
        ({"all": [{"team": "billing"}, {"status": "open"}]}, True, "team is billing and status is open"),
    ],
)
def test_conditions_hold_or_say_why_not(when: dict[str, Any], matched: bool, why: str) -> None:
    found, said = holds(when)
    assert found == matched
    assert said.startswith(why)


def test_a_ticket_without_a_mail_fits_no_condition_on_mail() -> None:
    assert holds({"mail": {"body": "x"}}, replace(CASE, mail=None)) == (False, "no mail brought this event")


@pytest.mark.parametrize(
    ("when", "wrong"),
    [
        ({}, "this condition is empty"),
        ({"waiting": {"hours": "business"}}, "write how long"),
        ({"waiting": {"over": "soon"}}, "is not a span of time"),
        ({"replies": {}}, "write a bound"),
        ({"expression": "ticket.("}, "is not an expression in CEL"),
        ({"expression": "tickt.number == 1"}, "names 'tickt'; known are event, now, ticket"),
        ({"expression": "[1].map(a, [1].map(b, a))== []"}, "one list once"),
        ({"expression": "1 == 1 || " * 200 + "true"}, "more than 1000 characters"),
        ({"subject": "(a"}, "is not a regular expression"),
    ],
)
def test_conditions_that_cannot_be_are_refused(when: dict[str, Any], wrong: str) -> None:
    with pytest.raises(ValidationError, match=wrong.replace("(", r"\(")):
        TicketWhen.model_validate(when)


def run(*rules: dict[str, Any], case: Case = CASE) -> Ran:
    written = [
        EventRule.model_validate({"name": f"r{number}", "on": "replied", **rule}) for number, rule in enumerate(rules)
    ]
    return run_event_rules(compile_event_rules(written, file="rules.yaml", lines=range(1, len(rules) + 1)), case)


def test_later_rules_see_what_earlier_ones_changed() -> None:
    ran = run(
        {"then": {"priority": "high", "tags": ["a"]}},
        {"when": {"priority": "high", "tags": "a"}, "then": {"team": "second"}},
        {"when": {"priority": "normal"}, "then": {"team": "never"}},
    )
    assert (ran.ticket.priority, ran.ticket.team) == ("high", "second")
    assert ran.ticket.tags == {"a", "refund"}
    assert [hit.matched for hit in ran.hits] == [True, True, False]


def test_what_a_rule_changes_is_itself_an_event_for_those_that_have_not_applied() -> None:
    ran = run(
        {"on": "assigned", "when": {"by": "rule", "became": "lee@example.com"}, "then": {"note": "for {ticket.agent}"}},
        {"then": {"agent": "Lee@example.com"}},
    )
    assert ran.effects == (Effect("r0", "note", "for lee@example.com"),)


def test_rules_that_undo_each_other_end() -> None:
    back = {"on": ["replied", "priority"], "when": {"priority": "high"}, "then": {"priority": "low"}}
    forth = {"on": ["replied", "priority"], "when": {"not": {"priority": "high"}}, "then": {"priority": "high"}}
    ran = run(forth, back, forth, back)
    assert ran.ticket.priority == "low"
    assert all(hit.matched for hit in ran.hits)


def test_stop_ends_the_round_but_not_what_the_change_causes() -> None:
    ran = run(
        {"then": {"status": "solved"}, "stop": True},
        {"then": {"tags": "never"}},
        {"on": "status", "when": {"became": "solved", "was": "open"}, "then": {"tags": "told"}},
    )
    assert ran.ticket.tags == {"refund", "told"}


def test_a_change_to_what_is_there_already_is_no_event() -> None:
    ran = run({"then": {"team": "billing"}}, {"on": "team", "then": {"tags": "never"}})
    assert ran.ticket == TICKET


def test_named_groups_fill_fields() -> None:
    ran = run(
        {
            "when": {"mail": {"body": r"new order is (?P<order>[A-Z]-\d+)"}},
            "then": {
                "fields": {"order": "{match.order}"},
                "note": "{ticket.number}: {match.order}",
            },
        }
    )
    assert ran.ticket.fields["order"] == "B-99"
    assert ran.effects == (Effect("r0", "note", "42: B-99"),)


def test_what_is_filled_in_is_not_looked_at_again() -> None:
    values = Values({"match.a": "{ticket.number} {match.a}", "ticket.number": "42"})
    assert values.fill("<{match.a}> {ticket.number} {unknown} {") == "<{ticket.number} {match.a}> 42 {unknown} {"


def test_every_effect_reaches_whoever_carries_it_out() -> None:
    ran = run(
        {
            "then": {
                "agent": "auto",
                "macro": "refund",
                "notify": [{"to": ["assignee", "lee@example.com"], "text": "#{ticket.number}"}],
                "webhook": "shop",
                "split": True,
                "merge_into": "7",
                "csat": False,
            }
        }
    )
    assert [(effect.kind, effect.value, effect.to) for effect in ran.effects] == [
        ("agent_auto", "", ()),
        ("macro", "refund", ()),
        ("notify", "#42", ("assignee", "lee@example.com")),
        ("webhook", "shop", ()),
        ("split", "", ()),
        ("merge_into", "7", ()),
        ("csat", "no", ()),
    ]


def test_kinds_and_placeholders_are_what_they_are_said_to_be() -> None:
    assert set(KindName.__args__) == set(EventKind)  # type: ignore[attr-defined]
    assert all(isinstance(value(TICKET), str) for value in PLACEHOLDERS.values())


# --- timed rules --------------------------------------------------------------------------------------------------


def timed(when: dict[str, Any], then: dict[str, Any] | None = None) -> CompiledTimedRule:
    rule = TimedRule.model_validate({"name": "t", "when": when, "then": then or {"priority": "high"}})
    return compile_timed_rules([rule], file="rules.yaml", lines=[1])[0]


QUIET = replace(CASE, event=None, mail=None)


@pytest.mark.parametrize(
    ("when", "hours"),
    [
        ({"waiting": {"over": "6h"}}, 2),
        ({"waiting": {"over": "2h"}}, 0),
        ({"waiting": {"over": "6h"}, "status": "solved"}, None),
        ({"since_agent": {"over": "6h"}}, None),
        ({"since_created": {"over": "3d"}, "since_status": {"over": "10h"}}, 24),
        ({"any": [{"since_created": {"over": "3d"}}, {"waiting": {"over": "10h"}}], "since_status": {"over": "1h"}}, 6),
        ({"since_customer": {"over": "30m"}, "not": {"waiting": {"under": "5h"}}}, 1),
        ({"waiting": {"over": "5h"}, "hours": "closed"}, 4),
        ({"waiting": {"over": "5h"}, "since_created": {"under": "49h"}}, None),  # when the one holds the other is over
    ],
)
def test_the_moment_at_which_a_timed_rule_is_due(when: dict[str, Any], hours: float | None) -> None:
    assert timed(when).due_at(QUIET) == (None if hours is None else NOW + timedelta(hours=hours))


def test_a_promise_is_looked_at_before_it_is_due() -> None:
    case = replace(QUIET, ticket=replace(TICKET, due_at=NOW + timedelta(hours=3)))
    assert timed({"until_due": {"under": "30m"}}).due_at(case) == NOW + timedelta(hours=2, minutes=30)
    monday = replace(QUIET, ticket=replace(TICKET, due_at=datetime(2026, 11, 23, 1, tzinfo=UTC)))  # 10:00 in Seoul
    due = timed({"until_due": {"under": "2h", "hours": "business"}}).due_at(monday)
    assert due is not None
    assert abs(due - datetime(2026, 11, 20, 8, tzinfo=UTC)) <= timedelta(minutes=1)  # 17:00 on Friday


def test_a_timed_rule_applies_once_for_each_word_that_waits() -> None:
    rule = timed({"waiting": {"over": "4h"}})
    first = rule.anchor(TICKET)
    assert rule.anchor(replace(TICKET, priority="high", updated_at=NOW)) == first
    assert rule.anchor(replace(TICKET, waiting_since=NOW)) != first


def test_a_timed_rule_that_does_not_apply_any_more_does_nothing() -> None:
    rule = timed({"waiting": {"over": "4h"}, "status": "open"})
    assert run_timed_rule(rule, QUIET).ticket.priority == "high"
    solved = replace(QUIET, ticket=replace(TICKET, status="solved"))
    assert run_timed_rule(rule, solved).ticket == solved.ticket


@pytest.mark.parametrize(
    ("when", "then", "wrong"),
    [
        ({"status": "open"}, {"priority": "high"}, "needs a condition of time"),
        ({"waiting": {"over": "1h"}, "by": "customer"}, {"priority": "high"}, "asks about an event"),
        ({"waiting": {"over": "1h"}}, {"split": True}, "nothing to `split` off"),
        ({"waiting": {"over": "1h"}}, {}, "does nothing"),
    ],
)
def test_timed_rules_that_cannot_be_are_refused(when: dict[str, Any], then: dict[str, Any], wrong: str) -> None:
    with pytest.raises(ValidationError, match=wrong):
        TimedRule.model_validate({"name": "t", "when": when, "then": then})


@st.composite
def conditions_of_time(draw: st.DrawFn, depth: int = 1) -> dict[str, Any]:
    def bounds() -> dict[str, Any]:
        bound = draw(st.sampled_from(("over", "under")))
        return {bound: f"{draw(st.integers(1, 600))}m", "hours": draw(st.sampled_from(("calendar", "business")))}

    names = [name for name in AGES if name != "until_due"]
    when: dict[str, Any] = {draw(st.sampled_from(names)): bounds()}
    if draw(st.booleans()):
        when["hours"] = draw(st.sampled_from(("open", "closed")))
    if depth and draw(st.booleans()):
        key = draw(st.sampled_from(("all", "any", "not")))
        inner = [draw(conditions_of_time(depth - 1)) for _ in range(2)]
        when[key] = inner[0] if key == "not" else inner
    return when


@settings(max_examples=80, deadline=None)
@given(conditions_of_time(), st.lists(st.integers(0, 700), min_size=5, max_size=5))
def test_a_timed_rule_is_due_in_the_first_minute_in_which_it_holds(when: dict[str, Any], ago: list[int]) -> None:
    moments = [NOW - timedelta(minutes=minutes) for minutes in ago]
    names = ("created_at", "status_since", "waiting_since", "customer_at", "agent_at")
    facts: dict[str, Any] = dict(zip(names, moments, strict=True))
    case = replace(QUIET, ticket=replace(TICKET, **facts))
    test = condition(TicketWhen.model_validate(when), Banks())
    minute = timedelta(minutes=1)
    horizon = 2 * 24 * 60
    expected = next((NOW + k * minute for k in range(horizon) if test(replace(case, now=NOW + k * minute))[0]), None)
    rule = timed({**when}) if any(name in when for name in AGES) else None
    assert rule is not None
    found = rule.due_at(case)
    if expected is not None:
        assert found == expected
    else:
        assert found is None or found >= NOW + horizon * minute
