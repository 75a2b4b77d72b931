"""What a mail of the demonstration is, before it becomes bytes: who wrote it, with which program, and what should become of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from gateway.mail.model import Kind

Language = Literal["ko", "ja", "en"]
Quoting = Literal["gmail", "outlook", "naver", "apple"]
Look = Literal["plain", "gmail", "outlook", "apple"]
Fate = Literal["opened", "appended", "join_request", "bounce", "silent", "duplicate"]


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who writes. ``zone`` is the offset from UTC in hours that stands in the Date field."""

    name: str
    address: str
    zone: float = 0


@dataclass(frozen=True, slots=True)
class File:
    """An attachment. ``naming`` is how the sender's program writes a name that is not ASCII."""

    name: str
    content_type: str
    content: bytes = field(repr=False)
    naming: Literal["rfc2231", "rfc2231-continued", "encoded-word", "cp949-encoded-word", "nfd"] = "rfc2231"
    content_id: str | None = None  # an inline picture


@dataclass(frozen=True, slots=True)
class Report:
    """A delivery status notification (RFC 3464) about one recipient."""

    recipient: str
    status: str
    diagnostic: str
    returned_subject: str


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail. ``at`` is the time of day at which it is written, in a working day that ends at 18:00, which is now."""

    name: str
    language: Language
    at: str
    sender: Person
    subject: str | None
    text: str
    to: tuple[Literal["main", "second"], ...] = ("main",)
    cc: tuple[Person, ...] = ()
    answers: str | None = None  # the name of an earlier mail in the same thread
    quoting: Quoting | None = None  # how the answered mail is quoted below the text
    look: Look = "plain"  # whose HTML goes with the text
    html: str | None = None  # HTML of its own instead
    html_only: bool = False
    signature: str = ""
    files: tuple[File, ...] = ()
    forwarded: "Mail | None" = None  # attached as message/rfc822
    report: Report | None = None
    charset: str = "utf-8"
    label: str | None = None  # the charset that the mail claims; None: the true one
    eight_bit: bool = False  # the text goes as it is, not as base64
    reply_to: Person | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    null_reverse_path: bool = False
    same_as: str | None = None  # delivered twice: the very bytes of that mail once more
    kind: Kind = Kind.HUMAN
    fate: Fate = "opened"
