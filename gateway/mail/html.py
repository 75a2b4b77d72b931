"""HTML of strangers, made safe to show.

One sanitiser (nh3, an allow-list of ammonia's making), nothing is edited after it. Its result is meant for a sandboxed frame with
its own policy, and is harmless without one: no script, no form, no remote content, no style that can load or cover anything.
"""

import re
from dataclasses import dataclass

import nh3

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
_PLAIN_COLOUR = re.compile(r"(?i)#[0-9a-f]{3,8}|[a-z]{3,20}|rgba?\([0-9., %]*\)")
_UNKNOWN_GROUND = "unset"  # a picture or a gradient: what is behind the text is not known, and nothing is shown of it
_EDGES = ("left", "right", "top", "bottom", "clip")
_FAR = re.compile(
    r"(?i)-\s*\d{3,}|rect\(\s*(?:0|1px|0px)[\s,]+(?:0|1px|0px)[\s,]+(?:0|1px|0px)[\s,]+(?:0|1px|0px)\s*\)"
)
_LINK = re.compile(r"(?i)(?:https?://|mailto:|tel:)[^\s]")
_INLINE_IMAGES = ("data:image/png", "data:image/jpeg", "data:image/gif", "data:image/webp", "data:image/bmp")
# Marks by which mail programs tell what is quoted; every other class or id only serves style sheets, which are gone.
_MARKS = re.compile(r"[A-Za-z0-9_ :-]{1,200}")
_PRE_LINES = re.compile(r"(<pre\b(?:[^\">]|\"[^\"]*\")*>)\n+")


@dataclass(frozen=True, slots=True)
class SafeHtml:
    """HTML that may be shown, and how many references to content elsewhere were taken out of it."""

    html: str
    remote: int


_PASSES = 3
_LINK_REL = "noopener nofollow noreferrer"


def sanitise(html: str) -> SafeHtml:
    """Make HTML safe. Sanitising the result again changes nothing. Over ``limits.HTML`` it is cut, not refused."""
    removed = 0
    styles: dict[str, str | None] = {}  # mails repeat a few of them hundreds of times

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
            if value not in styles:
                styles[value] = _safe_style(value)
            return styles[value]
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
    for _ in range(_PASSES):
        # Where an element is dropped and its content kept, a heading may stand in a heading or a link in a link, and where an
        # address is dropped from a link, its rel stands first: neither is written the same once it has been read back.
        before, cleaned = cleaned, clean(cleaned)
        if cleaned == before:
            break
    if "<pre" in cleaned:
        # A parser drops a line end right behind the tag (HTML, section 13.1.2.5): left there, each pass would take another one.
        cleaned = _PRE_LINES.sub(r"\1", cleaned)
    return SafeHtml(cleaned, removed)


def _safe_style(style: str) -> str | None:
    """The harmless declarations of a style attribute; None if there are none."""
    kept: list[str] = []
    placed = far = False
    for declaration in style.split(";"):
        name, colon, value = declaration.partition(":")
        name, value = name.strip().lower(), value.strip()
        if name == "position" and value.lower().startswith(("absolute", "fixed")):
            placed = True
        if name in _EDGES and _FAR.match(value):
            far = True
        if name in ("background", "background-image"):
            name, value = "background-color", value if _PLAIN_COLOUR.fullmatch(value) else _UNKNOWN_GROUND
        if colon and name in _STYLES and value and _VALUE.fullmatch(value) and not _BAD_VALUE.search(value):
            kept.append(f"{name}:{value}")
    if placed and far:
        kept.append("visibility:hidden")  # outside of the window there, and so nowhere here
    return ";".join(kept) or None
