"""Who is listed: senders that an admin allows, blocks, suspends or rejects (docs/security.md, "Sender lists"). Pure.

Matching takes the time of a few look-ups whatever the number of entries is: addresses and domains by hash, networks by one look-up
for each length of prefix in use, and all patterns in one pass (RE2).
"""

import ipaddress
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

import re2

from gateway.mail.address import address_key, domain_key, domain_of
from gateway.rules.networks import IpNetwork, ip_address
from gateway.rules.patterns import compile_pattern


class Action(StrEnum):
    """What happens to a listed sender's mail. Of several entries that fit, the first in this order acts."""

    ALLOW = "allow"  # never held for what it looks like; by the address in From only where that is proven
    REJECT = "reject"  # refused at the door by envelope and network; dropped, with the entry's name, by From
    SUSPEND = "suspend"  # held in quarantine, and no automatic mail to that sender
    BLOCK = "block"  # held in quarantine


class Kind(StrEnum):
    """What an entry names."""

    ADDRESS = "address"
    DOMAIN = "domain"  # and all domains below it
    NETWORK = "network"  # of the client that connects to us
    PATTERN = "pattern"  # RE2, found anywhere in an address


_ORDER = {action: place for place, action in enumerate(Action)}
_WIDEST = {4: 8, 6: 16}  # shortest prefixes: a wider network is a slip of the keyboard, and would shut the door
MAX_VALUE = 1000  # characters


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the lists. ``value`` is the form that is compared: an address or domain key, a network, an expression."""

    id: str  # "12" for one in the database, "lists[3]" for one of the configuration
    action: Action
    kind: Kind
    value: str
    reason: str  # for people
    author: str  # who wrote it; "configuration" for the configuration's
    created_at: datetime | None = None  # None: the configuration's
    expires_at: datetime | None = None  # None: never

    @property
    def name(self) -> str:
        """How it is called in the ledger and in reasons."""
        return f"list entry {self.number}"

    @property
    def number(self) -> str:
        """Its number or place, as people are shown it."""
        return f"#{self.id}" if self.id.isdecimal() else self.id

    def is_over(self, now: datetime) -> bool:
        return self.expires_at is not None and self.expires_at <= now


@dataclass(frozen=True, slots=True)
class Sender:
    """Who sent a mail, as far as it shows. Addresses may be written in any way."""

    author: str = ""  # the address in From; "" where there is no single one
    proven: bool = False  # something proves the author: an entry that allows counts by ``author`` only then
    reverse_path: str = ""  # of the envelope; "" is the null reverse-path. Anybody may write anything there
    peer: str = ""  # the client's IP address, "" where there is none


@dataclass(frozen=True, slots=True)
class Hit:
    entry: Entry
    by: str  # what fitted: "From kim@example.com", "envelope sender ...", "client 192.0.2.1"


@dataclass(frozen=True, slots=True)
class Listed:
    """What the lists say of one sender: the entry that acts, and every other one that fits."""

    hit: Hit
    others: tuple[Hit, ...] = ()

    @property
    def action(self) -> Action:
        return self.hit.entry.action

    @property
    def is_conflict(self) -> bool:
        """Whether an entry that allows and one that does not both fit."""
        return self.action is Action.ALLOW and any(it.entry.action is not Action.ALLOW for it in self.others)

    @property
    def sentence(self) -> str:
        entry = self.hit.entry
        beaten = [it.entry.name for it in self.others if it.entry.action is not Action.ALLOW]
        against = f", against {', '.join(beaten)}: allow wins" if self.is_conflict else ""
        return f"{self.hit.by} is on the list `{entry.action.value}` ({entry.name}: {entry.reason}){against}"


def read_value(text: str, kind: Kind | None = None) -> tuple[Kind, str]:
    """What an entry names, from how people write it: ``kim@example.com``, ``example.com`` (``*.example.com``, ``@example.com``),
    ``192.0.2.0/24`` or ``/expression/``. ``kind``: what it must be, where that was said.

    ValueError, in words for people, where it is none of them.
    """
    text = text.strip()
    if len(text) > MAX_VALUE:
        raise ValueError(f"an entry has at most {MAX_VALUE} characters")
    if kind is Kind.PATTERN or (kind is None and len(text) > 1 and text.startswith("/") and text.endswith("/")):
        return Kind.PATTERN, _expression(text)
    if kind is Kind.NETWORK or (kind is None and _is_network(text)):
        return Kind.NETWORK, _network(text)
    domain = text.removeprefix("*").removeprefix("@").removeprefix(".")
    if kind is Kind.ADDRESS or (kind is None and "@" in domain):
        return Kind.ADDRESS, _address(text)
    return Kind.DOMAIN, _domain(domain)


def _expression(text: str) -> str:
    if len(text) > 1 and text.startswith("/") and text.endswith("/"):
        text = text[1:-1]
    if compile_pattern(text).found_in(""):
        raise ValueError(f"{text!r} fits every address; write what to look for")
    return text


def _is_network(text: str) -> bool:
    try:
        ipaddress.ip_network(text, strict=False)
    except ValueError:
        return False
    return True


def _network(text: str) -> str:
    try:
        network = ipaddress.ip_network(text, strict=False)
    except ValueError as error:
        raise ValueError(f"{text!r} is not a network; write it like 192.0.2.0/24") from error
    if network.prefixlen < _WIDEST[network.version]:
        raise ValueError(f"{text!r} is wider than /{_WIDEST[network.version]}; name smaller networks")
    return str(network)


def _address(text: str) -> str:
    local, at, domain = text.rpartition("@")
    if not at or not local or not domain or any(letter.isspace() or ord(letter) < 32 for letter in text):
        raise ValueError(f"{text!r} is not an e-mail address; write it like kim@example.com")
    return address_key(text)


def _domain(text: str) -> str:
    key = domain_key(text)
    labels = key.split(".")
    if not key or len(key) > 253 or not all(_is_label(label) for label in labels):
        raise ValueError(
            f"{text!r} is neither an address nor a domain, a network or a /pattern/; write it like kim@example.com, "
            "example.com, 192.0.2.0/24 or /^sales@/"
        )
    return key


def _is_label(label: str) -> bool:
    return 0 < len(label) <= 63 and all(letter.isalnum() or letter in "-_" for letter in label)


@dataclass(frozen=True, slots=True)
class SenderLists:
    """All entries, ready to be asked. Make one with ``compile_lists``."""

    entries: tuple[Entry, ...] = ()
    _addresses: Mapping[str, tuple[Entry, ...]] = field(default_factory=dict, repr=False)
    _domains: Mapping[str, tuple[Entry, ...]] = field(default_factory=dict, repr=False)
    _networks: Mapping[tuple[int, int], Mapping[int, tuple[Entry, ...]]] = field(default_factory=dict, repr=False)
    _patterns: tuple[Entry, ...] = ()
    _pattern_set: Any = field(default=None, repr=False)

    def find(self, sender: Sender, *, now: datetime) -> Listed | None:
        """What the lists say; None where nothing fits. An entry that is over fits nobody."""
        if not self.entries:
            return None
        hits = [hit for hit in self._hits(sender) if not hit.entry.is_over(now)]
        if not hits:
            return None
        hits.sort(key=lambda hit: _ORDER[hit.entry.action])
        return Listed(hits[0], tuple(hits[1:]))

    def _hits(self, sender: Sender) -> Iterator[Hit]:
        seen: set[str] = set()
        for text, by, may_allow in (
            (sender.author, "From", sender.proven),
            (sender.reverse_path, "the envelope sender", False),
        ):
            for entry in self._by_address(text) if text else ():
                if entry.id not in seen and (may_allow or entry.action is not Action.ALLOW):
                    seen.add(entry.id)
                    yield Hit(entry, f"{by} {text}")
        for entry in self._by_network(sender.peer):
            yield Hit(entry, f"the client {sender.peer}")

    def _by_address(self, text: str) -> Iterator[Entry]:
        key = address_key(text)
        yield from self._addresses.get(key, ())
        if self._domains:
            domain = domain_of(text)
            while domain:
                yield from self._domains.get(domain, ())
                domain = domain.partition(".")[2]
        if self._pattern_set is not None:
            for number in sorted(self._pattern_set.Match(key.encode("utf-8", "replace")) or ()):
                yield self._patterns[number]

    def _by_network(self, peer: str) -> Iterator[Entry]:
        address = ip_address(peer) if self._networks and peer else None
        if address is None:
            return
        value, bits = int(address), address.max_prefixlen
        for (version, prefix), networks in self._networks.items():
            if version == address.version:
                yield from networks.get(value >> (bits - prefix), ())


def compile_lists(entries: Iterable[Entry]) -> SenderLists:
    """ValueError where an entry's value is not of its kind (``read_value`` makes sound ones)."""
    entries = tuple(entries)
    addresses: dict[str, tuple[Entry, ...]] = {}
    domains: dict[str, tuple[Entry, ...]] = {}
    networks: dict[tuple[int, int], dict[int, tuple[Entry, ...]]] = {}
    patterns: list[Entry] = []
    for entry in entries:
        match entry.kind:
            case Kind.ADDRESS:
                addresses[entry.value] = (*addresses.get(entry.value, ()), entry)
            case Kind.DOMAIN:
                domains[entry.value] = (*domains.get(entry.value, ()), entry)
            case Kind.NETWORK:
                network: IpNetwork = ipaddress.ip_network(entry.value)
                same = networks.setdefault((network.version, network.prefixlen), {})
                number = int(network.network_address) >> (network.max_prefixlen - network.prefixlen)
                same[number] = (*same.get(number, ()), entry)
            case Kind.PATTERN:
                patterns.append(entry)
    return SenderLists(entries, addresses, domains, networks, tuple(patterns), _compile_set(patterns))


def _compile_set(patterns: Sequence[Entry]) -> Any:
    if not patterns:
        return None
    options = re2.Options()
    options.case_sensitive = False
    options.log_errors = False
    options.max_mem = 64 * 1024 * 1024  # for all together
    together = re2.Set.SearchSet(options)
    for entry in patterns:
        together.Add(entry.value.encode())
    together.Compile()
    return together
