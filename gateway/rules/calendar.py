"""Business time: when are we there, how much of it lies between two moments, and when will so much of it have passed? Pure.

A moment is open where the clock on the wall of the calendar's time zone is within the hours of that day. So an hour that daylight
saving repeats counts twice and one that it skips not at all, as it is for the people who work then.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

DAY_MINUTES = 24 * 60
LONGEST_LOOK = timedelta(days=3660)
"""How far ``advance`` and ``next_opening`` look: a calendar that does not open in ten years does not open."""

Hours = tuple[int, int]
"""From and until, in minutes after midnight on the wall clock; 1440 is the end of the day. The end is not included."""

Span = tuple[datetime, datetime]
"""From and until, aware UTC."""


@dataclass(frozen=True, slots=True)
class Day:
    """A day that is not like its weekday."""

    hours: tuple[Hours, ...]  # () closed
    name: str = ""  # of the holiday


_WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def _ordered(hours: Sequence[Hours]) -> None:
    until = 0
    for start, end in hours:
        if not until <= start < end <= DAY_MINUTES:
            raise ValueError("hours must be in order, must not overlap, and must end by 24:00")
        until = end


@dataclass(frozen=True, slots=True, eq=False)
class Calendar:
    """When people work. Compared by identity; what a day's hours are in UTC is remembered inside."""

    id: str
    zone: ZoneInfo
    week: tuple[tuple[Hours, ...], ...]  # seven days from Monday, each its hours in order, not overlapping
    days: Mapping[date, Day] = field(default_factory=dict)
    _spans: dict[date, tuple[Span, ...]] = field(default_factory=dict, init=False, repr=False)

    def __post_init__(self) -> None:
        if len(self.week) != len(_WEEK):
            raise ValueError(f"a week has seven days, not {len(self.week)}")
        for hours in (*self.week, *(day.hours for day in self.days.values())):
            _ordered(hours)

    def hours_of(self, day: date) -> tuple[Hours, ...]:
        special = self.days.get(day)
        return self.week[day.weekday()] if special is None else special.hours

    def spans_of(self, day: date) -> tuple[Span, ...]:
        """The open times of a day of the calendar's zone, in order, in UTC."""
        known = self._spans.get(day)
        if known is None:
            known = self._spans[day] = tuple(_spans(self.zone, day, self.hours_of(day)))
        return known


ALWAYS = Calendar("always", ZoneInfo("UTC"), (((0, DAY_MINUTES),),) * 7)
"""Day and night: calendar time as a calendar."""


def _midnight(zone: ZoneInfo, day: date) -> datetime:
    return datetime.combine(day, time(), zone)


def _spans(zone: ZoneInfo, day: date, hours: tuple[Hours, ...]) -> Iterator[Span]:
    if not hours:
        return
    begins, ends = _midnight(zone, day), _midnight(zone, day + timedelta(days=1))
    if begins.utcoffset() == ends.utcoffset():
        first = begins.astimezone(UTC)
        for start, end in hours:
            yield first + timedelta(minutes=start), first + timedelta(minutes=end)
        return
    yield from _spans_across_a_change(zone, day, hours)


def _spans_across_a_change(zone: ZoneInfo, day: date, hours: tuple[Hours, ...]) -> Iterator[Span]:
    """A day on which the clock is moved: minute by minute, by what the wall shows then."""
    step = timedelta(minutes=1)
    moment = _midnight(zone, day).astimezone(UTC) - timedelta(hours=3)
    last = moment + timedelta(hours=31)
    opened: datetime | None = None
    while moment <= last:
        wall = moment.astimezone(zone)
        minute = wall.hour * 60 + wall.minute
        is_open = wall.date() == day and any(start <= minute < end for start, end in hours)
        if is_open and opened is None:
            opened = moment
        elif not is_open and opened is not None:
            yield opened, moment
            opened = None
        moment += step


def _spans_from(calendar: Calendar, moment: datetime) -> Iterator[Span]:
    """Open times that end after ``moment``, in order, for as long as it is worth looking."""
    moment = moment.astimezone(UTC)
    day = moment.astimezone(calendar.zone).date() - timedelta(days=1)  # a moved clock can carry a day's end over
    last = day + LONGEST_LOOK
    while day <= last:
        for start, end in calendar.spans_of(day):
            if end > moment:
                yield max(start, moment), end
        day += timedelta(days=1)


def elapsed(calendar: Calendar, start: datetime, end: datetime) -> timedelta:
    """How much business time lies between two moments; nothing where ``end`` is not after ``start``."""
    total = timedelta()
    if end <= start:
        return total
    end = end.astimezone(UTC)
    if calendar is ALWAYS:
        return end - start
    for opened, closed in _spans_from(calendar, start):
        if opened >= end:
            break
        total += min(closed, end) - opened
    return total


def advance(calendar: Calendar, start: datetime, amount: timedelta) -> datetime | None:
    """The moment (UTC) by which ``amount`` of business time has passed since ``start``; None where that never comes.

    Nothing to wait for is over at once, even while closed.
    """
    start = start.astimezone(UTC)
    if amount <= timedelta():
        return start
    if calendar is ALWAYS:
        return start + amount
    left = amount
    for opened, closed in _spans_from(calendar, start):
        if closed - opened >= left:
            return opened + left
        left -= closed - opened
    return None


def is_open(calendar: Calendar, moment: datetime) -> bool:
    """Whether people work at that moment."""
    return next(_spans_from(calendar, moment), (None,))[0] == moment.astimezone(UTC)


def next_opening(calendar: Calendar, moment: datetime) -> datetime | None:
    """The first open moment (UTC) from ``moment`` on, itself included; None where the calendar never opens again."""
    return next((opened for opened, _ in _spans_from(calendar, moment)), None)


def boundaries(calendar: Calendar, moment: datetime) -> Iterator[datetime]:
    """When it opens and closes (UTC) after ``moment``, in order."""
    previous: datetime | None = None
    for opened, closed in _spans_from(calendar, moment):
        if previous is not None and opened != previous:
            yield previous
        if opened != previous and opened > moment:
            yield opened
        previous = closed
    if previous is not None:
        yield previous


def holiday_at(calendar: Calendar, moment: datetime) -> str | None:
    """The name of the holiday that closes the whole day of that moment; None on other days."""
    day = calendar.days.get(moment.astimezone(calendar.zone).date())
    return day.name or "closed" if day is not None and not day.hours else None
