"""Visitors who only cost: hundreds of connections that say nothing, requests and forms an octet at a time, answers that nobody takes."""

import asyncio
import contextlib
import logging
import socket
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from gateway.store.database import Database
from gateway.web.app import make_app, serve
from gateway.web.connections import Patience
from tests.support.office import TestOffice
from tests.support.web import services

OTHER = "127.0.0.2"
WELL = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
PATIENCE = Patience(request=0.4, answer=0.6, connections=50)

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@dataclass
class Door:
    port: int
    opened: list[asyncio.StreamWriter] = field(default_factory=list)

    async def connect(self, address: str = "127.0.0.1") -> Streams:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port, local_addr=(address, 0))
        self.opened.append(writer)
        return reader, writer

    async def status(self, address: str = "127.0.0.1") -> int:
        reader, writer = await self.connect(address)
        writer.write(WELL)
        async with asyncio.timeout(5):
            return int((await reader.readline()).split()[1])


@contextlib.asynccontextmanager
async def opened(app: ASGIApp, patience: Patience, *, proxy: str = "") -> AsyncIterator[Door]:
    listening = socket.create_server(("127.0.0.1", 0), backlog=600)
    stop = asyncio.Event()
    task = asyncio.create_task(
        serve([listening], app, stop, patience=patience, is_proxy=lambda address: address == proxy)
    )
    door = Door(listening.getsockname()[1])
    while (await door.status()) != 200:
        await asyncio.sleep(0.01)
    try:
        yield door
    finally:
        for writer in door.opened:
            writer.transport.abort()
        stop.set()
        await task


@pytest.fixture
def app(sqlite_database: Database, tmp_path: Path) -> ASGIApp:
    return make_app(services(TestOffice(sqlite_database, tmp_path)))


@pytest.fixture
async def door(app: ASGIApp) -> AsyncIterator[Door]:
    async with opened(app, PATIENCE) as door:
        yield door


async def end(reader: asyncio.StreamReader) -> float:
    """Seconds until the connection is cut."""
    began = time.monotonic()
    with contextlib.suppress(ConnectionError):
        async with asyncio.timeout(5):
            while await reader.read(65536):
                pass
    return time.monotonic() - began


async def test_one_address_cannot_shut_the_pages_for_others(app: ASGIApp) -> None:
    async with opened(app, Patience()) as door:
        for _ in range(450):
            await door.connect(OTHER)
        assert await door.status() == 200
        reader, _ = await door.connect(OTHER)
        assert await end(reader) < 1, "beyond its share a connection is cut at once"
        for writer in door.opened:
            writer.transport.abort()
        await asyncio.sleep(0.1)
        assert await door.status(OTHER) == 200, "and counted no more when it is gone"


async def test_a_proxy_speaks_for_many(app: ASGIApp) -> None:
    async with opened(app, Patience(connections=5), proxy=OTHER) as door:
        for _ in range(20):
            await door.connect(OTHER)
        assert await door.status(OTHER) == 200


@pytest.mark.parametrize(
    "begun",
    [
        b"",
        b"GET /healthz HTTP/1.1\r\nHost: x\r\n",
        b"POST /login HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n"
        b"Content-Type: application/x-www-form-urlencoded\r\n\r\na=",
        WELL + b"GET /healthz HTTP/1.1\r\nHost: x\r\n",
    ],
    ids=["nothing", "half a header", "half a form", "half of a second request"],
)
async def test_a_request_has_its_time_in_all(door: Door, begun: bytes) -> None:
    """Octets that trickle in win nothing."""
    reader, writer = await door.connect()
    writer.write(begun)
    ending = asyncio.create_task(end(reader))
    for _ in range(40):
        if ending.done():
            break
        await asyncio.sleep(0.1)
        if begun:
            writer.write(b"x")
    assert await ending < 2


async def test_who_does_not_take_the_answer_is_cut_too(app: ASGIApp, caplog: pytest.LogCaptureFixture) -> None:
    """A file of 50 MB, of which nobody reads an octet: it does not stay in memory for ever."""
    caplog.set_level(logging.INFO, "gateway.web.connections")
    written = asyncio.Event()

    async def large(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] != "/large":
            await app(scope, receive, send)
            return
        await Response(b"x" * 50_000_000)(scope, receive, send)
        written.set()

    async with opened(large, PATIENCE) as door:
        _, writer = await door.connect()
        writer.transport.pause_reading()  # type: ignore[attr-defined]
        writer.write(b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n")
        async with asyncio.timeout(10):
            await written.wait()
            assert not caplog.messages
            while not caplog.messages:
                await asyncio.sleep(0.02)
        assert caplog.messages == ["connection cut: too slow"]
        writer.transport.abort()


async def test_an_answer_that_is_taken_late_is_no_reason_to_cut(app: ASGIApp, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "gateway.web.connections")

    async def large(scope: Scope, receive: Receive, send: Send) -> None:
        await (Response(b"x" * 5_000_000) if scope["path"] == "/large" else app)(scope, receive, send)

    async with opened(large, PATIENCE) as door:
        reader, writer = await door.connect()
        writer.write(b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n")
        await reader.readuntil(b"\r\n\r\n")
        await asyncio.sleep(PATIENCE.answer / 3)
        assert len(await reader.readexactly(5_000_000)) == 5_000_000
        await asyncio.sleep(PATIENCE.answer * 1.5)
        assert not caplog.messages
        writer.close()


async def test_ordinary_visitors_notice_nothing(door: Door) -> None:
    """One connection, request after request, with pauses in which it is idle for longer than a request may take."""
    reader, writer = await door.connect()
    for pause in (0.0, 0.3, 0.7):
        await asyncio.sleep(pause)
        writer.write(WELL[:20])
        await asyncio.sleep(0.05)
        writer.write(WELL[20:])
        head = await reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200")
        length = next(
            int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")
        )
        await reader.readexactly(length)
