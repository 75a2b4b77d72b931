"""The grammar of commands (RFC 5321 section 4.1, RFC 6531): decided before anything else sees an argument.

Nothing here raises on what a stranger wrote; what does not fit is None, and the caller knows the reply.
"""

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass

_LABEL = r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
_U_LABEL = r"[A-Za-z0-9_\u0080-\U0010ffff](?:[A-Za-z0-9_\u0080-\U0010ffff-]{0,61}[A-Za-z0-9_\u0080-\U0010ffff])?"
_ATEXT = r"A-Za-z0-9!#$%&'*+/=?^_`{|}~\u0080-\U0010ffff-"

_COMMAND = re.compile(r"([A-Za-z][A-Za-z0-9]*)(?: +(.*))?", re.ASCII)
_DOMAIN = re.compile(rf"{_LABEL}(?:\.{_LABEL})*\.?")
_U_DOMAIN = re.compile(rf"{_U_LABEL}(?:\.{_U_LABEL})*\.?")
_LITERAL = re.compile(r"\[([\x21-\x5a\x5e-\x7e]{1,250})\]")
# Dots where RFC 5321 wants none are taken: Japanese mobile carriers gave out such addresses for years (a..b.@docomo.ne.jp).
_DOT_STRING = re.compile(rf"[{_ATEXT}.]+")
_QUOTED = re.compile(r'"((?:[\x20\x21\x23-\x5b\x5d-\x7e\u0080-\U0010ffff]|\\[\x20-\x7e])*)"')
# <@relay.example,@other.example:user@example.com>: understood and stripped (RFC 5321 appendix C)
_ROUTE = re.compile(rf"@{_LABEL}(?:\.{_LABEL})*(?:,@{_LABEL}(?:\.{_LABEL})*)*:")
_PARAMETER = re.compile(r"([A-Za-z0-9][A-Za-z0-9-]*)(?:=([\x21-\x3c\x3e-\x7e\u0080-\U0010ffff]+))?")
_FROM = re.compile(r"from: *", re.IGNORECASE)
_TO = re.compile(r"to: *", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f\u0080-\u009f]")

PATH_OCTETS = 256  # RFC 5321 section 4.5.3.1.3, brackets included
LOCAL_OCTETS = 64  # section 4.5.3.1.1; kept for recipients, since every address of ours keeps it
DOMAIN_OCTETS = 255

OTHER_PROTOCOLS = frozenset({"GET", "POST", "PUT", "HEAD", "OPTIONS", "CONNECT", "PATCH", "DELETE", "TRACE", "PRI"})


@dataclass(frozen=True, slots=True)
class Command:
    """``verb`` in capitals; ``argument`` without the spaces around it, "" where there is none."""

    verb: str
    argument: str


@dataclass(frozen=True, slots=True)
class Path:
    """A path and the parameters behind it. ``address`` is "" for the null reverse-path; source routes are stripped."""

    address: str
    parameters: Mapping[str, str | None] | None  # None: malformed or given twice. Names are in capitals


def read_command(line: bytes) -> Command | None:
    """A line without its CR LF; None where it holds control characters, is not UTF-8 or does not begin with a verb."""
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError:
        return None
    if _CONTROL.search(text):
        return None
    # RFC 5321 section 4.1.1: white space before the end of the line is tolerated, before the verb it is not.
    match = _COMMAND.fullmatch(text.rstrip(" \t"))
    return Command(match[1].upper(), (match[2] or "").strip(" ")) if match else None


def is_helo_name(argument: str) -> bool:
    """Domain or address literal (RFC 5321 section 4.1.1.1); underscores pass, real machines have them."""
    if argument.startswith("["):
        return _is_literal(argument)
    return len(argument) <= DOMAIN_OCTETS and _DOMAIN.fullmatch(argument) is not None


def read_mail(argument: str) -> Path | None:
    """``FROM:<path> parameters``. None: the form is wrong; ``address`` None in the result cannot be: see ``read_rcpt``."""
    return _read_path(_FROM, argument)


def read_rcpt(argument: str) -> Path | None:
    """``TO:<path> parameters``."""
    return _read_path(_TO, argument)


def _read_path(keyword: re.Pattern[str], argument: str) -> Path | None:
    match = keyword.match(argument)
    if match is None or not argument.startswith("<", match.end()):
        return None
    end = _closing_bracket(argument, match.end() + 1)
    if end is None:
        return None
    rest = argument[end + 1 :]
    if rest and not rest.startswith(" "):
        return None
    return Path(argument[match.end() + 1 : end], _parameters(rest))


def _closing_bracket(text: str, start: int) -> int | None:
    """The ``>`` that ends a path; one inside a quoted local part does not."""
    if text.startswith('"', start):
        quoted = _QUOTED.match(text, start)
        if quoted is None:
            return None
        start = quoted.end()
    end = text.find(">", start)
    return None if end < 0 else end


def _parameters(text: str) -> Mapping[str, str | None] | None:
    found: dict[str, str | None] = {}
    for word in text.split(" "):
        if not word:
            continue
        match = _PARAMETER.fullmatch(word)
        if match is None or match[1].upper() in found:
            return None
        found[match[1].upper()] = match[2]
    return found


def read_mailbox(path: str, *, local_octets: int | None = None) -> str | None:
    """The address inside the brackets, or None where it is not one. A quoted local part that needs no quotes loses them, so
    that ``"support"@example.com`` is the same mailbox as without."""
    if len(path.encode("utf-8")) > PATH_OCTETS - 2:
        return None
    route = _ROUTE.match(path)
    if route:
        path = path[route.end() :]
    quoted = _QUOTED.match(path)
    local: str
    if quoted:
        content = re.sub(r"\\(.)", r"\1", quoted[1])
        local = content if _DOT_STRING.fullmatch(content) else quoted[0]
        rest = path[quoted.end() :]
    else:
        dotted = _DOT_STRING.match(path)
        if dotted is None:
            return None
        local, rest = dotted[0], path[dotted.end() :]
    if not rest.startswith("@") or not _is_domain_or_literal(rest[1:]):
        return None
    if local_octets is not None and len(local.encode("utf-8")) > local_octets:
        return None
    return f"{local}@{rest[1:]}"


def _is_domain_or_literal(text: str) -> bool:
    if text.startswith("["):
        return _is_literal(text)
    return len(text.encode("utf-8")) <= DOMAIN_OCTETS and _U_DOMAIN.fullmatch(text) is not None


def _is_literal(text: str) -> bool:
    """``[192.0.2.1]`` or ``[IPv6:2001:db8::1]`` (RFC 5321 section 4.1.3)."""
    match = _LITERAL.fullmatch(text)
    if match is None:
        return False
    content = match[1]
    try:
        if content[:5].lower() == "ipv6:":
            ipaddress.IPv6Address(content[5:])
        else:
            ipaddress.IPv4Address(content)
    except ValueError:
        return False
    return True
