"""Whose neighbour is a peer? Addresses of clients and the networks they are counted and listed by. Pure."""

import ipaddress
from functools import lru_cache

IpNetwork = ipaddress.IPv4Network | ipaddress.IPv6Network
IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address


def ip_address(text: str) -> IpAddress | None:
    """The address, an IPv4 one that was mapped into IPv6 as itself; None for a Unix socket or anything else."""
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address


@lru_cache(maxsize=4096)
def network_of(peer: str) -> str:
    """The /24 of an IPv4 address, the /64 of an IPv6 address, since one machine may have all of it; other text as it is."""
    address = ip_address(peer)
    if address is None:
        return peer
    return str(ipaddress.ip_network((address, 64 if address.version == 6 else 24), strict=False))
