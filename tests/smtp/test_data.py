"""The reader of the text behind DATA, cut at every octet."""

import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.smtp.data import DotReader, HeaderReader
from tests.support.smtp_client import dot_stuff


def read(*chunks: bytes) -> tuple[bytes, bytes, DotReader]:
    """Text and rest, when the chunks come one after the other."""
    reader = DotReader()
    text, rest = b"", b""
    for chunk in chunks:
        if reader.is_complete:
            rest += chunk
        else:
            piece, rest = reader.feed(chunk)
            text += piece
    return text, rest, reader


ROWS = {
    "empty": (b".\r\n", b"", True),
    "one line": (b"a\r\n.\r\n", b"a\r\n", True),
    "blank lines": (b"\r\n\r\n.\r\n", b"\r\n\r\n", True),
    "stuffed": (b"..\r\n..a\r\n.b\r\n.\r\n", b".\r\n.a\r\nb\r\n", True),
    "stuffed first": (b"..\r\n.\r\n", b".\r\n", True),
    "many dots": (b"......\r\n.\r\n", b".....\r\n", True),
    "dot at the end of a line": (b"a.\r\n.\r\n", b"a.\r\n", True),
    "dot and space": (b"a\r\n. \r\nb\r\n.\r\n", b"a\r\n \r\nb\r\n", True),
    "bare line feed": (b"a\nb\r\n.\r\n", b"a\nb\r\n", False),
    "bare carriage return": (b"a\rb\r\n.\r\n", b"a\rb\r\n", False),
    "nul": (b"a\0b\r\n.\r\n", b"a\0b\r\n", False),
    "doubled carriage return": (b"a\r\r\n.\r\n", b"a\r\r\n", False),
    "lf dot lf": (b"a\n.\nb\r\n.\r\n", b"a\n.\nb\r\n", False),
    "lf dot crlf": (b"a\n.\r\nb\r\n.\r\n", b"a\n.\r\nb\r\n", False),
    "crlf dot lf": (b"a\r\n.\nb\r\n.\r\n", b"a\r\n\nb\r\n", False),
    "crlf dot cr": (b"a\r\n.\rb\r\n.\r\n", b"a\r\n\rb\r\n", False),
    "crlf dot cr crlf": (b"a\r\n.\r\r\nb\r\n.\r\n", b"a\r\n\r\r\nb\r\n", False),
    "cr dot crlf": (b"a\r.\r\nb\r\n.\r\n", b"a\r.\r\nb\r\n", False),
}


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS.keys())
def test_every_cut_reads_the_same(row: tuple[bytes, bytes, bool]) -> None:
    sent, expected, is_clean = row
    stream = sent + b"NOOP\r\n"
    octets = [stream[i : i + 1] for i in range(len(stream))]
    cuts = [(stream[:i], stream[i:]) for i in range(len(stream) + 1)]
    for chunks in [octets, *cuts]:
        text, rest, reader = read(*chunks)
        assert (text, rest, reader.is_complete, reader.is_clean) == (expected, b"NOOP\r\n", True, is_clean), chunks


lines = st.lists(st.binary(max_size=12).map(lambda line: line.translate(None, b"\r\n\0")), max_size=12)


@given(lines=lines, dotted=st.booleans(), cuts=st.lists(st.integers(0, 400), max_size=12))
def test_what_was_sent_is_what_is_read(lines: list[bytes], dotted: bool, cuts: list[int]) -> None:
    message = b"".join((b"." if dotted else b"") + line + b"\r\n" for line in lines) or b"\r\n"
    stream = dot_stuff(message)
    edges = [0, *sorted(cut for cut in cuts if cut < len(stream)), len(stream)]
    text, rest, reader = read(*(stream[a:b] for a, b in pairwise(edges)))
    assert (text, rest, reader.is_complete, reader.is_clean) == (message, b"", True, True)


@given(
    noise=st.lists(st.sampled_from([b"\r", b"\n", b".", b"\0", b"a", b"\r\n", b"\r\n."]), max_size=40),
    cut=st.integers(0, 80),
)
def test_there_is_one_end_wherever_the_cut_is(noise: list[bytes], cut: int) -> None:
    stream = b"".join(noise)
    whole = read(stream)
    parts = read(stream[:cut], stream[cut:])
    assert whole[2].is_complete is parts[2].is_complete is (b"\r\n.\r\n" in b"\r\n" + stream)
    if whole[2].is_complete:
        assert whole[:2] == parts[:2]
        assert whole[2].is_clean is parts[2].is_clean


@pytest.mark.parametrize("unit", [b"\r\n.", b"\r\n..", b"\r", b"\n", b".\r\n.", b"x"])
def test_the_time_grows_with_the_length_alone(unit: bytes) -> None:
    def seconds(octets: int) -> float:
        reader = DotReader()
        chunk = (unit * (65536 // len(unit)))[:65536]
        began = time.perf_counter()
        for _ in range(octets // 65536):
            reader.feed(chunk)
        return time.perf_counter() - began

    assert seconds(16 * 2**20) < 3.0


def header(*chunks: bytes, limit: int = 1000) -> HeaderReader:
    reader = HeaderReader(limit)
    for chunk in chunks:
        reader.feed(chunk)
    reader.finish()
    return reader


def test_received_fields_are_counted_in_the_header_alone() -> None:
    text = b"Received: a\r\nX-Received: b\r\nRECEIVED :\r\n c\r\n\tReceived: folded\r\n\r\nReceived: d\r\n"
    for cut in range(len(text) + 1):
        assert header(text[:cut], text[cut:]).received == 2, cut


def test_a_mail_without_a_header_has_none() -> None:
    assert header(b"\r\n", b"Received: a\r\n").received == 0


@pytest.mark.parametrize(("size", "is_too_large"), [(999, False), (1000, False), (1001, True), (5000, True)])
def test_the_header_may_have_so_many_octets(size: int, is_too_large: bool) -> None:
    fields = b"X" * (size - 2) + b"\r\n"
    assert header(fields, b"\r\n", b"text" * 9999).is_too_large is is_too_large
    assert header(fields).is_too_large is is_too_large
