"""The machine-readable part of a delivery report: message/delivery-status (RFC 3464) and its UTF-8 form (RFC 6533)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

FIELDS_LOOKED_AT = 2_000  # fields of one report; a report for a thousand recipients still fits
VALUE_LIMIT = 2_000  # characters of one unfolded value

_FIELD = re.compile(r"([A-Za-z][A-Za-z0-9-]{1,60})[ \t]*:[ \t]*(.*)", re.DOTALL)
STATUS = re.compile(r"(?<![\d.])([245])\.\s?(\d{1,3})\s?\.\s?(\d{1,3})(?!\d|\.\d)")
_NAMING = ("final-recipient", "original-recipient", "x-actual-recipient", "x-original-recipient")
_QUOTED_LOCAL = re.compile(r'"[^"\x00-\x1f\x7f]{1,64}"@[^\s<>]{1,255}')
_ESCAPE = re.compile(r"\\x\{([0-9A-Fa-f]{2,6})\}")
_XTEXT = re.compile(r"\+([0-9A-F]{2})")


@dataclass(frozen=True, slots=True)
class Recipient:
    """One group of per-recipient fields (RFC 3464 section 2.3)."""

    addresses: tuple[str, ...]  # final first, then the original one where it differs; lower case
    action: str  # failed, delayed, delivered, relayed, expanded, or "" where not stated
    status: str | None
    diagnostic: str | None


def read_report(text: str) -> list[Recipient]:
    """Return the recipients of a report in order; malformed lines are passed over."""
    return [recipient for group in _groups(text) if (recipient := _recipient(group)) is not None]


def looks_like_report(text: str) -> bool:
    """Some systems send the fields of RFC 3464 as plain text."""
    low = text[:20_000].lower()
    return "final-recipient:" in low and ("action:" in low or "status:" in low)


def _groups(text: str) -> list[dict[str, str]]:
    groups: list[dict[str, str]] = [{}]
    name = ""
    count = 0
    for line in text.splitlines():
        if not line.strip():
            if groups[-1]:
                groups.append({})
            name = ""
        elif line[0] in " \t":
            if name and len(groups[-1][name]) < VALUE_LIMIT:
                groups[-1][name] += " " + line.strip()[:VALUE_LIMIT]
        elif (match := _FIELD.match(line[:VALUE_LIMIT])) and count < FIELDS_LOOKED_AT:
            count += 1
            name = match[1].lower()
            if name == "final-recipient" and name in groups[-1]:
                groups.append({})  # some systems leave out the blank line between two recipients
            if name in groups[-1]:
                name = ""
            else:
                groups[-1][name] = match[2].strip()
    return _joined([group for group in groups if group])


def _joined(groups: list[dict[str, str]]) -> list[dict[str, str]]:
    """Some systems put an empty line between the recipient and what became of it."""
    joined: list[dict[str, str]] = []
    for group in groups:
        above = joined[-1] if joined else {}
        told = {"action", "status"}
        if (
            "final-recipient" in above
            and not told & above.keys()
            and told & group.keys()
            and not any(name in group for name in _NAMING)
        ):
            above.update({**group, **above})
        else:
            joined.append(group)
    return joined


def _recipient(group: dict[str, str]) -> Recipient | None:
    if not any(name in group for name in ("final-recipient", "original-recipient", "x-actual-recipient", "action")):
        return None
    found = [address for name in _NAMING if (address := address_of(group.get(name, ""))) is not None]
    action = re.split(r"[\s;(]", group.get("action", "").lower().strip(), maxsplit=1)[0]
    diagnostic = _typed_value(group["diagnostic-code"]) if group.get("diagnostic-code") else None
    return Recipient(tuple(dict.fromkeys(found)), action, status_in(group.get("status", "")), diagnostic)


def address_of(value: str) -> str | None:
    """The address of a typed recipient field ("rfc822; a@example.com", "utf-8; ...", "x400; ..."), in lower case."""
    kind, semicolon, rest = value.partition(";")
    if not semicolon:
        kind, rest = "", value
    rest = rest.strip()
    if "utf-8" in kind.lower():
        rest = _ESCAPE.sub(_unescaped, rest)
    rest = _XTEXT.sub(lambda match: chr(int(match[1], 16)), rest) if "@" not in rest else rest
    opened = rest.rfind("<")
    if opened >= 0:
        rest = rest[opened + 1 :].partition(">")[0]
    if quoted := _QUOTED_LOCAL.search(rest):
        return quoted[0].rstrip(".,;:)'").lower()
    word = rest.strip().strip("<>").strip()
    if " " in word:
        word = next((part for part in word.split() if "@" in part), "")
    word = word.partition(";")[0].strip("<>()\"',;:")
    word = (word if "@[" in word else word.strip("[]")).lower()
    return (
        word
        if 3 <= len(word) <= 320 and word.count("@") >= 1 and not word.startswith("@") and not word.endswith("@")
        else None
    )


def _unescaped(match: re.Match[str]) -> str:
    code = int(match[1], 16)
    return chr(code) if code < 0xD800 or 0xDFFF < code <= 0x10FFFF else "\ufffd"


def status_in(value: str) -> str | None:
    """The first enhanced status code of a text (RFC 3463), or None."""
    match = STATUS.search(value[:VALUE_LIMIT])
    return f"{match[1]}.{match[2]}.{match[3]}" if match else None


def _typed_value(value: str) -> str:
    kind, semicolon, rest = value.partition(";")
    return rest.strip() if semicolon and len(kind) <= 30 and " " not in kind.strip() else value.strip()


def failed(recipients: Sequence[Recipient]) -> list[Recipient]:
    """Those that were not reached, or not yet. Without an Action the class of the status decides."""
    return [
        recipient
        for recipient in recipients
        if recipient.action in ("failed", "failure", "delayed", "fail")
        or (
            recipient.action not in ("delivered", "relayed", "expanded", "deliverable")
            and not (recipient.status or "5").startswith("2")
        )
    ]
