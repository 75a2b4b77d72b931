"""Business time against a counter that looks at the wall clock every minute."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.rules.calendar import ALWAYS, Calendar, Day, advance, elapsed, holiday_at, is_open, next_opening

NINE_TO_SIX = ((9 * 60, 12 * 60), (13 * 60, 18 * 60))
SEOUL = Calendar(
    "seoul",
    ZoneInfo("Asia/Seoul"),
    (*(NINE_TO_SIX,) * 5, (), ()),
    {date(2026, 9, 25): Day((), "추석"), date(2026, 12, 31): Day(((9 * 60, 13 * 60),))},
)
ZONES = ("Asia/Seoul", "Asia/Tokyo", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/Santiago")
# The last two: half an hour of daylight saving, and a change at midnight.
AROUND_CHANGES = (
    datetime(2026, 3, 29, 1, tzinfo=UTC),
    datetime(2026, 10, 25, 1, tzinfo=UTC),
    datetime(2026, 3, 8, 7, tzinfo=UTC),
    datetime(2026, 11, 1, 6, tzinfo=UTC),
    datetime(2026, 4, 4, 15, tzinfo=UTC),
    datetime(2026, 10, 3, 15, tzinfo=UTC),
    datetime(2026, 9, 6, 4, tzinfo=UTC),
    datetime(2026, 4, 5, 3, tzinfo=UTC),
)


@st.composite
def hours(draw: st.DrawFn) -> tuple[tuple[int, int], ...]:
    cuts = sorted(draw(st.sets(st.integers(0, 96), max_size=6)))
    return tuple((a * 15, b * 15) for a, b in zip(cuts[::2], cuts[1::2], strict=False))


@st.composite
def calendars(draw: st.DrawFn) -> Calendar:
    week = tuple(draw(hours()) for _ in range(7))
    day = st.dates(date(2026, 3, 1), date(2026, 11, 30))
    days = {at: Day(draw(hours())) for at in draw(st.sets(day, max_size=3))}
    return Calendar("drawn", ZoneInfo(draw(st.sampled_from(ZONES))), week, days)


def wall_says_open(calendar: Calendar, moment: datetime) -> bool:
    wall = moment.astimezone(calendar.zone)
    minute = wall.hour * 60 + wall.minute
    return any(start <= minute < end for start, end in calendar.hours_of(wall.date()))


def counted(calendar: Calendar, start: datetime, minutes: int) -> int:
    return sum(wall_says_open(calendar, start + timedelta(minutes=k)) for k in range(minutes))


@settings(max_examples=150, deadline=None)
@given(calendars(), st.sampled_from(AROUND_CHANGES), st.integers(-2000, 2000), st.integers(0, 3000))
def test_elapsed_is_what_a_minute_counter_counts(
    calendar: Calendar, around: datetime, offset: int, minutes: int
) -> None:
    start = around + timedelta(minutes=offset)
    end = start + timedelta(minutes=minutes)
    assert elapsed(calendar, start, end) == timedelta(minutes=counted(calendar, start, minutes))


@settings(max_examples=150, deadline=None)
@given(calendars(), st.sampled_from(AROUND_CHANGES), st.integers(-2000, 2000), st.integers(1, 3000))
def test_advance_is_the_first_moment_by_which_so_much_has_passed(
    calendar: Calendar, around: datetime, offset: int, minutes: int
) -> None:
    start = around + timedelta(minutes=offset)
    until = advance(calendar, start, timedelta(minutes=minutes))
    if until is None:
        assert next_opening(calendar, start + timedelta(days=14)) is None
        return
    assert elapsed(calendar, start, until) == timedelta(minutes=minutes)
    assert elapsed(calendar, start, until - timedelta(minutes=1)) == timedelta(minutes=minutes - 1)


@settings(max_examples=200, deadline=None)
@given(calendars(), st.sampled_from(AROUND_CHANGES), st.integers(-3000, 3000))
def test_open_is_what_the_wall_says(calendar: Calendar, around: datetime, offset: int) -> None:
    moment = around + timedelta(minutes=offset)
    assert is_open(calendar, moment) == wall_says_open(calendar, moment)


@settings(max_examples=100, deadline=None)
@given(calendars(), st.sampled_from(AROUND_CHANGES), st.lists(st.integers(0, 5000), min_size=3, max_size=3))
def test_pieces_add_up_to_the_whole(calendar: Calendar, around: datetime, cuts: list[int]) -> None:
    first, middle, last = (around + timedelta(minutes=cut) for cut in sorted(cuts))
    assert elapsed(calendar, first, last) == elapsed(calendar, first, middle) + elapsed(calendar, middle, last)


def seoul(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=ZoneInfo("Asia/Seoul"))  # type: ignore[arg-type, misc]


@pytest.mark.parametrize(
    ("start", "hours", "due"),
    [
        (seoul(2026, 11, 20, 17), 2, seoul(2026, 11, 23, 10)),  # Friday evening to Monday morning
        (seoul(2026, 11, 20, 11, 30), 1, seoul(2026, 11, 20, 13, 30)),  # over lunch
        (seoul(2026, 9, 24, 17, 30), 1, seoul(2026, 9, 28, 9, 30)),  # over a holiday and the week-end behind it
        (seoul(2026, 12, 31, 12), 2, seoul(2027, 1, 1, 10)),  # a day with hours of its own
        (seoul(2026, 11, 21, 3), 0, seoul(2026, 11, 21, 3)),  # nothing to wait for
    ],
)
def test_deadlines_as_people_count_them(start: datetime, hours: int, due: datetime) -> None:
    assert advance(SEOUL, start, timedelta(hours=hours)) == due


def test_a_calendar_that_never_opens_says_so() -> None:
    never = Calendar("never", ZoneInfo("UTC"), ((),) * 7)
    assert advance(never, datetime(2026, 1, 1, tzinfo=UTC), timedelta(minutes=1)) is None
    assert next_opening(never, datetime(2026, 1, 1, tzinfo=UTC)) is None


def test_always_is_plain_time() -> None:
    start = datetime(2026, 3, 29, 0, 30, 15, tzinfo=UTC)
    assert advance(ALWAYS, start, timedelta(hours=30)) == start + timedelta(hours=30)
    assert elapsed(ALWAYS, start, start + timedelta(seconds=7)) == timedelta(seconds=7)


def test_holidays_have_names() -> None:
    assert holiday_at(SEOUL, seoul(2026, 9, 25, 10)) == "추석"
    assert holiday_at(SEOUL, seoul(2026, 12, 31, 20)) is None  # open for half a day
    assert holiday_at(SEOUL, seoul(2026, 9, 28, 10)) is None


@pytest.mark.parametrize("week", [(((60, 30),),), (((0, 60), (30, 90)),), (((0, 1441),),)])
def test_hours_that_cannot_be_are_refused(week: tuple[tuple[tuple[int, int], ...], ...]) -> None:
    with pytest.raises(ValueError, match="hours must be in order"):
        Calendar("bad", ZoneInfo("UTC"), week * 7)
