"""Closures that test something and say why: joined, negated, over words and patterns. Pure."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Generic, NamedTuple, TypeVar

from pydantic import BaseModel

from gateway.rules.patterns import PatternBank

Subject = TypeVar("Subject")

Finding = tuple[bool, str]  # whether it holds, and why or why not, for people


def all_of(tests: Sequence[Callable[[Subject], Finding]]) -> Callable[[Subject], Finding]:
    def test(subject: Subject) -> Finding:
        reasons = []
        for inner in tests:
            holds, why = inner(subject)
            if not holds:
                return False, why
            reasons.append(why)
        return True, " and ".join(reasons)

    return test


def any_of(tests: Sequence[Callable[[Subject], Finding]]) -> Callable[[Subject], Finding]:
    def test(subject: Subject) -> Finding:
        reasons = []
        for inner in tests:
            holds, why = inner(subject)
            if holds:
                return True, why
            reasons.append(why)
        return False, " and ".join(reasons)

    return test


def none_of(inner: Callable[[Subject], Finding]) -> Callable[[Subject], Finding]:
    def test(subject: Subject) -> Finding:
        holds, why = inner(subject)
        return not holds, f"not wanted: {why}" if holds else why

    return test


def one_of_words(
    name: str, words: Sequence[str], value: Callable[[Subject], str], *, nothing: str = "unknown"
) -> Callable[[Subject], Finding]:
    """``nothing``: how an empty value is called, in the reason and, where it is one of them, among ``words``."""
    wanted = frozenset(words)
    listed = ", ".join(words)

    def test(subject: Subject) -> Finding:
        found = value(subject) or nothing
        if found in wanted:
            return True, f"{name} is {found}"
        return False, f"{name} is {found}, not {listed}"

    return test


def pattern_found(
    name: str, written: Sequence[str], value: Callable[[Subject], str], bank: PatternBank
) -> Callable[[Subject], Finding]:
    """``bank``: the patterns of all rules that look at the same text."""
    numbers = {bank.add(text): (True, f"{name} has {text!r}") for text in written}
    missing = (False, f"{name} has no {', '.join(repr(text) for text in written)}")

    def test(subject: Subject) -> Finding:
        found = bank.found_in(value(subject))
        return next((finding for number, finding in numbers.items() if number in found), missing)

    return test


class Banks:
    """A bank of patterns for each text that conditions look at."""

    def __init__(self) -> None:
        self._banks: defaultdict[str, PatternBank] = defaultdict(PatternBank)

    def of(self, name: str) -> PatternBank:
        return self._banks[name]


When = TypeVar("When", bound=BaseModel)
_LAST = ("has_header", "subject", "body", "mail", "field", "expression", "all_of", "any_of", "none_of")
"""Conditions that cost more than a comparison are asked last."""


class Conditions(NamedTuple):
    """What a rule asks: numbers of its set's tests, all of which must hold, and the same numbers as bits."""

    numbers: tuple[int, ...] = ()
    bits: int = 0


class Conjunctions(Generic[When, Subject]):
    """The ``when`` of many rules, each a list of conditions that must all hold; the same condition is asked once for all of them."""

    def __init__(self, compiled: Callable[[When], Callable[[Subject], Finding]]) -> None:
        """``compiled``: a ``when`` as a function."""
        self._compiled = compiled
        self._numbers: dict[str, int] = {}
        self.tests: list[Callable[[Subject], Finding]] = []

    def add(self, when: When | None) -> Conditions:
        """A rule's conditions, none for a rule that always applies."""
        if when is None:
            return Conditions()
        given = [name for name in type(when).model_fields if getattr(when, name) is not None]
        numbers = tuple(
            self._number(when, name)
            for name in sorted(given, key=lambda name: _LAST.index(name) + 1 if name in _LAST else 0)
        )
        return Conditions(numbers, sum(1 << number for number in set(numbers)))

    def _number(self, when: When, name: str) -> int:
        value = getattr(when, name)
        key = f"{name}: {value!r}"
        if key not in self._numbers:
            self._numbers[key] = len(self.tests)
            self.tests.append(self._compiled(type(when).model_construct(**{name: value})))
        return self._numbers[key]


class Answers(Generic[Subject]):
    """What the conditions say of one subject, each asked when the first rule wants to know."""

    def __init__(self, tests: Sequence[Callable[[Subject], Finding]], subject: Subject) -> None:
        self._tests = tests
        self._subject = subject
        self._found: list[Finding | None] = [None] * len(tests)
        self._open = -1  # bits of the tests that are not known to hold
        self._failed = 0  # bits of those that are known not to

    def hold(self, conditions: Conditions) -> bool:
        """Whether all of these conditions hold, for whom no reason is wanted."""
        if conditions.bits & self._failed:
            return False
        left = conditions.bits & self._open
        while left:
            bit = left & -left
            number = bit.bit_length() - 1
            finding = self._found[number]
            if finding is None:
                finding = self._found[number] = self._tests[number](self._subject)
            if not finding[0]:
                self._failed |= bit
                return False
            self._open ^= bit
            left ^= bit
        return True

    def all_hold(self, conditions: Conditions, nothing: str) -> Finding:
        """Whether all of these conditions hold, and why or why not. ``nothing``: why a rule without conditions applies."""
        found = self._found
        left = conditions.bits & self._open  # what other rules found to hold is not looked at again
        while left:
            bit = left & -left
            number = bit.bit_length() - 1
            finding = found[number]
            if finding is None:
                finding = found[number] = self._tests[number](self._subject)
            if not finding[0]:
                return finding
            self._open ^= bit
            left ^= bit
        return True, " and ".join(found[number][1] for number in conditions.numbers) or nothing  # type: ignore[index]
