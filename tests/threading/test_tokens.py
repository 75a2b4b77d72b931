"""Signed reply addresses and Message-IDs: what is minted reads back, and nothing else does."""

from base64 import b32encode
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


@settings(max_examples=50)
@given(numbers, numbers, numbers)
def test_tokens_of_two_participants_differ(ticket: int, one: int, other: int) -> None:
    minted = (mint_token(RING, ticket=ticket, participant=who, expires=TODAY) for who in (one, other))
    assert len(set(minted)) == (1 if one == other else 2)
