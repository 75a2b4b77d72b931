"""How a ticket went: the times and counts of reports, from what happened on it. Pure.

They are worked out from the same story as promises (``gateway.rules.sla``): public words of customers and agents, and statuses.
Acknowledgements, notes and machines' mail are no words. docs/reports.md says the same to people.
"""

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from gateway.rules.calendar import Calendar, elapsed
from gateway.rules.sla import Happening, Phase, Speaker, Word


@dataclass(frozen=True, slots=True)
class Length:
    """A span of time, measured twice."""

    business: timedelta  # within the hours of the ticket's calendar
    calendar: timedelta  # on the clock


@dataclass(frozen=True, slots=True)
class Measures:
    """One ticket. A length is None until both events between which it lies have happened."""

    first_reply: Length | None  # the customer's first word to our first one after it
    first_resolution: Length | None  # the customer's first word to the first time solved
    full_resolution: Length | None  # the customer's first word to the last time solved; None while it is not solved
    requester_wait: (
        Length | None
    )  # all times, until solved, in which the customer waits for us or a third party; likewise
    agent_work: Length | None  # of these, when it is our turn
    on_hold: Length | None  # of these, when it is a third party's turn
    agent_wait: Length | None  # all times in which we wait for the customer; likewise
    replies: int  # our public words
    reopens: int  # how often a solved ticket was opened again
    one_touch: (
        bool | None
    )  # solved with at most one public word of ours and never opened again; None while it is not solved


@dataclass(frozen=True, slots=True)
class _Stay:
    """From ``start`` to ``end`` in one phase."""

    start: datetime
    end: datetime
    phase: Phase


def measure(history: Iterable[Happening], calendar: Calendar) -> Measures | None:
    """``history`` in order of time. None where no customer ever wrote: there is nothing to measure."""
    story = tuple(history)
    began = next((one.at for one in story if isinstance(one, Word) and one.by is Speaker.CUSTOMER), None)
    if began is None:
        return None
    phases = [one for one in story if isinstance(one, Phase)]
    ours = [one.at for one in story if isinstance(one, Word) and one.by is Speaker.AGENT]
    answered = next(_answers(story), None)
    solved = [one.at for one in _turns(phases) if one.solved]
    is_solved = bool(phases) and phases[-1].solved
    reopens = sum(before.solved and not after.solved for before, after in itertools.pairwise(phases))
    stays = tuple(_stays(phases, began)) if is_solved else ()

    def between(end: datetime | None) -> Length | None:
        return None if end is None else _length(calendar, began, max(end, began))

    def spent(wanted: Iterable[_Stay]) -> Length | None:
        return _total(calendar, wanted) if is_solved else None

    return Measures(
        first_reply=between(answered),
        first_resolution=between(solved[0] if solved else None),
        full_resolution=between(solved[-1] if is_solved and solved else None),
        requester_wait=spent(stay for stay in stays if stay.phase.customer_waits),
        agent_work=spent(stay for stay in stays if stay.phase.customer_waits and stay.phase.runs),
        on_hold=spent(stay for stay in stays if stay.phase.customer_waits and not stay.phase.runs),
        agent_wait=spent(stay for stay in stays if not stay.phase.customer_waits),
        replies=len(ours),
        reopens=reopens,
        one_touch=len(ours) <= 1 and reopens == 0 if is_solved else None,
    )


def _answers(story: tuple[Happening, ...]) -> Iterator[datetime]:
    """When we spoke after a customer's first word."""
    asked = False
    for one in story:
        if isinstance(one, Word):
            if one.by is Speaker.AGENT and asked:
                yield one.at
            asked |= one.by is Speaker.CUSTOMER


def _turns(phases: list[Phase]) -> Iterator[Phase]:
    """Phases that are solved, or not, unlike the one before: closing a solved ticket solves it no second time."""
    solved = False
    for phase in phases:
        if phase.solved != solved:
            yield phase
        solved = phase.solved


def _stays(phases: list[Phase], began: datetime) -> Iterator[_Stay]:
    """Times in which the ticket was not solved, since the customer's first word."""
    for phase, following in itertools.pairwise(phases):
        start, end = max(phase.at, began), following.at
        if not phase.solved and end > start:
            yield _Stay(start, end, phase)


def _length(calendar: Calendar, start: datetime, end: datetime) -> Length:
    return Length(elapsed(calendar, start, end), end - start)


def _total(calendar: Calendar, stays: Iterable[_Stay]) -> Length:
    business = on_clock = timedelta()
    for stay in stays:
        length = _length(calendar, stay.start, stay.end)
        business += length.business
        on_clock += length.calendar
    return Length(business, on_clock)
