"""Until when is somebody away? The date an out-of-office note states, in the languages and forms that people and programs use.

Deterministic: the year that a note leaves out is taken from the reference date, so the same mail always gives the same day.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

LOOKED_AT = 4_000  # characters
FARTHEST = timedelta(days=400)  # a date farther away is about something else
BEFORE = timedelta(days=31)  # a note may outlive the absence; older dates are about something else
REACH = 90  # characters between a date and the word that makes it a return date

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "january jan januar jänner janvier enero gennaio januari janeiro stycznia января",
            "february feb februar février fevrier febrero febbraio februari fevereiro lutego февраля",
            "march mar märz maerz mars marzo maart março marca марта",
            "april apr avril abril aprile kwietnia апреля",
            "may mai mayo maggio mei maio maja мая",
            "june jun juni juin junio giugno junho czerwca июня",
            "july jul juli juillet julio luglio julho lipca июля",
            "august aug août aout agosto augustus sierpnia августа augusti",
            "september sep sept septembre septiembre settembre setembro września сентября",
            "october oct oktober octobre octubre ottobre outubro października октября",
            "november nov novembre noviembre novembro listopada ноября",
            "december dec dezember décembre decembre diciembre dicembre dezembro grudnia декабря",
        ),
        start=1,
    )
    for name in names.split()
}
_MONTH = "|".join(sorted(_MONTHS, key=len, reverse=True))
_DAY_NAME = r"(?:\s?[(（][^()（）\s]{1,4}[)）])?"
_FORMS = re.compile(
    r"(?<!\d)(?P<y1>20\d\d)\s?[년年./-]\s?(?P<m1>\d{1,2})\s?[월月./-]\s?(?P<d1>\d{1,2})(?!\d)\s?[일日.]?"
    r"|(?<![\d.])(?P<m2>\d{1,2})\s?[월月]\s?(?P<d2>\d{1,2})\s?[일日]"
    r"|(?<![\d./-])(?P<d3>\d{1,2})\.\s?(?P<m3>\d{1,2})\.\s?(?P<y3>20\d\d)?(?!\d)"
    r"|(?<![\d./-])(?P<a4>\d{1,2})/(?P<b4>\d{1,2})(?:/(?P<y4>(?:20)?\d\d))?(?![\d/])"
    rf"|(?<!\w)(?P<n5>{_MONTH})\.?\s(?P<d5>\d{{1,2}})(?:st|nd|rd|th)?(?!\d)(?:,?\s(?P<y5>20\d\d))?"
    rf"|(?<!\d)(?P<d6>\d{{1,2}})(?:st|nd|rd|th|er|\.|º)?\s(?:de\s|of\s)?(?P<n6>{_MONTH})(?!\w)\.?(?:,?\s(?:de\s)?(?P<y6>20\d\d))?",
    re.IGNORECASE,
)
_RANGE_END = re.compile(rf"{_DAY_NAME}\s?(?:~|〜|～|-|–|から|부터)\s?(?P<day>\d{{1,2}})\s?[일日](?!\d)")
_UNTIL_BEFORE = re.compile(
    r"(?:until|till|through|thru|back|return(?:ing)?|available again|to|bis(?: zum| einschließlich)?|ab|zurück|jusqu['’]?(?:au|à)|"
    r"retour|hasta|fino al?|tot(?: en met)?|até|do|по|до|t\.o\.m\.|복귀|"
    r"부재 기간|부재기간|휴가 기간|휴가기간|休業期間|休暇期間|不在期間|期間|~|〜|～|-|–|から|부터)\W{0,4}(?:\w{1,12}\W{1,3}){0,4}$",
    re.IGNORECASE,
)
_UNTIL_AFTER = re.compile(
    r"\s{0,2}(?:[(（][^()（）\s]{1,4}[)）])?\s{0,2}"
    r"(?:까지|에 복귀|복귀|에 출근|출근|부터 정상|부터 근무|에 돌아|まで|に戻|より出社|から出社|より通常|に復帰|出社)"
)


@dataclass(frozen=True, slots=True)
class _Found:
    day: date
    start: int
    end: int


def return_date(text: str, reference: date) -> date | None:
    """Return the day until which, or on which, the note says; None where it states none. ``reference`` is the day the note was written."""
    sample = text[:LOOKED_AT].replace("\u00a0", " ").replace("\u3000", " ")
    best: date | None = None
    for found in _dates(sample, reference):
        before = sample[max(0, found.start - REACH) : found.start].rsplit("\n\n", 1)[-1]
        if not (_UNTIL_AFTER.match(sample, found.end) or _UNTIL_BEFORE.search(before[-48:])):
            continue
        if reference - BEFORE <= found.day <= reference + FARTHEST and (best is None or found.day > best):
            best = found.day
    return best


def _dates(sample: str, reference: date) -> Iterator[_Found]:
    for match in _FORMS.finditer(sample):
        day = _day(match, reference)
        if day is None:
            continue
        ranged = _RANGE_END.match(sample, match.end())
        if ranged:
            last = _date(day.year, day.month, int(ranged["day"]))
            if last is not None and last >= day:
                yield _Found(last, ranged.start("day"), ranged.end())
                continue
        yield _Found(day, match.start(), match.end())


def _day(match: re.Match[str], reference: date) -> date | None:
    part = match.groupdict()
    if part["m1"]:
        return _date(int(part["y1"]), int(part["m1"]), int(part["d1"]))
    if part["m2"]:
        return _nearest(None, int(part["m2"]), int(part["d2"]), reference)
    if part["d3"]:
        return _nearest(part["y3"], int(part["m3"]), int(part["d3"]), reference)
    if part["a4"]:
        month, day = int(part["a4"]), int(part["b4"])
        if month > 12:
            month, day = day, month
        return _nearest(part["y4"], month, day, reference)
    name, number, year = (part["n5"], part["d5"], part["y5"]) if part["n5"] else (part["n6"], part["d6"], part["y6"])
    return _nearest(year, _MONTHS[name.lower()], int(number), reference)


def _nearest(year: str | None, month: int, day: int, reference: date) -> date | None:
    """Without a year: this year's day, or next year's if that lies well behind."""
    if year is not None:
        return _date(int(year) + (2000 if len(year) == 2 else 0), month, day)
    this = _date(reference.year, month, day)
    if this is None or this >= reference - BEFORE:
        return this
    return _date(reference.year + 1, month, day)


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
