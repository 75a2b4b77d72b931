"""Opaque S/MIME: the letter is found in every encoding, and nothing that is cut, changed or hostile does harm."""

import time
from email import message_from_bytes
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.mail.read import read
from gateway.mail.smime import signed_content

MAILS = Path(__file__).parent.parent / "mails"


def object_of(name: str) -> bytes:
    payload = message_from_bytes((MAILS / f"{name}.eml").read_bytes()).get_payload(decode=True)
    assert isinstance(payload, bytes)
    return payload


DER = object_of("mime-smime-opaque-signature")
BER = object_of("mime-smime-opaque-signature-in-pieces")


def test_both_encodings_hold_the_same_letter() -> None:
    assert DER[1] != 0x80, "with lengths"
    assert BER[1] == 0x80, "with end marks"
    assert signed_content(DER) == signed_content(BER)


@pytest.mark.parametrize("signed", [DER, BER], ids=["DER", "BER"])
def test_what_is_cut_off_is_no_letter(signed: bytes) -> None:
    letter = signed_content(signed)
    assert letter is not None
    end = signed.index(letter) + len(letter)
    for length in range(end):
        assert signed_content(signed[:length]) is None


@given(st.binary(max_size=300), st.integers(0, len(BER)), st.integers(0, 20))
def test_damage_never_raises(noise: bytes, place: int, gone: int) -> None:
    signed_content(noise)
    signed_content(BER[:place] + noise[:10] + BER[place + gone :])


HOSTILE = {
    "open elements without end": b"\x30\x80" * 200_000,
    "end marks": BER[:40] + b"\x00\x00" * 200_000,
    "empty pieces": BER[: BER.index(b"\x24\x80") + 2] + b"\x04\x00" * 400_000,
}


@pytest.mark.parametrize("shape", HOSTILE)
def test_time_is_bounded(shape: str) -> None:
    began = time.process_time()
    signed_content(HOSTILE[shape])
    assert time.process_time() - began < 2


def test_signatures_within_signatures_come_to_an_end() -> None:
    inner = b"Content-Type: text/plain\r\n\r\nhello\r\n"
    for _ in range(6):
        inner = b"Content-Type: application/pkcs7-mime\r\n\r\n" + wrapped(inner)
    message = read(b"From: a@b.example\r\n" + inner)
    assert len(message.attachments) == 4, "three are opened, the fourth is attached"
    assert any("S/MIME" in note for note in message.defects)


def wrapped(letter: bytes) -> bytes:
    """An object as ``BER`` is one, around another letter, without signatures."""
    begin = BER[: BER.index(b"\x24\x80") + 2]
    return begin + b"\x04\x84" + len(letter).to_bytes(4, "big") + letter + b"\x00\x00" * 8
