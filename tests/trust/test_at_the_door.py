"""Forged authors refused behind DATA, where the admin wants that: over real sockets, with a DNS server that also misbehaves.

Clients come through a listener for proxies, so that they have addresses that SPF can judge.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from gateway.rules.sender_lists import Action, Entry, Kind, compile_lists
from gateway.smtp.replies import FORGED
from tests.smtp.test_proxy import header
from tests.support.dns_server import DnsServer
from tests.support.signed_mail import publish, sign
from tests.support.smtp_client import Reply
from tests.support.smtp_house import House, running

SERVER, ELSEWHERE, FORWARDER = "192.0.2.10", "198.51.100.66", "203.0.113.5"
POLICIES = {"strict.test": "reject", "careful.test": "quarantine", "plain.test": None, "testing.test": "reject; t=y"}


@pytest.fixture(scope="module")
def dns() -> Iterator[DnsServer]:
    with DnsServer() as server:
        for domain, policy in POLICIES.items():
            publish(server, domain)
            server.txt(domain, f"v=spf1 ip4:{SERVER} -all")
            server.a(domain, SERVER)
            if policy:
                server.txt(f"_dmarc.{domain}", f"v=DMARC1; p={policy}")
        server.txt("_dmarc.silent.test", "v=DMARC1; p=reject")
        server.modes["silent.test"] = "silent"
        server.txt("_dmarc.broken.test", "v=DMARC1; p=reject")
        server.modes["broken.test"] = "servfail"
        yield server


def trust(dns: DnsServer, refused: str = "reject") -> dict[str, object]:
    forwarder = {"name": "provider", "networks": [f"{FORWARDER}/32"], "sealers": ["forward.test"]}
    return {"verify": True, "refused": refused, "dns": dns.address, "forwarders": [forwarder]}


@pytest.fixture
async def house(tmp_path: Path, dns: DnsServer) -> AsyncIterator[House]:
    async with running(tmp_path, smtp={"proxy_from": ["127.0.0.1/32"]}, trust=trust(dns)) as house:
        yield house


def mail(domain: str, text: str = "Hello there.") -> bytes:
    return (
        f"From: Alice <alice@{domain}>\r\nTo: support@example.com\r\nSubject: Question\r\n"
        f"Date: Thu, 05 Mar 2026 09:00:00 +0000\r\nMessage-ID: <1@{domain}>\r\n\r\n{text}\r\n"
    ).encode()


async def send(house: House, raw: bytes, *, peer: str = ELSEWHERE, sender: str = "eve@evil.test") -> Reply:
    async with await house.client(house.port("proxy")) as client:
        await client.send(header(peer))
        await client.hello()
        return await client.mail(raw, sender)


async def test_what_nothing_proves_is_refused_where_its_owner_asks_for_that(house: House) -> None:
    reply = await send(house, mail("strict.test"))
    assert str(reply) == str(FORGED)
    assert (reply.code, reply.enhanced) == (550, "5.7.1")
    assert house.records == []
    big = await send(house, mail("strict.test", "x" * 70 + "\r\n" * 40_000))
    assert str(big) == str(FORGED)
    assert not [path for path in house.blobs.directory.rglob("*") if path.is_file()], "no file of a refused mail stays"
    assert (await send(house, sign(mail("strict.test"), "strict.test"))).code == 250, "signed, from anywhere"
    assert (await send(house, mail("strict.test"), peer=SERVER, sender="alice@strict.test")).code == 250, (
        "by its server"
    )
    forged = sign(mail("strict.test"), "plain.test")
    assert str(await send(house, forged)) == str(FORGED), "signed by somebody else"


async def test_the_session_goes_on_behind_a_refusal(house: House) -> None:
    async with await house.client(house.port("proxy")) as client:
        await client.send(header(ELSEWHERE))
        await client.hello()
        assert (await client.mail(mail("strict.test"), "eve@evil.test")).code == 550
        assert (await client.mail(mail("plain.test"), "eve@evil.test")).code == 250
    assert [record.size for record in house.records] == [len(mail("plain.test"))]


@pytest.mark.parametrize("domain", ["careful.test", "plain.test", "testing.test", "unknown.test"])
async def test_nothing_less_is_refused(house: House, domain: str) -> None:
    assert (await send(house, mail(domain))).code == 250


@pytest.mark.parametrize("domain", ["silent.test", "broken.test"])
async def test_dns_that_cannot_tell_costs_nobody_their_mail(house: House, domain: str) -> None:
    began = time.monotonic()
    replies = await asyncio.gather(send(house, mail(domain)), send(house, mail("plain.test")))
    assert [it.code for it in replies] == [250, 250]
    assert time.monotonic() - began < 5
    assert str(await send(house, mail("strict.test"))) == str(FORGED), "others are told apart as before"


async def test_forwarders_reports_and_our_own_are_not_looked_at(house: House, dns: DnsServer) -> None:
    assert (await send(house, mail("strict.test"), peer=FORWARDER)).code == 250
    assert (await send(house, mail("strict.test"), sender="")).code == 250, "a report"
    async with await house.client() as client:  # a server of our own network
        await client.hello()
        assert (await client.mail(mail("strict.test"), "eve@evil.test")).code == 250
    async with await house.client(house.lmtp) as client:  # a mail server in front has taken it already
        await client.hello("LHLO")
        assert (await client.mail(mail("strict.test"), "eve@evil.test")).code == 250
    two = mail("strict.test").replace(b"To:", b"From: bob@plain.test\r\nTo:")
    assert (await send(house, two)).code == 250, "no single author: the pipeline's business"
    huge = mail("strict.test", "\r\n".join(["x" * 990] * 1100))
    assert (await send(house, huge)).code == 250, "too large to be kept in memory while DNS is asked"


async def test_a_client_that_is_allowed_is(house: House) -> None:
    house.lists = compile_lists([Entry("1", Action.ALLOW, Kind.NETWORK, f"{ELSEWHERE}/32", "ours", "kim")])
    assert (await send(house, mail("strict.test"))).code == 250
    house.lists = compile_lists([Entry("1", Action.ALLOW, Kind.DOMAIN, "strict.test", "a customer", "kim")])
    assert str(await send(house, mail("strict.test"))) == str(FORGED), "the very name that is forged allows nothing"


@pytest.mark.parametrize("refused", ["hold", "accept"])
async def test_only_where_it_is_wanted(tmp_path: Path, dns: DnsServer, refused: str) -> None:
    asked = dns.asked.total()
    async with running(tmp_path, smtp={"proxy_from": ["127.0.0.1/32"]}, trust=trust(dns, refused)) as house:
        assert (await send(house, mail("strict.test"))).code == 250
    assert dns.asked.total() == asked, "and nothing is looked up at the door"


async def test_a_flood_that_dns_says_nothing_about_delays_nobody_else(house: House) -> None:
    """Each of them is taken when its own time is over; a mail that can be told apart is, at once."""

    async def one() -> float:
        await asyncio.sleep(0.5)
        began = time.monotonic()
        assert str(await send(house, mail("strict.test"), peer="198.51.100.77")) == str(FORGED)
        return time.monotonic() - began

    silent = (send(house, mail(f"d{number}.silent.test")) for number in range(19))
    began = time.monotonic()
    took, *replies = await asyncio.gather(one(), *silent)
    assert {it.code for it in replies} == {250}
    assert took < 1
    assert time.monotonic() - began < 4
