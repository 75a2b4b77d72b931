"""The door in front of the real journal, on each database."""

import asyncio
import os
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import select, text

from gateway.group_commit import GroupCommit
from gateway.journal import Journal
from gateway.smtp.server import Door, Listener
from gateway.store.blobs import BlobStore
from gateway.store.database import Database
from gateway.store.schema import journal as table
from tests.support.smtp_client import SmtpClient, dot_stuff
from tests.support.smtp_house import settings

MAIL = b"Subject: Hello\r\n\r\ntext\r\n"


class Front:
    def __init__(self, database: Database, directory: Path) -> None:
        self.database = database
        self.blobs = BlobStore(directory / "blobs")
        self.journal = Journal(database, self.blobs)
        self.commits = GroupCommit(self.journal)
        listening = socket.create_server(("127.0.0.1", 0))
        self.address = listening.getsockname()
        self.door = Door(
            [Listener(listening)],
            settings=settings,
            journal=self.commits,
            pending=self.journal.pending,
            blobs=self.blobs,
            free_space=lambda: 10**12,
            entropy=os.urandom,
        )

    def rows(self) -> list[object]:
        with self.database.read() as connection:
            return list(connection.execute(select(table).order_by(table.c.id)))


@pytest.fixture
async def front(database: Database, tmp_path: Path) -> AsyncIterator[Front]:
    front = Front(database, tmp_path)
    await front.door.start()
    yield front
    await front.door.stop(grace_seconds=0.1)
    front.commits.close()


async def test_250_names_a_committed_row(front: Front) -> None:
    large = b"Subject: large\r\n\r\n" + (b"x" * 76 + b"\r\n") * 9000
    async with await SmtpClient.connect(front.address) as client:
        await client.hello()
        first = await client.mail(MAIL, "kim@customer.example", "support@example.com", "reply+abc@reply.example.com")
        second = await client.mail(large, "")
    one, two = front.rows()
    assert [f"250 2.0.0 Accepted as {row.receipt}" for row in (one, two)] == [str(first), str(second)]
    assert (one.raw, one.state, one.protocol, one.peer, one.shadow) == (MAIL, "pending", "esmtp", "127.0.0.1", False)
    assert one.forward_paths == ["support@example.com", "reply+abc@reply.example.com"]
    assert (two.raw, two.reverse_path, two.size) == (None, "", len(large))
    assert front.blobs.read(two.digest) == large
    assert front.journal.balance().pending == 2


async def test_many_sessions_at_once(front: Front) -> None:
    async def session(number: int) -> list[str]:
        async with await SmtpClient.connect(front.address, timeout=30) as client:
            await client.hello()
            return [str(await client.mail(b"Subject: %d-%d\r\n\r\n" % (number, n))) for n in range(5)]

    replies = [reply for some in await asyncio.gather(*map(session, range(20))) for reply in some]
    assert len(set(replies)) == 100
    assert {f"250 2.0.0 Accepted as {row.receipt}" for row in front.rows()} == set(replies)


async def test_a_database_that_fails_and_comes_back(front: Front) -> None:
    async with await SmtpClient.connect(front.address) as client:
        await client.hello()
        with front.database.write() as connection:
            connection.execute(text("ALTER TABLE journal RENAME TO elsewhere"))
        reply = await client.mail(MAIL)
        assert str(reply) == "451 4.3.0 Trouble here; try again later"
        with front.database.write() as connection:
            connection.execute(text("ALTER TABLE elsewhere RENAME TO journal"))
        assert (await client.mail(MAIL)).code == 250
    assert len(front.rows()) == 1


async def test_a_slow_journal_and_a_client_that_half_closes(front: Front) -> None:
    async with await SmtpClient.connect(front.address) as client:
        await client.hello()
        await client.envelope()
        with front.database.write():  # the writers' lock (SQLite)
            await client.send(dot_stuff(MAIL))
            await client.half_close()
            await asyncio.sleep(0.4)
        assert (await client.reply()).code == 250
        assert await client.closed()
    assert len(front.rows()) == 1
