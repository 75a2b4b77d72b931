"""Signed reply addresses and signed Message-IDs: what proves that a mail answers one of ours (docs/threading.md).

A reply address is ``reply+TOKEN@reply.example.com``. TOKEN is 40 characters of base32 (RFC 4648 section 6) in lower case,
because relays fold the case of local parts. They hold 25 octets, so that no padding and no idle bits exist and every
token has exactly one spelling:

    version and key id   1   four bits each
    ticket               5
    participant          5
    expiry day           2   days since 2020-01-01; valid up to and including that day
    MAC                 12   HMAC-SHA256, cut to 96 bits

A Message-ID of ours is ``TOKEN@reply.example.com`` with 48 characters, 30 octets: version and key id 1, kind 1, ticket 5,
participant 5, nonce 6, MAC 12. Both MACs use the same keys, each with its own prefix, so neither can stand in for the other.
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from gateway.mail.address import ascii_lower, domain_key
from gateway.threading.model import NoticeKind, OwnMessageId, TokenReading, TokenState

MAC_OCTETS = 12
NONCE_OCTETS = 6
MIN_SECRET_OCTETS = 32
MAX_NUMBER = 2**40 - 1  # tickets and participants
MAX_LOCAL_PART = 64  # octets, RFC 5321 section 4.5.3.1.1

_VERSION = 1
_EPOCH = date(2020, 1, 1)
_TOKEN_PURPOSE = b"support-gateway reply token\0"
_MESSAGE_ID_PURPOSE = b"support-gateway message-id\0"
_TOKEN = re.compile(r"[a-z2-7]{40}")
_MESSAGE_ID = re.compile(r"[a-z2-7]{48}")
_KIND_CODES = {
    NoticeKind.ACK: 1,
    NoticeKind.ANSWER: 2,
    NoticeKind.RESOLUTION: 3,
    NoticeKind.AGENT: 4,
    NoticeKind.ADDED: 5,
    NoticeKind.NEWCOMERS: 6,
    NoticeKind.CSAT: 7,
    NoticeKind.REMINDER: 8,
    NoticeKind.DELAYED: 9,
    NoticeKind.MERGED: 10,
    NoticeKind.REPLY: 11,
    NoticeKind.MENU: 12,
}
_KINDS = {code: kind for kind, code in _KIND_CODES.items()}


@dataclass(frozen=True, slots=True)
class Keyring:
    """Signing secrets by key id (1 to 15). The highest id signs, all verify; a key is retired by leaving it out."""

    keys: Mapping[int, bytes] = field(repr=False)

    def __post_init__(self) -> None:
        if not self.keys:
            raise ValueError("a keyring needs at least one key")
        for key_id, secret in self.keys.items():
            if not 1 <= key_id <= 15:
                raise ValueError(f"key id {key_id} is not between 1 and 15")
            if len(secret) < MIN_SECRET_OCTETS:
                raise ValueError(f"key {key_id} has {len(secret)} octets; at least {MIN_SECRET_OCTETS} are needed")

    @property
    def signing_id(self) -> int:
        return max(self.keys)

    def mac(self, key_id: int, purpose: bytes, payload: bytes) -> bytes:
        """The cut HMAC-SHA256 of a payload for one purpose; KeyError for an id that is not in the ring."""
        return hmac.new(self.keys[key_id], purpose + payload, hashlib.sha256).digest()[:MAC_OCTETS]

    def holds(self, purpose: bytes, payload: bytes, mac: bytes) -> bool:
        """Whether ``mac`` was made by one of our keys over ``payload``; compared in constant time."""
        key_id = payload[0] & 0x0F
        return key_id in self.keys and hmac.compare_digest(self.mac(key_id, purpose, payload), mac)


@dataclass(frozen=True, slots=True)
class ForgedMessageId:
    """An id in our reply domain that we never made: somebody guesses, or a key was retired."""

    message_id: str
    reason: str


def mint_token(keyring: Keyring, *, ticket: int, participant: int, expires: date) -> str:
    """The part after ``reply+``: one participant's right to write to one ticket, until the end of ``expires`` (UTC).

    The same arguments give the same token. ValueError for a number or a day that does not fit.
    """
    day = (expires - _EPOCH).days
    if not 0 <= day <= 0xFFFF:
        raise ValueError(f"a token cannot expire on {expires.isoformat()}")
    payload = _head(keyring) + _number(ticket) + _number(participant) + day.to_bytes(2)
    return _encode(payload + keyring.mac(keyring.signing_id, _TOKEN_PURPOSE, payload))


def reply_address(keyring: Keyring, *, local: str, domain: str, ticket: int, participant: int, expires: date) -> str:
    """The whole address; ValueError where the local part would be longer than 64 octets (RFC 5321 section 4.5.3.1.1)."""
    token = mint_token(keyring, ticket=ticket, participant=participant, expires=expires)
    local_part = f"{local}+{token}"
    if len(local_part.encode()) > MAX_LOCAL_PART:
        raise ValueError(f"{local!r} is too long for a reply address")
    return f"{local_part}@{domain}"


def read_token(keyring: Keyring, address: str, *, local: str, domain: str, today: date) -> TokenReading | None:
    """What an address says as a reply address; None where it is not in the reply domain at all. Never raises."""
    local_part, at, its_domain = address.strip().rpartition("@")
    if not at or domain_key(its_domain) != domain_key(domain):
        return None
    prefix, plus, token = ascii_lower(local_part).partition("+")
    if not plus or prefix != ascii_lower(local) or not _TOKEN.fullmatch(token):
        return TokenReading(TokenState.MALFORMED, address)
    octets = _decode(token)
    payload, mac = octets[:-MAC_OCTETS], octets[-MAC_OCTETS:]
    if not _is_ours(keyring, _TOKEN_PURPOSE, payload, mac):
        return TokenReading(TokenState.FORGED, address)
    expires = _EPOCH + timedelta(days=int.from_bytes(payload[11:13]))
    state = TokenState.VALID if today <= expires else TokenState.EXPIRED
    ticket, participant = int.from_bytes(payload[1:6]), int.from_bytes(payload[6:11])
    return TokenReading(state, address, ticket, participant, expires)


def mint_message_id(
    keyring: Keyring, *, ticket: int, participant: int, kind: NoticeKind, nonce: bytes, domain: str
) -> str:
    """A Message-ID without angle brackets that proves to whom, about what and why we wrote.

    ``nonce`` tells two mails of one kind apart: any octets (random ones, or a key of the event); the same nonce gives the
    same id. ValueError for a number that does not fit or an empty nonce.
    """
    if not nonce:
        raise ValueError("a Message-ID needs a nonce")
    short = hashlib.sha256(nonce).digest()[:NONCE_OCTETS]
    payload = _head(keyring) + bytes([_KIND_CODES[kind]]) + _number(ticket) + _number(participant) + short
    return f"{_encode(payload + keyring.mac(keyring.signing_id, _MESSAGE_ID_PURPOSE, payload))}@{domain}"


def read_message_id(keyring: Keyring, message_id: str, *, domain: str) -> OwnMessageId | ForgedMessageId | None:
    """Whose mail an id names: ours with its facts, a forgery in our domain, or None for everybody else's. Never raises."""
    left, at, right = message_id.strip().strip("<>").rpartition("@")
    if not at or domain_key(right) != domain_key(domain):
        return None
    left = ascii_lower(left)
    if not _MESSAGE_ID.fullmatch(left):
        return ForgedMessageId(message_id, "not in the form of our Message-IDs")
    octets = _decode(left)
    payload, mac = octets[:-MAC_OCTETS], octets[-MAC_OCTETS:]
    if not _is_ours(keyring, _MESSAGE_ID_PURPOSE, payload, mac):
        return ForgedMessageId(message_id, "its MAC does not hold")
    kind = _KINDS.get(payload[1])
    if kind is None:
        return ForgedMessageId(message_id, "of a kind that this version does not know")
    return OwnMessageId(
        message_id, ticket=int.from_bytes(payload[2:7]), participant=int.from_bytes(payload[7:12]), kind=kind
    )


def _head(keyring: Keyring) -> bytes:
    return bytes([_VERSION << 4 | keyring.signing_id])


def _is_ours(keyring: Keyring, purpose: bytes, payload: bytes, mac: bytes) -> bool:
    return payload[0] >> 4 == _VERSION and keyring.holds(purpose, payload, mac)


def _number(value: int) -> bytes:
    if not 0 <= value <= MAX_NUMBER:
        raise ValueError(f"{value} does not fit into a signed address")
    return value.to_bytes(5)


def _encode(octets: bytes) -> str:
    return ascii_lower(base64.b32encode(octets).decode("ascii"))


def _decode(text: str) -> bytes:
    return base64.b32decode(text.upper())
