"""HTML of strangers: made safe to show, and turned into text.

One sanitiser (nh3, an allow-list of ammonia's making), nothing is edited after it. Its result is meant for a sandboxed frame with
its own policy, and is harmless without one: no script, no form, no remote content, no style that can load or cover anything.
"""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

import nh3
from selectolax.lexbor import LexborHTMLParser, LexborNode

from gateway.mail import limits
from gateway.mail.html_bounds import bounded


def _names(text: str) -> set[str]:
    return set(text.split())


_TAGS = _names("""
    a abbr acronym address article aside b bdi bdo big blockquote br caption center cite code col colgroup dd del details dfn div dl
    dt em figcaption figure font footer h1 h2 h3 h4 h5 h6 header hgroup hr i img ins kbd li main mark nav ol p pre q rp rt ruby s
    samp section small span strike strong sub summary sup table tbody td tfoot th thead time tr tt u ul var wbr
""")
_DROPPED_WITH_CONTENT = _names("""
    script style head title template noscript noframes iframe frameset frame object embed applet svg math audio video canvas
    select option textarea datalist xmp plaintext portal noembed
""")
_ATTRIBUTES: dict[str, set[str]] = {
    "*": {"style", "dir", "lang", "title", "align", "valign", "bgcolor", "hidden", "class", "id"},
    "a": {"href", "name"},
    "img": {"src", "alt", "width", "height", "border"},
    "font": {"color", "face", "size"},
    "blockquote": {"type"},
    "ol": {"start", "type", "reversed"},
    "ul": {"type"},
    "li": {"value", "type"},
    "table": {"width", "height", "border", "cellpadding", "cellspacing", "summary"},
    "td": {"width", "height", "colspan", "rowspan", "nowrap", "abbr"},
    "th": {"width", "height", "colspan", "rowspan", "nowrap", "abbr", "scope"},
    "col": {"span", "width"},
    "colgroup": {"span", "width"},
    "hr": {"width", "size", "color", "noshade"},
    "br": {"clear"},
    "del": {"datetime"},
    "ins": {"datetime"},
    "time": {"datetime"},
    "details": {"open"},
}
_KEPT_ATTRIBUTES = frozenset(name for names in _ATTRIBUTES.values() for name in names)
_STYLES = _names("""
    color background-color font-family font-size font-style font-variant font-weight letter-spacing line-height
    text-align text-decoration text-indent text-transform vertical-align white-space word-break word-wrap overflow-wrap direction
    border border-bottom border-left border-right border-top border-collapse border-color border-radius border-spacing border-style
    border-width border-bottom-color border-bottom-style border-bottom-width border-left-color border-left-style border-left-width
    border-right-color border-right-style border-right-width border-top-color border-top-style border-top-width
    margin margin-bottom margin-left margin-right margin-top padding padding-bottom padding-left padding-right padding-top
    width height max-width min-width display visibility opacity max-height overflow mso-hide
""")
# Numbers, names, colours: nothing with a backslash, a comment, an address or any function but those of colours.
_VALUE = re.compile(r"(?:[\w #.,%!\"'+-]|\b(?:rgb|hsl)a?\([0-9., %]*\))*")
_BAD_VALUE = re.compile(r"(?i)url|expression|javascript|data:|image")
_LINK = re.compile(r"(?i)(?:https?://|mailto:|tel:)[^\s]")
_BLOCKED = object()
_PRE_LINES = re.compile(r"(<pre\b(?:[^\">]|\"[^\"]*\")*>)\n+")


@dataclass(frozen=True, slots=True)
class SafeHtml:
    """HTML that may be shown, and how many references to content elsewhere were taken out of it."""

    html: str
    remote: int


_LINK_REL = "noopener nofollow noreferrer"


def sanitise(html: str) -> SafeHtml:
    """Make HTML safe. Sanitising the result again changes nothing. Over ``limits.HTML`` it is cut, not refused."""
    removed = 0

    def keep(_tag: str, attribute: str, value: str) -> str | None:
        nonlocal removed
        if attribute == "src":
            if value.strip().lower().startswith("cid:"):
                return value
            if value.strip().lower().startswith(_INLINE_IMAGES):
                return value
            removed += 1
            return None
        if attribute == "href":
            return value if _LINK.match(value.strip()) else None
        if attribute == "style":
            return _safe_style(value)
        if attribute in ("class", "id"):
            return value if _MARKS.fullmatch(value) else None
        return value

    def relative(url: str) -> None:
        nonlocal removed
        removed += url.lstrip().startswith(("//", "\\\\", "/\\"))

    def clean(markup: str) -> str:
        return nh3.clean(
            markup,
            tags=_TAGS,
            clean_content_tags=_DROPPED_WITH_CONTENT,
            attributes=_ATTRIBUTES,
            attribute_filter=keep,
            strip_comments=True,
            link_rel=_LINK_REL,
            url_schemes={"http", "https", "mailto", "tel", "cid", "data"},
            url_relative=relative,
        )

    cleaned = clean(bounded(html[: limits.HTML], _KEPT_ATTRIBUTES))
    if f'<a rel="{_LINK_REL}" ' in cleaned:
        # Where an address is dropped from a link, its rel stands before the other attributes, and would move with the next pass.
        cleaned = clean(cleaned)
    if "<pre" in cleaned:
        # A parser drops a line end right behind the tag (HTML, section 13.1.2.5): left there, each pass would take another one.
        cleaned = _PRE_LINES.sub(r"\1", cleaned)
    return SafeHtml(cleaned, removed)


def _safe_style(style: str) -> str | None:
    """The harmless declarations of a style attribute; None if there are none."""
    kept: list[str] = []
    for declaration in style.split(";"):
        name, colon, value = declaration.partition(":")
        name, value = name.strip().lower(), value.strip()
        if colon and name in _STYLES and value and _VALUE.fullmatch(value) and not _BAD_VALUE.search(value):
            kept.append(f"{name}:{value}")
    return ";".join(kept) or None


_INLINE_IMAGES = ("data:image/png", "data:image/jpeg", "data:image/gif", "data:image/webp", "data:image/bmp")
# Marks by which mail programs tell what is quoted; every other class or id only serves style sheets, which are gone.
_MARKS = re.compile(r"[A-Za-z0-9_ :-]{1,200}")

_BLOCKS = _names("""
    address article aside blockquote center dd details div dl dt figcaption figure footer form h1 h2 h3 h4 h5 h6 header hr li main
    nav ol p pre section summary table tbody tfoot thead tr ul caption
""")
_PARAGRAPHS = _names("p h1 h2 h3 h4 h5 h6 ul ol dl pre blockquote table")
_HIDING = re.compile(
    r"(?i)(?:^|;)\s*(?:display\s*:\s*none|visibility\s*:\s*hidden|mso-hide\s*:\s*all|font-size\s*:\s*0(?:px|pt|em|%)?\s*(?:;|$)"
    r"|opacity\s*:\s*0(?:\.0+)?\s*(?:;|$)|max-height\s*:\s*0(?:px|pt|em)?\s*(?:;|$))"
)
_MAY_HIDE = re.compile(r"(?i)\shidden|\sstyle=")
_INDENT = 10
_BLANKS = re.compile(r"[ \t\r\n\f]+")
_MANY_LINES = re.compile(r"\n{3,}")


def html_to_text(safe: str) -> str:
    """The words of sanitised HTML as a person sees them: paragraphs, lists, links, quote marks; hidden text left out.

    Walks the nodes without recursion, so that depth costs nothing.
    """
    body = LexborHTMLParser(safe).body
    if body is None:
        return ""
    writer = _Writer(may_hide=_MAY_HIDE.search(safe) is not None)
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
    return writer.finish()


class _Writer:
    """Collects lines: a pending line of pieces, a prefix of quote marks, the state of lists."""

    def __init__(self, *, may_hide: bool) -> None:
        self.may_hide = may_hide
        self.lines: list[str] = []
        self.line: list[str] = []
        self.quote = 0
        self.pre = 0
        self.lists: list[int | None] = []
        self.links: list[tuple[str, int, int]] = []
        self.bullet = ""

    def enter(self, node: LexborNode) -> bool:
        tag = node.tag
        if tag == "-text":
            self.text(node.text_content or "")
            return False
        if tag is None or tag.startswith(("-", "!", "_")):
            return False
        if self.may_hide and _is_hidden(node.attributes):
            return False
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

    def leave(self, node: LexborNode) -> None:
        tag = node.tag
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
        if (
            not shown
            or shown.rstrip("/") in (target.rstrip("/"), _bare_host(target))
            or target.partition("?")[0] == shown
        ):
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


def _is_hidden(attributes: dict[str, str | None]) -> bool:
    if "hidden" in attributes:
        return True
    style = attributes.get("style")
    return bool(style and _HIDING.search(style))


def _bare_host(url: str) -> str:
    try:
        parts = urlsplit(url)
    except ValueError:
        return url
    return f"{parts.netloc}{parts.path}".rstrip("/")
