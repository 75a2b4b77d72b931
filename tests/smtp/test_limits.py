"""Connections, rates and time: what one stranger may cost."""

import asyncio
import socket
import time
from pathlib import Path

import pytest

from gateway.config.model import Limits
from gateway.smtp.limits import Gatekeeper, canonical, is_unlimited, network_of
from tests.support.smtp_client import SmtpClient
from tests.support.smtp_house import running, until

MAIL = b"Subject: Hello\r\n\r\ntext\r\n"
COUNTED = {"unlimited_networks": ["192.0.2.0/24"]}  # loopback is a stranger now


def test_an_address_may_open_so_many_connections() -> None:
    gate, limits = Gatekeeper(), Limits(connections_per_address=2)
    first, second, third = (gate.admit_connection("203.0.113.1", limits, 0.0) for _ in range(3))
    assert [first.is_welcome, second.is_welcome, third.is_welcome] == [True, True, False]
    assert gate.admit_connection("203.0.113.2", limits, 0.0).is_welcome
    gate.leave(third)
    assert not gate.admit_connection("203.0.113.1", limits, 0.0).is_welcome
    gate.leave(first)
    gate.leave(second)
    assert gate.admit_connection("203.0.113.1", limits, 0.0).is_welcome


def test_new_connections_are_counted_by_the_minute() -> None:
    gate, limits = Gatekeeper(), Limits(connections_per_minute=3)

    def connect(now: float) -> bool:
        admission = gate.admit_connection("203.0.113.1", limits, now)
        gate.leave(admission)
        return admission.is_welcome

    assert [connect(now) for now in (0.0, 1.0, 2.0, 3.0, 59.9)] == [True, True, True, False, False]
    assert connect(60.0)


def test_mails_are_counted_by_the_minute() -> None:
    gate, limits = Gatekeeper(), Limits(messages_per_minute=2)
    assert [gate.admit_mail("203.0.113.1", limits, now) for now in (0.0, 1.0, 2.0, 61.0)] == [True, True, False, True]


def test_all_connections_together_and_forwarders_beyond_them() -> None:
    gate, limits = Gatekeeper(), Limits(connections=2, unlimited_networks=("192.0.2.0/24",))
    assert gate.admit_connection("203.0.113.1", limits, 0.0).is_welcome
    assert gate.admit_connection("203.0.113.2", limits, 0.0).is_welcome
    assert not gate.admit_connection("203.0.113.3", limits, 0.0).is_welcome
    assert gate.admit_connection("192.0.2.7", limits, 0.0).is_welcome


def test_one_machine_has_a_whole_ipv6_network() -> None:
    assert network_of("2001:db8:0:1::5") == network_of("2001:db8:0:1:ffff::9") != network_of("2001:db8:0:2::5")
    assert network_of("203.0.113.1") == network_of("203.0.113.250") != network_of("203.0.114.1")
    assert network_of("::ffff:203.0.113.1") == network_of("203.0.113.1")


def test_an_ipv4_client_is_one_on_any_socket() -> None:
    assert [canonical(peer) for peer in ("::ffff:203.0.113.1", "203.0.113.1", "2001:db8::1")] == [
        "203.0.113.1",
        "203.0.113.1",
        "2001:db8::1",
    ]


def test_networks_of_our_own() -> None:
    networks = ("127.0.0.0/8", "2001:db8::/32")
    assert is_unlimited("127.0.0.1", networks)
    assert is_unlimited("::ffff:127.0.0.1", networks)
    assert is_unlimited("2001:db8::1", networks)
    assert is_unlimited("", networks)  # a Unix socket
    assert not is_unlimited("203.0.113.1", networks)


def test_what_is_remembered_is_bounded() -> None:
    gate, limits = Gatekeeper(), Limits()
    for minute in range(3):
        for number in range(30_000):
            gate.admit_mail(f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}", limits, minute * 60.0)
    assert len(gate._mails.by_address.seen) < 70_000


async def test_too_many_connections_are_turned_away(tmp_path: Path) -> None:
    async with running(tmp_path, limits=COUNTED | {"connections_per_address": 2}) as house:
        first, second, third = [await house.client() for _ in range(3)]
        await first.hello()
        await second.hello()
        assert str(await third.reply()).startswith("421 4.7.0 ")
        assert await third.closed()
        third.writer.close()
        await until(lambda: house.door.connections == 2)
        await second.expect("QUIT", 221)
        await until(lambda: house.door.connections == 1)
        fourth = await house.client()
        await fourth.hello()
        assert (await first.mail(MAIL)).code == 250
        for client in (first, second, fourth):
            client.writer.close()


async def test_a_flood_of_idle_connections_leaves_room(tmp_path: Path) -> None:
    async with running(tmp_path, limits=COUNTED | {"connections_per_minute": 10_000}) as house:
        idle = [await house.client() for _ in range(200)]
        began = time.monotonic()
        async with await house.client(house.lmtp_path) as other:
            await other.hello("LHLO")
            assert (await other.mail(MAIL)).code == 250
        assert time.monotonic() - began < 5.0
        greetings = [(await client.reply()).code for client in idle]
        assert greetings.count(220) == 20
        assert greetings.count(421) == 180
        for client in idle:
            client.writer.transport.abort()


async def test_mails_too_fast(tmp_path: Path) -> None:
    async with running(tmp_path, limits=COUNTED | {"messages_per_minute": 2}) as house, await house.client() as client:
        await client.hello()
        assert (await client.mail(MAIL)).code == 250
        assert (await client.mail(MAIL)).code == 250
        assert str(await client.command("MAIL FROM:<kim@customer.example>")).startswith("450 4.7.1 ")


async def test_switched_off(tmp_path: Path) -> None:
    async with (
        running(
            tmp_path, limits=COUNTED | {"enabled": False, "messages_per_minute": 1, "connections_per_address": 1}
        ) as house,
        await house.client() as first,
        await house.client() as second,
    ):
        for client in (first, second):
            await client.hello()
            assert (await client.mail(MAIL)).code == 250


async def test_a_command_has_its_time_whatever_trickles_in(tmp_path: Path) -> None:
    async with running(tmp_path, limits={"command_seconds": 1}) as house, await house.client() as client:
        await client.hello()
        began = time.monotonic()

        async def trickle() -> None:
            for _ in range(100):
                await client.send(b"N")
                await asyncio.sleep(0.1)

        task = asyncio.create_task(trickle())
        assert str(await client.reply()).startswith("421 4.4.2 ")
        assert await client.closed()
        assert 0.8 < time.monotonic() - began < 5.0
        task.cancel()
        await until(lambda: house.door.connections == 0)


async def test_data_has_its_time_whatever_trickles_in(tmp_path: Path) -> None:
    async with running(tmp_path, limits={"data_seconds": 1}) as house, await house.client() as client:
        await client.hello()
        await client.envelope()
        task = asyncio.create_task(_trickle_lines(client))
        assert str(await client.reply()).startswith("421 4.4.2 ")
        assert await client.closed()
        task.cancel()
        assert not house.records


async def _trickle_lines(client: object) -> None:
    while True:
        await client.send(b"x\r\n")  # type: ignore[attr-defined]
        await asyncio.sleep(0.05)


async def test_each_command_has_its_own_time_and_a_slow_commit_is_not_cut(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.smtp.session._LINGER_SECONDS", 0.1)
    limits = {"command_seconds": 1, "data_seconds": 1, "session_seconds": 60}
    async with running(tmp_path, limits=limits) as house, await house.client() as client:
        await client.hello()
        for _ in range(3):
            await asyncio.sleep(0.5)
            await client.expect("NOOP", 250)
        house.recorder.before = lambda: asyncio.sleep(1.5)
        assert (await client.mail(MAIL)).code == 250


async def test_a_session_has_its_time(tmp_path: Path) -> None:
    async with running(tmp_path, limits={"session_seconds": 1}) as house, await house.client() as client:
        await client.hello()
        reply = await client.command("RCPT TO:<x@y.example>")
        while reply.code == 503:
            await asyncio.sleep(0.2)
            reply = await client.command("RCPT TO:<x@y.example>")
        assert str(reply).startswith("421 4.4.2 ")


async def test_a_client_that_does_not_read_is_cut(tmp_path: Path) -> None:
    async with (
        running(tmp_path, limits={"command_seconds": 1, "enabled": False}) as house,
        await house.client() as client,
    ):
        await client.hello()
        client.writer.transport.set_write_buffer_limits(high=2**30)
        client.writer.write(b"HELP\r\n" * 2_000_000)
        await until(lambda: house.door.connections == 0, seconds=15)


async def test_an_endless_command_ends_the_session(tmp_path: Path) -> None:
    async with running(tmp_path) as house, await house.client() as client:
        await client.hello()
        await client.send(b"x" * 70_000)
        assert str(await client.reply()).startswith("421 4.7.0 ")
        assert await client.closed()
        await until(lambda: house.door.connections == 0)


async def test_speaking_before_the_greeting(tmp_path: Path) -> None:
    async with running(tmp_path) as house:
        with socket.create_connection(house.smtp) as shouting:
            shouting.sendall(b"EHLO client.example\r\nMAIL FROM:<evil@attacker.example>\r\n")
            shouting.settimeout(5)
            answer = await asyncio.get_running_loop().run_in_executor(None, shouting.recv, 4096)
        assert answer.startswith(b"554 5.5.0 ")


async def test_a_mail_together_with_data(tmp_path: Path) -> None:
    """What comes with DATA, before the 354, is neither mail nor commands (RFC 2920 section 3.1)."""
    async with running(tmp_path) as house, await house.client() as client:
        await client.hello()
        await client.expect("MAIL FROM:<kim@customer.example>", 250)
        await client.expect("RCPT TO:<support@example.com>", 250)
        await client.send(b"DATA\r\nSubject: early\r\n\r\n.\r\n")
        assert str(await client.reply()).startswith("554 5.5.0 ")
        assert await client.closed()
        assert not house.records


def test_neighbours_share_what_their_network_may_have() -> None:
    gate = Gatekeeper()
    limits = Limits(connections_per_address=2, connections_per_minute=1000, messages_per_minute=2, network_factor=2)
    admitted = [gate.admit_connection(f"203.0.113.{number}", limits, 0.0) for number in range(6)]
    assert [it.is_welcome for it in admitted] == [True] * 4 + [False] * 2
    assert gate.admit_connection("203.0.114.1", limits, 0.0).is_welcome
    gate.leave(admitted[5])
    assert not gate.admit_connection("203.0.113.9", limits, 0.0).is_welcome
    gate.leave(admitted[0])
    assert gate.admit_connection("203.0.113.9", limits, 0.0).is_welcome
    mails = [gate.admit_mail(f"2001:db8::{number}", limits, 0.0) for number in range(6)]
    assert mails == [True] * 4 + [False] * 2
    assert gate.admit_mail("2001:db8:0:1::1", limits, 0.0)


def test_what_is_refused_to_one_costs_its_neighbours_nothing() -> None:
    gate, limits = Gatekeeper(), Limits(messages_per_minute=2, network_factor=2)
    assert [gate.admit_mail("203.0.113.1", limits, 0.0) for _ in range(50)].count(True) == 2
    assert gate.admit_mail("203.0.113.2", limits, 0.0)


def test_a_tenth_is_kept_for_forwarders() -> None:
    gate, limits = Gatekeeper(), Limits(connections=20, unlimited_networks=("192.0.2.0/24",))
    strangers = [gate.admit_connection(f"203.0.{number}.1", limits, 0.0).is_welcome for number in range(20)]
    assert strangers.count(True) == 18
    assert gate.admit_connection("192.0.2.7", limits, 0.0).is_welcome


def test_stress() -> None:
    gate, limits = Gatekeeper(), Limits(connections=10)
    for number in range(8):
        gate.admit_connection(f"203.0.{number}.1", limits, 0.0)
    assert not gate.is_stressed(limits)
    gate.admit_connection("203.0.100.1", limits, 0.0)
    assert gate.is_stressed(limits)
    assert not gate.is_stressed(Limits(connections=10, enabled=False))


async def test_under_stress_idle_strangers_make_room(tmp_path: Path) -> None:
    limits = COUNTED | {"connections": 10, "stress_command_seconds": 1}
    async with running(tmp_path, limits=limits) as house:
        idle = [await house.client() for _ in range(8)]
        for client in idle:
            await client.hello()
        await asyncio.sleep(1.5)
        for client in idle:
            await client.expect("NOOP", 250)
        began = time.monotonic()
        ninth = await house.client()
        await ninth.hello()
        for client in idle:
            assert str(await client.reply()).startswith("421 4.4.2 ")
            client.writer.close()
        assert 0.5 < time.monotonic() - began < 6.0
        ninth.writer.close()


@pytest.mark.parametrize("most_farewells", [0, 100])
async def test_a_thousand_idle_connections_of_one_address_delay_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, most_farewells: int
) -> None:
    monkeypatch.setattr("gateway.smtp.session._MOST_FAREWELLS", most_farewells)
    async with running(tmp_path, limits=COUNTED | {"connections_per_minute": 100_000}) as house:
        idle = await asyncio.gather(*(asyncio.open_connection(*house.smtp) for _ in range(1000)))
        longest = 0.0
        for number in range(5):
            began = time.monotonic()
            opened = await asyncio.open_connection(*house.smtp, local_addr=(f"127.0.{number + 1}.1", 0))
            async with SmtpClient(*opened, 10.0) as other:
                await other.hello()
                assert (await other.mail(MAIL)).code == 250
            longest = max(longest, time.monotonic() - began)
        assert longest < 1.0
        assert house.door.connections <= 25
        assert {record.peer for record in house.records} == {f"127.0.{number}.1" for number in range(1, 6)}
        for _, writer in idle:
            writer.transport.abort()
