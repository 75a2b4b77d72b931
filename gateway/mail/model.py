"""What a mail is, once read. Pure values: no file, clock, network or database (docs/architecture.md)."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Mailbox:
    """A display name and an address (RFC 5322 section 3.4), decoded; ``name`` is "" where there was none."""

    name: str
    address: str


class Kind(StrEnum):
    """Who wrote this mail. Everything but HUMAN must never be answered automatically (RFC 3834 section 2)."""

    HUMAN = "human"
    AUTO_REPLY = "auto-reply"
    AUTO_GENERATED = "auto-generated"
    BOUNCE = "bounce"
    LIST = "list"


@dataclass(frozen=True, slots=True)
class Auto:
    """The verdict on automatic mail and what gave it away ("Auto-Submitted: auto-replied")."""

    kind: Kind
    reason: str | None = None
    declines_replies: str | None = None  # the field that asks for no automatic reply; people's mail has it too

    @property
    def is_auto(self) -> bool:
        return self.kind is not Kind.HUMAN


@dataclass(frozen=True, slots=True)
class Bounce:
    """A failed or delayed delivery report (RFC 3464, or the prose of older systems)."""

    recipients: tuple[str, ...]  # failed addresses, lower case, in order; may be empty
    status: str | None  # enhanced status code (RFC 3463), "5.1.1"
    hard: bool  # the address itself is no good: send no more there
    diagnostic: str | None
    original_message_id: str | None  # of the mail that came back, without angle brackets

    @property
    def recipient(self) -> str | None:
        return self.recipients[0] if self.recipients else None


@dataclass(frozen=True, slots=True)
class Attachment:
    """Every part that is not a body. ``size`` and ``sha256`` are of the decoded bytes."""

    part: str  # the part's path in the MIME tree, "1.2": stable for the same bytes
    filename: str | None  # a bare, safe name (never a path), or None where the mail names none
    content_type: str
    size: int  # octets
    sha256: str  # lower-case hexadecimal
    inline: bool
    content_id: str | None  # without angle brackets
    content: bytes = field(repr=False, compare=False, default=b"")


@dataclass(frozen=True, slots=True)
class Message:
    """One mail, understood. The same bytes always give the same object."""

    message_id: str | None  # without angle brackets
    in_reply_to: tuple[str, ...]  # ids, in order
    references: tuple[str, ...]  # ids, oldest first
    from_mailboxes: tuple[Mailbox, ...]  # every mailbox of From, for showing
    author: Mailbox | None  # exactly one From field with exactly one sound mailbox, else None: identity rests on it
    reply_to: Mailbox | None
    to: tuple[Mailbox, ...]
    cc: tuple[Mailbox, ...]
    subject: str | None  # decoded, unfolded, no control characters
    date: datetime | None  # aware
    text: str  # the readable body, whole
    reply_text: str  # what the sender wrote this time; a view, never all that is kept
    html: str | None  # made safe to show
    attachments: tuple[Attachment, ...]
    auto: Auto
    bounce: Bounce | None
    defects: tuple[str, ...]  # short notes on what was wrong
    language: str | None  # "ko", "ja", "en" by the script of reply_text; None where it cannot be told
    received_count: int  # Received fields, for loop detection (RFC 5321 section 6.3)
    content_fingerprint: str  # SHA-256 hex over author, subject and decoded parts: equal for the same mail sent twice
    headers: tuple[tuple[str, str], ...] = field(repr=False, default=())  # decoded, in order, at most 1,000
    returned_headers: tuple[tuple[str, str], ...] = field(repr=False, default=())  # of the mail that a bounce returns

    remote_content: int = 0  # references to images elsewhere that were taken out of the HTML
    tracking_pixels: int = 0  # of them, how many nobody was meant to see
    hidden_text: int = 0  # characters in the HTML that a person does not see

    @property
    def ancestors(self) -> tuple[str, ...]:
        """Ids this mail answers, nearest first (RFC 5322 section 3.6.4): References from its end, then In-Reply-To.

        At most 20, without duplicates and without the mail's own id.
        """
        seen = dict.fromkeys((*reversed(self.references), *self.in_reply_to))
        seen.pop(self.message_id or "", None)
        return tuple(seen)[:20]

    def header(self, name: str) -> str | None:
        """The first field of that name, decoded, or None."""
        wanted = name.lower()
        return next((value for key, value in self.headers if key.lower() == wanted), None)
