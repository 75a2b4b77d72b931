"""The PROXY protocol: a proxy before us says who the client is (HAProxy's proxy-protocol.txt, versions 1 and 2). Pure, flat, bounded.

Who may say so is decided before, by the address of the connection; see ``Session``.
"""

import ipaddress
import re
from dataclasses import dataclass

LONGEST = 2048  # octets of a header, what the proxy adds beyond addresses included
SECONDS = 5.0  # for a header to come; a proxy sends it at once

_SIGNATURE = b"\r\n\r\n\0\r\nQUIT\n"
_FIXED = 16  # signature, version and command, family and transport, length
_LOCAL, _PROXY = 0x20, 0x21  # version 2 in the upper half
_UNSPECIFIED, _TCP4, _TCP6 = 0x00, 0x11, 0x21
_ADDRESS_OCTETS = {_TCP4: (4, 12), _TCP6: (16, 36)}  # of one address, of both addresses and ports

_V1_LONGEST = 107
_V1 = re.compile(
    rb"PROXY (?:(TCP4|TCP6) ([0-9A-Fa-f.:]+) ([0-9A-Fa-f.:]+) (\d{1,5}) (\d{1,5})|UNKNOWN[\x20-\x7e]*)\r\n"
)


class Unsound(Exception):
    """These octets are not the beginning of a header that we take."""


@dataclass(frozen=True, slots=True)
class Header:
    """``client``: the address, None where the proxy speaks for itself (health check) or does not know. ``size`` in octets."""

    client: str | None
    size: int


def read_header(octets: bytes | bytearray, *, takes_v1: bool = False) -> Header | None:
    """The header at the beginning of a connection; None: more octets are needed. Raises Unsound as soon as it cannot be one."""
    if octets[: len(_SIGNATURE)] != _SIGNATURE[: len(octets)]:
        if takes_v1:
            return _read_v1(octets)
        raise Unsound("no signature of version 2")
    if len(octets) < _FIXED:
        return None
    command, family = octets[12], octets[13]
    size = _FIXED + int.from_bytes(octets[14:16])
    if command not in (_LOCAL, _PROXY):
        raise Unsound(f"version and command {command:#04x}")
    if size > LONGEST:
        raise Unsound(f"{size} octets")
    if command == _PROXY and family != _UNSPECIFIED and family not in _ADDRESS_OCTETS:
        raise Unsound(f"family and transport {family:#04x}")
    one, both = _ADDRESS_OCTETS.get(family, (0, 0)) if command == _PROXY else (0, 0)
    if size < _FIXED + both:
        raise Unsound("too short for its addresses")
    if len(octets) < size:
        return None
    return Header(str(ipaddress.ip_address(bytes(octets[_FIXED : _FIXED + one]))) if one else None, size)


def _read_v1(octets: bytes | bytearray) -> Header | None:
    start = b"PROXY "
    if octets[: len(start)] != start[: len(octets)]:
        raise Unsound("no header")
    end = octets.find(b"\n", 0, _V1_LONGEST)
    if end < 0:
        if len(octets) >= _V1_LONGEST:
            raise Unsound("line too long")
        return None
    match = _V1.fullmatch(octets, 0, end + 1)
    if match is None:
        raise Unsound("line malformed")
    if match[1] is None:
        return Header(None, end + 1)
    version = ipaddress.IPv4Address if match[1] == b"TCP4" else ipaddress.IPv6Address
    try:
        addresses = [version(group.decode("ascii")) for group in match.group(2, 3)]
    except ValueError as error:
        raise Unsound("address malformed") from error
    if any(int(port) > 65535 for port in match.group(4, 5)):
        raise Unsound("port malformed")
    return Header(str(addresses[0]), end + 1)
