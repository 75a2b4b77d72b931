"""The whole way in without processes: a real door on a real socket, the journal behind it, and the pipeline and desk of ``TestOffice``.

For tests that send many mails and look into the store after each: a mail costs milliseconds, and nothing on its way is imitated.
"""

import asyncio
import smtplib
import socket
import threading
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from sqlalchemy import Row, select

from gateway.group_commit import GroupCommit
from gateway.smtp.ports import Settings
from gateway.smtp.senders import KnownSenders
from gateway.smtp.server import Door, Listener
from gateway.store.blobs import BlobStore
from gateway.store.database import Database
from gateway.store.floods import muted_at_the_door
from gateway.store.schema import contacts, journal, participants
from gateway.store.tickets import add_participant, ensure_contact
from tests.support.office import TestOffice


@dataclass(frozen=True)
class Dialog:
    """The door's replies to one transaction, receipts and times taken out."""

    mail: tuple[int, bytes]
    rcpt: tuple[tuple[int, bytes], ...]
    data: tuple[int, bytes]
    receipt: str | None


class Gatehouse:
    """A running door from ``with`` to the end of the block. ``settings`` are those of the configuration, as for ``TestOffice``."""

    def __init__(self, database: Database, directory: Path, **settings: Any) -> None:
        self.office = TestOffice(database, directory, **settings)
        self.office.now = datetime.now(UTC)  # the door has the clock of the world
        configuration = self.office.office.configuration
        self._commit = GroupCommit(self.office.journal)
        listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(listener.getsockname()[1])
        self._door = Door(
            [Listener(listener)],
            settings=lambda: Settings(configuration, self.office.office.addresses),
            journal=self._commit,
            pending=self.office.journal.pending,
            blobs=BlobStore(directory / "blobs"),
            free_space=lambda: 10**12,
            senders=self._senders,
        )
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="door", daemon=True)

    def _senders(self) -> KnownSenders:
        now = self.office.now
        with self.office.database.read() as connection:
            lists = self.office.office.sender_lists.read(connection, now=now)
            return KnownSenders(lists, muted_at_the_door(connection, now=now))

    def look_again(self) -> None:
        """Let the door read the lists now, as it does each second."""
        asyncio.run_coroutine_threadsafe(self._door._house.senders.refresh(), self._loop).result(10)

    def __enter__(self) -> Self:
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._door.start(), self._loop).result(10)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        asyncio.run_coroutine_threadsafe(self._door.stop(0.1), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()
        self._commit.close()

    def client(self) -> smtplib.SMTP:
        client = smtplib.SMTP("127.0.0.1", self.port, timeout=20)
        client.ehlo("client.example.net")
        return client

    def dialog(
        self, raw: bytes, *, to: Sequence[str] = ("support@example.com",), reverse_path: str = "anybody@client.test"
    ) -> Dialog:
        """Bring one mail to the door; what it said."""
        with closing(self.client()) as client:
            mail = client.mail(reverse_path)
            rcpt = tuple(client.rcpt(recipient) for recipient in to)
            code, reply = client.data(raw)
        receipt = reply.rpartition(b" ")[2].decode() if code == 250 else None
        said = reply if receipt is None else reply.removesuffix(receipt.encode())
        return Dialog(mail, rcpt, (code, said), receipt)

    def send(self, raw: bytes, **envelope: Any) -> Row[Any]:
        """Bring one mail in and let the pipeline work; its line in the ledger."""
        dialog = self.dialog(raw, **envelope)
        assert dialog.receipt is not None, dialog
        self.office.work()
        return self.entry(dialog.receipt)

    def entry(self, receipt: str) -> Row[Any]:
        with self.office.database.read() as connection:
            return connection.execute(select(journal).where(journal.c.receipt == receipt)).one()

    def join(self, ticket: int, address: str, role: str) -> int:
        """Make somebody a participant; the participation's number."""
        with self.office.database.write() as connection:
            contact = ensure_contact(connection, address, name="", language=None, now=self.office.now)
            return add_participant(connection, ticket, contact.id, role, self.office.now)

    def people(self, ticket: int) -> list[tuple[int, str, str]]:
        """Everybody on a ticket: participation, address, role."""
        with self.office.database.read() as connection:
            rows = connection.execute(
                select(participants.c.id, contacts.c.address, participants.c.role)
                .join(contacts, contacts.c.id == participants.c.contact_id)
                .where(participants.c.ticket_id == ticket)
                .order_by(participants.c.id)
            )
            return [(row.id, row.address, row.role) for row in rows]
