"""A gatehouse that checks senders against a DNS server of the test's own: mail is as true or false as its signature and its server."""

import time
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from sqlalchemy import Row

from gateway.store.database import Database
from gateway.store.schema import journal
from tests.support.dns_server import DnsServer
from tests.support.gatehouse import Gatehouse

SERVER, ELSEWHERE = "192.0.2.10", "198.51.100.66"  # of the domains that name one; of an attacker


class CheckedHouse:
    """From ``with`` to the end of the block. Domains are made with ``domain``; ``settings`` as for ``TestOffice``."""

    def __init__(self, database: Database, directory: Path, **settings: Any) -> None:
        self.dns = DnsServer()
        self._given = database, directory, settings
        self._house: Gatehouse | None = None

    @property
    def house(self) -> Gatehouse:
        assert self._house is not None, "use it in a with block"
        return self._house

    def __enter__(self) -> Self:
        self.dns.__enter__()
        database, directory, settings = self._given
        trust = {"verify": True, "dns": (self.dns.address,)}
        settings = {"trust": trust, "limits": {"enabled": False}} | settings
        self._house = Gatehouse(database, directory, **settings).__enter__()
        self._house.office.now = datetime.now(UTC)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.house.office.worker.senders.authenticator.close()
        self.house.__exit__(kind, error, traceback)
        self.dns.__exit__(kind, error, traceback)

    def domain(self, name: str, *, dmarc: str | None = None) -> None:
        """A domain whose mail comes from ``SERVER``, with or without a DMARC policy."""
        self.dns.txt(name, f"v=spf1 ip4:{SERVER} -all")
        self.dns.a(name, SERVER)
        if dmarc is not None:
            self.dns.txt(f"_dmarc.{name}", f"v=DMARC1; p={dmarc}")

    def send(self, raw: bytes, *, sender: str, to: str = "support@example.com", peer: str = SERVER) -> Row[Any]:
        """Over the socket; only the peer's address, of which loopback has none that SPF could judge, is written afterwards."""
        dialog = self.house.dialog(raw, to=(to,), reverse_path=sender)
        assert dialog.receipt is not None, dialog
        with self.house.office.database.write() as connection:
            connection.execute(journal.update().where(journal.c.receipt == dialog.receipt).values(peer=peer))
        for _ in range(100):
            self.house.office.work()
            row = self.house.entry(dialog.receipt)
            if row.fate is not None:
                return row
            self.house.office.later(seconds=2)
            time.sleep(0.02)
        raise AssertionError("the mail got no fate")
