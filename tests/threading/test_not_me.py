"""Tokens of "this was not me": ours alone, for this alone, for a while."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from gateway.threading.not_me import Denial, mint_not_me, read_not_me, token_in
from gateway.threading.tokens import Keyring, TokenState, mint_token, read_token

RING = Keyring({1: bytes(range(32))})
NEXT = Keyring({1: bytes(range(32)), 2: bytes(range(1, 33))})
DAY = date(2026, 3, 5)
LETTERS = "abcdefghijklmnopqrstuvwxyz234567"


@given(ticket=st.integers(0, 2**40 - 1), participant=st.integers(0, 2**40 - 1), days=st.integers(0, 700))
def test_what_is_minted_is_read(ticket: int, participant: int, days: int) -> None:
    token = mint_not_me(RING, ticket=ticket, participant=participant, expires=DAY + timedelta(days=days))
    assert read_not_me(RING, token, today=DAY) == Denial(ticket, participant)
    assert read_not_me(NEXT, token, today=DAY) == Denial(ticket, participant), "keys rotate"
    assert read_not_me(RING, token, today=DAY + timedelta(days=days + 1)) is None


@given(place=st.integers(0, 39), letter=st.sampled_from(LETTERS))
def test_every_change_is_noticed(place: int, letter: str) -> None:
    token = mint_not_me(RING, ticket=42, participant=7, expires=DAY)
    changed = token[:place] + letter + token[place + 1 :]
    assert (read_not_me(RING, changed, today=DAY) is not None) is (changed == token)


@given(st.text(max_size=60))
def test_anything_else_is_nothing(text: str) -> None:
    assert read_not_me(RING, text, today=DAY) is None


def test_neither_stands_in_for_the_other() -> None:
    reply = mint_token(RING, ticket=42, participant=7, expires=DAY)
    denial = mint_not_me(RING, ticket=42, participant=7, expires=DAY)
    assert read_not_me(RING, reply, today=DAY) is None
    reading = read_token(RING, f"reply+{denial}@reply.test", local="reply", domain="reply.test", today=DAY)
    assert reading is not None
    assert reading.state is TokenState.FORGED


def test_where_a_token_stands() -> None:
    found = {address: token_in(address, local="reply", domain="reply.test") for address in (
        "reply+abc@reply.test", "REPLY+ABC@Reply.Test", "reply@reply.test", "other+abc@reply.test", "reply+abc@else.test", "reply+abc", ""
    )}  # fmt: skip
    assert list(found.values()) == ["abc", "abc", "", "", "", "", ""]
