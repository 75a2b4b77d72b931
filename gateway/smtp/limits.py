"""What a stranger may cost us: connections, rates, octets in flight. Counted for all sessions of a process together.

Time is an argument (seconds of a monotonic clock). Networks of our own forwarders are never counted; octets always are.
A stranger is counted twice: as an address, and with the neighbours in its network, since whoever has one address often has many.
"""

import ipaddress
from collections import Counter
from dataclasses import dataclass, field
from functools import lru_cache

from gateway.config.model import Limits

_MINUTE = 60.0
_KEPT = 10  # one of so many connections is for our own forwarders alone
_STRESS = 0.8  # of all connections: from here on idle ones have less time
_PRUNE_AT = 20_000  # addresses remembered; beyond it those that had their minute are forgotten

IpNetwork = ipaddress.IPv4Network | ipaddress.IPv6Network


@lru_cache(maxsize=256)
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
def is_within(peer: str, networks: tuple[str, ...]) -> bool:
    """Whether the address is in one of the networks; a Unix socket is in none."""
    address = _ip_address(peer)
    return address is not None and any(address in network for network in _networks(networks))


def is_unlimited(peer: str, networks: tuple[str, ...]) -> bool:
    """Whether counts and rates do not apply to this peer. A Unix socket (no address) is guarded by its file's mode."""
    return not peer or is_within(peer, networks)


@lru_cache(maxsize=4096)
def network_of(peer: str) -> str:
    """Whose neighbour a peer is: the /24 of an IPv4 address, the /64 of an IPv6 address, since one machine may have all of it."""
    address = _ip_address(peer)
    if address is None:
        return peer
    return str(ipaddress.ip_network((address, 64 if address.version == 6 else 24), strict=False))


@dataclass(slots=True)
class _PerMinute:
    """How many in the minute that began with the first of them, by key."""

    seen: dict[str, tuple[float, int]] = field(default_factory=dict)
    prune_at: int = _PRUNE_AT

    def has_room(self, key: str, limit: int, now: float) -> bool:
        began, count = self.seen.get(key, (now, 0))
        return count < limit or now - began >= _MINUTE

    def count(self, key: str, now: float) -> None:
        began, count = self.seen.get(key, (now, 0))
        if now - began >= _MINUTE:
            began, count = now, 0
        if count == 0 and len(self.seen) >= self.prune_at:
            self.seen = {key: value for key, value in self.seen.items() if now - value[0] < _MINUTE}
            self.prune_at = max(_PRUNE_AT, 2 * len(self.seen))
        self.seen[key] = (began, count + 1)


@dataclass(slots=True)
class _Rate:
    """So many a minute from one address, and more from all of its network."""

    by_address: _PerMinute = field(default_factory=_PerMinute)
    by_network: _PerMinute = field(default_factory=_PerMinute)

    def admit(self, peer: str, limit: int, factor: int, now: float) -> bool:
        """Count one more, where there is room for it. What is refused is not counted: it costs the network nothing."""
        network = network_of(peer)
        if not self.by_address.has_room(peer, limit, now) or not self.by_network.has_room(network, limit * factor, now):
            return False
        self.by_address.count(peer, now)
        self.by_network.count(network, now)
        return True


@dataclass(frozen=True, slots=True)
class Admission:
    """One connection as it was counted; give it back with ``Gatekeeper.leave``."""

    is_welcome: bool
    peer: str | None  # None: not counted by address


class Gatekeeper:
    """Counts what is open and what came lately."""

    def __init__(self) -> None:
        self.connections = 0
        self.in_flight = 0  # octets of mails that are being received
        self._open: Counter[str] = Counter()  # by address and by network
        self._new_connections = _Rate()
        self._mails = _Rate()

    def admit_connection(self, peer: str, limits: Limits, now: float) -> Admission:
        """Say whether a new connection may stay, and count it if so: one that is turned away takes nobody's place."""
        if not limits.enabled or is_unlimited(peer, limits.unlimited_networks):
            self.connections += 1
            return Admission(is_welcome=True, peer=None)
        is_welcome = (
            self.connections < limits.connections - limits.connections // _KEPT
            and self._open[peer] < limits.connections_per_address
            and self._open[network_of(peer)] < limits.connections_per_address * limits.network_factor
            and self._new_connections.admit(peer, limits.connections_per_minute, limits.network_factor, now)
        )
        if is_welcome:
            self.connections += 1
            self._open[peer] += 1
            self._open[network_of(peer)] += 1
        return Admission(is_welcome, peer)

    def leave(self, admission: Admission) -> None:
        """The connection is gone."""
        if not admission.is_welcome:
            return
        self.connections -= 1
        for key in () if admission.peer is None else (admission.peer, network_of(admission.peer)):
            self._open[key] -= 1
            if not self._open[key]:
                del self._open[key]

    def is_stressed(self, limits: Limits) -> bool:
        """Whether so many connections are open that those of strangers must hurry."""
        return limits.enabled and self.connections > limits.connections * _STRESS

    def admit_mail(self, peer: str, limits: Limits, now: float) -> bool:
        if not limits.enabled or is_unlimited(peer, limits.unlimited_networks):
            return True
        return self._mails.admit(peer, limits.messages_per_minute, limits.network_factor, now)

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
