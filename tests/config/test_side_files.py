"""Calendars, teams and promises as files: what they mean, and that they reach the roles."""

from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from gateway.config.calendars import compile_calendars
from gateway.config.load import ConfigurationError, Loaded, load_all
from gateway.config.packed import pack
from gateway.config.side_files import read_side_files
from gateway.config.sla import compile_policy
from gateway.config.source import parse
from gateway.config.teams import compile_teams, members_of
from gateway.handover import Handover, take
from gateway.rules.assignment import Method, Overflow, Shift
from gateway.rules.calendar import ALWAYS, holiday_at, is_open
from gateway.rules.durations import parse_duration, say_duration
from gateway.rules.sla import Metric

GATEWAY = """\
reply_domain: reply.example.com
admin: admin@example.com
brands:
  - {id: example, name: Example Support, addresses: [support@example.com]}
"""
CALENDARS = """\
calendars:
  - id: office
    time_zone: Asia/Seoul
    hours:
      mon-fri: [09:00-12:00, 13:00-18:00]
      sat: 10:00-13:00
    holidays: KR
    language: ko
    days:
      2026-12-31: [09:00-13:00]
      2026-05-05: 10:00-12:00
      2026-05-04: closed
    files: [ours.ics]
"""
OURS = """\
BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//Example//EN
BEGIN:VEVENT
UID:1@example.com
DTSTAMP:20260101T000000Z
DTSTART;VALUE=DATE:20260720
DTEND;VALUE=DATE:20260723
SUMMARY:여름 휴가
END:VEVENT
BEGIN:VEVENT
UID:2@example.com
DTSTAMP:20200101T000000Z
DTSTART;VALUE=DATE:20200312
RRULE:FREQ=YEARLY
EXDATE;VALUE=DATE:20270312
SUMMARY:창립기념일
END:VEVENT
BEGIN:VEVENT
UID:3@example.com
DTSTAMP:20260101T000000Z
DTSTART:20260601T010000Z
SUMMARY:a meeting
END:VEVENT
END:VCALENDAR
"""
TEAMS = """\
teams:
  - id: billing
    members: [Kim@example.com, lee@example.com]
    calendar: office
    assign: least_loaded
    after_hours: night
    overflow: {team: night, waiting: 20, age: 2h}
    on_call: [{agent: Kim@example.com, first: 2026-12-21, last: 2026-12-27}]
  - id: night
agents:
  - {address: kim@EXAMPLE.com, skills: [ja, refunds], capacity: 12, calendar: office, until: 2026-12-31}
"""
SLA = """\
policies:
  - id: important
    when: {vip: true}
    targets: {any: {first_reply: 30m}}
  - id: standard
    calendar: office
    warn_before: 20m
    targets:
      high: {first_reply: 1h, resolution: 4h}
      any: {first_reply: 3h, next_reply: 3h, resolution: 8h}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    files = {
        "gateway.yaml": GATEWAY,
        "calendars.yaml": CALENDARS,
        "ours.ics": OURS,
        "teams.yaml": TEAMS,
        "sla.yaml": SLA,
    }
    for name, content in files.items():
        (tmp_path / name).write_text(content, "utf-8")
    return tmp_path


@pytest.fixture
def loaded(folder: Path) -> Loaded:
    return load_all(folder / "gateway.yaml", {})


def seoul(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=ZoneInfo("Asia/Seoul"))  # type: ignore[arg-type, misc]


def calendars_of_2026(folder: Path) -> dict[str, object]:
    tree, _ = parse("{}", "gateway.yaml")
    assert tree is not None
    side, _, mistakes = read_side_files(folder, {}, tree, year=2026)
    assert not mistakes
    return dict(compile_calendars(side.calendars))


@pytest.mark.parametrize(
    ("moment", "holiday", "opened"),
    [
        (seoul(2026, 11, 20, 10), None, True),
        (seoul(2026, 11, 20, 12, 30), None, False),
        (seoul(2026, 11, 21, 10), None, True),
        (seoul(2026, 9, 24, 10), "추석 전날", False),  # by the moon
        (seoul(2026, 8, 17, 10), "광복절 대체 휴일", False),  # instead of a Saturday
        (seoul(2026, 5, 5, 11), None, True),  # a holiday on which this office works: its own days win
        (seoul(2026, 5, 4, 11), "closed", False),
        (seoul(2026, 7, 22, 10), "여름 휴가", False),
        (seoul(2026, 7, 23, 10), None, True),
        (seoul(2026, 3, 12, 10), "창립기념일", False),
        (seoul(2027, 3, 12, 10), None, True),  # the exception of a repeated event
        (seoul(2026, 6, 1, 10), None, True),  # an event with a time is a meeting
    ],
)
def test_when_the_office_works(folder: Path, moment: datetime, holiday: str | None, opened: bool) -> None:
    office = calendars_of_2026(folder)["office"]
    assert holiday_at(office, moment) == holiday  # type: ignore[arg-type]
    assert is_open(office, moment) == opened  # type: ignore[arg-type]


def test_teams_and_their_members(loaded: Loaded) -> None:
    calendars = compile_calendars(loaded.side.calendars)
    billing = compile_teams(loaded.side.teams, calendars)["billing"]
    assert (billing.method, billing.after_hours) == (Method.LEAST_LOADED, "night")
    assert billing.overflow == Overflow("night", 20, timedelta(hours=2))
    assert billing.on_call == (Shift("kim@example.com", date(2026, 12, 21), date(2026, 12, 27)),)
    kim, lee = members_of(loaded.side.teams, calendars)["billing"]
    assert (kim.agent, kim.skills, kim.capacity, kim.until) == (
        "kim@example.com",
        frozenset({"ja", "refunds"}),
        12,
        date(2026, 12, 31),
    )
    assert kim.calendar is calendars["office"]
    assert (lee.agent, lee.capacity, lee.calendar) == ("lee@example.com", None, ALWAYS)


def test_promises_by_priority(loaded: Loaded) -> None:
    calendars = compile_calendars(loaded.side.calendars)
    standard = loaded.side.sla.policies[1]
    high, low = (compile_policy(standard, calendars, priority) for priority in ("high", "low"))
    assert high.targets == {Metric.FIRST_REPLY: timedelta(hours=1), Metric.RESOLUTION: timedelta(hours=4)}
    assert low.targets[Metric.NEXT_REPLY] == timedelta(hours=3)
    assert (low.calendar, low.warn_before) == (calendars["office"], timedelta(minutes=20))


def test_roles_get_the_same(loaded: Loaded) -> None:
    assert take(Handover(pack(loaded)).descriptor).side == loaded.side


def test_another_calendar_is_another_configuration(folder: Path, loaded: Loaded) -> None:
    (folder / "ours.ics").write_text(OURS.replace("0720", "0721"), "utf-8")
    assert load_all(folder / "gateway.yaml", {}).stamp != loaded.stamp


def test_a_gateway_without_these_files_has_none(tmp_path: Path) -> None:
    (tmp_path / "gateway.yaml").write_text(GATEWAY)
    side = load_all(tmp_path / "gateway.yaml", {}).side
    assert compile_calendars(side.calendars) == {"always": ALWAYS}
    assert side.teams.teams == side.sla.policies == ()


@pytest.mark.parametrize(
    ("event", "wrong"),
    [
        ("DTSTART;VALUE=DATE:20260101\nRRULE:FREQ=SECONDLY", "cannot repeat by 'FREQ=SECONDLY'"),
        ("DTSTART;VALUE=DATE:20260101\nRRULE:FREQ=YEARLY;BYMONTH=x", "cannot be read: RRULE"),
    ],
)
def test_events_that_cannot_be_followed(folder: Path, event: str, wrong: str) -> None:
    text = f"BEGIN:VCALENDAR\nVERSION:2.0\nBEGIN:VEVENT\nUID:1\n{event}\nEND:VEVENT\nEND:VCALENDAR\n"
    (folder / "ours.ics").write_text(text)
    with pytest.raises(ConfigurationError) as refused:
        load_all(folder / "gateway.yaml", {})
    (mistake,) = refused.value.mistakes
    assert wrong in mistake.message
    assert mistake.line == 13


@pytest.mark.parametrize(
    ("written", "span", "said"),
    [
        ("30m", timedelta(minutes=30), "30m"),
        ("1h 30m", timedelta(minutes=90), "1h 30m"),
        ("1H30M", timedelta(minutes=90), "1h 30m"),
        ("2d", timedelta(days=2), "48h"),
        ("1w", timedelta(weeks=1), "168h"),
    ],
)
def test_spans_of_time(written: str, span: timedelta, said: str) -> None:
    assert parse_duration(written) == span
    assert say_duration(span) == said
    assert parse_duration(said) == span


@pytest.mark.parametrize("written", ["", "0m", "5", "m", "-1h", "1.5h", "1h half", "99999w"])
def test_no_spans_of_time(written: str) -> None:
    with pytest.raises(ValueError, match=r"span of time|ten years"):
        parse_duration(written)
