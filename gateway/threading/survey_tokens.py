"""Signed tokens of surveys: the page, one address for each answer, and "no more surveys" (docs/csat.md).

40 characters as in a reply token, with another purpose of the MAC: neither can stand in for the other. Whoever gets hold of one
can rate one ticket, or stop the surveys of one person, and writes to no ticket.

    choice and key id    1   four bits each
    ticket               5
    participant          5
    expiry day           2   days since 2020-01-01; valid up to and including that day
    MAC                 12   HMAC-SHA256, cut to 96 bits
"""

import base64
import re
from dataclasses import dataclass
from datetime import date, timedelta

from gateway.mail.address import ascii_lower
from gateway.threading.tokens import MAC_OCTETS, Keyring

PAGE = 0
"""The choice of a link to the page: none yet. 1 to 5 are the answers themselves."""

NO_SURVEYS = 15
"""The choice of those who want no more surveys."""

_CHOICES = frozenset({*range(6), NO_SURVEYS})
_EPOCH = date(2020, 1, 1)
_PURPOSE = b"support-gateway survey 1\0"
_TOKEN = re.compile(r"[a-z2-7]{40}")


@dataclass(frozen=True, slots=True)
class SurveyToken:
    """Who was asked about which ticket, and what using this very token means."""

    ticket: int
    participant: int
    choice: int


def mint_survey(keyring: Keyring, of: SurveyToken, *, expires: date) -> str:
    """The token in a link or address; the same arguments give the same token. OverflowError for a number above 2**40."""
    if of.choice not in _CHOICES:
        raise ValueError(f"{of.choice} is no choice of a survey")
    payload = (
        bytes([of.choice << 4 | keyring.signing_id])
        + of.ticket.to_bytes(5)
        + of.participant.to_bytes(5)
        + (expires - _EPOCH).days.to_bytes(2)
    )
    signed = payload + keyring.mac(keyring.signing_id, _PURPOSE, payload)
    return ascii_lower(base64.b32encode(signed).decode("ascii"))


def read_survey(keyring: Keyring, token: str, *, today: date) -> SurveyToken | None:
    """What the token says; None where it is none of ours, or too old. Never raises."""
    if not _TOKEN.fullmatch(token):
        return None
    octets = base64.b32decode(token.upper())
    payload, mac = octets[:-MAC_OCTETS], octets[-MAC_OCTETS:]
    choice = payload[0] >> 4
    if choice not in _CHOICES or not keyring.holds(_PURPOSE, payload, mac):
        return None
    if today > _EPOCH + timedelta(days=int.from_bytes(payload[11:13])):
        return None
    return SurveyToken(int.from_bytes(payload[1:6]), int.from_bytes(payload[6:11]), choice)
