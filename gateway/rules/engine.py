"""Ask event rules and timed rules. Pure: what they want is returned, nothing is done.

Rules are asked in the order in which they stand. Each applies at most once to one thing that happened, so no two of them can go on
for ever. A change of one is seen by those below it at once, and is itself something that happened, of which all that have not
applied yet are asked in another round.
"""

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from gateway.rules.automation import EventRule, TicketThen, TicketWhen, TimedRule
from gateway.rules.captures import captured_by, named_groups
from gateway.rules.changes import Effect, apply
from gateway.rules.conditions import Test, anchors, condition, first_time
from gateway.rules.file import RulesFile
from gateway.rules.findings import Answers, Banks, Conditions, Conjunctions
from gateway.rules.model import RuleHit
from gateway.rules.ticket import Case, Event, TicketFacts


@dataclass(frozen=True, slots=True)
class CompiledEventRule:
    name: str
    file: str
    line: int
    on: frozenset[str]
    when: TicketWhen | None
    conditions: Conditions
    then: TicketThen
    stop: bool


@dataclass(frozen=True, slots=True)
class EventRules:
    """All event rules, in order, and the conditions that they share."""

    rules: tuple[CompiledEventRule, ...] = ()
    tests: tuple[Test, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.rules)


@dataclass(frozen=True, slots=True)
class CompiledTimedRule:
    name: str
    file: str
    line: int
    when: TicketWhen
    test: Test
    then: TicketThen

    def due_at(self, case: Case) -> datetime | None:
        """When it is to be asked about this ticket, if nothing happens until then; None: not before something does."""
        return first_time(self.test, self.when, case)

    def anchor(self, ticket: TicketFacts) -> str:
        """It applies once for each of these."""
        return " ".join("-" if moment is None else moment.isoformat() for moment in self.moments(ticket))

    def moments(self, ticket: TicketFacts) -> tuple[datetime | None, ...]:
        """What the anchor writes down."""
        return anchors(self.when, ticket)


@dataclass(frozen=True, slots=True)
class Automation:
    """All event rules, in order, and all timed rules."""

    events: EventRules = EventRules()
    timers: tuple[CompiledTimedRule, ...] = ()


@dataclass(frozen=True, slots=True)
class Ran:
    """What came of asking the rules."""

    ticket: TicketFacts  # after all changes
    effects: tuple[Effect, ...]  # in the order in which rules wanted them
    hits: tuple[RuleHit, ...]  # each rule that was asked, once, with the last thing it said


def compile_event_rules(written: Sequence[EventRule], *, file: str, lines: Sequence[int]) -> EventRules:
    banks = Banks()
    conditions: Conjunctions[TicketWhen, Case] = Conjunctions(lambda when: condition(when, banks))
    rules = tuple(
        CompiledEventRule(
            rule.name, file, line, frozenset(rule.on), rule.when, conditions.add(rule.when), rule.then, rule.stop
        )
        for rule, line in zip(written, lines, strict=True)
    )
    return EventRules(rules, tuple(conditions.tests))


def compile_timed_rules(
    written: Sequence[TimedRule], *, file: str, lines: Sequence[int]
) -> tuple[CompiledTimedRule, ...]:
    banks = Banks()
    return tuple(
        CompiledTimedRule(rule.name, file, line, rule.when, condition(rule.when, banks), rule.then)
        for rule, line in zip(written, lines, strict=True)
    )


def compile_automation(
    written: RulesFile, *, file: str, event_lines: Sequence[int], timer_lines: Sequence[int]
) -> Automation:
    """``event_lines`` and ``timer_lines``: the line of each rule in ``file``, from 1."""
    return Automation(
        compile_event_rules(written.events, file=file, lines=event_lines),
        compile_timed_rules(written.timers, file=file, lines=timer_lines),
    )


def run_event_rules(rules: EventRules, case: Case, *, told: bool = True) -> Ran:
    """Ask the rules about ``case.event`` and about everything that they make happen themselves.

    ``told`` False: of rules that do not apply nothing is said.
    """
    assert case.event is not None
    happened: deque[Event] = deque([case.event])
    applied: set[str] = set()
    hits: dict[str, RuleHit] = {}
    effects: list[Effect] = []
    ticket = case.ticket
    while happened:
        event = happened.popleft()
        now = replace(case, ticket=ticket, event=event, mail=case.mail if event is case.event else None)
        answers = Answers(rules.tests, now)
        kind = event.kind.value
        for rule in rules.rules:
            if rule.name in applied or kind not in rule.on:
                continue
            if not told and not answers.hold(rule.conditions):
                continue
            matched, why = answers.all_hold(rule.conditions, "applies every time")
            hits[rule.name] = RuleHit(rule.name, rule.file, rule.line, matched, why)
            if not matched:
                continue
            applied.add(rule.name)
            done = apply(rule.then, ticket, rule.name, _captured(rule.when, now))
            ticket = done.ticket
            happened.extend(done.events)
            effects += done.effects
            if rule.stop:
                break
            if done.events:  # those below see what has changed
                now = replace(now, ticket=ticket)
                answers = Answers(rules.tests, now)
    return Ran(ticket, tuple(effects), tuple(hits.values()))


def run_timed_rule(rule: CompiledTimedRule, case: Case) -> Ran:
    """Ask one rule whose time has come. It may not apply any more."""
    matched, why = rule.test(case)
    hit = RuleHit(rule.name, rule.file, rule.line, matched, why)
    if not matched:
        return Ran(case.ticket, (), (hit,))
    done = apply(rule.then, case.ticket, rule.name, _captured(rule.when, case))
    return Ran(done.ticket, done.effects, (hit,))


def _captured(when: TicketWhen | None, case: Case) -> Mapping[str, str]:
    if when is None or not named_groups(when):
        return {}
    return captured_by(when, case)
