"""Mail by which a service wants to know whether somebody can read an address: verification of sign-ups, confirmation of forwarding.

Whoever reads it at one of our addresses can join the company's workspaces in its name, or have a stranger's mail forwarded here: it
must reach neither a requester nor an agent. What such mail looks like is data (verification.yaml beside this module, and the
admin's own services). Every pattern of it is RE2: the time to look is in proportion to the text, whoever wrote the pattern.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from html import unescape
from urllib.parse import urlsplit

from gateway.mail.address import ascii_lower, domain_key
from gateway.mail.model import Kind, Message
from gateway.mail.voicemail import Find

TEXT_LOOKED_AT = 20_000  # characters of text, and of HTML for its links
MOST_FOUND = 5  # codes, and links
_TARGETS = re.compile(r"""href\s*=\s*["']?(https?://[^\s"'<>]{1,2000})""", re.IGNORECASE)


class ServiceKind(StrEnum):
    VERIFICATION = "verification"
    FORWARDING = "forwarding"


@dataclass(frozen=True, slots=True)
class Service:
    """How one service's mail looks."""

    name: str
    kind: ServiceKind
    sender: tuple[Find, ...]  # in From: name and address
    machines: bool = False  # or mail that a program sent
    words: tuple[Find, ...] = ()  # in subject and text
    code: tuple[Find, ...] = ()
    link: tuple[Find, ...] = ()
    hosts: tuple[str, ...] = ()  # domains of its links; empty: anybody's


@dataclass(frozen=True, slots=True)
class Asked:
    """What a service asks for. ``links`` lead to the service itself, as far as it is known."""

    service: str
    kind: ServiceKind
    codes: tuple[str, ...]
    links: tuple[str, ...]


def verification_of(message: Message, services: Sequence[Service]) -> Asked | None:
    """What a service wants confirmed by this mail; None where no service is recognised. The first that fits names it.

    Reports about our own mail and absence notes are never taken for one: they may quote anything.
    """
    if message.bounce is not None or message.auto.kind in (Kind.BOUNCE, Kind.AUTO_REPLY):
        return None
    author = message.author or (message.from_mailboxes[0] if message.from_mailboxes else None)
    sender = f"{author.name} <{author.address}>" if author else ""
    text = f"{message.subject or ''}\n{message.text[:TEXT_LOOKED_AT]}"
    for service in services:
        is_sender = any(find(sender) is not None for find in service.sender)
        if not is_sender and not (service.machines and message.auto.is_auto):
            continue
        if service.words and not any(find(text) is not None for find in service.words):
            continue
        codes = _found(service.code, (text,))
        links = tuple(
            link for link in _found(service.link, (text, *_targets(message))) if _leads_to(link, service.hosts)
        )
        if service.kind is ServiceKind.FORWARDING or codes or links:
            return Asked(service.name, service.kind, codes, links)
    return None


def _found(finders: Iterable[Find], texts: Iterable[str]) -> tuple[str, ...]:
    pieces = (find(text) for text in texts for find in finders)
    return tuple(dict.fromkeys(piece.strip() for piece in pieces if piece and piece.strip()))[:MOST_FOUND]


def _targets(message: Message) -> Iterator[str]:
    """Where the links of the HTML part lead: buttons do not show it."""
    for found in _TARGETS.finditer((message.html or "")[: 10 * TEXT_LOOKED_AT]):
        yield unescape(found[1])


def _leads_to(link: str, hosts: tuple[str, ...]) -> bool:
    try:
        host = domain_key(urlsplit(link).hostname or "")
    except ValueError:
        return False
    return not hosts or any(host == domain or host.endswith(f".{domain}") for domain in map(ascii_lower, hosts))
