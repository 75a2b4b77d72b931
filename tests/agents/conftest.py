from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.store.database import Database
from tests.support.agent_work import Mailboxes
from tests.support.dns_server import DnsServer


@pytest.fixture(scope="session")
def _dns() -> Iterator[DnsServer]:
    with DnsServer() as server:
        yield server


@pytest.fixture
def mailboxes(sqlite_database: Database, tmp_path: Path, _dns: DnsServer) -> Iterator[Mailboxes]:
    """Two agents at their mailboxes."""
    yield from _at_work(sqlite_database, tmp_path, _dns)


@pytest.fixture
def mailboxes_everywhere(database: Database, tmp_path: Path, _dns: DnsServer) -> Iterator[Mailboxes]:
    """The same on each engine."""
    yield from _at_work(database, tmp_path, _dns)


def _at_work(database: Database, directory: Path, dns: DnsServer) -> Iterator[Mailboxes]:
    for kept in (dns.records, dns.modes, dns.asked, dns.by_tcp):
        kept.clear()
    office = Mailboxes(database, directory, dns)
    yield office
    office.worker.senders.authenticator.close()
