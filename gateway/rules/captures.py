"""Named groups of a rule's patterns: ``(?P<order>\\d+)`` in ``subject`` is ``{match.order}`` in what the rule does. Pure."""

from collections.abc import Iterator, Mapping
from functools import cache

from gateway.rules.automation import TicketWhen
from gateway.rules.facts import Facts
from gateway.rules.model import When
from gateway.rules.patterns import Pattern, compile_pattern
from gateway.rules.ticket import Case

MAX_CAPTURED = 1_000
"""Characters of one group: a stranger wrote it, and it ends in a field."""


def named_groups(when: When | TicketWhen | None) -> tuple[str, ...]:
    """All names, in the order in which they stand. What stands under ``not`` catches nothing."""
    return tuple(dict.fromkeys(name for pattern in _patterns(when) for name in _compiled(pattern).groups))


def captured_from_mail(when: When | None, mail: Facts) -> Mapping[str, str]:
    """What the groups caught; "" for those that caught nothing. The first pattern that caught something wins."""
    return _whole(when, _caught(_mail_patterns(when, mail))) if when is not None else {}


def captured_by(when: TicketWhen, case: Case) -> Mapping[str, str]:
    """The same for the conditions of an event rule or a timed rule."""
    return _whole(when, _caught(_ticket_patterns(when, case)))


def _whole(when: When | TicketWhen, caught: Mapping[str, str]) -> Mapping[str, str]:
    """With those of patterns that nothing was looked for in: no mail came."""
    return {**dict.fromkeys(named_groups(when), ""), **caught}


def _caught(found: Iterator[tuple[str, str]]) -> Mapping[str, str]:
    values: dict[str, str] = {}
    for written, text in found:
        pattern = _compiled(written)
        if pattern.groups:
            caught = pattern.captures(text)
            for name in pattern.groups:
                values[name] = values.get(name) or caught.get(name, "")[:MAX_CAPTURED]
    return values


@cache
def _compiled(written: str) -> Pattern:
    return compile_pattern(written)


def _patterns(when: When | TicketWhen | None) -> Iterator[str]:
    if when is None:
        return
    yield from when.subject or ()
    if isinstance(when, When):
        yield from when.body or ()
    else:
        yield from _patterns(when.mail)
    for inner in (*(when.all_of or ()), *(when.any_of or ())):
        yield from _patterns(inner)


def _mail_patterns(when: When, mail: Facts) -> Iterator[tuple[str, str]]:
    yield from ((pattern, mail.subject) for pattern in when.subject or ())
    yield from ((pattern, mail.body) for pattern in when.body or ())
    for inner in (*(when.all_of or ()), *(when.any_of or ())):
        yield from _mail_patterns(inner, mail)


def _ticket_patterns(when: TicketWhen, case: Case) -> Iterator[tuple[str, str]]:
    yield from ((pattern, case.ticket.subject) for pattern in when.subject or ())
    if when.mail is not None and case.mail is not None:
        yield from _mail_patterns(when.mail, case.mail)
    for inner in (*(when.all_of or ()), *(when.any_of or ())):
        yield from _ticket_patterns(inner, case)
