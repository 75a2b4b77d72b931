"""The door: takes bound sockets, speaks SMTP and LMTP on them, writes the journal, and closes in order."""

import asyncio
import logging
import os
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from gateway.smtp import replies
from gateway.smtp.entrance import MANNERS, Manner
from gateway.smtp.house import House
from gateway.smtp.ports import AuthorCheck, Blobs, Clock, CommitQueue, CurrentSettings, Entropy, LogIn, SystemClock
from gateway.smtp.senders import KnownSenders, ReadSenders
from gateway.smtp.session import Session

log = logging.getLogger("gateway.smtp")

_BACKLOG = 1024  # connections that the kernel keeps while we are busy
_LAST_WORDS_SECONDS = 3.0


@dataclass(frozen=True, slots=True)
class Listener:
    """A bound socket (TCP or Unix), and what is spoken on it."""

    socket: socket.socket
    manner: Manner = MANNERS["smtp"]


def free_space_of(directory: Path) -> Callable[[], int]:
    """A question for the octets that may still be written below ``directory``; asking raises OSError where it is gone."""

    def free_space() -> int:
        status = os.statvfs(directory)
        return status.f_bavail * status.f_frsize

    return free_space


class Door:
    """All SMTP and LMTP sessions of one process."""

    def __init__(
        self,
        listeners: Sequence[Listener],
        *,
        settings: CurrentSettings,
        journal: CommitQueue,
        pending: Callable[[], int],
        blobs: Blobs,
        free_space: Callable[[], int],
        clock: Clock | None = None,
        entropy: Entropy = os.urandom,
        log_in: LogIn | None = None,
        senders: ReadSenders = KnownSenders,
        authors: AuthorCheck | None = None,
    ) -> None:
        """``settings`` is asked once for each new connection. ``pending``, ``senders`` and ``log_in`` may block: they run in threads."""
        logging.getLogger("mail.log").setLevel(logging.WARNING)  # aiosmtpd writes a line for each command
        self._listeners = listeners
        self._servers: list[asyncio.Server] = []
        self._house = House(
            settings=settings,
            journal=journal,
            pending=pending,
            blobs=blobs,
            clock=clock or SystemClock(),
            entropy=entropy,
            free_space=free_space,
            hostname=socket.gethostname(),
            log_in=log_in,
            senders=senders,
            authors=authors,
        )

    @property
    def connections(self) -> int:
        """Sessions that are open now."""
        return self._house.gatekeeper.connections

    @property
    def in_flight(self) -> int:
        """Octets of mails that are being received now."""
        return self._house.gatekeeper.in_flight

    async def start(self) -> None:
        """Answer on all sockets. OSError where one cannot listen."""
        await self._house.backlog.refresh()
        await self._house.senders.refresh()
        for listener in self._listeners:
            self._servers.append(await self._serve(listener))

    async def stop(self, grace_seconds: float = 5.0) -> None:
        """Close in order, in at most ``grace_seconds`` and three more.

        Nobody new comes in; who waits gets 421 4.3.2; who is in DATA may finish within the grace; who is in the commit gets its reply.
        """
        self._house.is_stopping = True
        for server in self._servers:
            server.close()
        for session in list(self._house.sessions):
            if not session.is_receiving:
                session.interrupt(replies.SHUTTING_DOWN)
        await self._wait(grace_seconds)
        for session in list(self._house.sessions):
            session.interrupt(replies.SHUTTING_DOWN)
        await self._wait(_LAST_WORDS_SECONDS)
        for session in list(self._house.sessions):
            session.abort()
        await self._wait(0.5)
        self._house.close()
        log.info("door closed")

    async def _wait(self, seconds: float) -> None:
        tasks = [session.task for session in self._house.sessions]
        if tasks:
            await asyncio.wait(tasks, timeout=seconds)

    async def _serve(self, listener: Listener) -> asyncio.Server:
        loop = asyncio.get_running_loop()

        def session() -> Session:
            return Session(self._house, listener.manner, loop=loop)

        if listener.socket.family == socket.AF_UNIX:
            return await loop.create_unix_server(session, sock=listener.socket, backlog=_BACKLOG)
        return await loop.create_server(session, sock=listener.socket, backlog=_BACKLOG)
