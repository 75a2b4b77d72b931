"""Numbers that should not be read by everybody: payment cards and resident registration numbers, found in text and hidden.

Payment cards (ISO/IEC 7812): 12 to 19 digits whose first ones belong to a known network, whose length that network uses, and whose
last one is right by Luhn; alone, or in groups with spaces, hyphens or dots between. The first six and the last four stay. A number
that begins with ``+`` is a telephone's.

Korean resident registration numbers, those of foreigners included: a date of birth, then seven digits, of which the first says sex
and century. Since October 2020 the last ones are drawn by lot and check nothing, so two groups of six and seven digits are one
whenever the date exists; thirteen digits in a row only with the right check digit, or behind words that announce them. All seven
are hidden. Japanese individual numbers (12 digits) are hidden behind words that announce them alone: one in eleven of all tracking
numbers would look like one.

Everything is linear in the length of the text: a window of at most 19 digits is looked at from each group of digits.
"""

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Any, TypeVar, cast

HIDDEN = "*"


class Sensitive(StrEnum):
    """What can be hidden; the words of ``privacy.mask``."""

    CARDS = "cards"
    RESIDENT_NUMBERS = "resident_numbers"


_DIGIT = "0-9\uff10-\uff19"
_SPACES = " \t\u00a0\u2000-\u200b\u202f\u3000"
_HYPHENS = "\\-\u00ad\u2010-\u2015\u2212\u30fc\uff0d"
_RUN = re.compile(f"[{_DIGIT}](?:[{_SPACES}{_HYPHENS}.]{{0,3}}[{_DIGIT}])*")
_GROUP = re.compile(f"[{_DIGIT}]+")
_LEAST = 12
_MOST = 19

# First digits, and how many digits there are. Thirteen digits are never taken for a Visa card: no such card is valid any more, and
# Japanese article numbers (45, 49) look like it.
_NETWORKS: tuple[tuple[int, int, frozenset[int]], ...] = (
    (4, 4, frozenset({16, 19})),  # Visa
    (51, 55, frozenset({16})),  # Mastercard
    (2221, 2720, frozenset({16})),
    (34, 34, frozenset({15})),  # American Express
    (37, 37, frozenset({15})),
    (300, 305, frozenset({14})),  # Diners Club
    (36, 36, frozenset({14})),
    (38, 39, frozenset({14})),
    (3528, 3589, frozenset({16, 17, 18, 19})),  # JCB
    (6011, 6011, frozenset({16, 19})),  # Discover
    (644, 659, frozenset({16, 19})),
    (62, 62, frozenset({16, 17, 18, 19})),  # UnionPay
    (81, 81, frozenset({16, 17, 18, 19})),
    *(
        (first, first, frozenset(range(12, 20))) for first in (5018, 5020, 5038, 5893, 6304, 6759, 6761, 6762, 6763)
    ),  # Maestro
)
_SIZES = {
    str(first): sizes for low, high, sizes in _NETWORKS for first in range(low, high + 1)
}  # by the first digits: one to four of them
_DOMESTIC = (
    "9"  # Korean cards for use at home: 16 digits. Nothing else may stand beside them, because parcels begin so too.
)
_RESIDENT_WORDS = re.compile("주민|외국인|등록번호|거소|resident|rrn|registration", re.IGNORECASE)
_INDIVIDUAL_WORDS = re.compile("マイナンバー|個人番号|my ?number", re.IGNORECASE)
_LAST_YEAR = 2044  # of a birth: Japanese article numbers begin with 45 and 49
_LOOK_BACK = 24  # characters before a number in which it may be announced


@dataclass(frozen=True, slots=True)
class _Digits:
    """A group of digits without anything between them."""

    start: int
    end: int
    digits: str

    def __len__(self) -> int:
        return len(self.digits)


def mask(text: str, kinds: Collection[Sensitive]) -> str:
    """``text`` with every sensitive number's digits hidden; its length stays."""
    return _hide(text, _hidden(text, kinds)) if kinds else text


def mask_html(html: str, kinds: Collection[Sensitive]) -> str:
    """The same for sanitised HTML, also where tags or ``&nbsp;`` stand between digits. A tag's own text is masked as well."""
    if not kinds:
        return html
    shown: list[str] = []
    places: list[int] = []  # in html, by position in what is shown
    for piece in _HTML_PIECE.finditer(html):
        if piece.lastgroup == "text":
            shown.append(piece[0])
            places.extend(range(piece.start(), piece.end()))
        elif piece.lastgroup == "space":
            shown.append(" ")
            places.append(piece.start())
        elif not _INLINE.match(piece[0]):
            shown.append("\n")
            places.append(piece.start())
    hidden = [places[at] for at in _hidden("".join(shown), kinds)]
    return _hide(html, {*hidden, *(at for tag in _TAG.finditer(html) for at in _in_tag(tag, kinds))})


_HTML_PIECE = re.compile(r"(?P<tag><[^<>]*>)|(?P<space>&nbsp;|&#160;|&#xa0;)|(?P<text>[^<&]+|[<&])", re.IGNORECASE)
_TAG = re.compile(r"<[^<>]*>")
_INLINE = re.compile(r"</?(?:a|b|i|u|em|strong|span|font|small|wbr|mark|code|s)\b", re.IGNORECASE)


def _in_tag(tag: re.Match[str], kinds: Collection[Sensitive]) -> Iterator[int]:
    return (tag.start() + at for at in _hidden(tag[0], kinds))


def _hide(text: str, positions: Collection[int]) -> str:
    if not positions:
        return text
    letters = list(text)
    for at in positions:
        letters[at] = HIDDEN
    return "".join(letters)


def _hidden(text: str, kinds: Collection[Sensitive]) -> set[int]:
    """Positions of the digits to hide."""
    found: set[int] = set()
    for run in _RUN.finditer(text):
        if run.end() - run.start() < _LEAST:
            continue
        groups = [_Digits(it.start(), it.end(), _ascii(it[0])) for it in _GROUP.finditer(text, run.start(), run.end())]
        if Sensitive.CARDS in kinds:
            found.update(_cards(text, groups))
        if Sensitive.RESIDENT_NUMBERS in kinds:
            found.update(_resident(text, groups))
    return found


# --- cards ---------------------------------------------------------------------------------------------------------


def _cards(text: str, groups: list[_Digits]) -> Iterator[int]:
    first = 1 if text[: groups[0].start].endswith("+") else 0  # what begins with + is a telephone's
    while first < len(groups):
        last = _card_from(text, groups, first)
        if last is None:
            first += 1
            continue
        places = _places(groups[first : last + 1])
        yield from places[6:-4]
        first = last + 1


def _card_from(text: str, groups: list[_Digits], first: int) -> int | None:
    """The last group of the longest card that begins with group ``first``."""
    if len(groups[first]) < 3 and (first or len(groups) > _MOST):
        return None
    digits, found = "", None
    for last in range(first, min(first + _MOST, len(groups))):
        digits += groups[last].digits
        if len(digits) > _MOST:
            break
        if len(digits) < _LEAST:
            continue
        chosen = groups[first : last + 1]
        alone = len(chosen) == len(groups)
        if _is_grouped(chosen, alone=alone) and _is_free(text, groups, first, last) and _is_card(digits, alone=alone):
            found = last
    return found


def _is_card(digits: str, *, alone: bool) -> bool:
    known = any(len(digits) in _SIZES.get(digits[:size], ()) for size in (1, 2, 3, 4))
    domestic = alone and digits.startswith(_DOMESTIC) and len(digits) == 16
    return (known or domestic) and luhn(digits)


def luhn(digits: str) -> bool:
    """Whether the last of these ASCII digits is right by Luhn's formula (ISO/IEC 7812-1, annex B)."""
    values = [int(digit) for digit in digits]
    return (sum(values[-1::-2]) + sum(_DOUBLED[value] for value in values[-2::-2])) % 10 == 0


_DOUBLED = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)  # sum of the digits of twice a digit


def _is_grouped(groups: list[_Digits], *, alone: bool) -> bool:
    """As people write card numbers: three digits a group but for the last, or nothing but single digits. Columns of figures are not."""
    return all(len(it) >= 3 for it in groups[:-1]) or (alone and all(len(it) == 1 for it in groups))


def _is_free(text: str, groups: list[_Digits], first: int, last: int) -> bool:
    """Not a part of a longer word, nor of a number with a fraction."""
    start, end = groups[first].start, groups[last].end
    before, after = text[start - 1 : start], text[end : end + 1]
    if _is_letter(before) or _is_letter(after):
        return False
    return not ((first and before == ".") or (last + 1 < len(groups) and after == "."))


# --- resident registration numbers -----------------------------------------------------------------------------------


def _resident(text: str, groups: list[_Digits]) -> Iterator[int]:
    for number, group in enumerate(groups):
        following = groups[number + 1] if number + 1 < len(groups) else None
        if len(group) == 13 and _stands_alone(text, groups, number, number):
            announced = bool(_RESIDENT_WORDS.search(text, max(0, group.start - _LOOK_BACK), group.start))
            if _is_resident(group.digits, must_check=not announced):
                yield from range(group.start + 6, group.end)
        elif len(group) == 6 and following is not None and len(following) == 7:
            joined = group.digits + following.digits
            between = text[group.end : following.start]
            if (
                "." not in between
                and _stands_alone(text, groups, number, number + 1)
                and _is_resident(joined, must_check=False)
            ):
                yield from range(following.start, following.end)
        elif len(group) in (4, 12):
            yield from _individual(text, groups, number)


def _is_resident(digits: str, *, must_check: bool) -> bool:
    kind = int(digits[6])
    if kind in (9, 0):  # born before 1900
        return False
    century = 1900 if kind in (1, 2, 5, 6) else 2000
    if century + int(digits[:2]) > _LAST_YEAR:
        return False
    try:
        date(century + int(digits[:2]), int(digits[2:4]), int(digits[4:6]))
    except ValueError:
        return False
    return not must_check or resident_check_digit(digits) == int(digits[12])


def resident_check_digit(digits: str) -> int:
    """The thirteenth digit of a resident registration number, as it was given out until October 2020, from the twelve before it."""
    weights = (2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5)
    total = sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=False))
    foreign = digits[6] in "5678"
    return ((13 if foreign else 11) - total % 11) % 10


def _individual(text: str, groups: list[_Digits], first: int) -> Iterator[int]:
    """A Japanese individual number: twelve digits in a row or by four, announced, with the right check digit."""
    chosen = groups[first : first + (1 if len(groups[first]) == 12 else 3)]
    digits = "".join(it.digits for it in chosen)
    if len(digits) != 12 or individual_check_digit(digits) != int(digits[11]):
        return
    start = chosen[0].start
    if _INDIVIDUAL_WORDS.search(text, max(0, start - _LOOK_BACK), start):
        yield from _places(chosen)


def individual_check_digit(digits: str) -> int:
    """The twelfth digit of a Japanese individual number from the eleven before it (Ordinance 85 of 2014, article 5)."""
    total = sum(int(digits[10 - n]) * (n + 2 if n <= 5 else n - 4) for n in range(11))
    rest = total % 11
    return 0 if rest <= 1 else 11 - rest


def _stands_alone(text: str, groups: list[_Digits], first: int, last: int) -> bool:
    """No word goes on at either end, and no further group of digits is tied to it by a hyphen or a dot."""
    if _is_letter(text[groups[first].start - 1 : groups[first].start]) or _is_letter(
        text[groups[last].end : groups[last].end + 1]
    ):
        return False
    before = text[groups[first - 1].end : groups[first].start] if first else " "
    after = text[groups[last].end : groups[last + 1].start] if last + 1 < len(groups) else " "
    return before.isspace() and after.isspace()


def _is_letter(character: str) -> bool:
    """A letter of the kind that codes are made of. Korean and Japanese words stand beside numbers without a space."""
    return character.isascii() and (character.isalnum() or character == "_")


def _ascii(digits: str) -> str:
    return digits if digits.isascii() else unicodedata.normalize("NFKC", digits)


def _places(groups: Iterable[_Digits]) -> list[int]:
    return [at for it in groups for at in range(it.start, it.end)]


T = TypeVar("T")

_NAMES = frozenset(
    {"message_id", "receipt", "digest", "sha256", "content_id", "part", "before", "in_reply_to", "references"}
)
"""Fields and keys with names that machines made, which must stay as they are."""


def masked(value: T, kinds: Collection[Sensitive], *, own: Collection[str] = ()) -> T:
    """``value`` with the sensitive numbers hidden in every text in it: frozen dataclasses, mappings, lists and tuples.

    ``own``: fields of ``value`` itself that stay, because whoever acts has written them.
    """
    return cast("T", _masked(value, kinds, own)) if kinds else value


def _masked(value: Any, kinds: Collection[Sensitive], own: Collection[str] = ()) -> Any:
    if type(value) is str:
        return mask(value, kinds)
    if is_dataclass(value) and not isinstance(value, type):
        names = [it.name for it in fields(value) if it.init and it.name not in _NAMES and it.name not in own]
        changed = {name: _masked(getattr(value, name), kinds) for name in names}
        return replace(value, **{name: new for name, new in changed.items() if new is not getattr(value, name)})
    if isinstance(value, Mapping):
        return {key: it if key in _NAMES else _masked(it, kinds) for key, it in value.items()}
    if type(value) in (list, tuple):
        return type(value)(_masked(it, kinds) for it in value)
    return value
