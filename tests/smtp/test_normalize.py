"""A forwarder that sends bare line feeds, mended by name: its text is clean, and its mails end where everybody's do."""

import re
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.smtp.data import DotReader
from tests.support.smtp_house import House, running

FORWARDER = {"forwarders": [{"name": "old relay", "networks": ["127.0.0.0/8"], "bare_newlines": "normalize"}]}

ROWS = {
    "line ends": (b"a\nb\nc\r\n.\r\n", b"a\r\nb\r\nc\r\n"),
    "first": (b"\na\r\n.\r\n", b"\r\na\r\n"),
    "lf dot lf": (b"a\n.\nb\r\n.\r\n", b"a\r\n\r\nb\r\n"),
    "lf dot crlf": (b"a\n.\r\nb\r\n.\r\n", b"a\r\n\r\nb\r\n"),
    "crlf dot lf": (b"a\r\n.\nb\r\n.\r\n", b"a\r\n\r\nb\r\n"),
    "stuffed": (b"a\n..b\n.c\r\n..d\r\n.\r\n", b"a\r\n.b\r\nc\r\n.d\r\n"),
    "lf lf": (b"a\n\n.\n\nb\r\n.\r\n", b"a\r\n\r\n\r\n\r\nb\r\n"),
}
BROKEN = {"cr": b"a\rb\r\n.\r\n", "nul": b"a\0b\r\n.\r\n", "cr cr lf": b"a\r\r\n.\r\n", "cr dot lf": b"a\r.\n\r\n.\r\n"}


def read(*chunks: bytes) -> tuple[bytes, DotReader]:
    reader = DotReader(mends_newlines=True)
    return b"".join(reader.feed(chunk)[0] for chunk in chunks), reader


@pytest.mark.parametrize("row", ROWS)
def test_every_cut(row: str) -> None:
    octets, expected = ROWS[row]
    for cut in range(len(octets) + 1):
        text, reader = read(octets[:cut], octets[cut:]) if cut < len(octets) else read(octets)
        assert (text, reader.is_complete, reader.is_clean) == (expected, True, True), cut
    text, reader = read(*(octets[i : i + 1] for i in range(len(octets))))
    assert (text, reader.is_complete, reader.is_clean) == (expected, True, True)


@pytest.mark.parametrize("row", BROKEN)
def test_cr_and_nul_are_refused_all_the_same(row: str) -> None:
    _, reader = read(BROKEN[row])
    assert reader.is_complete
    assert not reader.is_clean


@given(
    pieces=st.lists(st.sampled_from([b"\n", b"\r", b"\r\n", b".", b"..", b"a", b"\0"])),
    cuts=st.sets(st.integers(0, 60)),
)
def test_any_text_in_any_cut(pieces: list[bytes], cuts: set[int]) -> None:
    octets = b"".join(pieces)
    edges = [0, *sorted(cut for cut in cuts if 0 < cut < len(octets)), len(octets)]
    reader, plain = DotReader(mends_newlines=True), DotReader()
    text = rest = b""
    for start, end in pairwise(edges):
        if reader.is_complete:
            rest += octets[start:end]
        else:
            piece, rest = reader.feed(octets[start:end])
            text += piece
    if octets:
        plain.feed(octets)
    end_of_text = (b"\r\n" + octets).find(b"\r\n.\r\n")
    assert reader.is_complete is plain.is_complete is (end_of_text >= 0), "mending moves no end"
    if end_of_text >= 0:
        lines = re.split(rb"\r?\n", octets[:end_of_text])[: None if end_of_text else 0]
        assert text == b"".join(line.removeprefix(b".") + b"\r\n" for line in lines[:-1])
        assert rest == octets[end_of_text + 3 :]


async def _send(house: House, text: bytes) -> str:
    async with await house.client() as client:
        await client.hello()
        await client.envelope()
        await client.send(text)
        reply = str(await client.reply())
        await client.expect("NOOP", 250)
        return reply


async def test_its_mail_is_stored_clean_and_whole(tmp_path: Path) -> None:
    async with running(tmp_path, smtp=FORWARDER) as house:
        reply = await _send(
            house, b"Subject: x\n\na\n.\nMAIL FROM:<evil@attacker.example>\nRCPT TO:<support@example.com>\r\n.\r\n"
        )
        assert reply.startswith("250 2.0.0 ")
        (record,) = house.records
        assert house.raw(record) == (
            b"Subject: x\r\n\r\na\r\n\r\nMAIL FROM:<evil@attacker.example>\r\nRCPT TO:<support@example.com>\r\n"
        )
        assert (await _send(house, b"Subject: x\n\na\rb\r\n.\r\n")).startswith("550 5.5.2 ")
        assert len(house.records) == 1


async def test_its_commands_end_as_everybodys(tmp_path: Path) -> None:
    async with running(tmp_path, smtp=FORWARDER) as house, await house.client() as client:
        await client.hello()
        await client.send(b"NOOP\nNOOP\r\n")
        assert (await client.reply()).code == 500
        await client.expect("NOOP", 250)


@pytest.mark.parametrize(
    "forwarder", [{"networks": ["192.0.2.0/24"], "bare_newlines": "normalize"}, {"networks": ["127.0.0.0/8"]}]
)
async def test_nobody_else_is_mended(tmp_path: Path, forwarder: dict[str, object]) -> None:
    async with running(tmp_path, smtp={"forwarders": [{"name": "x", **forwarder}]}) as house:
        assert (await _send(house, b"Subject: x\n\na\r\n.\r\n")).startswith("550 5.5.2 ")
