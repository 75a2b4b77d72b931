"""Whose address is this? Answers in the time of a dictionary lookup, whatever the number of brands."""

from dataclasses import dataclass
from typing import Literal

from gateway.config.model import Brand, Configuration
from gateway.mail.address import address_key, domain_of

RecipientKind = Literal["brand", "token", "postmaster", "unknown", "foreign"]

# RFC 5321 section 4.5.1 (postmaster must be accepted) and RFC 2142 section 4 (abuse).
_DUTIES = frozenset({"postmaster", "abuse"})


@dataclass(frozen=True, slots=True)
class Recipient:
    """``brand``: mail for its customers' support. ``token``: a reply address, valid or not. ``postmaster``: postmaster@ or
    abuse@ of a domain of ours, for the brand that has the domain. ``unknown``: our domain, no such address (550 5.1.1).
    ``foreign``: not our domain (550 5.7.1)."""

    kind: RecipientKind
    brand: Brand | None = None


_TOKEN = Recipient("token")
_UNKNOWN = Recipient("unknown")
_FOREIGN = Recipient("foreign")


class AddressBook:
    """Every address of ours, as configured. Letters A to Z are compared without case (``address_key``)."""

    def __init__(self, configuration: Configuration) -> None:
        self._reply_domain = configuration.reply_domain
        self._reply_prefix = f"{configuration.reply_local}+"
        self._brands = {brand.id: brand for brand in configuration.brands}
        self._first = configuration.brands[0]
        self._exact: dict[str, Recipient] = {}
        self._patterns: dict[str, list[tuple[str, str, Recipient]]] = {}  # by domain: start and end of the local part
        self._catch_all: dict[str, Recipient] = {}
        self._duties: dict[str, Recipient] = {self._reply_domain: Recipient("postmaster", self._first)}
        for brand in configuration.brands:
            self._add(brand, Recipient("brand", brand))
        for patterns in self._patterns.values():
            patterns.sort(key=lambda pattern: len(pattern[0]) + len(pattern[1]), reverse=True)

    def _add(self, brand: Brand, recipient: Recipient) -> None:
        for address in brand.addresses:
            self._exact[address_key(address)] = recipient
        for pattern in brand.wildcard:
            local, _, domain = address_key(pattern).rpartition("@")
            start, _, end = local.partition("*")
            self._patterns.setdefault(domain, []).append((start, end, recipient))
        for domain in brand.catch_all:
            self._catch_all[domain] = recipient
        domains = (*map(domain_of, brand.addresses), *map(domain_of, brand.wildcard), *brand.catch_all)
        for domain in domains:
            self._duties.setdefault(domain, Recipient("postmaster", brand))

    def verdict(self, address: str) -> Recipient:
        """What a forward-path means to us. Never raises; the nearest match wins: address, sub-address, pattern, catch-all."""
        key = address_key(address)
        local, at, domain = key.rpartition("@")
        if not at:  # RCPT TO:<postmaster>, the one address without a domain
            return self._duties[self._reply_domain] if key == "postmaster" else _FOREIGN
        if domain == self._reply_domain:
            if local.startswith(self._reply_prefix):
                return _TOKEN  # whatever follows: the answer must not tell which tokens are good
            return self._duties[domain] if local in _DUTIES else _UNKNOWN
        found = self._exact.get(key)
        if found is None and "+" in local:
            found = self._exact.get(f"{local.partition('+')[0]}@{domain}")
        if found is None:
            found = self._by_pattern(local, domain)
        if found is None and local in _DUTIES:
            found = self._duties.get(domain)
        if found is None:
            found = self._catch_all.get(domain)
        if found is None:
            return _UNKNOWN if domain in self._duties else _FOREIGN
        return found

    def _by_pattern(self, local: str, domain: str) -> Recipient | None:
        for start, end, recipient in self._patterns.get(domain, ()):
            if len(local) > len(start) + len(end) and local.startswith(start) and local.endswith(end):
                return recipient
        return None

    def is_ours(self, address: str) -> bool:
        """Whether mail to this address comes to us: every address of the reply domain, and all that ``verdict`` accepts."""
        return domain_of(address) == self._reply_domain or self.verdict(address).kind not in ("unknown", "foreign")

    def brand(self, brand_id: str) -> Brand:
        """KeyError for an id that is not configured (any more)."""
        return self._brands[brand_id]
