"""``calendars.yaml``: when people work. Hours of the week, public holidays of a country, own days, days of an iCalendar file."""

import itertools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, Field

from gateway.config.mistakes import Mistake, did_you_mean
from gateway.config.section import Language, Section, TimeZone
from gateway.config.source import Node
from gateway.config.validate import place_of
from gateway.rules.calendar import ALWAYS, DAY_MINUTES, Calendar, Day, Hours

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MAX_CALENDAR_FILE = 2 * 1024 * 1024  # octets
MAX_EVENTS = 5_000
YEARS_BACK, YEARS_AHEAD = 2, 6
"""Holidays are worked out for these years around the load: deadlines look a little back and some months ahead."""

_HOURS = re.compile(r"([01]?\d|2[0-4]):([0-5]\d)\s*[-–]\s*([01]?\d|2[0-4]):([0-5]\d)")
_REGION = re.compile(r"([A-Z]{2})(?:-([A-Z0-9]{1,4}))?")


def _hours(written: str) -> str:
    parse_hours(written)
    return written


def parse_hours(written: str) -> Hours:
    """``09:00-18:00`` in minutes after midnight; ValueError else. ``24:00`` is the end of the day."""
    match = _HOURS.fullmatch(written.strip())
    if match is not None:
        start, end = int(match[1]) * 60 + int(match[2]), int(match[3]) * 60 + int(match[4])
        if start < end <= DAY_MINUTES:
            return start, end
        if end <= start:
            raise ValueError(
                f"{written!r} ends before it begins; hours over midnight are two: 22:00-24:00 and 00:00-06:00"
            )
    raise ValueError(f"{written!r} are no hours; write them like 09:00-18:00")


def parse_weekdays(written: str) -> tuple[int, ...]:
    """``mon-fri``, ``sat`` or ``mon,wed`` as days from Monday, 0; ValueError else."""
    days: list[int] = []
    for piece in written.lower().replace(" ", "").split(","):
        first, _, last = piece.partition("-")
        if first not in WEEKDAYS or (last or first) not in WEEKDAYS:
            raise ValueError(f"{written!r} are no days of the week; write them like mon-fri, sat or mon,wed")
        start, end = WEEKDAYS.index(first), WEEKDAYS.index(last or first)
        days += range(start, end + 1) if start <= end else (*range(start, 7), *range(end + 1))
    return tuple(days)


def _weekdays(written: str) -> str:
    parse_weekdays(written)
    return written


def _listed(value: object) -> object:
    if value == "closed":
        return []
    return [value] if isinstance(value, str) else value


def _day(written: str) -> str:
    try:
        date.fromisoformat(written)
    except ValueError as error:
        raise ValueError(f"{written!r} is no day; write it like 2026-12-31") from error
    return written


def _region(written: str) -> str:
    if _REGION.fullmatch(written) is None:
        raise ValueError(f"{written!r} is no country; write it like KR, JP or US-CA")
    return written


HoursList = Annotated[tuple[Annotated[str, AfterValidator(_hours)], ...], BeforeValidator(_listed)]


class WrittenCalendar(Section):
    """When people work."""

    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,39}$")] = Field(
        examples=["office"], description="Short name for other files: small letters, digits, hyphens."
    )
    time_zone: TimeZone = Field(
        examples=["Asia/Seoul"], description="Where the clock hangs that these hours are read from."
    )
    hours: dict[Annotated[str, AfterValidator(_weekdays)], HoursList] = Field(
        examples=[{"mon-fri": ["09:00-18:00"]}],
        description="Days of the week (`mon-fri`, `sat`, `mon,wed`), each with its hours. Days that are not named are closed.",
    )
    holidays: Annotated[tuple[Annotated[str, AfterValidator(_region)], ...], BeforeValidator(_listed)] = Field(
        default=(),
        description="Closed on the public holidays of these countries, lunar and substitute days included: `KR`, `JP`, `US-CA`.",
    )
    language: Language = Field(default="en", description="Language of the holidays' names, where they exist in it.")
    days: dict[Annotated[str, AfterValidator(_day)], HoursList] = Field(
        default={},
        description="Single days that differ: `2026-12-31: [09:00-13:00]`, `2026-05-04: closed`. They win over holidays.",
    )
    files: tuple[Path, ...] = Field(
        default=(),
        description="iCalendar files (.ics): the days of their all-day events are closed; repeats are followed.",
    )


class CalendarsFile(Section):
    """The file."""

    calendars: tuple[WrittenCalendar, ...] = Field(default=(), max_length=200, description="Calendars.")


@dataclass(frozen=True, slots=True)
class WrittenCalendars:
    """Calendars as they were written, and the days that holidays and files close: all that compiling needs."""

    calendars: tuple[WrittenCalendar, ...] = ()
    closed: Mapping[str, Mapping[date, str]] = field(default_factory=dict)  # by calendar: days with their names


def find_days(
    written: CalendarsFile, tree: Node, base: Path, year: int
) -> tuple[WrittenCalendars, bytes, list[Mistake]]:
    """The calendars with the days that holidays and iCalendar files close; the content of those files; every mistake.

    ``year``: the present one. Whoever compiles needs neither the files nor the library any more.
    """
    mistakes: list[Mistake] = []
    contents: list[bytes] = []
    found: dict[str, dict[date, str]] = {}
    years = range(year - YEARS_BACK, year + YEARS_AHEAD)
    seen: dict[str, int] = {}
    for index, calendar in enumerate(written.calendars):
        place = place_of(tree, "calendars", index, "id")
        if calendar.id in seen or calendar.id == ALWAYS.id:
            other = "is always open by itself" if calendar.id == ALWAYS.id else "is the id of another calendar too"
            mistakes.append(Mistake.at(place, f"`{calendar.id}` {other}; ids must be unique"))
        seen[calendar.id] = index
        mistakes += _overlaps(calendar, index, tree)
        days: dict[date, str] = {}
        for number, region in enumerate(calendar.holidays):
            try:
                days |= _public_holidays(region, calendar.language, years)
            except ValueError as error:
                mistakes.append(Mistake.at(place_of(tree, "calendars", index, "holidays", number), str(error)))
        for number, path in enumerate(calendar.files):
            try:
                content = _content(base / path)
                contents.append(content)
                days |= _days_of_events(content, years)
            except ValueError as error:
                mistakes.append(Mistake.at(place_of(tree, "calendars", index, "files", number), str(error)))
        found[calendar.id] = days
    return WrittenCalendars(written.calendars, found), b"\0".join(contents), mistakes


def _overlaps(calendar: WrittenCalendar, index: int, tree: Node) -> Iterator[Mistake]:
    taken: dict[int, str] = {}
    for name, written in calendar.hours.items():
        place = place_of(tree, "calendars", index, "hours", name)
        for day in parse_weekdays(name):
            if day in taken:
                yield Mistake.at(place, f"`{name}` and `{taken[day]}` both name {WEEKDAYS[day]}; each day stands once")
                break
            taken[day] = name
        yield from (Mistake.at(place, wrong) for wrong in _disorder(written))
    for name, written in calendar.days.items():
        place = place_of(tree, "calendars", index, "days", name)
        yield from (Mistake.at(place, wrong) for wrong in _disorder(written))


def _disorder(written: tuple[str, ...]) -> Iterator[str]:
    hours = sorted(map(parse_hours, written))
    if any(earlier[1] > later[0] for earlier, later in itertools.pairwise(hours)):
        yield f"these hours overlap: {', '.join(written)}"


def _public_holidays(region: str, language: str, years: range) -> Iterator[tuple[date, str]]:
    """ValueError for a country or a part of it that is not known."""
    import holidays  # takes a fifth of a second, and only calendars that name a country need it

    country, _, part = region.partition("-")
    known = holidays.list_supported_countries(include_aliases=False)
    if country not in known:
        raise ValueError(f"there are no public holidays for `{country}`.{did_you_mean(country, known)}")
    if part and part not in known[country]:
        raise ValueError(f"`{country}` has no part `{part}`.{did_you_mean(part, known[country])}")
    languages = getattr(holidays, country).supported_languages
    spoken = next((name for name in languages if name.partition("_")[0] == language), None)
    yield from holidays.country_holidays(country, subdiv=part or None, years=years, language=spoken).items()


def _content(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(MAX_CALENDAR_FILE + 1)
    except OSError as error:
        raise ValueError(f"cannot read {path}: {(error.strerror or 'error').lower()}") from error
    if len(content) > MAX_CALENDAR_FILE:
        raise ValueError(f"{path} is larger than {MAX_CALENDAR_FILE // 1024 // 1024} MB")
    return content


def _days_of_events(content: bytes, years: range) -> Iterator[tuple[date, str]]:
    """The days of all-day events (RFC 5545 section 3.6.1) with their summaries; yearly repeats are followed."""
    from icalendar import Calendar as ICalendar

    try:
        events = [
            event for calendar in ICalendar.from_ical(content, multiple=True) for event in calendar.walk("VEVENT")
        ]
    except (ValueError, KeyError, IndexError, TypeError, AttributeError) as error:
        raise ValueError("this is not an iCalendar file (RFC 5545)") from error
    if len(events) > MAX_EVENTS:
        raise ValueError(f"this file has more than {MAX_EVENTS} events")
    for event in events:
        if event.errors:
            field, wrong = event.errors[0]
            raise ValueError(f"the event {str(event.get('SUMMARY', ''))[:80]!r} cannot be read: {field}: {wrong}")
        start = getattr(event.get("DTSTART"), "dt", None)
        if not isinstance(start, date) or isinstance(start, datetime):
            continue
        end = getattr(event.get("DTEND"), "dt", None)
        length = (end - start).days if isinstance(end, date) and not isinstance(end, datetime) else 1
        name = str(event.get("SUMMARY", ""))[:80]
        for first in _repeats(event, start, years):
            yield from ((first + timedelta(days=offset), name) for offset in range(min(max(length, 1), 366)))


def _repeats(event: Mapping[str, Any], start: date, years: range) -> Iterator[date]:
    """The first days of an event, once or as its RRULE (RFC 5545 section 3.3.10) says."""
    rule = event.get("RRULE")
    if rule is None:
        yield start
        return
    from dateutil.rrule import rrulestr

    written = rule.to_ical().decode()
    if not re.search(r"FREQ=(YEARLY|MONTHLY|WEEKLY|DAILY)\b", written):
        raise ValueError(f"{start}: an all-day event cannot repeat by {written!r}")
    first = datetime.combine(start, time())
    try:
        repeats = rrulestr(written, dtstart=first, ignoretz=True)
    except ValueError as error:
        raise ValueError(f"{start}: the event repeats by {written!r}, which cannot be read") from error
    last = datetime(years[-1], 12, 31)  # noqa: DTZ001
    excluded = {day.dt for days in _listed_dates(event.get("EXDATE")) for day in days.dts}
    for moment in itertools.takewhile(lambda moment: moment <= last, repeats):
        if moment.year in years and moment.date() not in excluded:
            yield moment.date()


def _listed_dates(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def compile_calendars(written: WrittenCalendars) -> dict[str, Calendar]:
    """By id; ``always`` is there without being written."""
    return {
        ALWAYS.id: ALWAYS,
        **{one.id: _compiled(one, written.closed.get(one.id, {})) for one in written.calendars},
    }


def _compiled(written: WrittenCalendar, closed: Mapping[date, str]) -> Calendar:
    week: list[tuple[Hours, ...]] = [()] * 7
    for name, hours in written.hours.items():
        for day in parse_weekdays(name):
            week[day] = _sorted(hours)
    days = {day: Day((), name) for day, name in closed.items()}
    days |= {date.fromisoformat(day): Day(_sorted(hours)) for day, hours in written.days.items()}
    return Calendar(written.id, ZoneInfo(written.time_zone), tuple(week), days)


def _sorted(written: tuple[str, ...]) -> tuple[Hours, ...]:
    return tuple(sorted(map(parse_hours, written)))
