"""What did the sender write this time? The text without the quoted earlier message, its introduction, and the signature.

A view, never a loss: the whole text is kept beside it, and where nothing new is found the view is the whole text. One pass over the
lines, one anchored look at a time; what the lines look like is data (quotes/).
"""

import re

import re2

from gateway.mail.quotes import separators, signatures
from gateway.mail.quotes.introductions import LINE_LOOKED_AT, attribution_at, header_block_at
from gateway.mail.quotes.structure import Mark, marks_of
from gateway.mail.reply_signature import RULE, end_of_words

_QUOTE = re.compile(r"[ \t\u3000]{0,3}(?:>|＞|&gt;)")
_MARKS = " \t\u3000-_=*~─━—–‐―>＞#<|:：.…ㅡ"
_SEPARATOR_FRAME = _MARKS + "「」[]【】()（）"
_SEPARATOR_BEGINNINGS = frozenset(words[:2] for words in (*separators.PHRASES, *separators.BARE))
_WRITTEN_BY = re.compile("|".join(separators.WRITTEN_BY))
_SIGN = re.compile(r"[\d@:：<|\t]")
_ANY_INVISIBLE = re.compile("[\u200b-\u200f\u2060\ufeff\u00ad\u00a0\r]")
# Sixty phrases in one pass: looking for one after the other costs more than all the rest.
_ANY_REPLY_ABOVE = re2.compile("(?i)" + "|".join(re2.escape(phrase) for phrase in separators.REPLY_ABOVE))
_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad\u200e\u200f"), None) | {0xA0: " ", 0x0D: None}

_EDGES = "\n\r \t\u00a0\u3000\ufeff\u200b"

LINES_LOOKED_AT = 20_000  # what stands below so many lines stays as it is


def reply_text(text: str, html: str | None) -> str:
    """Return what is new in ``text``; all of it where nothing new is found.

    ``html`` is the mail's HTML body, if it has one: its structure says which lines are quoted where the text alone does not.
    Answers between and below quoted lines stay, and a forwarded message that nothing was added to stays whole.
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n", LINES_LOOKED_AT)
    rest = lines.pop() if len(lines) > LINES_LOOKED_AT else ""
    view = _View(lines, marks_of(lines, html) if html else None)
    view.drop_below_marker()
    view.drop_quotations()
    view.drop_signatures()
    view.drop_banners()
    kept = "\n".join(line for line, keep in zip(lines, view.keep, strict=True) if keep)
    if rest and view.keep[-1]:
        kept += "\n" + rest
    if any(
        character.isalnum() or ord(character) > 0x2000
        for character in kept
        if character not in "‐–—―…─━ㅡ\u200b\u2060\ufeff\u3000"
    ):
        return _trimmed(kept)
    return _trimmed(
        "\n".join(line for line, below in zip(lines, view.is_marker, strict=True) if not below)
    ) or _trimmed(text)


def _trimmed(text: str) -> str:
    """Without empty lines at both ends, and never more than two in a row."""
    kept: list[str] = []
    empty = 0
    for line in text.split("\n"):
        bare = line.rstrip(_EDGES)
        empty = 0 if bare else empty + 1
        if empty <= 2:
            kept.append(bare)
    return "\n".join(kept).strip(_EDGES)


class _View:
    """Which lines to keep. Each step only takes lines away."""

    def __init__(self, lines: list[str], marks: list[Mark] | None) -> None:
        self.looks = [
            (cut.translate(_INVISIBLE) if _ANY_INVISIBLE.search(cut) else cut).rstrip()
            for cut in (line[:LINE_LOOKED_AT] for line in lines)
        ]
        self.keep = [True] * len(lines)
        self.is_marker = [False] * len(lines)
        self.structured = marks is not None and Mark.QUOTED in marks
        self.arrows = [bool(_QUOTE.match(look)) for look in self.looks]
        if True in self.arrows:
            self._join_broken_quotes()
        self.quoted = list(self.arrows)
        if marks is not None:
            for number, mark in enumerate(marks):
                self.quoted[number] = self.quoted[number] or mark is Mark.QUOTED
                if mark is Mark.SIGNATURE:
                    self.keep[number] = False

    def _join_broken_quotes(self) -> None:
        """A soft line break of quoted-printable that nobody took off splits a quoted line into two."""
        for number in range(1, len(self.looks)):
            above = self.looks[number - 1]
            if above.endswith("=") and self.arrows[number - 1] and len(above) > 60:
                self.arrows[number] = True

    def drop_below_marker(self) -> None:
        """Everything from an unquoted "reply above this line" on is not the sender's."""
        whole = "\n".join(self.looks)
        if not _ANY_REPLY_ABOVE.search(whole.encode("utf-8", "replace")):
            return
        low = whole.lower()
        phrases = [phrase for phrase in separators.REPLY_ABOVE if phrase in low]
        for number, look in enumerate(self.looks):
            bare = look.strip(_MARKS + "[](){}!'\"").lower()
            if 8 < len(bare) < 160 and any(phrase in bare for phrase in phrases):
                self.is_marker[number] = True
                if not self.quoted[number]:
                    self._drop(number, len(self.looks))
                    return

    def drop_quotations(self) -> None:
        number = 0
        introduced = False
        while number < len(self.looks):
            look = self.looks[number]
            if self.keep[number] and look and (not self.arrows[number] or look.startswith(">>> ")):
                step = self._introduction(number)
                if step:
                    introduced = True
                    number = step
                    continue
            number += 1
        typed = not introduced and not self.structured and self._typed_quotations()
        for number, quoted in enumerate(self.quoted):
            if quoted and not (typed and self.arrows[number] and self.looks[number].strip(_MARKS)):
                self.keep[number] = False

    def _introduction(self, number: int) -> int:
        """Drop a header block, separator or attribution line that begins here with what it introduces; return the next line, or 0."""
        if (self.arrows[number] or "---" in self.looks[number]) and _WRITTEN_BY.fullmatch(self.looks[number]):
            return self._drop_introduced(number, number + 1)
        if self.arrows[number]:
            return 0
        # Every header block and attribution has one of these signs in its first line; most lines of prose have none.
        has_sign = _SIGN.search(self.looks[number]) is not None
        block_end = header_block_at(self.looks, number) if has_sign else 0
        if block_end:
            return self._drop_introduced(self._rule_above(number), block_end)
        if self._separates(number):
            following = self._next(number + 1)
            block_end = (
                header_block_at(self.looks, following, after_separator=True) if following < len(self.looks) else 0
            )
            return self._drop_introduced(self._rule_above(number), block_end or number + 1)
        length = attribution_at(self.looks, number, quote_follows=self._quote_follows) if has_sign else 0
        if length:
            return self._drop_introduced(number, number + length)
        return 0

    def _drop_introduced(self, start: int, end: int) -> int:
        """Drop the introduction and what follows it: the marked lines, or everything where no line is marked as quoted."""
        following = self._next(end)
        if following < len(self.looks) and (self.quoted[following] or self._marked_soon(following)):
            self._drop(start, end)
            return end
        if self.structured and any(self.quoted[number] for number in range(start, end)):
            self._drop(start, end)
            return end
        self._drop(start, len(self.looks))
        return len(self.looks)

    def _marked_soon(self, start: int) -> bool:
        """Some programs leave a greeting line unmarked ("Hi," and then the quoted lines); look three lines on."""
        seen = 0
        for number in range(start, min(start + 8, len(self.looks))):
            if not self.looks[number]:
                continue
            if self.quoted[number]:
                return True
            seen += 1
            if seen > 2:
                break
        return False

    def _separates(self, number: int) -> bool:
        look = self.looks[number]
        if len(look) > 160 or look.lstrip(_SEPARATOR_FRAME)[:2].lower() not in _SEPARATOR_BEGINNINGS:
            return False
        bare = look.strip(_SEPARATOR_FRAME).lower()
        if bare in separators.PHRASES:
            marks = len(look.strip()) - len(bare)
            return marks >= 4 or header_block_at(self.looks, self._next(number + 1), after_separator=True) > 0
        return bare.startswith(separators.BARE) and len(bare) < 80 and self._header_below(number)

    def _header_below(self, number: int) -> bool:
        following = self._next(number + 1)
        return following < len(self.looks) and (
            self.quoted[following]
            or self.looks[number].endswith((":", "：", "®"))
            or header_block_at(self.looks, following, after_separator=True) > 0
        )

    def _rule_above(self, number: int) -> int:
        """The first of the rules and empty lines directly above."""
        start = number
        while (
            start
            and number - start < 4
            and (not self.looks[start - 1] or RULE.match(self.looks[start - 1]) or self._separates_quietly(start - 1))
        ):
            start -= 1
        return start

    def _separates_quietly(self, number: int) -> bool:
        return self.looks[number].strip(_MARKS).lower() in separators.PHRASES

    def _quote_follows(self, number: int) -> bool:
        following = self._next(number)
        return following < len(self.looks) and self.quoted[following] and following - number <= 2

    def _next(self, number: int) -> int:
        while number < len(self.looks) and not self.looks[number]:
            number += 1
        return number

    def _drop(self, start: int, end: int) -> None:
        self.keep[start:end] = [False] * (end - start)

    def _typed_quotations(self) -> bool:
        """Lines with ">" that no program introduced, inside or below somebody's own words: typed by hand, or a pasted log."""
        first = next((number for number, arrow in enumerate(self.arrows) if arrow), None)
        if first is None:
            return False
        above = [number for number in range(first) if self.looks[number] and self.keep[number]]
        last = max(number for number, arrow in enumerate(self.arrows) if arrow)
        below = any(self.looks[number] and self.keep[number] for number in range(last + 1, len(self.looks)))
        return bool(above) and (below or self.looks[above[-1]].endswith((":", "：")))

    def drop_signatures(self) -> None:
        """At the end of each run of kept lines, so that a signature above a quotation goes too."""
        end = len(self.looks)
        while end:
            start = end
            while start and self.keep[start - 1]:
                start -= 1
            if start < end:
                self._drop(end_of_words(self.looks, start, end), end)
            end = start
            while end and not self.keep[end - 1]:
                end -= 1

    def drop_banners(self) -> None:
        """A company's warning above the text is not the sender's; it is one paragraph at the top."""
        first = self._next(0)
        if first >= len(self.looks) or not self.keep[first]:
            return
        look = self.looks[first].strip(_MARKS + "[]【】⚠!※\ufe0f").lower()
        if look.startswith(tuple(banner.strip("[]【】※ ") for banner in signatures.BANNERS)):
            end = first
            while end < len(self.looks) and self.looks[end] and end - first < 6:
                end += 1
            if any(self.looks[number] and self.keep[number] for number in range(end, len(self.looks))):
                self._drop(first, end)
