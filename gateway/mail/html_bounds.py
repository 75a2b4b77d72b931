"""HTML of bounded shape. HTML parsers take quadratic time for deep nesting and for tags with thousands of attributes, and ours for ``&``.

Large HTML is written anew, in a form that can be read in one way only: comments and scripts left out, at most ``_DEPTH`` open
elements and ``_ATTRIBUTES`` attributes, and cut behind ``_AMPERSANDS`` ampersands. This bounds the cost of what follows; it is not
what makes HTML safe.
"""

import re
from collections import Counter
from collections.abc import Iterable
from itertools import islice

_SMALL = 48 * 1024  # below this even the worst shape costs less than 0.2 s
_DEPTH = 200
_ATTRIBUTES = 40
_AMPERSANDS = 50_000  # 0.1 s; ten times as many would take 6 s
# Letters by number (whole Korean mails are written so) cost nothing; what may mean an ampersand counts.
_AMPERSAND = re.compile(r"&(?!#(?:[1-9][0-9]{2}|[xX][1-9a-fA-F][0-9a-fA-F]{2}))")
_ONE_ATTRIBUTE = r"""[^\s/>][^\s/>=]*+(?:\s*+=\s*+(?:"[^"]*+"|'[^']*+'|[^\s>"'][^\s>]*+|(?=>)))?+"""
_TOKEN = re.compile(
    rf"<!--.*?(?:--!?>|\Z)|<[!?][^>]*+>?|<(/?)([a-zA-Z][^\s/>]*+)((?:[\s/]++|{_ONE_ATTRIBUTE})*+)>?", re.DOTALL
)
_ATTRIBUTE = re.compile(r"""([^\s/>][^\s/>=]*+)(?:\s*+=\s*+("[^"]*+"|'[^']*+'|[^\s>"'][^\s>]*+))?+""")
_RAW = {
    name: re.compile(rf"</{name}[\s/>]", re.IGNORECASE)
    for name in ("script", "style", "title", "textarea", "xmp", "iframe", "noembed", "noframes")
}
_VOID_NAMES = "area base basefont bgsound br col embed frame hr img input link meta param source track wbr"
_VOID = frozenset(_VOID_NAMES.split())
_CLOSES_LIKE = {
    "p": ("p",),
    "li": ("li",),
    "tr": ("tr", "td", "th"),
    "td": ("td", "th"),
    "th": ("td", "th"),
    "dt": ("dt", "dd"),
    "dd": ("dt", "dd"),
    "option": ("option",),
}


def bounded(html: str, attributes: Iterable[str]) -> str:
    """The HTML itself if it is small, else the same in bounded shape, keeping the named attributes only. Linear."""
    if len(html) <= _SMALL:
        return html
    return _Rewriter(frozenset(attributes)).rewrite(_cut(html))


def _cut(html: str) -> str:
    beyond = next(islice(_AMPERSAND.finditer(html), _AMPERSANDS, None), None) if html.count("&") > _AMPERSANDS else None
    return html if beyond is None else html[: beyond.start()]


class _Rewriter:
    def __init__(self, attributes: frozenset[str]) -> None:
        self.attributes = attributes
        self.out: list[str] = []
        self.open: list[str] = []
        self.counts: Counter[str] = Counter()
        self.dropped: Counter[str] = Counter()

    def rewrite(self, html: str) -> str:
        place = 0
        while True:
            token = _TOKEN.search(html, place)
            if token is None:
                break
            self.out.append(html[place : token.start()].replace("<", "&lt;"))
            place = token.end()
            name = (token[2] or "").lower()
            if not name:
                continue
            if token[1]:
                self._close(name)
            elif name in _RAW:
                end = _RAW[name].search(html, place)
                place = end.start() if end else len(html)
            else:
                self._open(name, token[3])
        self.out.append(html[place:].replace("<", "&lt;"))
        return "".join(self.out)

    def _open(self, name: str, attributes: str) -> None:
        if name in _VOID:
            self.out.append(self._tag(name, attributes))
            return
        like = _CLOSES_LIKE.get(name, ())
        while self.open and self.open[-1] in like:
            self.counts[self.open.pop()] -= 1
        if len(self.open) >= _DEPTH:
            self.dropped[name] += 1
            return
        self.open.append(name)
        self.counts[name] += 1
        self.out.append(self._tag(name, attributes))

    def _close(self, name: str) -> None:
        if self.dropped[name]:
            self.dropped[name] -= 1
        elif self.counts[name]:
            while self.open:
                inner = self.open.pop()
                self.counts[inner] -= 1
                if inner == name:
                    break
            self.out.append(f"</{name}>")
        elif name == "br":
            self.out.append("<br>")

    def _tag(self, name: str, attributes: str) -> str:
        if not attributes or attributes.isspace():
            return f"<{name}>"
        kept: list[str] = []
        for number, found in enumerate(_ATTRIBUTE.finditer(attributes)):
            if number >= _ATTRIBUTES:
                break
            if found[1].lower() in self.attributes:
                value = (found[2] or "").strip("\"'").replace('"', "&quot;")
                kept.append(f' {found[1]}="{value}"')
        return f"<{name}{''.join(kept)}>"
