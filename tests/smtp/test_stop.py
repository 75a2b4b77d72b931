"""An orderly end: every open session gets 250 or 421 4.3.2, and nothing that was accepted is lost."""

import asyncio
import time
from pathlib import Path

import pytest

from tests.support.smtp_client import SmtpClient, dot_stuff
from tests.support.smtp_house import House

MAIL = b"Subject: Hello\r\n\r\ntext\r\n"


async def open_house(directory: Path) -> House:
    house = House(directory)
    await house.door.start()
    return house


async def replies_of(client: SmtpClient) -> list[str]:
    """All replies up to the end."""
    return [line.decode("ascii").rstrip() for line in (await asyncio.wait_for(client.reader.read(), 15)).splitlines()]


async def test_twenty_sessions(tmp_path: Path) -> None:
    house = await open_house(tmp_path)
    gate = asyncio.Event()
    house.recorder.before = gate.wait
    clients = [await house.client() for _ in range(20)]
    in_data, waiting = clients[7:14], clients[14:]  # the first seven are idle
    for client in clients:
        await client.hello()
    for client in in_data + waiting:
        await client.envelope()
    for client in in_data:
        await client.send(b"Subject: half a mail\r\n")
    for client in waiting:
        await client.send(dot_stuff(MAIL))
    await asyncio.sleep(0.05)
    began = time.monotonic()
    stop = asyncio.create_task(house.door.stop(grace_seconds=1.0))
    asyncio.get_running_loop().call_later(0.3, gate.set)
    ends = await asyncio.gather(*map(replies_of, clients))
    for client in clients:
        client.writer.close()
    await stop
    assert time.monotonic() - began < 10
    for end in ends[:14]:
        assert end == ["421 4.3.2 Service is being restarted; try again soon"]
    for end in ends[14:]:
        assert [line[:9] for line in end] == ["250 2.0.0", "421 4.3.2"]
    assert len(house.records) == len(waiting)


async def test_who_finishes_in_the_grace_is_accepted(tmp_path: Path) -> None:
    house = await open_house(tmp_path)
    async with await house.client() as client:
        await client.hello()
        await client.envelope()
        stop = asyncio.create_task(house.door.stop(grace_seconds=5.0))
        await asyncio.sleep(0.05)
        await client.send(dot_stuff(MAIL))
        assert (await client.reply()).code == 250
        assert (await client.command("MAIL FROM:<kim@customer.example>")).code == 421
        client.writer.close()
        await stop
    assert len(house.records) == 1


async def test_who_goes_on_talking_during_the_commit_still_gets_the_reply(tmp_path: Path) -> None:
    house = await open_house(tmp_path)
    gate = asyncio.Event()
    house.recorder.before = gate.wait
    async with await house.client() as client:
        await client.hello()
        await client.envelope()
        await client.send(dot_stuff(MAIL))
        await asyncio.sleep(0.05)
        stop = asyncio.create_task(house.door.stop(grace_seconds=0.1))
        await asyncio.sleep(0.3)
        await client.send(b"MAIL FROM:<kim@customer.example>\r\n")
        await asyncio.sleep(0.05)
        gate.set()
        assert [line[:9] for line in await replies_of(client)] == ["250 2.0.0", "421 4.3.2"]
        client.writer.close()
        await stop
    assert len(house.records) == 1


async def test_nobody_new_comes_in(tmp_path: Path) -> None:
    house = await open_house(tmp_path)
    await house.door.stop(grace_seconds=0.1)
    with pytest.raises(OSError):
        await house.client()


async def test_a_client_that_streams_on_is_told_and_left(tmp_path: Path) -> None:
    house = await open_house(tmp_path)
    async with await house.client() as client:
        await client.hello()
        await client.envelope()

        async def stream() -> None:
            while True:
                await client.send(b"x" * 70 + b"\r\n")
                await asyncio.sleep(0.001)

        streaming = asyncio.create_task(stream())
        began = time.monotonic()
        stop = asyncio.create_task(house.door.stop(grace_seconds=0.2))
        assert str(await client.reply()).startswith("421 4.3.2 ")
        await stop
        assert time.monotonic() - began < 10
        streaming.cancel()
    assert not house.records


async def test_a_journal_that_hangs_does_not_hold_up_the_end(tmp_path: Path) -> None:
    house = await open_house(tmp_path)
    gate = asyncio.Event()
    house.recorder.before = gate.wait
    async with await house.client() as client:
        await client.hello()
        await client.envelope()
        await client.send(dot_stuff(MAIL))
        await asyncio.sleep(0.05)
        began = time.monotonic()
        await house.door.stop(grace_seconds=0.5)
        assert time.monotonic() - began < 8
        # nobody knows whether it will be written: the sender must try again
        assert await replies_of(client) == ["421 4.3.2 Service is being restarted; try again soon"]
    gate.set()
