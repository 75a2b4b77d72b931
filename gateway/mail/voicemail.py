"""Mail that a telephone system sends when somebody has left a voice message or a fax: who called, how long, what was said.

What the systems' mails look like is data (voicemail.yaml beside this module, and the admin's own file). Every pattern of it is RE2:
the time to look is in proportion to the text, whoever wrote the pattern.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from gateway.mail.model import Attachment, Message

Find = Callable[[str], str | None]
"""The first group of a pattern's first match in a text; "" for a pattern without groups that matches; None for no match."""

TEXT_LOOKED_AT = 20_000  # characters
TRANSCRIPT_LIMIT = 20_000

_AUDIO_NAMES = (".wav", ".mp3", ".m4a", ".ogg", ".oga", ".opus", ".amr", ".3gp", ".gsm", ".wma", ".aac")
_FAX_NAMES = (".tif", ".tiff", ".pdf")
_NUMBER = re.compile(r"(?<![\w.@:/])(\+?\(?\d[\d\s().\-‐–]{5,22}\d)(?![\w@:/])")
_CLOCK = re.compile(r"(?<![\d:])(?:(\d{1,2}):)?(\d{1,3}):(\d{2})(?![\d:])")
_SPELLED = re.compile(
    r"(?i)(?:(\d{1,2})\s?(?:hours?|hrs?|h\b|시간|時間)[\s,]*)?(?:(\d{1,3})\s?(?:minutes?|mins?|m\b|분|分)[\s,]*(?:and\s)?)?"
    r"(\d{1,5})\s?(?:seconds?|secs?|s\b|초|秒)"
)
_WITHHELD = re.compile(
    r"(?i)unknown|anonymous|private|withheld|restricted|unavailable|no caller"
    r"|발신 ?번호 ?(?:표시)? ?(?:제한|없음)|비공개|번호 ?없음|非通知|不明|公衆電話"
)
_MOBILE = re.compile(r"(0(?:1[016789]|[789]0))(\d{3,4})(\d{4})")


class CallKind(StrEnum):
    VOICEMAIL = "voicemail"
    FAX = "fax"


@dataclass(frozen=True, slots=True)
class PhoneSystem:
    """How one telephone or fax system's mail looks. Of the conditions that are given, each must hold; of its patterns, one."""

    name: str
    kind: CallKind
    sender: tuple[Find, ...] = ()  # in From: name and address
    subject: tuple[Find, ...] = ()
    header: tuple[str, ...] = ()  # names of fields of which the mail has one
    body: tuple[Find, ...] = ()
    recording: bool = True  # an audio part, or a page image for fax, must be there
    caller: tuple[Find, ...] = ()  # in subject, named fields and text; the first group is the number
    caller_header: tuple[str, ...] = ()
    duration: tuple[Find, ...] = ()
    transcript: tuple[Find, ...] = ()


@dataclass(frozen=True, slots=True)
class Call:
    """A voice message or fax."""

    kind: CallKind
    system: str
    caller: str | None  # number, or a name where the system tells no number; None: withheld
    seconds: int | None
    transcript: str | None
    part: str | None  # path of the recording among the mail's attachments


def call_of(message: Message, systems: Sequence[PhoneSystem]) -> Call | None:
    """What a telephone system tells in this mail; None where no system is recognised. The first that fits reads it."""
    audio = _recording(message.attachments, CallKind.VOICEMAIL)
    page = _recording(message.attachments, CallKind.FAX)
    names = {name.lower() for name, _ in message.headers}
    author = message.author or (message.from_mailboxes[0] if message.from_mailboxes else None)
    sender = f"{author.name} <{author.address}>" if author else ""
    text = message.text[:TEXT_LOOKED_AT]
    for system in systems:
        recording = audio if system.kind is CallKind.VOICEMAIL else page
        if system.recording and recording is None:
            continue
        if system.header and not names.intersection(system.header):
            continue
        if not (
            _any(system.sender, sender) and _any(system.subject, message.subject or "") and _any(system.body, text)
        ):
            continue
        return _read(message, system, recording, text)
    return None


def _any(patterns: Sequence[Find], text: str) -> bool:
    return not patterns or any(find(text) is not None for find in patterns)


def _read(message: Message, system: PhoneSystem, recording: Attachment | None, text: str) -> Call:
    subject = message.subject or ""
    transcript = _first(system.transcript, text)
    return Call(
        kind=system.kind,
        system=system.name,
        caller=_caller(message, system, subject, text),
        seconds=_seconds(_first(system.duration, subject) or _first(system.duration, text)),
        transcript=transcript.strip()[:TRANSCRIPT_LIMIT] or None if transcript else None,
        part=recording.part if recording is not None else None,
    )


def _first(patterns: Sequence[Find], text: str) -> str | None:
    return next((found for find in patterns if (found := find(text))), None)


def _caller(message: Message, system: PhoneSystem, subject: str, text: str) -> str | None:
    for name in system.caller_header:
        if value := message.header(name):
            return _shown(value)
    found = _first(system.caller, subject) or _first(system.caller, text)
    return _shown(found) if found else None


def _shown(value: str) -> str | None:
    """The number in what a system calls the caller, written readably; a name where there is no number."""
    number = _NUMBER.search(value[:200])
    if number is None:
        if _WITHHELD.match(value.strip(" \"'<([")):
            return None
        name = re.sub(r"<[^<>]*>|\([^()]*\)", "", value[:200]).strip(" \"'<>[]()-–.,")
        return name[:80] if any(character.isalnum() for character in name) else None
    digits = number[1].strip()
    mobile = _MOBILE.fullmatch(digits)
    return "-".join(mobile.groups()) if mobile else " ".join(digits.split())


def _seconds(value: str | None) -> int | None:
    if value is None:
        return None
    if clock := _CLOCK.search(value):
        return int(clock[1] or 0) * 3600 + int(clock[2]) * 60 + int(clock[3])
    if spelled := _SPELLED.search(value):
        return int(spelled[1] or 0) * 3600 + int(spelled[2] or 0) * 60 + int(spelled[3])
    if minutes := re.search(r"(?i)(\d{1,3})\s?(?:minutes?|mins?|분|分)", value):
        return int(minutes[1]) * 60
    plain = value.strip()
    return int(plain) if plain.isdecimal() and len(plain) <= 5 else None


def _recording(attachments: Sequence[Attachment], kind: CallKind) -> Attachment | None:
    names = _AUDIO_NAMES if kind is CallKind.VOICEMAIL else _FAX_NAMES
    types = ("audio/",) if kind is CallKind.VOICEMAIL else ("image/tif", "application/pdf")
    return next(
        (
            item
            for item in attachments
            if item.content_type.lower().startswith(types) or (item.filename or "").lower().endswith(names)
        ),
        None,
    )


_TITLES = {
    (CallKind.VOICEMAIL, "en"): ("Voicemail from {caller}", "Voicemail from a withheld number"),
    (CallKind.VOICEMAIL, "ko"): ("{caller} 음성 메시지", "발신 번호 표시 제한 음성 메시지"),
    (CallKind.VOICEMAIL, "ja"): ("{caller} からの留守番電話", "番号非通知の留守番電話"),
    (CallKind.FAX, "en"): ("Fax from {caller}", "Fax from a withheld number"),
    (CallKind.FAX, "ko"): ("{caller} 팩스", "발신 번호 표시 제한 팩스"),
    (CallKind.FAX, "ja"): ("{caller} からのFAX", "番号非通知のFAX"),
}


def title_of(call: Call, language: str) -> str:
    """The subject of a ticket: "Voicemail from 010-1234-5678 (0:42)" in one of our languages, English for any other."""
    known, unknown = _TITLES.get((call.kind, language)) or _TITLES[call.kind, "en"]
    title = known.replace("{caller}", call.caller) if call.caller else unknown
    return title if call.seconds is None else f"{title} ({length_of(call.seconds)})"


def length_of(seconds: int) -> str:
    """``0:42``, ``12:05``, ``1:02:05``."""
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"
