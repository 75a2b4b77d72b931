"""A gateway without sockets for tests: configuration, store, pipeline and desk over a real database, with a clock that one moves."""

import os
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Row, select

from gateway.config.addresses import AddressBook
from gateway.config.load import Loaded
from gateway.config.model import Configuration
from gateway.desk.actions import Desk
from gateway.desk.office import Office
from gateway.journal import Journal
from gateway.pipeline.worker import Worker
from gateway.rules import Ruleset
from gateway.store.agents import create_agent
from gateway.store.blobs import BlobStore
from gateway.store.database import Database
from gateway.store.schema import events, journal, messages, outbox, participants, tickets
from gateway.threading.tokens import Keyring, reply_address
from tests.support.accepted import NOW, accepted, mail

KEYRING = Keyring({1: bytes(range(32))})


def configuration(**changes: Any) -> Configuration:
    """One brand with two addresses, a second brand, no smarthost. Senders are not verified: that is tested in tests/trust."""
    values: dict[str, Any] = {
        "reply_domain": "reply.example.com",
        "admin": "admin@example.com",
        "brands": (
            {"id": "example", "name": "Example Support", "addresses": ("support@example.com", "help@example.com")},
            {
                "id": "shop",
                "name": "Example Shop",
                "addresses": ("shop@example.com",),
                "team": "shop",
                "language": "ko",
            },
        ),
    }
    trust = {"verify": False, **changes.pop("trust", {})}
    return Configuration.model_validate(values | {"trust": trust} | changes)


class TestOffice:
    """Everything between the journal and the outbox. ``take`` brings a mail in and lets the pipeline work."""

    __test__ = False

    def __init__(self, database: Database, directory: Path, ruleset: Ruleset | None = None, **changes: Any) -> None:
        self.database = database
        self.now = NOW
        settings = configuration(data_dir=directory, **changes)
        loaded = Loaded(settings, ruleset or Ruleset(), AddressBook(settings), "test", directory / "gateway.yaml")
        self.office = Office(loaded, KEYRING, os.urandom)
        self.journal = Journal(database, BlobStore(directory / "blobs"))
        self.worker = Worker(
            self.journal, lambda: self.office, lambda: self.now, wait=lambda _: None, on_outgoing=lambda: None
        )
        self.desk = Desk(database, lambda: self.office, lambda: self.now)
        with database.write() as connection:
            self.agent = create_agent(
                connection, address="kim@example.com", name="Kim", role="admin", language="en", now=NOW
            ).id

    def take(
        self, raw: bytes | None = None, *, to: tuple[str, ...] = ("support@example.com",), **envelope: Any
    ) -> Row[Any]:
        """Accept one mail, run the pipeline, and return its journal row."""
        record = accepted(mail() if raw is None else raw, at=self.now, to=to, **envelope)
        self.journal.append([record])
        self.work()
        with self.database.read() as connection:
            return connection.execute(select(journal).where(journal.c.receipt == record.receipt)).one()

    def work(self) -> None:
        while self.worker.work_once():
            pass

    def later(self, **duration: float) -> None:
        self.now += timedelta(**duration)

    def rows(self, table: Any, *where: Any) -> list[Row[Any]]:
        with self.database.read() as connection:
            return list(connection.execute(select(table).where(*where).order_by(table.c.id)))

    def ticket(self, number: int) -> Row[Any]:
        return self.rows(tickets, tickets.c.id == number)[0]

    def messages(self, number: int) -> list[Row[Any]]:
        return self.rows(messages, messages.c.ticket_id == number)

    def events(self, number: int | None, kind: str | None = None) -> list[Row[Any]]:
        where = [events.c.ticket_id == number if number is not None else events.c.ticket_id.is_(None)]
        return self.rows(events, *where, *([events.c.kind == kind] if kind else []))

    def events_of_kind(self, kind: str) -> list[Row[Any]]:
        """On whatever ticket, or on none."""
        return self.rows(events, events.c.kind == kind)

    def outbox(self, kind: str | None = None) -> list[Row[Any]]:
        return self.rows(outbox, *([outbox.c.kind == kind] if kind else []))

    def reply_to(self, number: int) -> str:
        """The requester's token address on this ticket."""
        (person, *_) = self.rows(participants, participants.c.ticket_id == number)
        return reply_address(
            KEYRING,
            local=self.office.configuration.reply_local,
            domain=self.office.configuration.reply_domain,
            ticket=number,
            participant=person.id,
            expires=(self.now + timedelta(days=100)).date(),
        )
