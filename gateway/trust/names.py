"""Names as DNS holds them, and addresses of peers."""

import ipaddress
import re
from collections.abc import Iterable

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

OWN_NETWORKS = tuple(
    ipaddress.ip_network(it)
    for it in (
        *("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "100.64.0.0/10"),
        *("::1/128", "fc00::/7", "fe80::/10"),
    )
)
"""Networks that nobody reaches from the Internet (RFC 1918, 3927, 4193, 4291, 6598): SPF says nothing about a peer in them."""

_HOST_NAME = re.compile(
    r"(?=.{1,253}\Z)[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?)+"
)


def is_host_name(name: str) -> bool:
    """Lower-case A-labels, two of them at least: what mail is sent from, and no top-level domain."""
    return _HOST_NAME.fullmatch(name) is not None


def is_below(name: str, parent: str) -> bool:
    """Whether ``name`` is ``parent`` or a sub-domain of it."""
    return name == parent or name.endswith(f".{parent}")


def is_within(peer: str, networks: Iterable[Network]) -> bool:
    """Whether ``peer`` is an IP address, or an IPv6 form of one, in one of the networks."""
    try:
        address = ipaddress.ip_address(peer)
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    return any(address in network for network in networks)
