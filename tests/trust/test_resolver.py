"""The way to DNS: cached, one question at a time, never longer than its deadline."""

import asyncio
import time

from gateway.trust.examine import Deadline
from gateway.trust.resolver import DnsResolver, Status, servers_of
from tests.support.dns_server import DnsServer


def test_answers_of_every_kind(dns: DnsServer) -> None:
    dns.txt("a.test", "one", "x" * 600)
    dns.a("a.test", "192.0.2.1", "2001:db8::1")
    dns.mx("a.test", "mx.a.test")
    dns.ptr("1.2.0.192.in-addr.arpa", "a.test")

    async def ask() -> None:
        resolver = DnsResolver((("127.0.0.1", dns.port),))
        assert set((await resolver.lookup("A.test.", "TXT")).values) == {b"one", b"x" * 600}
        assert (await resolver.lookup("a.test", "A")).values == ("192.0.2.1",)
        assert (await resolver.lookup("a.test", "AAAA")).values == ("2001:db8::1",)
        assert (await resolver.lookup("a.test", "MX")).values == ((10, "mx.a.test"),)
        assert (await resolver.lookup("1.2.0.192.in-addr.arpa", "PTR")).values == ("a.test",)
        assert (await resolver.lookup("gone.test", "A")).status is Status.NO_NAME
        assert (await resolver.lookup("mx.a.test", "TXT")).status is Status.NO_NAME
        assert (await resolver.lookup("test", "TXT")).status is Status.EMPTY
        for name in ("", "..", "x" * 64 + ".test", "a." * 200):
            assert (await resolver.lookup(name, "TXT")).status is Status.NO_NAME

    asyncio.run(ask())


def test_one_question_for_many_askers_until_the_time_to_live_ends(dns: DnsServer) -> None:
    now = [0.0]

    async def ask() -> None:
        resolver = DnsResolver((("127.0.0.1", dns.port),), clock=lambda: now[0])
        await asyncio.gather(*(resolver.lookup("victim.test", "TXT") for _ in range(50)))
        assert dns.asked[("victim.test", "TXT")] == 1
        now[0] = 299
        await resolver.lookup("victim.test", "TXT")
        assert dns.asked[("victim.test", "TXT")] == 1
        now[0] = 301
        await resolver.lookup("victim.test", "TXT")
        assert dns.asked[("victim.test", "TXT")] == 2

    asyncio.run(ask())


def test_silence_ends_at_the_deadline_and_is_remembered(dns: DnsServer) -> None:
    dns.modes["victim.test"] = "silent"

    async def ask() -> None:
        inner = DnsResolver((("127.0.0.1", dns.port),))
        began = time.monotonic()
        ends = asyncio.get_running_loop().time() + 0.3
        assert (await Deadline(inner, ends).lookup("victim.test", "TXT")).failed
        assert time.monotonic() - began < 2
        assert (await inner.lookup("victim.test", "TXT")).failed
        assert time.monotonic() - began < 10
        again = time.monotonic()
        assert (await inner.lookup("victim.test", "TXT")).failed
        assert time.monotonic() - again < 0.5

    asyncio.run(ask())


def test_no_server_at_all() -> None:
    async def ask() -> None:
        assert (await DnsResolver((("127.0.0.1", 1),)).lookup("a.test", "A")).failed

    asyncio.run(ask())


def test_written_servers() -> None:
    assert servers_of(("127.0.0.1:5353", "192.0.2.53", "[::1]:54", "[2001:db8::1]", "::1")) == (
        ("127.0.0.1", 5353),
        ("192.0.2.53", 53),
        ("::1", 54),
        ("2001:db8::1", 53),
        ("::1", 53),
    )
