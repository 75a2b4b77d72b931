"""Sanitised HTML made honest: links that name one host and lead to another say so, and tracking pixels are taken out and counted.

One pass over the sanitiser's own output, in which every tag is whole and every attribute quoted. What is put in is text, what is
taken out is a whole ``<img>``; doing it twice changes nothing.
"""

import re
from dataclasses import dataclass
from html import unescape
from urllib.parse import urlsplit

from gateway.mail.address import domain_key

_TAG = re.compile(r"<(/?)(a|img)\b([^\">]*+(?:\"[^\"]*\"[^\">]*+)*+)>")
_ANY_TAG = re.compile(r"<[^\">]*+(?:\"[^\"]*\"[^\">]*+)*+>")
_ATTRIBUTE = re.compile(r"([a-z]{1,20})=\"([^\"]*)\"")
_WEB = re.compile(r"(?i)https?://([^\s/?#<>\"'()\[\]]{1,253})")
_BARE = re.compile(r"(?i)((?:[^\s/?#<>\"'@:.,()\[\]]{1,63}\.){1,8}[^\W\d_]{2,24})\.?(?::\d{1,5})?(?:[/?#]\S*)?")
_HOST = re.compile(r"[a-z0-9_](?:[a-z0-9._-]{0,251}[a-z0-9])?")
_SMALL = re.compile(r"\s*[012](?:\.\d+)?\s*(?:px)?\s*")
_HIDDEN = re.compile(r"(?i)(?:^|;)(?:display:none|visibility:hidden|opacity:0(?:\.0+)?(?:;|$)|mso-hide:all)")
_SMALL_STYLE = re.compile(r"(?i)(?:^|;)(?:max-)?(width|height):\s*[012](?:\.\d+)?(?:px)?\s*(?=;|$)")
_TEXT_LIMIT = 2_000  # characters of a link's text that are looked at


@dataclass(frozen=True, slots=True)
class Honest:
    html: str
    tracking_pixels: int


def honest(safe: str) -> Honest:
    """``safe``: what the sanitiser gave back. Linear."""
    if "<a " not in safe and "<img" not in safe:
        return Honest(safe, 0)
    out: list[str] = []
    done = pixels = 0
    attributes, begin = "", -1  # of the link that is open
    for tag in _TAG.finditer(safe):
        closing, name = tag[1], tag[2]
        if name == "img" and not closing:
            if _tracks(tag[3]):
                pixels += 1
                out.append(safe[done : tag.start()])
                done = tag.end()
        elif name == "a" and not closing:
            attributes, begin = tag[3], tag.end()
        elif name == "a" and begin >= 0:
            words = _ANY_TAG.sub("", safe[begin : tag.start()])[:_TEXT_LIMIT]
            begin = -1
            host = _other_host(attributes, unescape(words)) if "." in words or "&" in words else ""
            if host and not safe.startswith(f" [{host}]", tag.end()):
                out.append(f"{safe[done : tag.end()]} [{host}]")
                done = tag.end()
    out.append(safe[done:])
    return Honest("".join(out), pixels)


def _tracks(attributes: str) -> bool:
    """An image that was elsewhere (its address is gone) and that nobody was meant to see."""
    found = dict(_ATTRIBUTE.findall(attributes))
    if "src" in found:
        return False
    style = found.get("style", "")
    if _HIDDEN.search(style) or "hidden" in attributes.split():
        return True
    small = {side for side in ("width", "height") if _SMALL.fullmatch(found.get(side, ""))}
    small |= {side.lower() for side in _SMALL_STYLE.findall(style)}
    return len(small) == 2


def _other_host(attributes: str, text: str) -> str:
    """The host that the link leads to, where its text names another one; else ""."""
    href = next((unescape(value) for key, value in _ATTRIBUTE.findall(attributes) if key == "href"), "")
    if not href.lower().startswith(("http://", "https://")):
        return ""
    stripped = text.strip()
    named = [match[1] for match in _WEB.finditer(stripped)]
    if not named and (bare := _BARE.fullmatch(stripped)):
        named = [bare[1]]
    if not named:
        return ""
    true = _host(href)
    if not true or all(_related(true, _host(f"http://{name}")) for name in named):
        return ""
    return true


def _host(url: str) -> str:
    """The host as a key that is plain ASCII; "" where there is none."""
    try:
        host = domain_key(urlsplit(url).hostname or "")
    except ValueError:
        return ""
    return host if _HOST.fullmatch(host) else ""


def _related(true: str, named: str) -> bool:
    true, named = true.removeprefix("www."), named.removeprefix("www.")
    return bool(named) and (true == named or true.endswith(f".{named}") or named.endswith(f".{true}"))
