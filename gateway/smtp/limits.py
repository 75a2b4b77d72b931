"""What a stranger may cost us: connections, rates, octets in flight. Counted for all sessions of a process together.

Time is an argument (seconds of a monotonic clock). Networks of our own forwarders are never counted; octets always are.
"""

import ipaddress
from dataclasses import dataclass, field
from functools import lru_cache

from gateway.config.model import Limits

_MINUTE = 60.0
_PRUNE_AT = 20_000  # addresses remembered; beyond it those that had their minute are forgotten

IpNetwork = ipaddress.IPv4Network | ipaddress.IPv6Network


@lru_cache(maxsize=8)
def _networks(texts: tuple[str, ...]) -> tuple[IpNetwork, ...]:
    return tuple(ipaddress.ip_network(text) for text in texts)


def _ip_address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address


def canonical(peer: str) -> str:
    """An IPv4 client of a socket that serves both versions, as the IPv4 address that it is; others as they are."""
    return str(_ip_address(peer)) if peer.startswith("::ffff:") else peer


@lru_cache(maxsize=4096)
def is_unlimited(peer: str, networks: tuple[str, ...]) -> bool:
    """Whether counts and rates do not apply to this peer. A Unix socket (no address) is guarded by its file's mode."""
    address = _ip_address(peer)
    return address is None or any(address in network for network in _networks(networks))


@lru_cache(maxsize=4096)
def network_of(peer: str) -> str:
    """Who is counted as one: an IPv4 address, or the /64 of an IPv6 address, since one machine has all of it."""
    address = _ip_address(peer)
    if isinstance(address, ipaddress.IPv6Address):
        return str(ipaddress.IPv6Network((address, 64), strict=False).network_address)
    return str(address)


@dataclass(slots=True)
class _PerMinute:
    """How many in the minute that began with the first of them, by key."""

    seen: dict[str, tuple[float, int]] = field(default_factory=dict)
    prune_at: int = _PRUNE_AT

    def admit(self, key: str, limit: int, now: float) -> bool:
        began, count = self.seen.get(key, (now, 0))
        if now - began >= _MINUTE:
            began, count = now, 0
        if count >= limit:
            return False
        if count == 0 and len(self.seen) >= self.prune_at:
            self.seen = {key: value for key, value in self.seen.items() if now - value[0] < _MINUTE}
            self.prune_at = max(_PRUNE_AT, 2 * len(self.seen))
        self.seen[key] = (began, count + 1)
        return True


@dataclass(frozen=True, slots=True)
class Admission:
    """One connection as it was counted; give it back with ``Gatekeeper.leave``."""

    is_welcome: bool
    network: str | None  # None: not counted by address


class Gatekeeper:
    """Counts what is open and what came lately."""

    def __init__(self) -> None:
        self.connections = 0
        self.in_flight = 0  # octets of mails that are being received
        self._by_network: dict[str, int] = {}
        self._new_connections = _PerMinute()
        self._mails = _PerMinute()

    def admit_connection(self, peer: str, limits: Limits, now: float) -> Admission:
        """Count a new connection and say whether it may stay."""
        self.connections += 1
        if not limits.enabled or is_unlimited(peer, limits.unlimited_networks):
            return Admission(is_welcome=True, network=None)
        network = network_of(peer)
        here = self._by_network[network] = self._by_network.get(network, 0) + 1
        is_welcome = (
            self.connections <= limits.connections
            and here <= limits.connections_per_address
            and self._new_connections.admit(network, limits.connections_per_minute, now)
        )
        return Admission(is_welcome, network)

    def leave(self, admission: Admission) -> None:
        """The connection is gone."""
        self.connections -= 1
        if admission.network is not None:
            self._by_network[admission.network] -= 1
            if not self._by_network[admission.network]:
                del self._by_network[admission.network]

    def admit_mail(self, peer: str, limits: Limits, now: float) -> bool:
        if not limits.enabled or is_unlimited(peer, limits.unlimited_networks):
            return True
        return self._mails.admit(network_of(peer), limits.messages_per_minute, now)

    def has_room(self, octets: int, limits: Limits) -> bool:
        """Whether so many more octets may be in flight."""
        return self.in_flight + octets <= limits.in_flight_bytes


@dataclass(slots=True)
class Tally:
    """What one connection has used up of our patience."""

    errors: int = 0
    junk: int = 0

    def is_exhausted_by_errors(self, limits: Limits) -> bool:
        return limits.enabled and self.errors >= limits.errors

    def is_exhausted_by_junk(self, limits: Limits) -> bool:
        return limits.enabled and self.junk > limits.junk_commands
