"""Who wrote this: a person, an auto-responder, a program, a mailing list, or a mail system that could not deliver?

Everything but a person gets no automatic answer (RFC 3834 section 2). Header fields decide; the subject and the words of the
body are weak evidence and count only together with something else. X-Auto-Response-Suppress alone proves nothing: Exchange
puts it on people's mail too. What it asks for is told beside the verdict.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from gateway.mail import kind_words
from gateway.mail.model import Auto, Kind

VALUE_LOOKED_AT = 400  # characters of a field's value

_Fields = dict[str, list[str]]


def classify(
    headers: Sequence[tuple[str, str]],
    *,
    content_type: str,
    subject: str,
    author: str | None,
    text: str,
    is_bounce: bool,
    bounce_reason: str | None,
) -> Auto:
    """Return the verdict with its reason. ``headers`` are decoded; ``author`` is the bare address of From, if there is a sound one.

    ``content_type`` is the value of the top Content-Type field, parameters included.
    """
    if is_bounce:
        return Auto(Kind.BOUNCE, bounce_reason or "delivery report")
    fields = _fields(headers)
    return replace(_verdict(fields, content_type, subject, author, text), declines_replies=_declined(fields))


def _verdict(fields: _Fields, content_type: str, subject: str, author: str | None, text: str) -> Auto:
    verdict = (
        _stated(fields)
        or _first_of(kind_words.AUTO_REPLY_FIELDS, fields, Kind.AUTO_REPLY)
        or _report(content_type)
        or _first_of(kind_words.LIST_FIELDS, fields, Kind.LIST)
        or _first_of(kind_words.GENERATED_FIELDS, fields, Kind.AUTO_GENERATED)
    )
    if verdict is not None:
        return _sharpen(verdict, subject)
    return _weak(fields, subject=subject, author=author, text=text)


def _fields(headers: Sequence[tuple[str, str]]) -> _Fields:
    fields: _Fields = {}
    for name, value in headers:
        fields.setdefault(name.strip().lower(), []).append(" ".join(value[:VALUE_LOOKED_AT].split()))
    return fields


def _stated(fields: _Fields) -> Auto | None:
    """What Auto-Submitted says (RFC 3834 section 5, RFC 5436 section 2.7.1)."""
    for value in fields.get("auto-submitted", []):
        word = re.split(r"[\s;(]", value.lower(), maxsplit=1)[0]
        if word in ("", "no"):
            continue
        kind = Kind.AUTO_REPLY if word == "auto-replied" else Kind.AUTO_GENERATED
        return Auto(kind, f"Auto-Submitted: {word}")
    return None


def _report(content_type: str) -> Auto | None:
    """Receipts and other reports that are no bounce (RFC 6522, RFC 8098, RFC 5965)."""
    value = content_type[:VALUE_LOOKED_AT].lower()
    if value.startswith("multipart/report"):
        found = re.search(r"report-type\s*=\s*\"?([a-z-]{1,40})", value)
        return Auto(Kind.AUTO_GENERATED, f"multipart/report; report-type={found[1]}" if found else "multipart/report")
    if value.startswith(("message/disposition-notification", "message/delivery-status", "message/feedback-report")):
        return Auto(Kind.AUTO_GENERATED, value.split(";", 1)[0].strip())
    return None


def _first_of(table: Sequence[tuple[str, str]], fields: _Fields, kind: Kind) -> Auto | None:
    """A table row is a field name and a pattern of its value; "" is any value that does not say no."""
    for name, pattern in table:
        for value in fields.get(name, []):
            low = value.lower()
            if re.match(pattern, low) if pattern else low not in ("no", "false", "none", "0", ""):
                return Auto(kind, f"{_canonical(name)}: {value[:80]}".rstrip(": "))
    return None


def _canonical(name: str) -> str:
    return "-".join(part.capitalize() for part in name.split("-"))


def _sharpen(verdict: Auto, subject: str) -> Auto:
    """A machine's mail that says in words that it is an absence note is an auto-reply: the person behind it exists."""
    if (
        verdict.kind is Kind.AUTO_GENERATED
        and "report" not in (verdict.reason or "")
        and _subject_of(subject, kind_words.AUTO_REPLY_SUBJECTS)
    ):
        return Auto(Kind.AUTO_REPLY, verdict.reason)
    return verdict


def _weak(fields: _Fields, *, subject: str, author: str | None, text: str) -> Auto:
    """Two weak signs of different sorts make one verdict; one alone makes none."""
    reply_subject = _subject_of(subject, kind_words.AUTO_REPLY_SUBJECTS)
    signs: list[str] = []
    null_sender = _null_sender(fields)
    robot = _robot(author)
    if null_sender:
        signs.append("null reverse-path")
    if robot:
        signs.append(robot)
    if signs:
        kind = Kind.AUTO_REPLY if reply_subject else Kind.AUTO_GENERATED
        return Auto(kind, signs[0])
    if reply_subject is None:
        return Auto(Kind.HUMAN)
    for found, why in (
        (_suppressed(fields), "X-Auto-Response-Suppress"),
        # Who asks how absence notes are set up uses their words: an absence note asks nothing.
        (_says(text, kind_words.ABSENCE_PHRASES) and not _asks(text), "the wording of the body"),
    ):
        if found:
            return Auto(Kind.AUTO_REPLY, f"subject “{reply_subject}” and {why}")
    return Auto(Kind.HUMAN)


def _subject_of(subject: str, table: Sequence[str]) -> str | None:
    low = " ".join(subject[:VALUE_LOOKED_AT].lower().split())
    return next((word for word in table if low.startswith(word)), None)


def _says(text: str, phrases: Sequence[str]) -> bool:
    low = " ".join(text[:4_000].lower().replace("’", "'").split())
    return any(phrase in low for phrase in phrases)


def _asks(text: str) -> bool:
    return any(mark in text[:4_000] for mark in "?？")


def _null_sender(fields: _Fields) -> bool:
    return any(value.strip() == "<>" for value in fields.get("return-path", []))


def _suppressed(fields: _Fields) -> bool:
    return "x-auto-response-suppress" in fields


def _declined(fields: _Fields) -> str | None:
    """The wish for no automatic reply ([MS-OXCMAIL] section 2.2.3.2.14: a list of DR, NDR, RN, NRN, OOF, AutoReply, or All)."""
    for value in fields.get("x-auto-response-suppress", []):
        if {"all", "autoreply"} & {word.strip() for word in value.lower().split(",")}:
            return f"X-Auto-Response-Suppress: {value[:80]}"
    return None


def _robot(author: str | None) -> str | None:
    local = (author or "").rsplit("@", 1)[0].lower()
    return f"sender {author}" if kind_words.ROBOT.match(local) else None
