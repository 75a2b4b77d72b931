"""What can be read of text in HTML and what cannot: its colour on its ground, its size. Told from the mail alone, without a browser.

A letter in the colour of its ground is there and yet nobody sees it: strangers hide orders to programs in it. Judged is only what the
mail says itself: where a picture or a style sheet may lie behind the text, it counts as seen, so that newsletters stay whole.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

Colour = tuple[int, int, int]

WHITE: Colour = (255, 255, 255)
_LINK: Colour = (0, 0, 238)  # of links that have no colour of their own
_LEAST_CONTRAST = 1.1
"""Ratio of luminances (WCAG 2.2, "contrast ratio") below which letters are not seen: 1 is none. The palest grey in use has more."""

_SMALLEST = 1.0  # pixels
_FAINTEST = 0.05  # of opacity
_NAMES: Mapping[str, Colour] = {
    "aqua": (0, 255, 255),
    "beige": (245, 245, 220),
    "black": (0, 0, 0),
    "blue": (0, 0, 255),
    "cyan": (0, 255, 255),
    "floralwhite": (255, 250, 240),
    "fuchsia": (255, 0, 255),
    "ghostwhite": (248, 248, 255),
    "gray": (128, 128, 128),
    "green": (0, 128, 0),
    "grey": (128, 128, 128),
    "ivory": (255, 255, 240),
    "lime": (0, 255, 0),
    "magenta": (255, 0, 255),
    "maroon": (128, 0, 0),
    "mintcream": (245, 255, 250),
    "navy": (0, 0, 128),
    "olive": (128, 128, 0),
    "orange": (255, 165, 0),
    "purple": (128, 0, 128),
    "red": (255, 0, 0),
    "silver": (192, 192, 192),
    "snow": (255, 250, 250),
    "teal": (0, 128, 128),
    "white": WHITE,
    "whitesmoke": (245, 245, 245),
    "yellow": (255, 255, 0),
}
_HEX = re.compile(r"#?([0-9a-f]{3,4}|[0-9a-f]{6}|[0-9a-f]{8})")
_RGB = re.compile(
    r"rgba?\(\s*([0-9.]{1,8}%?)[\s,]+([0-9.]{1,8}%?)[\s,]+([0-9.]{1,8}%?)(?:[\s,/]+([0-9.]{1,8}%?))?\s*\)"
)
_SIZE = re.compile(r"([0-9]{0,6}\.?[0-9]{0,6})\s*(px|pt|em|rem|%|)")
_PIXELS = {"px": 1.0, "pt": 4 / 3, "rem": 16.0, "": 1.0}  # without a unit: 0
_SETS_GROUND = re.compile(r"background(?:-color|-image)?\s*:\s*(?!\s*(?:none|transparent|inherit)\b)")
_SELECTED = re.compile(r"[.#]?[a-z_][\w-]{0,80}")
_PICTURE = re.compile(r"[\s\"']background\s*=")
_PICTURED = frozenset({"table", "td", "th", "tr"})  # elements that had this attribute in HTML 4
_BODY_GROUND = re.compile(r"\b(?:background|bgcolor)\b")
_BODY_WHITE = re.compile(
    r"\b(?:bgcolor\s*=\s*[\"']?|background(?:-color)?\s*:\s*)(?:#fff(?:fff)?\b|white\b|rgb\(\s*255\s*,\s*255\s*,\s*255\s*\))"
)


@dataclass(frozen=True, slots=True)
class Page:
    """What the mail's page looks like around its elements. ``sheet``: of which elements style sheets set the ground, as
    ``.class``, ``#id`` and tag. ``has_pictures``: cells and tables may have one behind their text."""

    ground: Colour | None = WHITE  # None: not known
    sheet: frozenset[str] = frozenset()
    has_pictures: bool = False


@dataclass(frozen=True, slots=True)
class Paint:
    """How text stands in one element."""

    colour: Colour | None = (0, 0, 0)  # None: not known
    ground: Colour | None = WHITE  # None: not known
    size: float | None = None  # of letters, in pixels; None: as usual
    is_clear: bool = False  # the colour lets everything through

    @property
    def is_same(self) -> bool:
        """Whether letters have the colour of their ground."""
        if self.is_clear:
            return True
        if self.colour is None or self.ground is None:
            return False
        return self.colour == self.ground or contrast(self.colour, self.ground) < _LEAST_CONTRAST

    @property
    def is_unseen(self) -> bool:
        """Whether nobody sees letters here."""
        return (self.size is not None and self.size <= _SMALLEST) or self.is_same


class Painter:
    """How text stands in each element of one mail. Mails repeat a few elements hundreds of times, so each kind is worked out once."""

    def __init__(self, page: Page) -> None:
        self.page = page
        start = Paint(ground=page.ground)
        self._open: list[tuple[int, Paint, bool]] = [(0, start, start.is_unseen)]
        self._known: dict[tuple[object, ...], tuple[int, Paint, bool]] = {}

    def enter(self, tag: str, attributes: Mapping[str, str | None]) -> None:
        around = self._open[-1]
        key = (around[0], tag, *attributes.items())
        found = self._known.get(key)
        if found is None:
            paint = painted(around[1], tag, attributes, self.page)
            found = around if paint == around[1] else (len(self._known) + 1, paint, paint.is_unseen)
            self._known[key] = found
        self._open.append(found)

    def leave(self) -> None:
        self._open.pop()

    @property
    def is_unseen(self) -> bool:
        """Whether nobody sees letters in the element that was entered last."""
        return self._open[-1][2]


def page_of(html: str) -> Page:
    """Of HTML as it was sent: afterwards style sheets and the body's own attributes are gone. Linear."""
    small = html.lower()
    names: set[str] = set()
    for sheet in _sheets(small):
        for rule in sheet.split("}"):
            selectors, _, declarations = rule.rpartition("{")
            if _SETS_GROUND.search(declarations):
                names.update(_SELECTED.findall(selectors.rpartition("{")[2]))
    start = small.find("<body")
    written = small[start : small.find(">", start)] if start >= 0 else ""
    is_white = not _BODY_GROUND.search(written) or _BODY_WHITE.search(written) is not None
    return Page(
        WHITE if is_white and not names & {"body", "html"} else None,
        frozenset(names - {"body", "html"}),
        _PICTURE.search(small) is not None,
    )


def _sheets(small: str) -> Iterator[str]:
    """The style sheets of HTML in small letters."""
    end = 0
    while (start := small.find("<style", end)) >= 0:
        end = small.find("</style", start)
        yield small[start : end if end >= 0 else len(small)]
        if end < 0:
            return


def painted(paint: Paint, tag: str, attributes: Mapping[str, str | None], page: Page) -> Paint:
    """How text stands in an element that stands in another one, which is painted so."""
    if tag == "a" and attributes.get("href"):
        paint = replace(paint, colour=_LINK, is_clear=False)
    if tag == "font" and (named := attributes.get("color")):
        paint = replace(paint, colour=read_colour(named), is_clear=False)
    if (page.has_pictures and tag in _PICTURED) or (page.sheet and _is_in_sheet(tag, attributes, page.sheet)):
        paint = replace(paint, ground=None)
    elif named := attributes.get("bgcolor"):
        paint = replace(paint, ground=read_colour(named))
    style = attributes.get("style")
    return paint if not style else _styled(paint, style)


@lru_cache(maxsize=4096)
def _styled(paint: Paint, style: str) -> Paint:
    for declaration in style.lower().split(";"):
        name, _, value = declaration.partition(":")
        value = value.replace("!important", "").strip()
        match name.strip():
            case "color" if value != "inherit":
                paint = replace(paint, colour=read_colour(value), is_clear=_is_clear(value))
            case "background-color" if value not in ("inherit", "transparent", "none", "initial") and not _is_clear(
                value
            ):
                paint = replace(paint, ground=read_colour(value))
            case "font-size":
                paint = replace(paint, size=_pixels(value, paint.size))
    return paint


def _is_in_sheet(tag: str, attributes: Mapping[str, str | None], sheet: frozenset[str]) -> bool:
    names = [tag, *(f".{name}" for name in (attributes.get("class") or "").lower().split())]
    return any(name in sheet for name in names) or f"#{(attributes.get('id') or '').lower()}" in sheet


def _pixels(value: str, around: float | None) -> float | None:
    match = _SIZE.fullmatch(value)
    if match is None or not match[1].strip("."):
        return None
    number = float(match[1])
    if match[2] in ("em", "%"):
        return number * (1.0 if match[2] == "em" else 0.01) * (16.0 if around is None else around)
    return number * _PIXELS[match[2]] if match[2] or number == 0 else None


@lru_cache(maxsize=1024)
def read_colour(written: str) -> Colour | None:
    """A colour in any of the usual notations; None where it is none of them, or is mixed with what lies behind it."""
    value = written.strip().lower()
    if value in _NAMES:
        return _NAMES[value]
    if (match := _HEX.fullmatch(value)) is not None:
        digits = match[1] if len(match[1]) > 4 else "".join(digit * 2 for digit in match[1])
        return (
            None if digits[6:] not in ("", "ff") else (int(digits[:2], 16), int(digits[2:4], 16), int(digits[4:6], 16))
        )
    if (match := _RGB.fullmatch(value)) is not None:
        parts = [_part(match[number]) for number in (1, 2, 3)]
        if None in parts or (match[4] is not None and _share(match[4]) < 1):
            return None
        return (parts[0] or 0, parts[1] or 0, parts[2] or 0)
    return None


def _is_clear(value: str) -> bool:
    """Whether a colour is so transparent that nothing is seen of it."""
    if value == "transparent":
        return True
    if (match := _HEX.fullmatch(value)) is not None and len(match[1]) in (4, 8):
        alpha = match[1][6:] or match[1][3] * 2
        return int(alpha, 16) / 255 <= _FAINTEST
    match = _RGB.fullmatch(value)
    return match is not None and match[4] is not None and _share(match[4]) <= _FAINTEST


def _part(written: str) -> int | None:
    try:
        number = float(written.rstrip("%")) * (2.55 if written.endswith("%") else 1)
    except ValueError:
        return None
    return min(255, round(number))


def _share(written: str) -> float:
    try:
        return float(written.rstrip("%")) * (0.01 if written.endswith("%") else 1)
    except ValueError:
        return 1.0


@lru_cache(maxsize=1024)
def contrast(one: Colour, other: Colour) -> float:
    """From 1, none, to 21, black on white (WCAG 2.2)."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: Colour) -> float:
    red, green, blue = ((it / 255) / 12.92 if it <= 10 else ((it / 255 + 0.055) / 1.055) ** 2.4 for it in colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
