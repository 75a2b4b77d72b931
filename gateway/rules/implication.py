"""Whether one condition holds wherever another holds, as far as that can be proven from what is written. Pure.

"Yes" is proven; "no" only says that it was not: patterns are compared as texts, expressions not at all.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gateway.mail.address import address_key, domain_key
from gateway.rules.automation import AGES, AgeTest, NumberTest, TicketWhen
from gateway.rules.durations import parse_duration
from gateway.rules.model import When

Written = When | TicketWhen
Single = tuple[str, Any]
"""One condition: its name and what is written for it."""

ONE_VALUE = frozenset(
    {
        *("language", "kind", "brand", "trust", "proof", "dkim", "spf", "dmarc", "listed"),
        *("status", "priority", "type", "team", "organization", "requester_domain", "by", "was", "became"),
    }
)
"""Conditions on something that has exactly one value: two lists without a word in common cannot hold together."""

BY_KEY: Mapping[str, Callable[[str], str]] = {
    "to": address_key,
    "author": address_key,
    "author_domain": domain_key,
    "verified_domain": domain_key,
}
NUMBERS = ("replies", "exchanges", "reopened", "rating")
_PASSED = ("since_status", "since_update")
"""Ages of things that cannot have happened before the ticket was created; a word can, on a ticket that was split off."""


@dataclass(frozen=True, slots=True)
class Flat:
    """A ``when`` made ready to be compared with many others."""

    singles: tuple[Single, ...]  # all that must hold, with what stands under ``all``
    names: frozenset[str]
    plain: frozenset[str]  # the names without ``any`` and ``not``


def flat(when: Written | None) -> Flat:
    """None is no condition: it holds always."""
    singles = () if when is None else tuple(_conjuncts(when))
    names = frozenset(name for name, _ in singles)
    return Flat(singles, names, names - {"any_of", "none_of"})


def implies(narrow: Written | None, wide: Written | None) -> bool:
    """Proven: ``wide`` holds for everything for which ``narrow`` holds. None holds always."""
    return follows(flat(narrow), flat(wide))


def follows(narrow: Flat, wide: Flat) -> bool:
    """``implies``, of what is compared more than once."""
    if not wide.plain <= narrow.names and "any_of" not in narrow.names:
        return False  # nothing is said of what is asked
    return all(_follows(narrow, single) for single in wide.singles)


def impossible(when: Written | None) -> str:
    """Why nothing can ever meet the condition, in words for people; "" where that is not proven."""
    if when is None:
        return ""
    own = list(_conjuncts(when))
    for name, value in own:
        why = _empty(name, value)
        if why:
            return why
    for index, (name, value) in enumerate(own):
        for other, wanted in own[index + 1 :]:
            if name == other and name in ONE_VALUE and not set(value) & set(wanted):
                return f"`{name}` cannot be {_listed(value)} and {_listed(wanted)} at once"
    return _too_old(own)


def _empty(name: str, value: Any) -> str:
    if isinstance(value, AgeTest) and value.over is not None and value.under is not None:
        if parse_duration(value.over) >= parse_duration(value.under):
            return f"`{name}` cannot be over {value.over} and under {value.under} at once"
    elif isinstance(value, NumberTest):
        return _no_number(name, value)
    elif name == "field":
        for field, test in value.items():
            if test.over is not None and test.under is not None and test.over >= test.under:
                return f"the field `{field}` cannot be over {test.over:g} and under {test.under:g} at once"
            if test.filled is False and (test.equal or test.matches or test.over is not None or test.under is not None):
                return f"the field `{field}` cannot be empty and hold something at once"
    elif name == "any_of":
        reasons = [impossible(inner) for inner in value]
        return reasons[0] if all(reasons) else ""
    elif name == "mail":
        return impossible(value)
    return ""


def _no_number(name: str, test: NumberTest) -> str:
    if test.over is not None and test.under is not None and test.over >= test.under:
        return f"`{name}` cannot be over {test.over:g} and under {test.under:g} at once"
    if test.equal is not None and test.over is not None and test.equal <= test.over:
        return f"`{name}` cannot be {test.equal:g} and over {test.over:g} at once"
    if test.equal is not None and test.under is not None and test.equal >= test.under:
        return f"`{name}` cannot be {test.equal:g} and under {test.under:g} at once"
    return ""


def _too_old(own: Sequence[Single]) -> str:
    """Nothing on a ticket happened before the ticket was there."""
    youngest = [value for name, value in own if name == "since_created" and value.under and value.hours == "calendar"]
    for name, value in own:
        if name not in _PASSED or value.over is None or value.hours != "calendar":
            continue
        for created in youngest:
            if parse_duration(value.over) >= parse_duration(created.under):
                return (
                    f"`{name}` cannot be over {value.over} on a ticket whose `since_created` is under {created.under}"
                )
    return ""


def _listed(words: Sequence[str]) -> str:
    return " or ".join(f"`{word}`" for word in words)


def _written(when: Written) -> Iterator[Single]:
    for name in type(when).model_fields:
        value = getattr(when, name)
        if value is not None:
            yield name, value


def _conjuncts(when: Written) -> Iterator[Single]:
    """Everything that must hold, with what stands under ``all``."""
    for name, value in _written(when):
        if name == "all_of":
            for inner in value:
                yield from _conjuncts(inner)
        elif name in BY_KEY:
            yield name, tuple(BY_KEY[name](one.strip()) for one in value)
        else:
            yield name, value


def _follows(narrow: Flat, wanted: Single) -> bool:
    name, value = wanted
    own = narrow.singles
    if name == "any_of" and any(follows(narrow, flat(inner)) for inner in value):
        return True
    if name == "none_of" and _never_with(own, value):
        return True
    for other, given in own:
        if other == name and _single(name, value, given):
            return True
    if "any_of" not in narrow.names:
        return False
    # One of several must hold: what follows from each of them follows.
    return any(other == "any_of" and all(_follows(flat(inner), wanted) for inner in given) for other, given in own)


def _never_with(own: Sequence[Single], excluded: Written) -> bool:
    """Proven: where ``own`` holds, ``excluded`` does not, for one of its conditions has no value in common."""
    return any(
        name == other and name in ONE_VALUE and not set(value) & set(given)
        for name, value in _conjuncts(excluded)
        for other, given in own
    )


def _single(name: str, wide: Any, narrow: Any) -> bool:
    """Whether ``name: wide`` follows from ``name: narrow``."""
    if wide == narrow:
        return True
    if name in BY_KEY:
        return all(any(_glob_within(one, other) for other in wide) for one in narrow)
    if name == "spam_score":
        return bool(narrow >= wide)
    if name == "none_of":
        return implies(wide, narrow)
    if name == "mail":
        return implies(narrow, wide)
    if name == "any_of":
        return all(any(implies(inner, choice) for choice in wide) for inner in narrow)
    if name in NUMBERS:
        return _bounds_within(bounds_of(narrow), bounds_of(wide)) and wide.equal is None
    if name in AGES:
        return narrow.hours == wide.hours and _bounds_within(span_of(narrow), span_of(wide))
    return isinstance(wide, tuple) and isinstance(narrow, tuple) and set(narrow) <= set(wide)


Bounds = tuple[float, float]  # more than the first, less than the second


def bounds_of(test: NumberTest) -> Bounds:
    lowest = float("-inf") if test.over is None else test.over
    highest = float("inf") if test.under is None else test.under
    return lowest, highest


def span_of(test: AgeTest) -> Bounds:
    lowest = float("-inf") if test.over is None else parse_duration(test.over).total_seconds()
    highest = float("inf") if test.under is None else parse_duration(test.under).total_seconds()
    return lowest, highest


def _bounds_within(narrow: Bounds, wide: Bounds) -> bool:
    return narrow[0] >= wide[0] and narrow[1] <= wide[1]


def _glob_within(narrow: str, wide: str) -> bool:
    """Every key that fits ``narrow`` fits ``wide``. A star of ``narrow`` stands for any text, one of ``wide`` takes in any text."""
    if narrow == wide:
        return True
    if "*" not in wide:
        return False
    head, _, tail = wide.partition("*")
    begin, star, end = narrow.partition("*")
    if not star:
        return len(narrow) >= len(head) + len(tail) and narrow.startswith(head) and narrow.endswith(tail)
    return begin.startswith(head) and end.endswith(tail)
