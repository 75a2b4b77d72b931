"""What all sessions of a door share, and the questions that they ask about the whole."""

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from gateway.journal import Accepted, new_receipt
from gateway.smtp import replies
from gateway.smtp.blocking import Blocking
from gateway.smtp.body import Body, Stored
from gateway.smtp.dialogue import Transaction
from gateway.smtp.limits import Gatekeeper
from gateway.smtp.ports import (
    AuthorCheck,
    Blobs,
    Clock,
    CommitQueue,
    CurrentSettings,
    Entropy,
    LogIn,
    LoginRefused,
    Settings,
)
from gateway.smtp.replies import SmtpReply
from gateway.smtp.senders import KnownSenders, ReadSenders, SenderCheck
from gateway.smtp.tls import Certificates

if TYPE_CHECKING:
    from gateway.smtp.session import Session

log = logging.getLogger("gateway.smtp")

_LOGINS = 2
_LOGINS_WAITING = 20
COMMIT_SECONDS = 25.0  # a client waits for 10 minutes (RFC 5321 section 4.5.3.2.6), but an operator does not


class Backlog:
    """How many mails wait for the pipeline: asked once a second in a thread, since the answer may be a database away."""

    def __init__(self, pending: Callable[[], int], blocking: Blocking) -> None:
        self._pending = pending
        self._blocking = blocking
        self._asked_at = float("-inf")
        self._task: asyncio.Task[None] | None = None
        self.entries = 0

    def __call__(self) -> int:
        """The last answer; a new one is asked for in the background when this one is old."""
        now = time.monotonic()
        if now - self._asked_at >= 1.0 and (self._task is None or self._task.done()):
            self._asked_at = now
            self._task = asyncio.get_running_loop().create_task(self.refresh())
        return self.entries

    async def refresh(self) -> None:
        try:
            self.entries = await self._blocking(self._pending)
        except Exception:
            # Not a reason to refuse by itself: if the database is away, the commit fails and says 451.
            log.exception("backlog unknown")


@dataclass(frozen=True, slots=True)
class Facts:
    """How a mail came in; words as in the journal."""

    protocol: str
    peer: str
    helo: str
    tls: str
    authenticated_as: str = ""


class House:
    def __init__(
        self,
        *,
        settings: CurrentSettings,
        journal: CommitQueue,
        pending: Callable[[], int],
        blobs: Blobs,
        clock: Clock,
        entropy: Entropy,
        free_space: Callable[[], int],
        hostname: str,
        log_in: LogIn | None,
        senders: ReadSenders = KnownSenders,
        authors: AuthorCheck | None = None,
    ) -> None:
        self.settings = settings
        self.gatekeeper = Gatekeeper()
        self.blocking = Blocking()
        self.backlog = Backlog(pending, self.blocking)
        self.senders = SenderCheck(senders, self.blocking)
        self.certificates = Certificates()
        self.sessions: set[Session] = set()
        self.is_stopping = False
        self.farewells = 0  # connections that were turned away and are given a moment to read why
        self.clock = clock
        self._journal = journal
        self._blobs = blobs
        self._entropy = entropy
        self._free_space = free_space
        self._hostname = hostname
        self._log_in = log_in
        self._authors = authors
        self._logins = Blocking(_LOGINS)  # threads of their own: comparing a password takes a tenth of a second
        self._logins_waiting = 0
        self._commits: set[asyncio.Task[SmtpReply]] = set()

    async def log_in(self, name: str, secret: str, peer: str) -> str | SmtpReply:
        """As whom the client may send mail in, or the reply that it may not."""
        if self._log_in is None:
            return replies.LOGIN_UNAVAILABLE
        if self._logins_waiting >= _LOGINS_WAITING:
            return replies.TOO_MANY_LOGINS
        self._logins_waiting += 1
        try:
            who = await self._logins(partial(self._log_in, name, secret, peer))
        except LoginRefused:
            return replies.TOO_MANY_LOGINS
        except Exception:
            log.exception("login failed", extra={"peer": peer})
            return replies.LOGIN_UNAVAILABLE
        finally:
            self._logins_waiting -= 1
        return replies.NOT_LOGGED_IN if who is None else who

    def close(self) -> None:
        """Let go of the threads."""
        self.senders.close()
        self.blocking.close()
        self._logins.close()

    def hostname(self, settings: Settings) -> str:
        return settings.configuration.smtp.hostname or self._hostname

    def may_mail(self, peer: str, settings: Settings, announced: int) -> SmtpReply | None:
        """Why no mail of this size can be taken now; None: go on."""
        limits = settings.limits
        if self.is_stopping:
            return replies.SHUTTING_DOWN
        if not self.gatekeeper.admit_mail(peer, limits, self.clock.monotonic()):
            return replies.SENDER_TOO_FAST
        if self._free_space() < limits.free_disk_bytes + announced:
            return replies.NO_SPACE
        if not self.gatekeeper.has_room(announced, limits):
            return replies.NO_SPACE
        if limits.enabled and self.backlog() >= limits.pending_entries:
            return replies.BACKLOG
        return None

    def may_send(self, reverse_path: str, peer: str, settings: Settings) -> SmtpReply | None:
        """Why nothing is taken from this sender; None: go on."""
        return self.senders.refusal(reverse_path, peer, settings, self.clock.now)

    def new_body(self, settings: Settings) -> Body:
        return Body(
            limits=settings.limits,
            blobs=self._blobs,
            gatekeeper=self.gatekeeper,
            free_space=self._free_space,
            blocking=self.blocking,
        )

    async def refuse_forged(self, body: Body, peer: str, helo: str, reverse_path: str) -> None:
        """Refuse the mail where the owner of its author's domain asks for that, and the admin too."""
        if self._authors is None or not self._authors.asks(peer, reverse_path, body.size):
            return
        raw = await body.content()
        if raw is not None and await self._authors.refuses(raw, peer=peer, helo=helo, reverse_path=reverse_path):
            await body.refuse(replies.FORGED)

    async def commit(self, facts: Facts, transaction: Transaction, stored: Stored) -> SmtpReply:
        """Write the mail into the journal. The reply is 250 if and only if it is durable; never raises.

        The write has a task of its own: a client that hangs up ends its session, not the write.
        """
        task = asyncio.get_running_loop().create_task(self._append(facts, transaction, stored))
        self._commits.add(task)
        task.add_done_callback(self._commits.discard)
        try:
            async with asyncio.timeout(COMMIT_SECONDS):
                return await asyncio.shield(task)
        except TimeoutError:
            # If the write succeeds later, the sender's second try is recognised as a duplicate.
            log.warning("journal does not answer", extra={"peer": facts.peer})
            return replies.LOCAL_ERROR

    async def _append(self, facts: Facts, transaction: Transaction, stored: Stored) -> SmtpReply:
        try:
            now = self.clock.now()
            record = Accepted(
                receipt=new_receipt(now, self._entropy(7)),
                received_at=now,
                protocol=facts.protocol,
                peer=facts.peer,
                helo=facts.helo,
                tls=facts.tls,
                reverse_path=transaction.reverse_path,
                forward_paths=tuple(transaction.recipients),
                smtputf8=transaction.smtputf8,
                size=stored.size,
                digest=stored.digest,
                raw=stored.raw,
                authenticated_as=facts.authenticated_as,
            )
            await self._journal.append(record)
        except Exception:
            log.exception("journal append failed", extra={"peer": facts.peer})
            return replies.LOCAL_ERROR
        if log.isEnabledFor(logging.INFO):
            log.info(
                "mail accepted",
                extra={
                    "receipt": record.receipt,
                    "peer": record.peer,
                    "protocol": record.protocol,
                    "tls": record.tls,
                    "authenticated_as": record.authenticated_as,
                    "reverse_path": record.reverse_path,
                    "recipients": len(record.forward_paths),
                    "size": record.size,
                },
            )
        return replies.accepted(record.receipt)

    async def settle(self, seconds: float) -> None:
        """Wait for the commits under way."""
        if self._commits:
            await asyncio.wait(self._commits, timeout=seconds)
