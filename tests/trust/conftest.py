import asyncio
from collections.abc import Callable, Iterator
from datetime import timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest

from gateway.mail.read import read
from gateway.store.database import Database
from gateway.trust.examine import Deadline, Forwarder, Mail, examine
from gateway.trust.resolver import DnsResolver
from gateway.trust.verdict import Verdict, decide
from tests.support.dns_server import DnsServer
from tests.support.office import TestOffice
from tests.support.signed_mail import NOW, publish

RIGHT, WRONG = "192.0.2.10", "198.51.100.66"
FORWARDER = Forwarder("our provider", ("203.0.113.0/24",), ("forward.test", "inner.test"), ("mx.forward.test",))
FORWARDED_BY = "203.0.113.5"

Judge = Callable[..., Verdict]


@pytest.fixture(scope="session")
def _dns() -> Iterator[DnsServer]:
    with DnsServer() as server:
        yield server


@pytest.fixture
def dns(_dns: DnsServer) -> DnsServer:
    """``victim.test`` signs and names its server; ``other.test`` belongs to somebody else, who signs properly too."""
    for kept in (_dns.records, _dns.modes, _dns.asked, _dns.by_tcp):
        kept.clear()
    for domain, peer in (("victim.test", RIGHT), ("other.test", WRONG)):
        publish(_dns, domain)
        _dns.txt(domain, f"v=spf1 ip4:{peer} -all")
        _dns.txt(f"_dmarc.{domain}", "v=DMARC1; p=none")
        _dns.a(domain, peer)
    publish(_dns, "forward.test", "arc")
    publish(_dns, "inner.test", "arc")
    publish(_dns, "stranger.test", "arc")
    return _dns


def mail(*headers: tuple[str, str], sender: str = "Alice <alice@victim.test>", text: str = "Hello there.") -> bytes:
    fields = [
        ("From", sender),
        ("To", "support@example.com"),
        ("Subject", "A question"),
        ("Date", format_datetime(NOW - timedelta(minutes=1))),
        ("Message-ID", "<one@victim.test>"),
        *headers,
    ]
    return "".join(f"{name}: {value}\r\n" for name, value in fields).encode() + b"\r\n" + text.encode() + b"\r\n"


@pytest.fixture
def judge(dns: DnsServer) -> Judge:
    """The verdict on raw bytes from a peer; every call asks DNS anew."""

    def run(
        raw: bytes,
        *,
        peer: str = WRONG,
        reverse_path: str = "alice@victim.test",
        forwarders: tuple[Forwarder, ...] = (),
        seconds: float = 5,
        **values: Any,
    ) -> Verdict:
        message = read(raw)
        given = {
            "receipt": "r",
            "raw": raw,
            "author": message.author.address if message.author else None,
            "message_id": message.message_id,
            "date": message.date,
            "received_at": NOW,
            "peer": peer,
            "helo": "mail.victim.test",
            "reverse_path": reverse_path,
        }

        async def ask() -> Verdict:
            ends = asyncio.get_running_loop().time() + seconds
            resolver = Deadline(DnsResolver((("127.0.0.1", dns.port),)), ends)
            return decide(await examine(Mail(**(given | values)), resolver, forwarders))

        return asyncio.run(ask())

    return run


FORWARDERS = ({"name": "our provider", "networks": ("203.0.113.0/24",), "authserv_ids": ("mx.forward.test",)},)


@pytest.fixture
def office(sqlite_database: Database, tmp_path: Path, dns: DnsServer) -> Iterator[TestOffice]:
    """A gateway without sockets that checks its senders."""
    yield from _office(sqlite_database, tmp_path, dns)


@pytest.fixture
def office_everywhere(database: Database, tmp_path: Path, dns: DnsServer) -> Iterator[TestOffice]:
    """The same on each engine, for what is remembered of signatures and of mail that is looked at again."""
    yield from _office(database, tmp_path, dns)


def _office(database: Database, directory: Path, dns: DnsServer) -> Iterator[TestOffice]:
    office = TestOffice(database, directory, trust={"verify": True, "dns": (dns.address,), "forwarders": FORWARDERS})
    office.now = NOW
    yield office
    office.worker.senders.authenticator.close()
