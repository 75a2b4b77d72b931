"""The PROXY protocol: the real client counts, and only known proxies are believed."""

import asyncio
import ipaddress
import struct
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.smtp.proxy import LONGEST, Header, Unsound, read_header
from tests.support.smtp_client import Closed
from tests.support.smtp_house import House, running, until

MAIL = b"Subject: Hello\r\n\r\ntext\r\n"
SIGNATURE = b"\r\n\r\n\x00\r\nQUIT\n"


def header(
    client: str = "203.0.113.7", server: str = "192.0.2.1", *, command: int = 0x21, family: int = 0, more: bytes = b""
) -> bytes:
    """A header of version 2. ``family`` 0: that of the address."""
    address = ipaddress.ip_address(client)
    family = family or (0x11 if address.version == 4 else 0x21)
    body = address.packed + ipaddress.ip_address(server).packed + struct.pack("!HH", 51234, 25) + more
    return SIGNATURE + bytes([command, family]) + struct.pack("!H", len(body)) + body


def test_addresses() -> None:
    assert read_header(header()) == Header("203.0.113.7", 28)
    assert read_header(header("2001:db8::7", "2001:db8::1")) == Header("2001:db8::7", 52)
    assert read_header(header(more=b"\x03\x00\x04abcd") + b"EHLO") == Header("203.0.113.7", 35)


def test_a_proxy_may_speak_for_itself() -> None:
    assert read_header(SIGNATURE + b"\x20\x00\x00\x00") == Header(None, 16)
    assert read_header(SIGNATURE + b"\x21\x00\x00\x03abc") == Header(None, 19)


@pytest.mark.parametrize(
    "octets",
    [
        b"EHLO client.example\r\n",
        b"PROXY TCP4 203.0.113.7 192.0.2.1 51234 25\r\n",
        SIGNATURE[:-1] + b"\r",
        SIGNATURE + b"\x11\x11\x00\x0c" + bytes(12),
        SIGNATURE + b"\x22\x11\x00\x0c" + bytes(12),
        SIGNATURE + b"\x21\x12\x00\x0c" + bytes(12),
        SIGNATURE + b"\x21\x31\x00\xd8" + bytes(216),
        SIGNATURE + b"\x21\x11\x00\x0b" + bytes(11),
        SIGNATURE + b"\x21\x21\x00\x0c" + bytes(12),
        SIGNATURE + b"\x21\x11\xff\xff",
    ],
    ids=["smtp", "v1", "signature", "version", "command", "udp", "unix", "short", "short6", "huge"],
)
def test_what_is_no_header(octets: bytes) -> None:
    with pytest.raises(Unsound):
        read_header(octets)


@pytest.mark.parametrize(
    ("line", "client"),
    [
        (b"PROXY TCP4 203.0.113.7 192.0.2.1 51234 25\r\n", "203.0.113.7"),
        (b"PROXY TCP6 2001:db8::7 2001:db8::1 51234 25\r\n", "2001:db8::7"),
        (b"PROXY UNKNOWN\r\n", None),
        (b"PROXY UNKNOWN ffff:: ffff:: 65535 65535\r\n", None),
    ],
)
def test_version_1_where_it_is_wanted(line: bytes, client: str | None) -> None:
    assert read_header(line + b"EHLO x\r\n", takes_v1=True) == Header(client, len(line))
    assert all(read_header(line[:end], takes_v1=True) is None for end in range(len(line)))
    assert read_header(header(), takes_v1=True) == Header("203.0.113.7", 28)


@pytest.mark.parametrize(
    "line",
    [
        b"PROXY TCP4 203.0.113.7 192.0.2.1 51234 25\n",
        b"PROXY TCP4 2001:db8::7 2001:db8::1 51234 25\r\n",
        b"PROXY TCP4 203.0.113.7 192.0.2.1 51234 99999\r\n",
        b"PROXY TCP4 203.0.113.777 192.0.2.1 51234 25\r\n",
        b"PROXY TCP4  203.0.113.7 192.0.2.1 51234 25\r\n",
        b"PROXY UNKNOWN" + b" " * 100,
        b"EHLO x\r\n",
    ],
)
def test_version_1_malformed(line: bytes) -> None:
    with pytest.raises(Unsound):
        read_header(line, takes_v1=True)


@given(octets=st.binary(max_size=80), is_signed=st.booleans(), takes_v1=st.booleans())
def test_any_octets(octets: bytes, is_signed: bool, takes_v1: bool) -> None:
    octets = SIGNATURE + octets if is_signed else octets
    try:
        found = read_header(octets, takes_v1=takes_v1)
    except Unsound:
        return
    assert found is None or 0 < found.size <= min(len(octets), LONGEST)


@given(cut=st.integers(0, 27))
def test_a_header_in_two_pieces(cut: int) -> None:
    assert read_header(header()[:cut]) is None


# --- on a real socket ----------------------------------------------------------------------------------------------


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with running(tmp_path, smtp={"proxy_from": ["127.0.0.1/32"]}) as house:
        yield house


async def test_the_real_client_is_in_the_journal(house: House) -> None:
    async with await house.client(house.port("proxy")) as client:
        await client.send(header("2001:db8::7", "2001:db8::1", more=b"\x04\x00\x01x"))
        await client.hello()
        assert (await client.mail(MAIL)).code == 250
    assert house.records[0].peer == "2001:db8::7"


async def test_a_header_that_trickles_in(house: House) -> None:
    async with await house.client(house.port("proxy")) as client:
        await client.send(*(bytes([octet]) for octet in header()))
        await client.hello()
        assert (await client.mail(MAIL)).code == 250
    assert house.records[0].peer == "203.0.113.7"


async def test_a_health_check_is_the_proxy_itself(house: House) -> None:
    async with await house.client(house.port("proxy")) as client:
        await client.send(SIGNATURE + b"\x20\x00\x00\x00")
        await client.hello()
        assert (await client.mail(MAIL)).code == 250
    assert house.records[0].peer == "127.0.0.1"


async def test_limits_are_the_clients(tmp_path: Path) -> None:
    limits = {"connections_per_address": 1, "messages_per_minute": 1}
    async with running(tmp_path, smtp={"proxy_from": ["127.0.0.1/32"]}, limits=limits) as house:
        first, second, other = [await house.client(house.port("proxy")) for _ in range(3)]
        await first.send(header())
        await first.hello()
        await second.send(header())
        assert str(await second.reply()).startswith("421 4.7.0 ")
        await other.send(header("198.51.100.7"))
        await other.hello()
        assert (await first.mail(MAIL)).code == 250
        assert str(await first.command("MAIL FROM:<kim@customer.example>")).startswith("450 4.7.1 ")
        assert (await other.mail(MAIL)).code == 250
        for client in (first, second, other):
            client.writer.transport.abort()


@pytest.mark.parametrize(
    "octets",
    [b"EHLO client.example\r\n", b"PROXY TCP4 203.0.113.7 192.0.2.1 1 25\r\n", SIGNATURE + b"\x21\x31\x00\x00"],
)
async def test_what_is_no_header_is_cut_without_a_word(house: House, octets: bytes) -> None:
    async with await house.client(house.port("proxy")) as client:
        await client.send(octets)
        with pytest.raises(Closed):
            await client.reply()
    await until(lambda: house.door.connections == 0)


async def test_version_1_by_configuration(tmp_path: Path) -> None:
    async with (
        running(tmp_path, smtp={"proxy_from": ["127.0.0.0/8"], "proxy_v1": True}) as house,
        await house.client(house.port("proxy")) as client,
    ):
        await client.send(b"PROXY TCP4 203.0.113.7 192.0.2.1 51234 25\r\n")
        await client.hello()
        assert (await client.mail(MAIL)).code == 250
        assert house.records[0].peer == "203.0.113.7"


async def test_strangers_on_the_proxys_port_are_cut(tmp_path: Path) -> None:
    async with (
        running(tmp_path, smtp={"proxy_from": ["192.0.2.1/32"]}) as house,
        await house.client(house.port("proxy")) as client,
    ):
        await client.send(header())
        with pytest.raises(Closed):
            await client.reply()


async def test_speaking_before_the_greeting_behind_a_proxy(house: House) -> None:
    async with await house.client(house.port("proxy")) as client:
        await client.send(header() + b"EHLO client.example\r\nMAIL FROM:<evil@attacker.example>\r\n")
        assert str(await client.reply()).startswith("554 5.5.0 ")
        assert await client.closed()


async def test_a_header_has_its_time(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.smtp.session.PROXY_SECONDS", 0.2)
    async with await house.client(house.port("proxy")) as client:
        task = asyncio.create_task(client.send(header()[:20]))
        with pytest.raises(Closed):
            await client.reply()
        await task


async def test_a_plain_port_takes_no_header(house: House) -> None:
    async with await house.client() as client:
        assert (await client.reply()).code == 220
        await client.send(header() + b"\r\n")
        replies = [str(await client.reply()) for _ in range(2)]
        assert all(reply.startswith("500 5.5.") for reply in replies)
