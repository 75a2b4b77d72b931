"""What rules may ask about a mail."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from gateway.mail.address import address_key, domain_of
from gateway.mail.model import Message


@dataclass(frozen=True, slots=True)
class SenderFacts:
    """What was found of the author (docs/security.md), in lower case. The results are RFC 8601's words."""

    trust: str = "none"  # a level's name: temperror, none, weak, forwarded, strong
    proof: str = "unchecked"  # unchecked, passed, unproven, unknown, failed
    domain: str = ""  # that proves the author; "" where nothing does
    dkim: str = "none"
    spf: str = "none"
    dmarc: str = "none"


UNCHECKED = SenderFacts()


@dataclass(frozen=True, slots=True)
class Standing:
    """What lists and scanners say of a mail."""

    is_vip: bool = False
    listed: str = ""  # allow, block, suspend, reject; "" on no list
    spam_score: float | None = None  # the highest; None: no scanner gave one
    symbols: tuple[str, ...] = ()  # names of what scanners noticed
    virus: str = ""  # its name; "" none was found
    not_scanned: bool = False  # a scanner said nothing


NOTHING_KNOWN = Standing()


@dataclass(frozen=True, slots=True)
class Facts:
    """One mail as rules see it. Addresses are keys (``gateway.mail.address.address_key``)."""

    recipients: tuple[str, ...]  # the envelope's forward-paths, then To and Cc; without duplicates
    author: str  # "" where the mail has no single author
    author_domain: str  # "" likewise
    subject: str
    body: str  # what the sender wrote, quotes included
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)  # decoded, in order
    language: str = ""  # "ko", "ja", "en"; "" where it cannot be told
    kind: str = "human"  # gateway.mail.model.Kind
    brand: str = ""  # the brand's id; "" where the mail was sent to none
    sender: SenderFacts = UNCHECKED
    standing: Standing = NOTHING_KNOWN


def facts_of(
    message: Message,
    *,
    envelope_recipients: Sequence[str],
    brand: str,
    sender: SenderFacts = UNCHECKED,
    standing: Standing = NOTHING_KNOWN,
) -> Facts:
    """The facts of a mail. The same mail always gives the same facts."""
    named = (*envelope_recipients, *(mailbox.address for mailbox in (*message.to, *message.cc)))
    author = message.author.address if message.author else ""
    return Facts(
        recipients=tuple(dict.fromkeys(address_key(address) for address in named)),
        author=address_key(author) if author else "",
        author_domain=domain_of(author) if author else "",
        subject=message.subject or "",
        body=message.text,
        headers=message.headers,
        language=message.language or "",
        kind=message.auto.kind.value,
        brand=brand,
        sender=sender,
        standing=standing,
    )
