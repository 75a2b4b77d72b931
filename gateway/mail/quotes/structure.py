"""What HTML itself says is quoted or a signature: classes, ids and attributes of mail programs, and which lines of the text they cover.

The tags are read by one linear pass that builds no tree, so nothing a sender nests or repeats can cost more than its length. A mark is
either a region (one element) or the rest of the mail (Outlook puts the quotation behind an empty anchor, not into an element).
"""

import re
from dataclasses import dataclass
from enum import IntEnum
from html import unescape

HTML_LOOKED_AT = 1_000_000  # characters
TAG_LOOKED_AT = 1_500  # characters of one tag
LINE_WINDOW = 4_000  # how far ahead in the HTML's words a line of the text is looked for


class Mark(IntEnum):
    """Whose words these are."""

    NEW = 0
    QUOTED = 1
    SIGNATURE = 2


# Value of a class or id, or a prefix of it ending in "*". The "x_" that Outlook on the web puts before both is taken off.
REGIONS: dict[str, Mark] = {
    "gmail_attr": Mark.QUOTED,
    "moz-cite-prefix": Mark.QUOTED,
    "moz-email-headers-table": Mark.QUOTED,
    "yahoo_quoted": Mark.QUOTED,
    "yahoo_quoted_*": Mark.QUOTED,
    "yahoo-quoted-begin": Mark.QUOTED,
    "yqt*": Mark.QUOTED,
    "protonmail_quote": Mark.QUOTED,
    "tutanota_quote": Mark.QUOTED,
    "zmail_extra": Mark.QUOTED,
    "freshdesk_quote": Mark.QUOTED,
    "front-blockquote": Mark.QUOTED,
    "missive_quote": Mark.QUOTED,
    "sh-quoted-content": Mark.QUOTED,
    "history-quote-wrapper": Mark.QUOTED,
    "lark-mail-quote": Mark.QUOTED,
    "hs_reply": Mark.QUOTED,
    "intercom-quoted": Mark.QUOTED,
    "hiworks_quote": Mark.QUOTED,
    "ms-outlook-mobile-reference-message": Mark.QUOTED,
    "mail-editor-reference-message-container": Mark.QUOTED,
    "olk_src_body_section": Mark.QUOTED,
    "isreplycontent": Mark.QUOTED,
    "reply-intro": Mark.QUOTED,
    "replybody1": Mark.QUOTED,
    "gmail_signature": Mark.SIGNATURE,
    "gmail_signature_prefix": Mark.SIGNATURE,
    "moz-signature": Mark.SIGNATURE,
    "ms-outlook-mobile-signature": Mark.SIGNATURE,
    "applemailsignature": Mark.SIGNATURE,
    "signature": Mark.SIGNATURE,
    "protonmail_signature_block": Mark.SIGNATURE,
    "spark_signature": Mark.SIGNATURE,
    "bloop_sign*": Mark.SIGNATURE,
    "lark-mail-signature": Mark.SIGNATURE,
    "hs_signature": Mark.SIGNATURE,
    "mail_signature": Mark.SIGNATURE,
    "naver_signature": Mark.SIGNATURE,
    "hiworks_signature": Mark.SIGNATURE,
    "apple-mail-signature": Mark.SIGNATURE,
    "ymail_android_signature": Mark.SIGNATURE,
    "ymail_signature": Mark.SIGNATURE,
}
# From this element on everything is quoted.
RESTS: frozenset[str] = frozenset(
    (
        "appendonsend",
        "divrplyfwdmsg",
        "stopspelling",
        "zwchr",
        "replysplit",
        "original-content",
        "quote-header",
        "ms-outlook-mobile-reference-header",
    )
)
# Attributes other than class and id, as they stand in the tag in lower case without quotation marks and blanks.
ATTRIBUTE_REGIONS: tuple[tuple[str, str, Mark], ...] = (
    ("blockquote", "type=cite", Mark.QUOTED),
    ("blockquote", "cite=", Mark.QUOTED),
    ("blockquote", "class=gmail_quote", Mark.QUOTED),
    ("div", "name=messagereplysection", Mark.QUOTED),
    ("div", "name=quote", Mark.QUOTED),
    ("div", "data-marker=__quoted_text__", Mark.QUOTED),
    ("div", "data-smartmail=gmail_signature", Mark.SIGNATURE),
    ("div", "name=messagesignaturesection", Mark.SIGNATURE),
    ("div", "data-marker=__sig_pre__", Mark.SIGNATURE),
    ("div", "data-marker=__sig_post__", Mark.SIGNATURE),
)
# Outlook's line above the header block: a top border and no other, with a few paddings.
_OUTLOOK_BORDER = re.compile(
    r"style=border:none;border-top:solid#(?:b5c4df|e1e1e1|e5e5e5)1\.0pt;padding:3\.0pt|style=padding:3pt0(?:cm|in|mm)0(?:cm|in|mm);border-width:1ptmediummedium|"
    r"style=border-(?:right|width):[a-z0-9# .]{0,60};padding(?:-top)?:3pt"
)
_ATTRIBUTE = re.compile(r"(?:^|\s)(class|id)\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+))", re.IGNORECASE)
_NAME = re.compile(r"/?\s?([a-zA-Z][a-zA-Z0-9:-]{0,30})")
_VOID = frozenset(("br", "hr", "img", "input", "meta", "link", "col", "area", "base", "wbr"))
_HIDDEN = frozenset(("script", "style", "head", "title"))
# A search for many plain words one after the other is ten times faster than one expression that ignores case.
_ANY_MARK = (
    "gmail_", "moz-", "yahoo", "yqt", "proton", "tutanota", "zmail", "freshdesk", "front-block", "missive", "sh-quoted", "quote",
    "lark", "hs_", "intercom", "hiworks", "outlook", "reference-message", "olk_src", "isreply", "reply", "signature", "bloop",
    "appendonsend", "divrply", "stopspelling", "zwchr", "original-content", "cite", "messagesignature", "data-marker", "border",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Tag:
    """What one tag, as it is written, means here."""

    name: str  # lower case; "" where it is none
    is_end: bool = False
    mark: Mark = Mark.NEW
    is_rest: bool = False  # marks all that follows
    hides: bool = False  # its content is not shown
    holds: bool = True  # may have content
    is_empty: bool = False  # "<br/>"


@dataclass(slots=True)
class _Region:
    tag: str
    mark: Mark
    depth: int = 1


def marks_of(lines: list[str], html: str) -> list[Mark] | None:
    """For each line of the text, whose words they are according to the HTML; None where it tells nothing or the two do not agree."""
    lowered = html[:HTML_LOOKED_AT].lower()
    if not any(word in lowered for word in _ANY_MARK):
        return None
    words, flags = _words(html[:HTML_LOOKED_AT])
    if not words or not any(flags):
        return None
    marks: list[Mark] = []
    cursor = known = wanted = 0
    current = Mark.NEW
    for line in lines:
        key = letters(line[:2_000])
        if key:
            wanted += 1
            reach = LINE_WINDOW if len(key) > 3 else 40
            place = words.find(key, cursor, cursor + reach + len(key))
            if place >= 0:
                known += 1
                cursor = place + len(key)
                current = Mark(flags[place + len(key) // 2])
        marks.append(current)
    return marks if known * 3 >= wanted * 2 else None


def _words(html: str) -> tuple[str, bytearray]:
    """All letters and digits that are shown, in order, and the mark of each."""
    shown = _Shown()
    region: _Region | None = None
    rest = Mark.NEW
    hidden = ""
    known: dict[str, _Tag] = {}  # programs write the same few tags over and over
    position = 0
    while position < len(html):
        opened = html.find("<", position)
        if opened < 0:
            opened = len(html)
        if opened > position and not hidden:
            shown.add(html[position:opened], region.mark if region else rest)
        if html.startswith("<!--", opened):
            end = html.find("-->", opened)
            position = len(html) if end < 0 else end + 3
            continue
        closed = html.find(">", opened)
        if closed < 0:
            break
        position = closed + 1
        written = html[opened + 1 : min(closed, opened + TAG_LOOKED_AT)]
        tag = known.get(written)
        if tag is None:
            tag = known[written] = _read_tag(written)
        if tag.is_end:
            if hidden == tag.name:
                hidden = ""
            if region and region.tag == tag.name:
                region.depth -= 1
                if not region.depth:
                    region = None
            continue
        if tag.hides:
            hidden = hidden or tag.name
        if rest:
            continue
        if region is None or region.mark is Mark.SIGNATURE:
            if tag.is_rest:
                rest, region = Mark.QUOTED, None
                continue
            if tag.mark and tag.holds and (region is None or tag.mark is Mark.QUOTED):
                region = _Region(tag.name, tag.mark)
                continue
        if region and region.tag == tag.name and not tag.is_empty:
            region.depth += 1
    return shown.finish()


class _Shown:
    """Text with its marks; stretches with one mark are looked at together."""

    def __init__(self) -> None:
        self.words: list[str] = []
        self.flags = bytearray()
        self.pieces: list[str] = []
        self.mark = Mark.NEW

    def add(self, piece: str, mark: Mark) -> None:
        if mark is not self.mark:
            self._flush()
            self.mark = mark
        self.pieces.append(piece)

    def _flush(self) -> None:
        words = letters(unescape("\n".join(self.pieces)))  # a line end, because an entity ends where its element does
        self.words.append(words)
        self.flags.extend(bytes((self.mark,)) * len(words))
        self.pieces.clear()

    def finish(self) -> tuple[str, bytearray]:
        self._flush()
        return "".join(self.words), self.flags


def letters(text: str) -> str:
    """The letters and digits of a text, in order (those of which ``str.isalnum`` is true)."""
    # Octet by octet where it can be done: asking each character takes ten times as long.
    octets = _OTHER_SIGNS.sub("", text).encode("utf-8", "surrogatepass")
    return octets.translate(None, _ASCII_SIGNS).decode("utf-8", "surrogatepass")


_OTHER_SIGNS = re.compile(r"[^\w\x00-\x7f]+")
_ASCII_SIGNS = bytes(octet for octet in range(128) if not chr(octet).isalnum())


def _read_tag(written: str) -> _Tag:
    match = _NAME.match(written)
    if match is None:
        return _Tag("")
    name = match[1].lower()
    if written.startswith("/"):
        return _Tag(name, is_end=True)
    mark, is_rest = _mark_of(name, written[match.end() :])
    return _Tag(
        name,
        mark=mark,
        is_rest=is_rest,
        hides=name in _HIDDEN,
        holds=name not in _VOID,
        is_empty=written.endswith("/"),
    )


def _mark_of(name: str, attributes: str) -> tuple[Mark, bool]:
    if "=" not in attributes:
        return Mark.NEW, False
    for match in _ATTRIBUTE.finditer(attributes):
        for value in (match[2] or match[3] or match[4] or "").lower().split():
            bare = value.removeprefix("3d").removeprefix("x_")
            if bare in RESTS:
                return Mark.QUOTED, True
            found = REGIONS.get(bare) or next(
                (mark for key, mark in REGIONS.items() if key.endswith("*") and bare.startswith(key[:-1])), None
            )
            if found:
                return found, False
    compact = "".join(attributes.lower().replace('"', "").replace("'", "").split())
    for tag, needle, mark in ATTRIBUTE_REGIONS:
        if name == tag and needle in compact:
            return mark, False
    if name == "div" and _OUTLOOK_BORDER.search(compact):
        return Mark.QUOTED, True
    return Mark.NEW, False
