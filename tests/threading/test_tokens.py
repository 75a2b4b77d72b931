"""Signed reply addresses and Message-IDs: what is minted reads back, and nothing else does."""

import string
from base64 import b32encode
from collections import Counter
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.threading.model import NoticeKind, OwnMessageId, TokenReading, TokenState
from gateway.threading.tokens import (
    MAX_NUMBER,
    ForgedMessageId,
    Keyring,
    mint_message_id,
    mint_token,
    read_message_id,
    read_token,
    reply_address,
)

RING = Keyring({1: b"a" * 32})
TODAY = date(2026, 11, 22)
DOMAIN = "reply.example.com"

numbers = st.integers(min_value=1, max_value=MAX_NUMBER)
days = st.dates(min_value=date(2020, 1, 1), max_value=date(2190, 1, 1))


def address(ticket: int = 42, participant: int = 7, expires: date = TODAY, ring: Keyring = RING) -> str:
    return reply_address(ring, local="reply", domain=DOMAIN, ticket=ticket, participant=participant, expires=expires)


def read(text: str, ring: Keyring = RING, today: date = TODAY) -> TokenReading | None:
    return read_token(ring, text, local="reply", domain=DOMAIN, today=today)


def message_id(ring: Keyring = RING, kind: NoticeKind = NoticeKind.ACK, nonce: bytes = b"1") -> str:
    return mint_message_id(ring, ticket=42, participant=7, kind=kind, nonce=nonce, domain=DOMAIN)


@given(numbers, numbers, days)
def test_a_token_reads_back(ticket: int, participant: int, expires: date) -> None:
    minted = address(ticket, participant, expires)
    assert read(minted, today=expires) == TokenReading(TokenState.VALID, minted, ticket, participant, expires)
    assert read(minted.upper(), today=expires) == TokenReading(
        TokenState.VALID, minted.upper(), ticket, participant, expires
    )


@given(numbers, numbers, st.sampled_from(NoticeKind), st.binary(min_size=1, max_size=40))
def test_a_message_id_reads_back(ticket: int, participant: int, kind: NoticeKind, nonce: bytes) -> None:
    minted = mint_message_id(RING, ticket=ticket, participant=participant, kind=kind, nonce=nonce, domain=DOMAIN)
    assert read_message_id(RING, minted, domain=DOMAIN) == OwnMessageId(minted, ticket, participant, kind)
    assert read_message_id(RING, f"<{minted}>", domain=DOMAIN) is not None


@pytest.mark.parametrize("position", range(40))
def test_every_other_character_in_a_token_is_refused(position: int) -> None:
    local, _, domain = address().partition("@")
    token = local.removeprefix("reply+")
    for character in string.ascii_lowercase + string.digits + "-_.+=é\u212a":
        if character == token[position]:
            continue
        changed = f"reply+{token[:position]}{character}{token[position + 1 :]}@{domain}"
        reading = read(changed)
        assert reading is not None
        assert reading.state in (TokenState.FORGED, TokenState.MALFORMED), changed
        assert (reading.ticket, reading.participant) == (None, None)


@pytest.mark.parametrize("position", range(48))
def test_every_other_character_in_a_message_id_is_refused(position: int) -> None:
    left, _, domain = message_id().partition("@")
    for character in string.ascii_lowercase + string.digits:
        if character != left[position]:
            changed = f"{left[:position]}{character}{left[position + 1 :]}@{domain}"
            assert isinstance(read_message_id(RING, changed, domain=DOMAIN), ForgedMessageId), changed


@given(st.text(max_size=80), st.sampled_from([DOMAIN, "other.example", "REPLY.example.com.", ""]))
def test_reading_never_raises(text: str, domain: str) -> None:
    reading = read(f"{text}@{domain}")
    assert reading is None or reading.state is TokenState.MALFORMED
    read(text)
    assert not isinstance(read_message_id(RING, f"{text}@{domain}", domain=DOMAIN), OwnMessageId)


@pytest.mark.parametrize(
    ("text", "state"),
    [
        ("support@example.com", None),
        ("reply+abc@example.com", None),
        ("no address", None),
        ("reply@reply.example.com", TokenState.MALFORMED),
        ("reply+@reply.example.com", TokenState.MALFORMED),
        ("reply+abc@reply.example.com", TokenState.MALFORMED),
        ("support@reply.example.com", TokenState.MALFORMED),
        (f"other+{'a' * 40}@reply.example.com", TokenState.MALFORMED),
        (f"reply+{'a' * 40}@reply.example.com", TokenState.FORGED),
        (f"reply+{'a' * 40}@REPLY.Example.COM.", TokenState.FORGED),
    ],
)
def test_what_is_no_good_token(text: str, state: TokenState | None) -> None:
    reading = read(text)
    assert (reading.state if reading else None) is state


def test_a_token_ends_after_its_last_day() -> None:
    assert read(address(expires=TODAY)).state is TokenState.VALID  # type: ignore[union-attr]
    late = read(address(expires=TODAY), today=TODAY + timedelta(days=1))
    assert late is not None
    assert (late.state, late.ticket, late.participant) == (TokenState.EXPIRED, 42, 7)


def test_keys_rotate() -> None:
    old, both, new = Keyring({1: b"a" * 32}), Keyring({1: b"a" * 32, 2: b"b" * 32}), Keyring({2: b"b" * 32})
    before, after = address(ring=old), address(ring=both)
    assert before != after
    assert address(ring=new) == after, "the highest key id signs"
    states = [reading.state for reading in (read(before, both), read(after, both), read(before, new)) if reading]
    assert states == [TokenState.VALID, TokenState.VALID, TokenState.FORGED]
    assert isinstance(read_message_id(new, message_id(old), domain=DOMAIN), ForgedMessageId)
    assert isinstance(read_message_id(both, message_id(old), domain=DOMAIN), OwnMessageId)


def test_the_same_key_id_with_another_secret_proves_nothing() -> None:
    reading = read(address(), Keyring({1: b"z" * 32}))
    assert reading is not None
    assert reading.state is TokenState.FORGED


def base32(octets: bytes) -> str:
    return b32encode(octets).decode().lower()


@pytest.mark.parametrize(
    ("head", "purpose", "state"),
    [
        (0x11, b"support-gateway reply token\0", TokenState.VALID),
        (0x11, b"support-gateway message-id\0", TokenState.FORGED),  # a MAC of the other kind
        (0x21, b"support-gateway reply token\0", TokenState.FORGED),  # another version of the form
    ],
)
def test_the_mac_covers_what_it_is_for_and_the_version(head: int, purpose: bytes, state: TokenState) -> None:
    payload = bytes([head]) + (42).to_bytes(5) + (7).to_bytes(5) + (0xFFFF).to_bytes(2)
    reading = read(f"reply+{base32(payload + RING.mac(1, purpose, payload))}@{DOMAIN}")
    assert reading is not None
    assert reading.state is state


def test_a_token_is_no_message_id() -> None:
    token = address().partition("@")[0].removeprefix("reply+")
    assert isinstance(read_message_id(RING, f"{token}@{DOMAIN}", domain=DOMAIN), ForgedMessageId)
    payload = bytes([0x11, 1]) + bytes(16)
    for purpose, kind in (
        (b"support-gateway message-id\0", OwnMessageId),
        (b"support-gateway reply token\0", ForgedMessageId),
    ):
        left = base32(payload + RING.mac(1, purpose, payload))
        assert isinstance(read_message_id(RING, f"{left}@{DOMAIN}", domain=DOMAIN), kind)


def test_message_ids_differ_by_nonce_and_kind() -> None:
    ids = {message_id(kind=kind, nonce=nonce) for kind in NoticeKind for nonce in (b"1", b"2")}
    assert len(ids) == 2 * len(NoticeKind)
    assert message_id(nonce=b"1") == message_id(nonce=b"1")


def test_message_ids_of_others_are_nobodys_business() -> None:
    for other in ("", "CAB1@mail.example.com", "no-at-sign", f"{'a' * 48}@example.com"):
        assert read_message_id(RING, other, domain=DOMAIN) is None


def test_the_local_part_fits_even_with_the_longest_prefix() -> None:
    local = "a" * 16
    longest = reply_address(
        RING, local=local, domain=DOMAIN, ticket=MAX_NUMBER, participant=MAX_NUMBER, expires=date(2190, 1, 1)
    )
    assert len(longest.partition("@")[0]) <= 64
    with pytest.raises(ValueError, match="too long"):
        reply_address(RING, local="a" * 24, domain=DOMAIN, ticket=1, participant=1, expires=TODAY)


@pytest.mark.parametrize(
    ("ticket", "participant", "expires"),
    [
        (-1, 1, TODAY),
        (MAX_NUMBER + 1, 1, TODAY),
        (1, MAX_NUMBER + 1, TODAY),
        (1, 1, date(2019, 1, 1)),
        (1, 1, date.max),
    ],
)
def test_what_does_not_fit_is_refused(ticket: int, participant: int, expires: date) -> None:
    with pytest.raises(ValueError):
        mint_token(RING, ticket=ticket, participant=participant, expires=expires)


@pytest.mark.parametrize("keys", [{}, {0: b"a" * 32}, {16: b"a" * 32}, {1: b"short"}])
def test_a_keyring_is_checked(keys: dict[int, bytes]) -> None:
    with pytest.raises(ValueError):
        Keyring(keys)


def test_a_keyring_shows_no_secret() -> None:
    assert "aaaa" not in repr(RING)


def test_a_hundred_thousand_tokens_are_unique_and_their_macs_look_random() -> None:
    """Chi-square over the 256 values of the MAC's octets; 330.5 is the 0.999 quantile for 255 degrees of freedom."""
    macs = [RING.mac(1, b"support-gateway reply token\0", number.to_bytes(13)) for number in range(100_000)]
    assert len(set(macs)) == len(macs)
    counts = Counter(b"".join(macs))
    expected = sum(counts.values()) / 256
    assert sum((counts[value] - expected) ** 2 / expected for value in range(256)) < 330.5


@settings(max_examples=50)
@given(numbers, numbers, numbers)
def test_tokens_of_two_participants_differ(ticket: int, one: int, other: int) -> None:
    minted = (mint_token(RING, ticket=ticket, participant=who, expires=TODAY) for who in (one, other))
    assert len(set(minted)) == (1 if one == other else 2)
