"""DNS servers that are dead: silent, refused, unreachable, none at all. Mail is taken as if nothing was checked, and as fast."""

import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path

import dns.asyncresolver
import dns.resolver
import pytest

from gateway.store.database import Database
from gateway.store.schema import journal, messages
from gateway.threading.model import Proof, Trust
from gateway.trust import pulse
from gateway.trust.authenticator import wait_while_they_come
from gateway.trust.resolver import LOOKUP_SECONDS, DnsResolver
from gateway.trust.verdict import Verdict
from tests.support.dns_server import DnsServer
from tests.support.office import TestOffice, configuration
from tests.trust.conftest import NOW, mail
from tests.trust.test_pipeline import bring

MAILS = 80  # to be given up one after the other, they would take MAILS times LOOKUP_SECONDS
NAMES = [f"d{number}.test" for number in range(300)]


@pytest.fixture
def silent() -> Iterator[tuple[str, int]]:
    """A server that takes every question and answers none."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as held:
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()


class Clock:
    def __init__(self) -> None:
        self.ahead = 0.0

    def __call__(self) -> float:
        return time.monotonic() + self.ahead


async def failed(resolver: DnsResolver, names: list[str]) -> float:
    """Ask for all names at once; seconds until each was answered with a failure."""
    began = time.monotonic()
    answers = await asyncio.gather(*(resolver.lookup(name, "TXT") for name in names))
    assert all(answer.failed for answer in answers)
    return time.monotonic() - began


def test_silent_servers_are_noticed_and_cost_nothing_from_then_on(silent: tuple[str, int]) -> None:
    async def ask() -> None:
        resolver = DnsResolver((silent,))
        assert await failed(resolver, NAMES[:100]) < LOOKUP_SECONDS, "sooner than a single question is given up"
        assert await failed(resolver, NAMES[100:]) < 1

    asyncio.run(ask())


def test_refused_servers_are_noticed_at_once() -> None:
    async def ask() -> None:
        resolver = DnsResolver((("127.0.0.1", 1),))
        assert await failed(resolver, NAMES) < LOOKUP_SECONDS

    asyncio.run(ask())


def test_machine_without_dns(monkeypatch: pytest.MonkeyPatch) -> None:
    def unconfigured(*_: object, **__: object) -> None:
        raise dns.resolver.NoResolverConfiguration

    monkeypatch.setattr(dns.asyncresolver, "Resolver", unconfigured)

    async def ask() -> None:
        assert await failed(DnsResolver(), NAMES) < LOOKUP_SECONDS

    asyncio.run(ask())


def test_servers_that_come_back_are_asked_again(silent: tuple[str, int], dns: DnsServer) -> None:
    clock = Clock()

    async def ask() -> None:
        resolver = DnsResolver((silent,), clock=clock)
        await failed(resolver, ["victim.test"])
        resolver._servers = (("127.0.0.1", dns.port),)
        assert await failed(resolver, ["victim.test"]) < 1
        clock.ahead = pulse.PAUSE_SECONDS
        assert await failed(resolver, ["victim.test"]) < 1  # asks the servers meanwhile
        for _ in range(250):
            await asyncio.sleep(0.02)
            answer = await resolver.lookup("victim.test", "TXT")
            if not answer.failed:
                break
        assert answer.values == (b"v=spf1 ip4:192.0.2.10 -all",)

    asyncio.run(ask())


def test_a_silent_domain_is_no_dead_server(dns: DnsServer) -> None:
    for name in NAMES[:60]:
        dns.modes[name] = "silent"

    async def ask() -> None:
        resolver = DnsResolver((("127.0.0.1", dns.port),))
        waiting = asyncio.gather(*(resolver.lookup(name, "TXT") for name in NAMES[:30]))
        await asyncio.sleep(2 * pulse.SILENT_SECONDS + 0.3)
        began = time.monotonic()
        assert not (await resolver.lookup("victim.test", "TXT")).failed
        assert time.monotonic() - began < 1
        assert all(answer.failed for answer in await waiting)

    asyncio.run(ask())


def test_a_living_server_is_asked_before_a_silent_one(silent: tuple[str, int], dns: DnsServer) -> None:
    async def ask() -> None:
        resolver = DnsResolver((silent, ("127.0.0.1", dns.port)))
        assert not (await resolver.lookup("victim.test", "TXT")).failed
        began = time.monotonic()
        assert not (await resolver.lookup("_dmarc.victim.test", "TXT")).failed
        assert time.monotonic() - began < 1

    asyncio.run(ask())


def test_silent_dns_slows_the_pipeline_for_moments_alone(
    sqlite_database: Database, tmp_path: Path, silent: tuple[str, int]
) -> None:
    """All mails are accepted, none proven, and after the first seconds they pass as fast as without checks."""
    office = TestOffice(sqlite_database, tmp_path, trust={"verify": True, "dns": (f"{silent[0]}:{silent[1]}",)})
    checked = office.office
    loaded = replace(checked.loaded, configuration=configuration(data_dir=tmp_path, trust={"verify": False}))
    unchecked = replace(checked, loaded=loaded)
    office.now = NOW

    def seconds_for(name: str) -> float:
        for number in range(MAILS):
            bring(office, mail(sender=f"a@{name}{number}.test"))
        began = time.monotonic()
        while office.rows(journal, journal.c.fate.is_(None)):
            office.work()
            office.later(seconds=1)
        return time.monotonic() - began

    try:
        office.office = unchecked
        plain = seconds_for("plain")
        office.office = checked
        assert seconds_for("first") < 3 * plain + 20, "one by one they would wait for minutes"
        later = seconds_for("later")
    finally:
        office.worker.senders.authenticator.close()
    levels = [row.trust for row in office.rows(messages)]
    assert (levels.count("temperror"), levels.count("forwarded")) == (2 * MAILS, MAILS)
    assert later < 3 * plain + 3


def test_patience_is_for_silence_and_not_for_a_machine_that_has_much_to_do() -> None:
    late: list[Future[Verdict]] = [Future() for _ in range(6)]
    verdict = Verdict(Trust.WEAK, Proof.UNPROVEN, ("not verified",))

    def one_after_the_other() -> None:
        for future in late[:4]:
            time.sleep(0.2)
            future.set_result(verdict)

    threading.Thread(target=one_after_the_other).start()
    began = time.monotonic()
    wait_while_they_come(late, patience=0.7, ends=began + 60)
    assert [future.done() for future in late] == [True] * 4 + [False] * 2
    wait_while_they_come(late, patience=60, ends=time.monotonic() + 0.1)
    assert time.monotonic() - began < 30, "it waits for those that never come"
