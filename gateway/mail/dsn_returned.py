"""The mail that came back: where it begins inside a delivery report, and its header fields."""

import re
from collections.abc import Sequence

HEADER_LIMIT = 65_536  # characters of a returned header block that are looked at
FIELDS_LIMIT = 300

Headers = tuple[tuple[str, str], ...]

_FIELD = re.compile(r"[ \t>|]{0,8}([A-Za-z][A-Za-z0-9-]{1,60}):(?:[ \t]+(.*)|$|(<.*))")
_KNOWN = re.compile(
    r"(?:received|return-path|message-id|from|to|cc|subject|date|mime-version|content-type|reply-to|x-[a-z0-9-]+|dkim-signature|delivered-to|references|in-reply-to|sender)$"
)
_MESSAGE_ID = re.compile(r"<([^<>\s]{3,300})>")
_QUOTED_MESSAGE_ID = re.compile(
    r"(?:^|[\s(])(?:original[- ])?message-?\s?id(?:entifier)?(?: was| is)?\s*[:=]\s*<?([^<>\s]{3,300}@[^<>\s]{1,300}?)>?[.,;)]?(?=\s|$)",
    re.IGNORECASE | re.MULTILINE,
)

# Lines after which an MTA shows the mail it returns. Compared in lower case, marks at both ends taken off.
_TELLING = frozenset(
    {"received", "return-path", "message-id", "mime-version"}
)  # one of them is in every returned header

SEPARATORS: tuple[str, ...] = (
    "below this line is a copy of the message",
    "this is a copy of the message",
    "this is a copy of your message",
    "original message follows",
    "the original message follows",
    "below is a copy of the original message",
    "a copy of the original message",
    "original message",
    "original message header",
    "original message headers",
    "original headers",
    "message header follows",
    "message headers follow",
    "headers follow",
    "the header of the original message is following",
    "unsent message below",
    "unsent message follows",
    "returned message follows",
    "returned mail follows",
    "undelivered message follows",
    "undelivered message headers",
    "included is a copy of the message header",
    "the first 50 kbytes of the original message",
    "message text follows",
    "start of returned message",
    "received message header",
    "failed message follows",
    "the body of the message is",
    "the rest of the message",
    "message contents follow",
    "your original message",
    "end of message",
    "原文",
    "원본 메시지",
    "원본메시지",
    "원본 메일",
    "반송된 메일",
)


def parse_headers(text: str) -> Headers:
    """Header fields at the start of a text, unfolded; lines quoted with ">" or indented as a whole are read too."""
    fields: list[tuple[str, str]] = []
    for line in text[:HEADER_LIMIT].splitlines():
        bare = line.lstrip("> ") if line.startswith(">") else line
        if not bare.strip():
            if fields:
                break
            continue
        match = _FIELD.match(bare[:2_000])
        if match and (bare[0] not in " \t" or not fields or _KNOWN.match(match[1].lower())):
            if len(fields) >= FIELDS_LIMIT:
                break
            fields.append((match[1], (match[2] or match[3] or "").strip()))
        elif fields and bare[0] in " \t":
            name, value = fields[-1]
            if len(value) < 4_000:
                fields[-1] = (name, f"{value} {bare.strip()}"[:4_000])
        elif fields and not (bare.startswith("From ") and len(fields) < 2):
            break
    return tuple(fields)


def split_prose(text: str) -> tuple[str, str]:
    """Split a report into what the mail system says and the mail it returns in the same text ("" if none)."""
    lowered = text.lower()
    lines = text.split("\n")
    announced = any(words in lowered for words in SEPARATORS)
    for number, line in enumerate(lines if announced else ()):
        low = line.strip().strip("-=_*#>+|. :\t").lower()
        if 5 < len(low) < 200 and low.startswith(SEPARATORS) and _header_soon(lines, number + 1):
            return "\n".join(lines[:number]), "\n".join(lines[number + 1 :])
    shown = any(name in lowered for name in _TELLING)
    for number in range(1, len(lines) if shown else 0):
        if _begins_headers(lines, number):
            return "\n".join(lines[:number]), "\n".join(lines[number:])
    return text, ""


def _header_soon(lines: Sequence[str], start: int) -> bool:
    seen = 0
    for line in lines[start : start + 12]:
        match = _FIELD.match(line[:400])
        if match and _KNOWN.match(match[1].lower()):
            return True
        seen += bool(line.strip())
        if seen > 4:
            return False
    return False


def _begins_headers(lines: Sequence[str], number: int) -> bool:
    """Three known header fields in a row, of which Received, Return-Path, Message-ID or Date is one."""
    if lines[number - 1].strip() and not lines[number - 1].strip().startswith(("-", "=", "_")):
        return False
    if lines[number][:1] in " \t" and not lines[number].lstrip().lower().startswith(("received:", "return-path:")):
        return False  # an indented excerpt in the middle of the report's own words
    names: list[str] = []
    for line in lines[number : number + 12]:
        match = _FIELD.match(line[:400])
        if match is None:
            if line[:1] in (" ", "\t") and names:
                continue
            break
        if not _KNOWN.match(match[1].lower()):
            if not names:
                return False
            continue
        names.append(match[1].lower())
    return len(names) >= 3 and not _TELLING.isdisjoint(names)


def message_id_of(headers: Headers, prose: str) -> str | None:
    """The id of the returned mail, from its headers or as the report quotes it; without angle brackets."""
    for name, value in headers:
        if name.lower() == "message-id":
            match = _MESSAGE_ID.search(value)
            bare = match[1] if match else value.strip().strip("<>").strip()
            if bare and not re.search(r"\s", bare):
                return bare
    match = _QUOTED_MESSAGE_ID.search(prose[:HEADER_LIMIT])
    return match[1] if match else None
