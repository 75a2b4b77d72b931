"""Secrets that could be guessed or never ended: attachment links, login tokens and invitations of other systems. Ours are signed, expire,
can be withdrawn, and outlive no key.
"""

import string
from base64 import b32decode, b32encode
from collections import Counter
from datetime import date, timedelta

import pytest

from gateway.threading.model import NoticeKind, OwnMessageId, TokenReading, TokenState
from gateway.threading.tokens import (
    ForgedMessageId,
    Keyring,
    mint_message_id,
    read_message_id,
    read_token,
    reply_address,
)
from tests.web.conftest import Web

RING = Keyring({1: b"a" * 32})
TODAY = date(2026, 11, 22)
DOMAIN = "reply.example.com"

WITH_FILE = (
    b"From: anna@client.test\r\nTo: support@example.com\r\nSubject: The plan\r\nMessage-ID: <plan@client.test>\r\n"
    b'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="b"\r\n\r\n'
    b"--b\r\nContent-Type: text/plain\r\n\r\nSee the file.\r\n"
    b'--b\r\nContent-Type: text/plain\r\nContent-Disposition: attachment; filename="plan.txt"\r\n\r\n4711\r\n\r\n--b--\r\n'
)


def address(ticket: int = 42, participant: int = 7, expires: date = TODAY, ring: Keyring = RING) -> str:
    return reply_address(ring, local="reply", domain=DOMAIN, ticket=ticket, participant=participant, expires=expires)


def read(text: str, ring: Keyring = RING) -> TokenReading:
    reading = read_token(ring, text, local="reply", domain=DOMAIN, today=TODAY)
    assert reading is not None
    return reading


def message_id(ring: Keyring = RING) -> str:
    return mint_message_id(ring, ticket=42, participant=7, kind=NoticeKind.ACK, nonce=b"1", domain=DOMAIN)


def octets_of(token_address: str) -> bytes:
    return b32decode(token_address.partition("@")[0].removeprefix("reply+").upper())


def test_a_hundred_thousand_tokens_are_unique_share_no_more_than_their_fields_and_look_random() -> None:
    """Chi-square over the 256 values of the MAC's octets; 330.5 is the 0.999 quantile for 255 degrees of freedom."""
    days = [TODAY + timedelta(days=number) for number in range(10)]
    tokens = [octets_of(address(number // 10 + 1, 7, days[number % 10])) for number in range(100_000)]
    assert len(set(tokens)) == len(tokens)
    macs = [token[13:] for token in tokens]
    assert {len(mac) * 8 for mac in macs} == {96}
    assert len({mac[:8] for mac in macs}) == len(macs), "no two begin alike"
    counts = Counter(b"".join(macs))
    expected = sum(counts.values()) / 256
    assert sum((counts[value] - expected) ** 2 / expected for value in range(256)) < 330.5
    assert {token[:1] for token in tokens} == {bytes([0x11])}, "version and key id alone are always the same"


@pytest.mark.parametrize("bit", range(200))
def test_each_bit_counts(bit: int) -> None:
    octets = bytearray(octets_of(address()))
    octets[bit // 8] ^= 1 << (bit % 8)
    reading = read(f"reply+{b32encode(octets).decode().lower()}@{DOMAIN}")
    assert (reading.state, reading.ticket, reading.participant) == (TokenState.FORGED, None, None)


@pytest.mark.parametrize("position", range(40))
def test_every_other_character_in_a_token_is_refused(position: int) -> None:
    local, _, domain = address().partition("@")
    token = local.removeprefix("reply+")
    for character in string.ascii_lowercase + string.digits + "-_.+=é\u212a":
        if character == token[position]:
            continue
        changed = f"reply+{token[:position]}{character}{token[position + 1 :]}@{domain}"
        reading = read(changed)
        assert reading.state in (TokenState.FORGED, TokenState.MALFORMED), changed
        assert (reading.ticket, reading.participant) == (None, None)


@pytest.mark.parametrize("position", range(48))
def test_every_other_character_in_a_message_id_is_refused(position: int) -> None:
    left, _, domain = message_id().partition("@")
    for character in string.ascii_lowercase + string.digits:
        if character != left[position]:
            changed = f"{left[:position]}{character}{left[position + 1 :]}@{domain}"
            assert isinstance(read_message_id(RING, changed, domain=DOMAIN), ForgedMessageId), changed


def test_keys_rotate() -> None:
    old, both, new = Keyring({1: b"a" * 32}), Keyring({1: b"a" * 32, 2: b"b" * 32}), Keyring({2: b"b" * 32})
    before, after = address(ring=old), address(ring=both)
    assert before != after
    assert address(ring=new) == after, "the highest key id signs"
    states = [reading.state for reading in (read(before, both), read(after, both), read(before, new))]
    assert states == [TokenState.VALID, TokenState.VALID, TokenState.FORGED]
    assert isinstance(read_message_id(new, message_id(old), domain=DOMAIN), ForgedMessageId)
    assert isinstance(read_message_id(both, message_id(old), domain=DOMAIN), OwnMessageId)


def test_no_link_to_an_attachment_works_without_a_session(small: Web) -> None:
    row = small.office.take(WITH_FILE, reverse_path="anna@client.test")
    (stored,) = small.office.messages(row.ticket_id)
    message, part = stored.id, stored.attachments[0]["part"]
    assert small.browser()[0].get(f"/messages/{message}/attachments/{part}").body == b"4711\r\n"
    for path in (f"/messages/{message}/attachments/{part}", f"/messages/{message}/raw", f"/messages/{message}/html"):
        answer = small.stranger().get(path)
        assert (answer.status, answer.headers["location"].startswith("/login")) == (303, True)
        assert not answer.body
