"""Conditions about a mail's sender and content as others found them: lists, important customers, scanners."""

from collections.abc import Callable, Iterator
from typing import Protocol

from gateway.rules.facts import Facts
from gateway.rules.findings import Finding, one_of_words

Test = Callable[[Facts], Finding]


class Asked(Protocol):
    """The part of a ``when`` that is about these."""

    @property
    def vip(self) -> bool | None: ...
    @property
    def listed(self) -> tuple[str, ...] | None: ...
    @property
    def spam_score(self) -> float | None: ...
    @property
    def spam_symbol(self) -> tuple[str, ...] | None: ...
    @property
    def virus(self) -> bool | None: ...
    @property
    def not_scanned(self) -> bool | None: ...


def standing_tests(when: Asked) -> Iterator[Test]:
    if when.vip is not None:
        yield _is("the sender is an important customer", lambda facts: facts.standing.is_vip, wanted=when.vip)
    if when.listed:
        yield one_of_words("listed", when.listed, lambda facts: facts.standing.listed, nothing="on no list")
    if when.spam_score is not None:
        yield _at_least(when.spam_score)
    if when.spam_symbol:
        yield _symbol(when.spam_symbol)
    if when.virus is not None:
        yield _is("a virus was found", lambda facts: bool(facts.standing.virus), wanted=when.virus)
    if when.not_scanned is not None:
        yield _is("a scanner said nothing", lambda facts: facts.standing.not_scanned, wanted=when.not_scanned)


def _is(what: str, value: Callable[[Facts], bool], *, wanted: bool) -> Test:
    def test(facts: Facts) -> Finding:
        found = value(facts)
        return found is wanted, f"{what}: {'yes' if found else 'no'}"

    return test


def _at_least(limit: float) -> Test:
    def test(facts: Facts) -> Finding:
        score = facts.standing.spam_score
        if score is None:
            return False, "the mail has no spam score"
        return score >= limit, f"the spam score is {score:g}, {'at least' if score >= limit else 'below'} {limit:g}"

    return test


def _symbol(names: tuple[str, ...]) -> Test:
    wanted = frozenset(name.upper() for name in names)

    def test(facts: Facts) -> Finding:
        for name in facts.standing.symbols:
            if name.upper() in wanted:
                return True, f"a scanner noticed {name}"
        return False, f"no scanner noticed {', '.join(names)}"

    return test
