"""Sanitised HTML as the words that a person sees: paragraphs, lists, links, quote marks; hidden text left out."""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from selectolax.lexbor import LexborHTMLParser, LexborNode

from gateway.mail.html_paint import Page, Painter


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


_BLOCKS = _names("""
    address article aside blockquote center dd details div dl dt figcaption figure footer form h1 h2 h3 h4 h5 h6 header hr li main
    nav ol p pre section summary table tbody tfoot thead tr ul caption
""")
_INLINE = _names("b big code em font i ins s small span strike strong sub sup tt u")  # change nothing in plain text
_EMPTY = frozenset({"br", "hr", "img"})  # nothing can be in them, and they are not left
_PARAGRAPHS = _names("p h1 h2 h3 h4 h5 h6 ul ol dl pre blockquote table")
_HIDING = re.compile(
    r"(?i)(?:^|;)\s*(?:display\s*:\s*none|visibility\s*:\s*hidden|mso-hide\s*:\s*all"
    r"|opacity\s*:\s*(?:0|0?\.0[0-4]?\d{0,6})\s*(?:;|$)|max-height\s*:\s*0(?:px|pt|em)?\s*(?:;|$)"
    r"|(?:text-indent|margin-left|margin-top)\s*:\s*-\d{3,6}(?:px|pt|em|%)\s*(?:;|$))"
)
_MAY_HIDE = re.compile(r"(?i)\shidden|\sstyle=")
_MAY_PAINT = re.compile(r"(?i)color|font-size")
_INDENT = 10
_BLANKS = re.compile(r"[ \t\r\n\f]+")
_MANY_LINES = re.compile(r"\n{3,}")


@dataclass(frozen=True, slots=True)
class Seen:
    """What a person sees of HTML, as text. ``hidden``: characters, blanks not counted, that the HTML holds besides.

    They could be seen after all where the mail is quoted or forwarded into another frame, so people are told of them.
    """

    text: str
    hidden: int


def html_to_text(safe: str) -> str:
    """The words of sanitised HTML as a person sees them: paragraphs, lists, links, quote marks; hidden text left out."""
    return see(safe).text


def see(safe: str, page: Page | None = None) -> Seen:
    """The same with what is hidden. ``page``: what is known of the mail before it was sanitised.

    Where letters in the colour of their ground are all that there is, they are the text: some mail programs write white in the dark.
    """
    body = LexborHTMLParser(safe).body
    if body is None:
        return Seen("", 0)
    may_hide = _MAY_HIDE.search(safe) is not None
    may_paint = _MAY_PAINT.search(safe) is not None
    writer = _written(body, _Writer(may_hide=may_hide, page=(page or Page()) if may_paint else None))
    text = writer.finish()
    if writer.unseen and not text.strip():
        text = _written(body, _Writer(may_hide=may_hide, page=None)).finish()
    return Seen(text, writer.hidden + writer.unseen)


def _written(body: LexborNode, writer: "_Writer") -> "_Writer":
    """Walks the nodes without recursion, so that depth costs nothing."""
    node: LexborNode | None = body.first_child
    open_nodes: list[LexborNode] = []
    while node is not None or open_nodes:
        if node is None:
            left = open_nodes.pop()
            writer.leave(left)
            node = left.next
            continue
        entered = writer.enter(node)
        child = node.first_child if entered else None
        if child is not None:
            open_nodes.append(node)
            node = child
        else:
            if entered:
                writer.leave(node)
            node = node.next
    return writer


class _Writer:
    """Collects lines: a pending line of pieces, a prefix of quote marks, the state of lists."""

    def __init__(self, *, may_hide: bool, page: Page | None) -> None:
        self.may_hide = may_hide
        self.painter = Painter(page) if page is not None else None  # None: colours and sizes are not looked at
        self.hidden = 0  # characters in elements that are not shown
        self.unseen = 0  # characters in the colour of their ground, or too small
        self.lines: list[str] = []
        self.line: list[str] = []
        self.quote = 0
        self.pre = 0
        self.lists: list[int | None] = []
        self.links: list[tuple[str, int, int]] = []
        self.bullet = ""
        self.hiding: dict[str, bool] = {}  # by style attribute

    def enter(self, node: LexborNode) -> bool:
        tag = node.tag
        if tag == "-text":
            self.letters(node.text_content or "")
            return False
        if tag is None or tag.startswith(("-", "!", "_")):
            return False
        attributes = node.attributes if self.may_hide or self.painter is not None else {}
        if self.may_hide and self.hides(attributes):
            self.hidden += sum(map(len, node.text().split()))
            return False
        if self.painter is not None and tag not in _EMPTY:
            self.painter.enter(tag, attributes)
        if tag in _INLINE:
            return True
        match tag:
            case "br":
                self.end_line(force=True)
                return False
            case "hr":
                self.block()
                self.lines.append(self.prefix() + "-" * 20)
                return False
            case "img":
                alt = (node.attributes.get("alt") or "").strip()
                if alt:
                    self.text(alt)
                return False
            case "blockquote":
                self.block(paragraph=True)
                self.quote += 1
            case "pre":
                self.block(paragraph=True)
                self.pre += 1
            case "ul":
                self.block(paragraph=not self.lists)
                self.lists.append(None)
            case "ol":
                self.block(paragraph=not self.lists)
                start = node.attributes.get("start") or "1"
                self.lists.append(int(start) if start.isdigit() and len(start) < 6 else 1)
            case "li":
                self.block()
                self.bullet = self.next_bullet()
            case "td" | "th":
                self.gap()
            case "a":
                self.links.append((node.attributes.get("href") or "", len(self.lines), len(self.line)))
            case _ if tag in _BLOCKS:
                self.block(paragraph=tag in _PARAGRAPHS)
        return True

    def hides(self, attributes: dict[str, str | None]) -> bool:
        if "hidden" in attributes:
            return True
        style = attributes.get("style")
        if not style:
            return False
        known = self.hiding.get(style)
        if known is None:
            known = self.hiding[style] = _HIDING.search(style) is not None
        return known

    def letters(self, text: str) -> None:
        if self.painter is not None and self.painter.is_unseen and text.strip():
            self.unseen += sum(map(len, text.split()))
        else:
            self.text(text)

    def leave(self, node: LexborNode) -> None:
        tag = node.tag
        if self.painter is not None:
            self.painter.leave()
        if tag in _INLINE:
            return
        match tag:
            case "blockquote":
                self.block()
                self.quote = max(0, self.quote - 1)
                self.paragraph()
            case "pre":
                self.block(paragraph=True)
                self.pre = max(0, self.pre - 1)
            case "ul" | "ol":
                self.block()
                if self.lists:
                    self.lists.pop()
                if not self.lists:
                    self.paragraph()
            case "a":
                self.link()
            case "td" | "th":
                self.gap()
            case _ if tag in _BLOCKS:
                self.block(paragraph=tag in _PARAGRAPHS)

    def next_bullet(self) -> str:
        if not self.lists:
            return "- "
        indent = "  " * min(len(self.lists) - 1, _INDENT)
        number = self.lists[-1]
        if number is None:
            return f"{indent}- "
        self.lists[-1] = number + 1
        return f"{indent}{number}. "

    def prefix(self) -> str:
        return "> " * min(self.quote, 20)

    def gap(self) -> None:
        if self.line and not self.line[-1].endswith(" "):
            self.line.append(" ")

    def text(self, text: str) -> None:
        if self.pre:
            first, *others = text.split("\n")
            self.put(first)
            for line in others:
                self.end_line(force=True)
                self.put(line)
            return
        text = _BLANKS.sub(" ", text).replace("\u00a0", " ")
        if not self.line or self.line[-1].endswith(" "):
            text = text.lstrip(" ")
        self.put(text)

    def put(self, text: str) -> None:
        if text:
            if self.bullet:
                self.line.append(self.bullet)
                self.bullet = ""
            self.line.append(text)

    def link(self) -> None:
        """Show where a link leads, unless its text says so already."""
        href, line, place = self.links.pop() if self.links else ("", -1, 0)
        if not href or line != len(self.lines):
            return
        shown = "".join(self.line[place:]).strip()
        target = href.removeprefix("mailto:").removeprefix("tel:")
        words = shown.rstrip("/")
        if not shown or words == target.rstrip("/") or target.partition("?")[0] == shown:
            return
        if words in target and words == _bare_host(target):
            return
        self.put(f" <{target}>")

    def end_line(self, *, force: bool = False) -> None:
        text = "".join(self.line).rstrip(" ")
        self.line.clear()
        if text or force:
            self.lines.append((self.prefix() + text).rstrip(" ") if self.quote else text)

    def block(self, *, paragraph: bool = False) -> None:
        self.end_line()
        if paragraph:
            self.paragraph()

    def paragraph(self) -> None:
        if self.lines and self.lines[-1].strip("> "):
            self.lines.append(self.prefix().rstrip(" ") if self.quote else "")

    def finish(self) -> str:
        self.end_line()
        text = "\n".join(self.lines)
        return _MANY_LINES.sub("\n\n", text).strip("\n")


def _bare_host(url: str) -> str:
    try:
        parts = urlsplit(url)
    except ValueError:
        return url
    return f"{parts.netloc}{parts.path}".rstrip("/")
