"""What is wrong with rules as a whole although each of them is written correctly. Pure.

A remark is made only where it is proven (``gateway.rules.implication``): a lint that cries wolf is switched off.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from gateway.rules.automation import EventRule, TicketThen, TicketWhen, TimedRule
from gateway.rules.file import RulesFile
from gateway.rules.implication import Flat, flat, follows, impossible
from gateway.rules.model import Rule, Then, When
from gateway.rules.shortlist import Shortlist, alike

OWN_KINDS = frozenset({"status", "assigned", "team", "priority", "tagged", "field"})
"""Events that rules cause themselves. A rule about them may be asked in a later round, when those above have had their turn."""

WITH_MAIL = frozenset({"created", "replied"})
WITH_VALUES = frozenset({"status", "assigned", "team", "priority"})
NAME_OF_NOTHING = "none"

INTAKE_VALUES = ("team", "priority", "status", "acknowledge", "menu")
TICKET_VALUES = ("team", "agent", "priority", "status", "type")


@dataclass(frozen=True, slots=True)
class Remark:
    """Something about a rule. ``path`` leads to it in the file: ``("events", 3, "when")``."""

    path: tuple[str | int, ...]
    message: str
    is_mistake: bool = False  # else a warning: the rules do what they say, but hardly what was meant
    other: tuple[str, int] | None = None  # the rule that the message ends with, whose line follows it


def remarks(written: RulesFile) -> Iterator[Remark]:
    """Everything that is to be said, in the order of the rules."""
    yield from never(written)
    yield from _intake(written.rules)
    yield from _events(written.events)
    yield from _timers(written.timers)


def never(written: RulesFile) -> Iterator[Remark]:
    """Conditions that nothing can meet."""
    kinds: tuple[tuple[str, Sequence[Rule | EventRule | TimedRule]], ...] = (
        ("rules", written.rules),
        ("events", written.events),
        ("timers", written.timers),
    )
    for kind, rules in kinds:
        for index, rule in enumerate(rules):
            why = impossible(rule.when)
            if why:
                never = "it can never be due" if kind == "timers" else "it can never apply"
                yield Remark((kind, index, "when"), f"{never}: {why}", is_mistake=True)
            elif isinstance(rule, EventRule) and (why := _not_told(rule)):
                yield Remark((kind, index, "when"), f"it can never apply: {why}", is_mistake=True)


def _not_told(rule: EventRule) -> str:
    """What the rule asks of its events that none of them tells."""
    when = rule.when
    if when is None:
        return ""
    if when.mail is not None and not WITH_MAIL & set(rule.on):
        return f"`mail` asks about a mail, and {_kinds(rule)} comes without one"
    for name in ("was", "became"):
        words = getattr(when, name)
        if words and NAME_OF_NOTHING not in words and not WITH_VALUES & set(rule.on):
            return f"`{name}` asks about a change, and {_kinds(rule)} tells of none"
    return ""


def _kinds(rule: EventRule) -> str:
    return " or ".join(f"`{kind}`" for kind in rule.on)


@dataclass(frozen=True, slots=True)
class _Ready:
    """A rule made ready to be compared with many others."""

    when: Flat
    says: Mapping[str, object]  # the values that it sets
    on: frozenset[str] = frozenset()
    asks: frozenset[str] = frozenset()
    changes: frozenset[str] = frozenset()
    ends: bool = False

    def otherwise(self, later: "_Ready") -> str | None:
        """The first value that both set and that differ."""
        return next((name for name, value in self.says.items() if later.says.get(name, value) != value), None)


def _ready(rule: Rule | EventRule | TimedRule) -> _Ready:
    if isinstance(rule, Rule):
        return _Ready(
            flat(rule.when),
            _said(rule.then, INTAKE_VALUES),
            ends=rule.stop or bool(rule.then.drop or rule.then.quarantine),
        )
    said = _said(rule.then, TICKET_VALUES)
    if isinstance(rule, TimedRule):
        return _Ready(flat(rule.when), said)
    asked, changed = frozenset(_asks(rule.when)), frozenset(_changes(rule.then))
    return _Ready(flat(rule.when), said, frozenset(rule.on), asked, changed, rule.stop)


def _said(then: Then | TicketThen, names: Sequence[str]) -> dict[str, object]:
    return {name: value for name in names if (value := getattr(then, name)) is not None}


def _intake(rules: Sequence[Rule]) -> Iterator[Remark]:
    ready = [_ready(rule) for rule in rules]
    likely = Shortlist([rule.when for rule in ready])
    last = _last_read(ready)
    ending: set[int] = set()  # rules after which nothing is read
    for index, rule in enumerate(ready):
        wider = likely.of(rule.when)
        shadow = next((it for it in wider if it in ending and follows(rule.when, ready[it].when)), None)
        if shadow is not None:
            yield Remark(("rules", index, "name"), _unreachable(rules[shadow].when), other=("rules", shadow))
            continue
        if rule.ends:
            ending.add(index)
            continue
        replaced = _replaced(ready, index, (it for it in wider if index < it <= last[index]))
        if replaced is not None:
            name, later = replaced
            yield Remark(("rules", index, "then", name), _overruled(name), other=("rules", later))


def _last_read(ready: Sequence[_Ready]) -> list[int]:
    """For each rule, the last one that is read whenever it is: the next that ends the reading, at the latest."""
    found, last = [0] * len(ready), len(ready) - 1
    for index in range(len(ready) - 1, -1, -1):
        found[index] = last
        last = index if ready[index].ends else last
    return found


def _replaced(ready: Sequence[_Ready], index: int, wider: Iterable[int]) -> tuple[str, int] | None:
    """A value of this rule that never stays: whenever it applies, a later one does too and says otherwise."""
    rule = ready[index]
    for later in wider if rule.says else ():
        name = rule.otherwise(ready[later])
        if name is not None and follows(rule.when, ready[later].when):
            return name, later
    return None


def _events(rules: Sequence[EventRule]) -> Iterator[Remark]:
    ready = [_ready(rule) for rule in rules]
    likely = Shortlist([rule.when for rule in ready])
    for index, rule in enumerate(ready):
        if rule.on & OWN_KINDS:
            continue
        wider = likely.of(rule.when)
        shadow = _event_shadow(ready, index, wider)
        if shadow is not None:
            yield Remark(("events", index, "name"), _unreachable(rules[shadow].when), other=("events", shadow))
            continue
        replaced = _event_replaced(ready, index, wider)
        if replaced is not None:
            name, later = replaced
            yield Remark(("events", index, "then", name), _overruled(name), other=("events", later))


def _event_shadow(ready: Sequence[_Ready], index: int, wider: Sequence[int]) -> int | None:
    """The rule above that stops whenever this one could apply, if nothing in between changes what it asks."""
    rule = ready[index]
    for earlier in reversed(wider):
        other = ready[earlier]
        if earlier >= index or not other.ends or not rule.on <= other.on or not follows(rule.when, other.when):
            continue
        if not other.asks & _changed(ready, rule, range(earlier + 1, index)):
            return earlier
    return None


def _event_replaced(ready: Sequence[_Ready], index: int, wider: Sequence[int]) -> tuple[str, int] | None:
    rule = ready[index]
    for later in wider if rule.says and not rule.ends else ():
        other = ready[later]
        if later <= index or not rule.on <= other.on:
            continue
        name = rule.otherwise(other)
        if name is None or not follows(rule.when, other.when):
            continue
        between = range(index + 1, later)
        if any(ready[it].ends and ready[it].on & rule.on for it in between):
            return None
        if not other.asks & (rule.changes | _changed(ready, rule, between)):
            return name, later
    return None


def _changed(ready: Sequence[_Ready], rule: _Ready, between: range) -> frozenset[str]:
    """What rules in between that hear of the same events may change."""
    return frozenset().union(*(ready[it].changes for it in between if ready[it].on & rule.on))


def _timers(rules: Sequence[TimedRule]) -> Iterator[Remark]:
    """Two rules that become due at the same moment and want different things: which of them is asked last is nobody's choice."""
    ready = [_ready(rule) for rule in rules]
    for index, others in enumerate(alike([rule.when for rule in ready])):
        rule = ready[index]
        for earlier in others:
            other = ready[earlier]
            name = other.otherwise(rule)
            if name is not None and follows(rule.when, other.when) and follows(other.when, rule.when):
                message = f"the same conditions set another `{name}` in the rule"
                yield Remark(("timers", index, "then", name), message, other=("timers", earlier))


def _changes(then: TicketThen) -> set[str]:
    """The conditions that may come out otherwise after this."""
    found = {name for name in TICKET_VALUES if getattr(then, name) is not None}
    if then.tags or then.remove_tags:
        found.add("tags")
    if then.fields:
        found.add("field")
    return {*found, "expression"} if found else found


def _asks(when: TicketWhen | When | None) -> set[str]:
    """The names of all conditions in it."""
    if when is None:
        return set()
    own = {name for name in type(when).model_fields if getattr(when, name) is not None}
    inner = (*(when.all_of or ()), *(when.any_of or ()), *((when.none_of,) if when.none_of else ()))
    return own.union(*(_asks(one) for one in inner))


def _unreachable(above: When | TicketWhen | None) -> str:
    if above is None:
        return "this rule is never read: reading always ends at the rule"
    return "this rule never applies: all that it is for ends at the rule"


def _overruled(name: str) -> str:
    return f"this `{name}` never stays: whenever the rule applies, another is set by the rule"
