"""Signed tokens for "this was not me": what proves that somebody got an automatic mail of ours (docs/notices.md).

40 characters as in a reply token, with the same octets and another purpose of the MAC: neither can stand in for the other, so
whoever gets hold of the link can silence one address, and write to no ticket.

    version and key id   1   four bits each
    ticket               5
    participant          5
    expiry day           2   days since 2020-01-01; valid up to and including that day
    MAC                 12   HMAC-SHA256, cut to 96 bits
"""

import base64
import re
from dataclasses import dataclass
from datetime import date, timedelta

from gateway.mail.address import ascii_lower, domain_key
from gateway.threading.tokens import MAC_OCTETS, Keyring

_VERSION = 1
_EPOCH = date(2020, 1, 1)
_PURPOSE = b"support-gateway not me\0"
_TOKEN = re.compile(r"[a-z2-7]{40}")


@dataclass(frozen=True, slots=True)
class Denial:
    """Who denies what: the participant to whom the mail went, and the ticket that it was about."""

    ticket: int
    participant: int


def mint_not_me(keyring: Keyring, *, ticket: int, participant: int, expires: date) -> str:
    """The token in a link and in a reply address; the same arguments give the same token. OverflowError for a number above 2**40."""
    payload = (
        bytes([_VERSION << 4 | keyring.signing_id])
        + ticket.to_bytes(5)
        + participant.to_bytes(5)
        + (expires - _EPOCH).days.to_bytes(2)
    )
    signed = payload + keyring.mac(keyring.signing_id, _PURPOSE, payload)
    return ascii_lower(base64.b32encode(signed).decode("ascii"))


def read_not_me(keyring: Keyring, token: str, *, today: date) -> Denial | None:
    """What the token says; None where it is none of ours, or too old. Never raises."""
    if not _TOKEN.fullmatch(token):
        return None
    octets = base64.b32decode(token.upper())
    payload, mac = octets[:-MAC_OCTETS], octets[-MAC_OCTETS:]
    if payload[0] >> 4 != _VERSION or not keyring.holds(_PURPOSE, payload, mac):
        return None
    if today > _EPOCH + timedelta(days=int.from_bytes(payload[11:13])):
        return None
    return Denial(int.from_bytes(payload[1:6]), int.from_bytes(payload[6:11]))


def token_in(address: str, *, local: str, domain: str) -> str:
    """What stands after ``local+`` in an address of the reply domain, "" in any other address."""
    local_part, at, its_domain = address.strip().rpartition("@")
    if not at or domain_key(its_domain) != domain_key(domain):
        return ""
    prefix, plus, token = ascii_lower(local_part).partition("+")
    return token if plus and prefix == ascii_lower(local) else ""
