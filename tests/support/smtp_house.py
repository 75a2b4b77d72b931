"""A real door on a free port, with a recorder behind it that keeps what the journal would."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

from gateway.config.addresses import AddressBook
from gateway.config.model import Configuration
from gateway.journal import Accepted
from gateway.roles.forged import ForgedAuthors
from gateway.rules.sender_lists import SenderLists
from gateway.smtp.entrance import MANNERS
from gateway.smtp.ports import Settings
from gateway.smtp.server import Door, Listener
from gateway.store.blobs import BlobStore
from tests.support.smtp_client import SmtpClient

BASE: dict[str, Any] = {
    "reply_domain": "reply.example.com",
    "admin": "admin@example.com",
    "brands": [{"id": "example", "name": "Example Support", "addresses": ["support@example.com", "sales@example.com"]}],
    "smtp": {"hostname": "mx.example.com"},
}


def settings(**changes: Any) -> Settings:
    """Settings from ``BASE``; ``limits={...}`` and ``smtp={...}`` are merged into it."""
    merged = {
        key: {**BASE.get(key, {}), **value} if isinstance(value, dict) else value for key, value in changes.items()
    }
    configuration = Configuration.model_validate(BASE | merged)
    return Settings(configuration, AddressBook(configuration))


class Recorder:
    """Takes records as the journal's group commit does. ``before`` runs first: it may wait or raise."""

    def __init__(self) -> None:
        self.records: list[Accepted] = []
        self.before: Callable[[], Any] | None = None

    async def append(self, record: Accepted) -> None:
        if self.before is not None:
            await self.before()
        self.records.append(record)


class House:
    """One running door and everything behind it."""

    def __init__(self, directory: Path, **changes: Any) -> None:
        self.settings = settings(**changes)
        self.recorder = Recorder()
        self.blobs = BlobStore(directory / "blobs")
        self.free = 10**12
        self.waiting = 0
        self.directory = directory
        self.tcp = socket.create_server(("127.0.0.1", 0))
        self.lmtp_tcp = socket.create_server(("127.0.0.1", 0))
        self.lmtp_path = str(directory / "lmtp.sock")
        unix = socket.socket(socket.AF_UNIX)
        unix.bind(self.lmtp_path)
        self.more = {kind: socket.create_server(("127.0.0.1", 0)) for kind in ("proxy", "submission", "submissions")}
        self.lists = SenderLists()
        self.authors = ForgedAuthors(lambda: self.settings.configuration, lambda: self.lists, seconds=2.0)
        self.people = {"lee@example.com": "correct horse battery"}
        self.smtp: tuple[str, int] = self.tcp.getsockname()
        self.lmtp: tuple[str, int] = self.lmtp_tcp.getsockname()
        self.door = Door(
            [
                Listener(self.tcp),
                *(Listener(it, MANNERS["lmtp"]) for it in (self.lmtp_tcp, unix)),
                *(Listener(self.more[kind], MANNERS[kind]) for kind in self.more),
            ],
            settings=lambda: self.settings,
            journal=self.recorder,
            pending=lambda: self.waiting,
            blobs=self.blobs,
            free_space=self.free_space,
            log_in=self.log_in,
            authors=self.authors,
        )

    def port(self, kind: str) -> tuple[str, int]:
        """Where proxy, submission or submissions is spoken."""
        where: tuple[str, int] = self.more[kind].getsockname()
        return where

    def log_in(self, name: str, secret: str, peer: str) -> str | None:
        return name if self.people.get(name) == secret else None

    def free_space(self) -> int:
        return self.free

    @property
    def records(self) -> list[Accepted]:
        return self.recorder.records

    def raw(self, record: Accepted) -> bytes:
        """The stored octets of a mail, wherever they are."""
        return self.blobs.read(record.digest) if record.raw is None else record.raw

    async def client(self, where: tuple[str, int] | str | None = None, **options: Any) -> SmtpClient:
        return await SmtpClient.connect(where or self.smtp, **options)


@contextlib.asynccontextmanager
async def running(directory: Path, **changes: Any) -> AsyncIterator[House]:
    house = House(directory, **changes)
    await house.door.start()
    try:
        yield house
    finally:
        await house.door.stop(grace_seconds=0.1)
        house.authors.close()


async def until(condition: Callable[[], bool], seconds: float = 10.0) -> None:
    """Wait for a condition; TimeoutError where it never comes."""
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.005)
