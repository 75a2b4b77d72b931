"""Conditions on tickets to closures: each becomes a function of the case that also says why. Pure."""

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from gateway.mail.address import address_key
from gateway.rules.automation import AGES, NOBODY, AgeTest, FieldTest, NumberTest, TicketWhen
from gateway.rules.calendar import ALWAYS, Calendar, advance, boundaries, elapsed, is_open
from gateway.rules.compile import condition as mail_condition
from gateway.rules.durations import parse_duration, say_duration
from gateway.rules.expressions import compile_expression
from gateway.rules.findings import Banks, Finding, all_of, any_of, none_of, one_of_words, pattern_found
from gateway.rules.model import When
from gateway.rules.patterns import compile_pattern
from gateway.rules.ticket import Case, FieldValue, TicketFacts

Test = Callable[[Case], Finding]

BOUNDARIES = 30
"""Openings and closings that are looked at ahead for a condition of hours: two weeks of days with a lunch break."""

LONGEST_AHEAD = timedelta(days=400)

_WORDS: tuple[tuple[str, Callable[[Case], str]], ...] = (
    ("brand", lambda case: case.ticket.brand),
    ("priority", lambda case: case.ticket.priority),
    ("type", lambda case: case.ticket.type),
    ("team", lambda case: case.ticket.team),
    ("language", lambda case: case.ticket.language),
    ("organization", lambda case: case.ticket.organization),
    ("requester_domain", lambda case: case.ticket.requester_domain),
    ("trust", lambda case: case.ticket.trust),
    ("by", lambda case: case.event.by.value if case.event else ""),
)
_STATUSES: tuple[tuple[str, Callable[[Case], tuple[str, str]]], ...] = (
    ("status", lambda case: (case.ticket.status, case.ticket.own_status)),
    ("was", lambda case: (case.event.was, case.event.own_was) if case.event else ("", "")),
    ("became", lambda case: (case.event.became, case.event.own_became) if case.event else ("", "")),
)
"""A fixed status and the own one inside it: either is enough."""

_ADDRESSES: tuple[tuple[str, Callable[[Case], str]], ...] = (
    ("agent", lambda case: case.ticket.agent),
    ("requester", lambda case: case.ticket.requester),
)
_NUMBERS: tuple[tuple[str, Callable[[TicketFacts], float | None]], ...] = (
    ("replies", lambda ticket: ticket.replies),
    ("exchanges", lambda ticket: ticket.exchanges),
    ("reopened", lambda ticket: ticket.reopened),
    ("rating", lambda ticket: ticket.rating),
)
_MOMENTS: Mapping[str, Callable[[TicketFacts], datetime | None]] = {
    "waiting": lambda ticket: ticket.waiting_since,
    "since_created": lambda ticket: ticket.created_at,
    "since_customer": lambda ticket: ticket.customer_at,
    "since_agent": lambda ticket: ticket.agent_at,
    "since_status": lambda ticket: ticket.status_since,
    "since_update": lambda ticket: ticket.updated_at,
    "until_due": lambda ticket: ticket.due_at,
}


def condition(when: TicketWhen, banks: Banks) -> Test:
    """The whole of a ``when``."""
    tests: list[Test] = []
    for name, value in _WORDS:
        words = getattr(when, name)
        if words:
            tests.append(one_of_words(name, words, value, nothing=NOBODY))
    for name, pair in _STATUSES:
        words = getattr(when, name)
        if words:
            tests.append(_status(name, words, pair))
    for name, value in _ADDRESSES:
        words = getattr(when, name)
        if words:
            keys = [word if word == NOBODY else address_key(word) for word in words]
            tests.append(one_of_words(name, keys, value, nothing=NOBODY))
    if when.tags:
        tests.append(_tags(when.tags))
    if when.subject:
        tests.append(pattern_found("subject", when.subject, lambda case: case.ticket.subject, banks.of("subject")))
    if when.vip is not None:
        tests.append(_vip(when.vip))
    for name, number in when.field.items() if when.field else ():
        tests.append(_field(name, number))
    for name, amount in _NUMBERS:
        bounds = getattr(when, name)
        if bounds:
            tests.append(_number(name, bounds, amount))
    for name in AGES:
        age = getattr(when, name)
        if age:
            tests.append(_age(name, age))
    if when.hours:
        tests.append(_hours(when.hours))
    if when.mail:
        tests.append(_mail(when.mail, banks))
    if when.expression:
        tests.append(_expression(when.expression))
    if when.all_of:
        tests.append(all_of([condition(inner, banks) for inner in when.all_of]))
    if when.any_of:
        tests.append(any_of([condition(inner, banks) for inner in when.any_of]))
    if when.none_of:
        tests.append(none_of(condition(when.none_of, banks)))
    return tests[0] if len(tests) == 1 else all_of(tests)


def _status(name: str, words: Sequence[str], pair: Callable[[Case], tuple[str, str]]) -> Test:
    fixed: Test = one_of_words(name, words, lambda case: pair(case)[0], nothing=NOBODY)
    own: Test = one_of_words(name, words, lambda case: pair(case)[1], nothing=NOBODY)

    def test(case: Case) -> Finding:
        found = fixed(case)
        return own(case) if pair(case)[1] and not found[0] else found

    return test


def _tags(words: Sequence[str]) -> Test:
    missing = (False, f"has no tag {', '.join(words)}")
    wanted = frozenset(words)

    def test(case: Case) -> Finding:
        if wanted.isdisjoint(case.ticket.tags):
            return missing
        return True, f"has the tag {next(tag for tag in words if tag in case.ticket.tags)}"

    return test


def _vip(wanted: bool) -> Test:
    def test(case: Case) -> Finding:
        return (
            case.ticket.vip is wanted,
            f"the customer is {'' if case.ticket.vip else 'not '}on a list of important senders",
        )

    return test


def _number(name: str, bounds: NumberTest, amount: Callable[[TicketFacts], float | None]) -> Test:
    def test(case: Case) -> Finding:
        return _within(name, amount(case.ticket), over=bounds.over, under=bounds.under, equal=bounds.equal)

    return test


def _within(
    name: str, found: float | None, *, over: float | None = None, under: float | None = None, equal: float | None = None
) -> Finding:
    if found is None:
        return False, f"{name} is not known"
    if over is not None and not found > over:
        return False, f"{name} is {found:g}, not over {over:g}"
    if under is not None and not found < under:
        return False, f"{name} is {found:g}, not under {under:g}"
    if equal is not None and found != equal:
        return False, f"{name} is {found:g}, not {equal:g}"
    return True, f"{name} is {found:g}"


def _calendar(age: AgeTest, case: Case) -> Calendar:
    return case.calendar if age.hours == "business" else ALWAYS


def _age(name: str, age: AgeTest) -> Test:
    over = None if age.over is None else parse_duration(age.over)
    under = None if age.under is None else parse_duration(age.under)
    moment_of = _MOMENTS[name]
    ahead = name == "until_due"

    def test(case: Case) -> Finding:
        moment = moment_of(case.ticket)
        if moment is None:
            return False, f"{name}: there is no such moment"
        calendar = _calendar(age, case)
        span = elapsed(calendar, case.now, moment) if ahead else elapsed(calendar, moment, case.now)
        if over is not None and span < over:
            return False, f"{name} is {say_duration(span)}, not yet {say_duration(over)}"
        if under is not None and (span > under if ahead else span >= under):
            return False, f"{name} is {say_duration(span)}, not under {say_duration(under)}"
        return True, f"{name} is {say_duration(span)}"

    return test


def _field(name: str, wanted: FieldTest) -> Test:
    patterns = [compile_pattern(text) for text in wanted.matches or ()]

    def test(case: Case) -> Finding:
        value = case.ticket.fields.get(name)
        filled = value not in (None, "", ())
        label = f"field {name}"
        if wanted.filled is not None and filled is not wanted.filled:
            return False, f"{label} is {'' if filled else 'not '}set"
        if wanted.equal is not None and not any(text in wanted.equal for text in _texts(value)):
            return False, f"{label} is {_shown(value)}, not {', '.join(wanted.equal)}"
        if patterns and not any(pattern.found_in(text) for pattern in patterns for text in _texts(value)):
            return False, f"{label} has no {', '.join(repr(pattern.written) for pattern in patterns)}"
        if wanted.over is not None or wanted.under is not None:
            number = value if isinstance(value, float) and not isinstance(value, bool) else None
            return _within(label, number, over=wanted.over, under=wanted.under)
        return True, f"{label} is {_shown(value)}"

    return test


def _texts(value: FieldValue | None) -> tuple[str, ...]:
    if value is None:
        return ()
    if isinstance(value, tuple):
        return value
    if isinstance(value, bool):
        return ("true" if value else "false",)
    return (f"{value:g}" if isinstance(value, float) else value,)


def _shown(value: FieldValue | None) -> str:
    return ", ".join(_texts(value)) or "not set"


def _hours(wanted: str) -> Test:
    def test(case: Case) -> Finding:
        found = "open" if is_open(case.calendar, case.now) else "closed"
        return found == wanted, f"hours are {found}"

    return test


def _mail(when: When, banks: Banks) -> Test:
    inner = mail_condition(when, banks)

    def test(case: Case) -> Finding:
        return inner(case.mail) if case.mail is not None else (False, "no mail brought this event")

    return test


def _expression(written: str) -> Test:
    expression = compile_expression(written)

    def test(case: Case) -> Finding:
        return expression.holds(_as_values(case))

    return test


def _as_values(case: Case) -> dict[str, Any]:
    ticket = {
        name: sorted(value) if isinstance(value, frozenset) else dict(value) if isinstance(value, Mapping) else value
        for name in TicketFacts.__slots__
        if (value := getattr(case.ticket, name)) is not None
    }
    event = case.event
    return {
        "ticket": ticket,
        "now": case.now,
        "event": {"kind": event.kind.value, "by": event.by.value, "was": event.was, "became": event.became}
        if event
        else {},
    }


def first_time(test: Test, when: TicketWhen, case: Case) -> datetime | None:
    """The first moment, from ``case.now`` on, at which ``when`` holds if nothing but time happens; None where it never does.

    ``test`` is the compiled ``when``. It can only change at the moments at which one of its bounds is crossed, so it is asked at
    each of them. Expressions are not waited for: what they say of ``now`` counts at those moments alone.
    """
    if test(case)[0]:
        return case.now
    moments = sorted({moment for moment in _crossings(when, case) if moment > case.now})
    return next((it for it in moments if test(Case(case.ticket, it, case.event, case.mail, case.calendar))[0]), None)


def anchors(when: TicketWhen, ticket: TicketFacts) -> tuple[datetime | None, ...]:
    """The moments of the ticket that its conditions of time count from: a timed rule applies once for each set of them."""
    own = [_MOMENTS[name](ticket) for name in AGES if getattr(when, name) is not None]
    for inner in _inside(when):
        own += anchors(inner, ticket)
    return tuple(own)


def _inside(when: TicketWhen) -> Iterator[TicketWhen]:
    yield from when.all_of or ()
    yield from when.any_of or ()
    if when.none_of is not None:
        yield when.none_of


def _crossings(when: TicketWhen, case: Case) -> Iterator[datetime]:
    for name in AGES:
        age: AgeTest | None = getattr(when, name)
        moment = _MOMENTS[name](case.ticket)
        if age is None or moment is None:
            continue
        calendar = _calendar(age, case)
        for written in (age.over, age.under):
            if written is not None:
                reached = (_before if name == "until_due" else advance)(calendar, moment, parse_duration(written))
                if reached is not None:
                    yield reached
    if when.hours is not None:
        yield from itertools.islice(boundaries(case.calendar, case.now), BOUNDARIES)
    for inner in _inside(when):
        yield from _crossings(inner, case)


def _before(calendar: Calendar, moment: datetime, amount: timedelta) -> datetime:
    """The last moment, to the minute, from which ``amount`` of business time still passes until ``moment``."""
    if calendar is ALWAYS:
        return moment - amount
    early, late = moment - LONGEST_AHEAD, moment
    while late - early > timedelta(minutes=1):
        middle = early + (late - early) / 2
        if elapsed(calendar, middle, moment) >= amount:
            early = middle
        else:
            late = middle
    return late
