"""Understanding a mail: everything that needs no transaction. Nothing here writes."""

import logging
import re
from dataclasses import dataclass
from datetime import UTC
from email import message_from_bytes
from email.policy import compat32

from gateway.desk.office import Office
from gateway.journal import Entry, Journal
from gateway.mail import read
from gateway.mail.model import Auto, Kind, Mailbox, Message
from gateway.threading.evidence import gather
from gateway.threading.model import Evidence, Trust

log = logging.getLogger("gateway.pipeline")

_ADDRESS = re.compile(rb"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9.-]{1,253}")


@dataclass(frozen=True, slots=True)
class Understood:
    """A mail as read, with the question to the store and the sender's trust."""

    message: Message
    evidence: Evidence
    trust: Trust
    trust_reason: str
    unreadable: bool = False  # our reader failed on it: people get the raw mail to look at


def understand(entry: Entry, journal: Journal, office: Office) -> Understood:
    """Read an entry's bytes. Raises ``gateway.journal.Damaged`` where they are not what was accepted, and the disk's errors.

    A mail on which our own reader fails is still a customer's mail: it becomes an "unreadable mail" with its raw bytes.
    """
    raw = journal.raw(entry)
    unreadable = False
    try:
        message = read(raw)
    except Exception:
        log.exception("the reader failed on this mail; people will get it raw", extra={"receipt": entry.receipt})
        message, unreadable = unreadable_message(raw, entry), True
    configuration = office.configuration
    evidence = gather(
        message,
        envelope_recipients=entry.forward_paths,
        keyring=office.keyring,
        reply_local=configuration.reply_local,
        reply_domain=configuration.reply_domain,
        is_ours=office.addresses.is_ours,
        today=entry.received_at.astimezone(UTC).date(),
    )
    trust, reason = assess(message, office)
    return Understood(message, evidence, trust, reason, unreadable)


def assess(message: Message, office: Office) -> tuple[Trust, str]:
    """How far the author is believed. Until the gateway checks signatures itself, what the configuration says of unchecked mail."""
    if message.author is None:
        return Trust.NONE, "the mail has no single author"
    level = Trust[office.configuration.trust.unverified.upper()]
    return level, f"signatures are not checked; trust.unverified is {level.name.lower()}"


def unreadable_message(raw: bytes, entry: Entry) -> Message:
    """The little that can be said without our reader: an address from From, else the reverse-path."""
    try:
        field = str(message_from_bytes(raw[:65536], policy=compat32).get("From", "")).encode("utf-8", "replace")
    except Exception:
        field = b""
    found = _ADDRESS.search(field)
    address = found[0].decode("ascii") if found else entry.reverse_path
    author = Mailbox("", address) if address else None
    return Message(
        message_id=None,
        in_reply_to=(),
        references=(),
        from_mailboxes=(author,) if author else (),
        author=author,
        reply_to=None,
        to=(),
        cc=(),
        subject=None,
        date=None,
        text="",
        reply_text="",
        html=None,
        attachments=(),
        auto=Auto(Kind.AUTO_GENERATED, "unreadable mail is never answered by itself"),
        bounce=None,
        defects=("the mail could not be read; see its raw source",),
        language=None,
        received_count=0,
        content_fingerprint=entry.digest,
    )
