"""Closures that test something and say why: joined, negated, over words and patterns. Pure."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from gateway.rules.patterns import compile_pattern

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


def pattern_found(name: str, written: Sequence[str], value: Callable[[Subject], str]) -> Callable[[Subject], Finding]:
    patterns = [compile_pattern(text) for text in written]
    listed = ", ".join(repr(text) for text in written)

    def test(subject: Subject) -> Finding:
        text = value(subject)
        for pattern in patterns:
            if pattern.found_in(text):
                return True, f"{name} has {pattern.written!r}"
        return False, f"{name} has no {listed}"

    return test
