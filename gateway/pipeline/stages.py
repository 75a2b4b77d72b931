"""Understanding a mail: everything that needs no transaction. Nothing here writes."""

import logging
import re
from dataclasses import dataclass, field, replace
from datetime import UTC
from email import message_from_bytes
from email.policy import compat32

from gateway.desk.office import Office
from gateway.journal import Entry, Journal
from gateway.mail.address import address_key
from gateway.mail.model import Auto, Kind, Mailbox, Message
from gateway.mail.read import read, unread
from gateway.scanners.model import Scan
from gateway.threading.evidence import gather
from gateway.threading.model import Evidence, Proof, Trust
from gateway.trust.verdict import NO_FINDINGS, Findings

log = logging.getLogger("gateway.pipeline")

UNREAD_PART = "raw"
"""The reader gives back a mail that it cannot read as one attachment with this part path."""

_ADDRESS = re.compile(rb"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9.-]{1,253}")


@dataclass(frozen=True, slots=True)
class Understood:
    """A mail as read, with the question to the store and the sender's trust."""

    message: Message
    evidence: Evidence
    trust: Trust
    trust_reason: str
    unreadable: bool = False  # our reader failed on it: people get the raw mail to look at
    scan: Scan = field(default_factory=Scan)  # what scanners said
    refused: str | None = None  # the owner of From's domain asks to "quarantine" or "reject" such mail
    proof: Proof = Proof.UNCHECKED
    findings: Findings = NO_FINDINGS
    signature: str | None = None  # the value (b=) of the signature that proves the author


def understand(entry: Entry, journal: Journal, office: Office) -> Understood:
    """Read an entry's bytes. Raises ``gateway.journal.Damaged`` where they are not what was accepted, and the disk's errors.

    A mail on which our own reader fails is still a customer's mail: it becomes an "unreadable mail" with its raw bytes.
    """
    raw = journal.raw(entry)
    return _understood(raw, read(raw), entry, office)


def give_up(entry: Entry, journal: Journal, office: Office) -> Understood:
    """As ``understand``, without trying to read the mail: for one on which the reader dies each time."""
    raw = journal.raw(entry)
    return _understood(raw, unread(raw, "the gateway crashes on this mail"), entry, office)


def _understood(raw: bytes, message: Message, entry: Entry, office: Office) -> Understood:
    unreadable = bool(message.attachments) and message.attachments[0].part == UNREAD_PART
    if unreadable:
        log.error("the reader failed on this mail; people will get it raw", extra={"receipt": entry.receipt})
        message = unreadable_message(raw, entry, message)
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
    proof = Proof.UNCHECKED
    if message.author and entry.authenticated_as and address_key(message.author.address) == entry.authenticated_as:
        trust, proof, reason = Trust.STRONG, Proof.PASSED, "the author logged in to send this mail"
    return Understood(message, evidence, trust, reason, unreadable, proof=proof)


def assess(message: Message, office: Office) -> tuple[Trust, str]:
    """How far the author is believed. Until the gateway checks signatures itself, what the configuration says of unchecked mail."""
    if message.author is None:
        return Trust.NONE, "the mail has no single author"
    level = Trust[office.configuration.trust.unverified.upper()]
    return level, f"signatures are not checked; trust.unverified is {level.name.lower()}"


def unreadable_message(raw: bytes, entry: Entry, message: Message) -> Message:
    """The little that can be said without our reader: an address from From, else the reverse-path. Never answered by itself."""
    try:
        field = str(message_from_bytes(raw[:65536], policy=compat32).get("From", "")).encode("utf-8", "replace")
    except Exception:
        field = b""
    found = _ADDRESS.search(field)
    address = found[0].decode("ascii") if found else entry.reverse_path
    author = Mailbox("", address) if address else None
    return replace(
        message,
        from_mailboxes=(author,) if author else (),
        author=author,
        auto=Auto(Kind.AUTO_GENERATED, "unreadable mail is never answered by itself"),
    )
