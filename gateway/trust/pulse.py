"""Whether the DNS servers answer at all. Dead ones shall cost a mail its proof, and no time.

Silent domains, however many, are no dead server: before servers are given up they are asked for the root, which every living one
knows.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

SILENT_SECONDS = 1.2  # a question that waits this long, while no other is answered either, is reason to probe
PAUSE_SECONDS = 30.0  # from one probe of dead servers to the next

log = logging.getLogger("gateway.trust")

T = TypeVar("T")


class Pulse:
    """Lets questions through while servers are alive. Belongs to one event loop."""

    def __init__(self, probe: Callable[[], Awaitable[bool]], *, clock: Callable[[], float]) -> None:
        """``probe``: ask the servers anything; whether one answered. Must end within a few seconds, and not raise."""
        self._probe = probe
        self._clock = clock
        self._waiting: set[asyncio.Task[Any]] = set()
        self._probing: asyncio.Task[None] | None = None
        self._heard_at: float | None = None
        self._dead_until: float | None = None

    @property
    def is_down(self) -> bool:
        return self._dead_until is not None

    async def ask(self, question: Coroutine[Any, Any, T]) -> T | None:
        """The question's answer; None at once while the servers are dead, and as soon as they turn out to be."""
        if self._dead_until is not None:
            question.close()
            if self._clock() >= self._dead_until:
                self._start_probe()
            return None
        if self._heard_at is None:
            self._start_probe()  # on the first question: a machine without DNS shows it within a moment
        loop = asyncio.get_running_loop()
        task = loop.create_task(question)
        self._waiting.add(task)
        alarm = loop.call_later(SILENT_SECONDS, self._suspect, self._clock())
        try:
            return await task
        except asyncio.CancelledError:
            if self.is_down:
                return None
            raise
        finally:
            alarm.cancel()
            self._waiting.discard(task)

    def heard(self) -> None:
        """A server answered a question, whatever the answer was."""
        self._heard_at = self._clock()

    def refused(self) -> None:
        """There is no server for a question, or no way to one."""
        if not self.is_down:
            self._start_probe()

    def _suspect(self, asked_at: float) -> None:
        if not self.is_down and (self._heard_at is None or self._heard_at < asked_at):
            self._start_probe()

    def _start_probe(self) -> None:
        if self._probing is None or self._probing.done():
            self._probing = asyncio.get_running_loop().create_task(self._look())

    async def _look(self) -> None:
        alive = await self._probe()
        if not alive:
            self._give_up()
            return
        if self.is_down:
            log.warning("DNS answers again; senders are verified")
        self._dead_until = None
        self._heard_at = self._clock()

    def _give_up(self) -> None:
        if not self.is_down:
            log.error("no DNS server answers; mail is taken unverified, and checked again when one does")
        self._dead_until = self._clock() + PAUSE_SECONDS
        for task in self._waiting:
            task.cancel()
