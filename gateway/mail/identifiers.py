"""Message-ID, In-Reply-To, References (RFC 5322 section 3.6.4), as real mailers break them, and the date."""

import re
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_to_datetime

from mailparser.dates import parse_mail_date

from gateway.mail.encoded_words import clean
from gateway.mail.headers import Field

_ANGLES = re.compile(r"<([^<>]{1,1200})>")
_COMMENT = re.compile(r"\([^()]*\)")
_BLANKS = re.compile(r"\s+")
_BARE = re.compile(r"[^\s<>,;\"]+@[^\s<>,;\"]+")
_ZONE = re.compile(r"([+-])([0-9]{2})([0-9]{2})(?:\s*\(.*)?\s*\Z")
_KST = re.compile(r"[0-9] ?(?:KST|JST)\Z")
_KOREA_AND_JAPAN = timezone(timedelta(hours=9))
_WEEKDAY = re.compile(r"\A[월화수목금토일月火水木金土日](?:요일|曜日)?,?\s*")
_MONTH_NUMBER = re.compile(r"\s(1[0-2]|[1-9])\s?[월月]\s")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_LONGEST = 998  # RFC 5322 section 2.1.1: no line is longer
_MOST = 1_000


def message_ids(fields: list[Field], defects: list[str]) -> tuple[str, ...]:
    """Every id in these fields, in order, without angle brackets and without duplicates.

    Some mailers fold in the middle of an id, so blanks inside the brackets are not part of it. Where nothing is in brackets, words
    that look like an id are taken.
    """
    found: dict[str, None] = {}
    for item in fields:
        text = clean(item.value.decode("utf-8", "replace").replace("\r\n", "\n"))
        ids = [_tidied(match[1]) for match in _ANGLES.finditer(text)]
        if not ids:
            ids = _bare(text)
            if text.strip() and not ids:
                defects.append(f"{item.name}: no message identifier in it")
        for one in ids:
            if one and len(one) <= _LONGEST:
                found.setdefault(one, None)
            else:
                defects.append(f"{item.name}: an identifier is empty or too long")
    return tuple(found)[:_MOST]


def _tidied(identifier: str) -> str:
    identifier = _BLANKS.sub("", identifier)
    return _COMMENT.sub("", identifier) if "(" in identifier and identifier.count("(") < 20 else identifier


def _bare(text: str) -> list[str]:
    text = text.replace("<", " ").replace(">", " ").strip()
    single = _BLANKS.split(text)
    if len(single) == 1:
        return [text] if text else []
    words = _BARE.findall(text)
    # "Your message of Monday, me@example.com" names a person, not a mail.
    return words if len(words) == len(single) else []


def own_message_id(fields: list[Field], defects: list[str]) -> str | None:
    """The first usable id of Message-ID; more than one is a defect."""
    ids = message_ids(fields, defects)
    if len(fields) > 1 or len(ids) > 1:
        defects.append("more than one Message-ID: the first counts")
    return ids[0] if ids else None


def read_date(value: bytes | None, defects: list[str]) -> datetime | None:
    """The date with its own offset; UTC where the zone is unknown, None where no moment can be made out."""
    if value is None:
        return None
    text = clean(value[:500].decode("utf-8", "replace").replace("\r\n", " ")).strip()
    result = parse_mail_date(text)
    if result.value is not None:
        return _at_offset(result.value, text)
    if not text:
        return None
    moment = _lenient(text)
    defects.append("the date cannot be read" if moment is None else "the date is not in the standard form")
    return moment


def _lenient(text: str) -> datetime | None:
    """Dates of programs that put them in their own language, in ISO 8601, or in the form of old standards."""
    spoken = _MONTH_NUMBER.sub(lambda month: f" {_MONTHS[(int(month[1]) - 1) % 12]} ", _WEEKDAY.sub("", text))
    if spoken != text and (result := parse_mail_date(spoken)).value is not None:
        return _at_offset(result.value, spoken)
    for reader in (parsedate_to_datetime, datetime.fromisoformat):
        try:
            found = reader(text)
            if found.tzinfo is None:
                found = found.replace(tzinfo=UTC)
            found.astimezone(UTC)
        except (ValueError, TypeError, IndexError, OverflowError, AttributeError):
            continue
        if found.year >= 1900:
            return found
    return None


def _at_offset(moment: datetime, text: str) -> datetime:
    zone = _ZONE.search(text)
    if zone is None:
        # Of all names of zones, these two mean one thing only; RFC 5322 section 4.3 reads them as UTC.
        return moment.replace(tzinfo=_KOREA_AND_JAPAN) if _KST.search(text) else moment
    offset = timedelta(hours=int(zone[2]), minutes=int(zone[3]))
    if offset >= timedelta(hours=24):
        return moment
    try:
        return moment.astimezone(timezone(-offset if zone[1] == "-" else offset))
    except (ValueError, OverflowError):
        return moment
