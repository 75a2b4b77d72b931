"""Who wrote the mail that this one forwards? An attached original (RFC 2046 section 5.2.1), or a forward block in the text.

An attached message tells its author exactly. What a mail program wrote into the text was typed by nobody but can be changed by
everybody, and is read with care: no block without a forwarding subject or phrase, no author without an address.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from gateway.mail import limits
from gateway.mail.address import address_key
from gateway.mail.forwarded_date import read_shown_date
from gateway.mail.model import Auto, Mailbox, Message
from gateway.mail.quotes.introductions import LINE_LOOKED_AT, header_block_at
from gateway.mail.quotes.labels import ROLES, Role, fold
from gateway.mail.quotes.separators import BARE, PHRASES
from gateway.mail.read import read

_LEVELS = 3  # forwards of forwards that are opened
LINES_LOOKED_AT = 400  # of the text: a forward stands at its top

_FORWARDING_SUBJECT = re.compile(
    r"\s*(?:\[|【)?\s*(?:fwd?|fw|전달|전달됨|転送|轉寄|转发|wg|tr|rv|rif|enc|doorst|vs|vb|pd|i|ynt|İlt)\s*(?:\]|】|[:：])",
    re.IGNORECASE,
)
_FORWARDS = (
    "forward",
    "fwd",
    "전달",
    "転送",
    "转发",
    "轉寄",
    "weitergeleitet",
    "transf",
    "reenviad",
    "inoltrat",
    "encaminhad",
)
_MARKS = " \t\u3000-_=*~─━—–‐―>＞#<|:：.…ㅡ「」[]【】()（）"
_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad\u200e\u200f"), None) | {
    0xA0: " ",
    0x202F: " ",
}
_QUOTE = re.compile(r"[ \t]{0,3}[>＞][ \t]?")
_ADDRESS = re.compile(
    r"(?<![\w.+%'-])[A-Za-z0-9._%+'/=&~^-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9-]{0,62})(?:\.[A-Za-z0-9][A-Za-z0-9-]{0,62}){1,8}(?![\w@])"
)
_AROUND_ADDRESS = re.compile(r"(?i)[<\[(（]?\s*(?:mailto:)?\s*$")


class Confidence(StrEnum):
    """How sure it is that the original was read right."""

    EXACT = "exact"  # the original itself is attached
    LIKELY = "likely"  # a mail program's block in the text


@dataclass(frozen=True, slots=True)
class Original:
    """The mail that was forwarded."""

    author: Mailbox
    date: datetime | None  # aware; where the block names no zone, in that of the forwarder
    subject: str | None
    text: str
    confidence: Confidence
    how: str  # what gave it away, for people
    comment: str  # what the forwarder wrote above it; never meant for the author
    message_id: str | None = None  # known of an attached original alone
    references: tuple[str, ...] = ()
    auto: Auto | None = None  # known of an attached original alone
    attached: Message | None = field(default=None, repr=False, compare=False)  # the original itself


def _nobody(_address: str) -> bool:
    return False


def original_of(message: Message, is_colleague: Callable[[str], bool] = _nobody) -> Original | None:
    """The mail that this one forwards, None where it forwards none, several, or one without an author beyond doubt.

    Where a colleague had forwarded it before, the mail that they forwarded: at most ``_LEVELS`` deep. It says nothing of whether
    the forwarder may speak for the author: that is for the caller to decide.
    """
    found = _original(message)
    for _ in range(_LEVELS):
        deeper = _deeper(found, message) if found is not None and is_colleague(found.author.address) else None
        if found is None or deeper is None:
            break
        found = replace(
            deeper,
            confidence=Confidence.EXACT
            if found.confidence is deeper.confidence is Confidence.EXACT
            else Confidence.LIKELY,
            how=f"{found.how}; in it, {deeper.how}",
            comment="\n\n".join(filter(None, (found.comment, deeper.comment))),
        )
    if (
        found is not None
        and message.author
        and address_key(found.author.address) == address_key(message.author.address)
    ):
        return None
    return found


def _deeper(found: Original, message: Message) -> Original | None:
    if found.attached is not None:
        return _original(found.attached)
    return _inline(found.text, found.subject, message.date)


def _original(message: Message) -> Original | None:
    if message.bounce is not None:
        return None
    attached = [item for item in message.attachments if _is_message(item.content_type, item.filename)]
    if attached:
        return _attached(message, attached[0].content) if len(attached) == 1 else None
    return _inline(message.text, message.subject, message.date)


def _is_message(content_type: str, name: str | None) -> bool:
    if content_type in ("message/rfc822", "message/global"):
        return True
    return content_type == "application/octet-stream" and (name or "").lower().endswith(".eml")


def _attached(message: Message, content: bytes) -> Original | None:
    inner = read(content[: limits.ENCLOSED])
    if inner.author is None or inner.bounce is not None:
        return None
    own = message.text.strip()
    shown = inner.text.strip()
    comment = "" if not own or own == shown else own.removesuffix(shown).strip()
    return Original(
        author=inner.author,
        date=inner.date,
        subject=inner.subject,
        text=inner.text,
        confidence=Confidence.EXACT,
        how="the original is attached",
        comment=comment,
        message_id=inner.message_id,
        references=inner.references,
        auto=inner.auto,
        attached=inner,
    )


def _inline(text: str, subject: str | None, sent: datetime | None) -> Original | None:
    lines = text.split("\n", LINES_LOOKED_AT)
    rest = lines.pop() if len(lines) > LINES_LOOKED_AT else None
    looks = [line[:LINE_LOOKED_AT].translate(_INVISIBLE).rstrip() for line in lines]
    bare = [_QUOTE.sub("", look, count=1) if _QUOTE.match(look) else look for look in looks]
    by_subject = bool(_FORWARDING_SUBJECT.match(subject or ""))
    for number, look in enumerate(bare):
        phrase = _separator(look)
        if phrase:
            start = _next(bare, number + 1)
            end = header_block_at(bare, start, after_separator=True)
        else:
            start, end = number, header_block_at(bare, number)
        if not end:
            continue
        if not by_subject and not any(word in phrase for word in _FORWARDS):
            return None  # the first quotation of a reply: what stands below is no forward
        values = _values(bare[start:end])
        author = _mailbox(values.get(Role.FROM, ""))
        if author is None:
            return None
        quoted = bool(_QUOTE.match(looks[start]))
        body = [_QUOTE.sub("", line, count=1) if quoted else line for line in lines[end:]]
        if rest is not None:
            body.append(rest)
        zone = sent.tzinfo if sent is not None else None
        return Original(
            author=author,
            date=read_shown_date(values.get(Role.SENT, ""), zone),
            subject=values.get(Role.SUBJECT) or None,
            text="\n".join(body).strip("\n \t\u3000"),
            confidence=Confidence.LIKELY,
            how=f"forward block after {phrase!r}" if phrase else "forward block, and the subject says so",
            comment=_comment(lines[:number]),
        )
    return None


def _comment(lines: list[str]) -> str:
    """What stands above the block, without the rule that some programs draw there."""
    return "\n".join(line for line in lines if not line or line.strip(_MARKS)).strip()


def _separator(look: str) -> str:
    """The phrase of a line that separates, "" of any other line."""
    if not look or len(look) > 160:
        return ""
    phrase = look.strip(_MARKS).lower()
    if phrase in PHRASES or phrase.startswith(BARE):
        return phrase
    return ""


def _next(looks: list[str], number: int) -> int:
    while number < len(looks) and not looks[number].strip(_MARKS):
        number += 1
    return number


def _values(block: list[str]) -> dict[Role, str]:
    """The first value of each role; wrapped values are joined."""
    values: dict[Role, str] = {}
    last: Role | None = None
    for look in block:
        labelled = _labelled(look)
        if labelled is None:
            if last is not None and look.strip():
                values[last] = f"{values[last]} {look.strip(' *_|')}".strip()
            continue
        role, value = labelled
        last = role if role not in values else None
        if last is not None:
            values[last] = value
    return values


def _labelled(look: str) -> tuple[Role, str] | None:
    head = look.lstrip(" \t\u3000*_|•·-")
    for mark in (":", "：", "|", "\t"):
        place = head[:60].find(mark)
        if 0 < place <= 40 and (role := ROLES.get(fold(head[:place]))) is not None:
            return role, head[place + 1 :].strip(" *_|\t\u3000")
    return None


def _mailbox(value: str) -> Mailbox | None:
    """The one mailbox of a From line; None where there is no address, or there are several that differ."""
    found = list(_ADDRESS.finditer(value))
    if not found or len({address_key(match[0]) for match in found}) != 1:
        return None
    name = _AROUND_ADDRESS.sub("", value[: found[0].start()])
    name = name.strip().strip("\"'“”*").strip()
    return Mailbox("" if "@" in name else name[:255], found[0][0])
