"""A date as mail programs show it to people: "2026년 3월 5일 (목) 오후 6:00", "Thu, Mar 5, 2026 at 6:00 PM", "2026/03/05 18:00"."""

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo

_NUMBERS = re.compile(r"(?<!\d)((?:19|20)\d\d)\s?[-./년年]\s?(\d{1,2})\s?[-./월月]\s?(\d{1,2})(?!\d)")
_NAMES = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"
_MONTHS = {name: number for number, name in enumerate(_NAMES.split("|"), 1)}
_MONTH = rf"({_NAMES})[a-z]{{0,6}}\.?"
_MONTH_FIRST = re.compile(rf"(?i)\b{_MONTH}\s(\d{{1,2}})(?:st|nd|rd|th)?,?\s((?:19|20)\d\d)\b")
_DAY_FIRST = re.compile(rf"(?i)\b(\d{{1,2}})(?:st|nd|rd|th)?[\s-]{_MONTH}[\s,-]{{1,2}}((?:19|20)\d\d)\b")
_TIME = re.compile(
    r"(?i)(오전|오후|午前|午後|am|pm)?\s{0,2}(?<!\d)(\d{1,2})\s?(?:[:：]|시\s?|時\s?)\s?(\d{2})(?:\s?(?:[:：]|분\s?|分\s?)(\d{2}))?"
    r"[분초分秒]?\s{0,2}([ap]\.?m\b\.?)?"
)
_OFFSET = re.compile(r"(?:GMT|UTC)?\s?([+-])(\d{1,2}):?(\d{2})?(?!\d)")
_ZONES = {
    "KST": 9,
    "JST": 9,
    "GMT": 0,
    "UTC": 0,
    "EST": -5,
    "EDT": -4,
    "CST": -6,
    "PST": -8,
    "PDT": -7,
    "CET": 1,
    "CEST": 2,
}
_ZONE_NAME = re.compile(r"\b(" + "|".join(_ZONES) + r")\b")


def read_shown_date(text: str, zone: tzinfo | None) -> datetime | None:
    """The moment, aware. Where the text names no zone, in ``zone``, or UTC if that is None. None if it tells no day and time."""
    text = text[:200]
    day, after = _day(text)
    if day is None:
        return None
    year, month, number = day
    time = _TIME.search(text, after) or _TIME.search(text)
    hour, minute, second = 0, 0, 0
    if time is not None:
        hour, minute, second = int(time[2]), int(time[3]), int(time[4] or 0)
        half = (time[1] or time[5] or "").lower().replace(".", "")
        if half in ("오후", "午後", "pm") and hour < 12:
            hour += 12
        elif half in ("오전", "午前", "am") and hour == 12:
            hour = 0
    try:
        moment = datetime(year, month, number, hour, minute, second, tzinfo=UTC)
        return moment.replace(tzinfo=_zone(text[time.end() :] if time else "", zone))
    except (ValueError, OverflowError):
        return None


def _day(text: str) -> tuple[tuple[int, int, int] | None, int]:
    if found := _NUMBERS.search(text):
        return (int(found[1]), int(found[2]), int(found[3])), found.end()
    if found := _MONTH_FIRST.search(text):
        return (int(found[3]), _MONTHS[found[1].lower()], int(found[2])), found.end()
    if found := _DAY_FIRST.search(text):
        return (int(found[3]), _MONTHS[found[2].lower()], int(found[1])), found.end()
    return None, 0


def _zone(text: str, default: tzinfo | None) -> tzinfo:
    if found := _OFFSET.search(text):
        offset = timedelta(hours=int(found[2]), minutes=int(found[3] or 0))
        return timezone(-offset if found[1] == "-" else offset)
    if name := _ZONE_NAME.search(text):
        return timezone(timedelta(hours=_ZONES[name[1]]))
    return default or UTC
