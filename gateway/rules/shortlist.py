"""Which of many conditions could follow from one, or say the same: a short list for ``gateway.rules.implication`` to prove. Pure.

A condition that lists words follows only from one of the same name that lists some of them. So each rule is kept under the rarest of
its lists, and found by any word in it; rules that list nothing are always on the short list. Nothing that could be proven is left out.
"""

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Iterator, Sequence

from gateway.rules.automation import AGES, AgeTest, NumberTest, TicketWhen
from gateway.rules.implication import BY_KEY, NUMBERS, Flat, Single, bounds_of, flat, span_of
from gateway.rules.model import When

Words = tuple[Hashable, ...]
"""Conditions that a rule lists: each is its name and one of its words."""

_NO_LIST = frozenset({*NUMBERS, *AGES, "spam_score", "field", "any_of", "none_of", "mail"})


class Shortlist:
    """Conditions of many rules, by their words."""

    def __init__(self, conditions: Sequence[Flat]) -> None:
        listed = [list(_lists(it)) for it in conditions]
        common = Counter(word for lists in listed for words in lists for word in words)
        self._by_word: defaultdict[Hashable, list[int]] = defaultdict(list)
        self._always: list[int] = []
        for index, lists in enumerate(listed):
            if not lists:
                self._always.append(index)
                continue
            rarest = min(lists, key=lambda words: sum(common[word] for word in words))
            for word in dict.fromkeys(rarest):
                self._by_word[word].append(index)

    def of(self, narrow: Flat) -> list[int]:
        """In order, without repetition: every rule whose condition could follow from this one."""
        found = set(self._always)
        for word in set(_words(narrow)):
            found.update(self._by_word.get(word, ()))
        return sorted(found)


def alike(conditions: Sequence[Flat]) -> list[list[int]]:
    """For each condition, in order, the earlier ones that could say exactly the same."""
    groups: defaultdict[Hashable, list[int]] = defaultdict(list)
    odd: list[int] = []  # those of which no short form tells what they say
    found = []
    for index, it in enumerate(conditions):
        form = _form(it)
        found.append(list(range(index)) if form is None else sorted([*groups[form], *odd]))
        (odd if form is None else groups[form]).append(index)
    return found


def _lists(condition: Flat, prefix: str = "") -> Iterator[Words]:
    """Each list in a condition, all of which must hold; addresses and domains only where none stands for many."""
    for name, value in condition.singles:
        if name == "mail":
            yield from _lists(flat(value), f"{prefix}mail.")
        elif name not in _NO_LIST and not (name in BY_KEY and any("*" in one for one in value)):
            yield tuple((f"{prefix}{name}", word) for word in _values(value))


def _words(condition: Flat, prefix: str = "") -> Iterator[Hashable]:
    """Every word in a condition, also of those of which one must hold."""
    for name, value in condition.singles:
        if name == "any_of":
            for inner in value:
                yield from _words(flat(inner), prefix)
        elif name == "mail":
            yield from _words(flat(value), f"{prefix}mail.")
        elif name not in _NO_LIST:
            for word in _values(value):
                yield f"{prefix}{name}", word


def _values(value: object) -> Iterable[Hashable]:
    return value if isinstance(value, tuple) else (value,)


def _form(condition: Flat) -> Hashable | None:
    """Equal for conditions that follow from each other; None where that cannot be said."""
    names = [name for name, _ in condition.singles if name in condition.plain]
    if "any_of" in condition.names or len(names) != len(condition.plain):
        return None
    return frozenset(_exactly(single) for single in condition.singles if single[0] in condition.plain)


def _exactly(single: Single) -> Hashable:
    """What is written, as far as two ways to write it can be told to be one."""
    name, value = single
    if isinstance(value, NumberTest):
        return name, bounds_of(value), value.equal
    if isinstance(value, AgeTest):
        return name, value.hours, span_of(value)
    if name in BY_KEY or isinstance(value, dict | When | TicketWhen):
        return name
    return name, frozenset(value) if isinstance(value, tuple) else value
