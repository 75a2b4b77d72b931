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
def mailboxes(database: Database, tmp_path: Path, _dns: DnsServer) -> Iterator[Mailboxes]:
    """Two agents at their mailboxes, on each engine."""
    for kept in (_dns.records, _dns.modes, _dns.asked, _dns.by_tcp):
        kept.clear()
    office = Mailboxes(database, tmp_path, _dns)
    yield office
    office.worker.senders.authenticator.close()
