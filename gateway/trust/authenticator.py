"""Verdicts for a batch of mails, from code that cannot wait: DNS lives in a thread of its own.

Whoever asks says how long they wait. A mail that needs longer is asked for again later; its look-ups go on meanwhile, up to a
deadline after which it is judged by what is known. So one silent domain holds up its own mail alone.
"""

import asyncio
import logging
import threading
import time
from collections.abc import Sequence
from concurrent.futures import Future, wait

from gateway.threading.model import Proof, Trust
from gateway.trust.examine import Deadline, Forwarder, Mail, examine
from gateway.trust.resolver import DnsResolver
from gateway.trust.verdict import Verdict, decide

DEADLINE_SECONDS = 5.0
MOST_WAITING = 256  # mails whose look-ups go on while nobody waits
MOST_WAITING_OCTETS = 64 * 1024 * 1024

log = logging.getLogger("gateway.trust")

Servers = tuple[tuple[str, int], ...]


class Authenticator:
    """Threads may share it. The loop's thread starts with the first question."""

    def __init__(self, *, deadline: float = DEADLINE_SECONDS) -> None:
        self._deadline = deadline
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._running: dict[str, tuple[Future[Verdict], float, int]] = {}
        self._resolver: tuple[Servers, DnsResolver] | None = None

    def verdicts(
        self, mails: Sequence[Mail], *, servers: Servers, forwarders: Sequence[Forwarder], patience: float
    ) -> list[Verdict | None]:
        """One verdict a mail, in order; None where ``patience`` (seconds) was too short: ask again with the same receipt.

        As long as verdicts come in, patience begins anew with each: it is for silence, not for a machine that has much to do.
        """
        began = time.monotonic()
        asked = [self._started(mail, servers, tuple(forwarders)) for mail in mails]
        if self._is_full():
            wait([future for future, _ in asked], timeout=self._deadline)
        else:  # those that were waited for before had their turn: others shall not wait for them again
            wait_while_they_come(
                [future for future, since in asked if since >= began], patience, began + self._deadline
            )
        found: list[Verdict | None] = []
        for mail, (future, since) in zip(mails, asked, strict=True):
            verdict = _outcome(future) if future.done() else None
            if verdict is None and time.monotonic() - since > 3 * self._deadline:
                log.error("sender authentication does not end", extra={"receipt": mail.receipt})
                verdict = Verdict(Trust.TEMPERROR, Proof.UNKNOWN, ("not verified: it took too long",))
            if verdict is not None:
                with self._lock:
                    self._running.pop(mail.receipt, None)
            found.append(verdict)
        return found

    def ask(self, mail: Mail, *, servers: Servers, forwarders: Sequence[Forwarder]) -> Future[Verdict]:
        """One verdict for somebody who can wait without a thread; it comes by the deadline."""
        with self._lock:
            judging = self._judge(mail, servers, tuple(forwarders))
            return asyncio.run_coroutine_threadsafe(judging, self._started_loop())

    def close(self) -> None:
        """End the thread; questions under way are dropped."""
        with self._lock:
            loop, thread = self._loop, self._thread
            self._loop = self._thread = self._resolver = None
            self._running.clear()
        if loop is not None and thread is not None:
            loop.call_soon_threadsafe(loop.stop)
            thread.join(timeout=5)

    def _started(
        self, mail: Mail, servers: Servers, forwarders: tuple[Forwarder, ...]
    ) -> tuple[Future[Verdict], float]:
        with self._lock:
            known = self._running.get(mail.receipt)
            if known is not None:
                return known[0], known[1]
            future = asyncio.run_coroutine_threadsafe(self._judge(mail, servers, forwarders), self._started_loop())
            since = time.monotonic()
            self._running[mail.receipt] = (future, since, len(mail.raw))
            return future, since

    def _is_full(self) -> bool:
        """Too many are waited for; those that another process took over meanwhile are forgotten first."""
        with self._lock:
            old = time.monotonic() - 12 * self._deadline
            for receipt in [it for it, (_, since, _) in self._running.items() if since < old]:
                del self._running[receipt]
            octets = sum(size for _, _, size in self._running.values())
            return len(self._running) > MOST_WAITING or octets > MOST_WAITING_OCTETS

    async def _judge(self, mail: Mail, servers: Servers, forwarders: tuple[Forwarder, ...]) -> Verdict:
        ends = asyncio.get_running_loop().time() + self._deadline
        resolver = Deadline(self._resolver_for(servers), ends)
        return decide(await examine(mail, resolver, forwarders))

    def _resolver_for(self, servers: Servers) -> DnsResolver:
        if self._resolver is None or self._resolver[0] != servers:
            self._resolver = (servers, DnsResolver(servers))
        return self._resolver[1]

    def _started_loop(self) -> asyncio.AbstractEventLoop:
        if self._loop is None:
            loop = self._loop = asyncio.new_event_loop()
            self._thread = threading.Thread(target=_run, args=(loop,), name="trust", daemon=True)
            self._thread.start()
        return self._loop


def _run(loop: asyncio.AbstractEventLoop) -> None:
    asyncio.set_event_loop(loop)
    try:
        loop.run_forever()
        tasks = asyncio.all_tasks(loop)
        for task in tasks:
            task.cancel()
        loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
    finally:
        loop.close()


def wait_while_they_come(futures: Sequence[Future[Verdict]], patience: float, ends: float) -> None:
    """Until all are there, none came for ``patience`` seconds, or ``ends`` (time.monotonic)."""
    missing = set(futures)
    now = last_came = time.monotonic()
    while missing and now < min(last_came + patience, ends):
        come, missing = wait(missing, timeout=patience / 8)
        now = time.monotonic()
        last_came = now if come else last_came


def _outcome(future: Future[Verdict]) -> Verdict:
    """A fault of ours is nobody's proof, and stops no mail."""
    error = future.exception()
    if error is None:
        return future.result()
    log.error("sender authentication failed", exc_info=error)
    reason = f"not verified: a fault of the gateway ({type(error).__name__})"
    return Verdict(Trust.TEMPERROR, Proof.UNKNOWN, (reason,))
