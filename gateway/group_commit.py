"""Many sessions, one commit: what the door puts between itself and the ledger."""

import asyncio
import threading
from collections.abc import Sequence
from queue import SimpleQueue

from gateway.journal import Accepted, Journal


class GroupCommit:
    """Callers wait in a queue; a writer thread commits all that have gathered.

    While one commit is under way the next group gathers, so the disk's speed never limits the number of sessions.
    """

    MOST = 200  # records in one transaction

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._waiting: SimpleQueue[tuple[Accepted, asyncio.Future[None], asyncio.AbstractEventLoop] | None] = (
            SimpleQueue()
        )
        self._thread = threading.Thread(target=self._work, name="journal-writer", daemon=True)
        self._thread.start()

    async def append(self, record: Accepted) -> None:
        """Return when the record is durable. Raises the database's error when it is not: answer 451."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[None] = loop.create_future()
        self._waiting.put((record, future, loop))
        await future

    def close(self) -> None:
        """Commit what waits, then end the thread."""
        self._waiting.put(None)
        self._thread.join()

    def _work(self) -> None:
        while True:
            first = self._waiting.get()
            if first is None:
                return
            group = [first]
            last = False
            while len(group) < self.MOST and not self._waiting.empty():
                item = self._waiting.get()
                if item is None:
                    last = True
                    break
                group.append(item)
            self._commit(group)
            if last:
                return

    def _commit(self, group: Sequence[tuple[Accepted, asyncio.Future[None], asyncio.AbstractEventLoop]]) -> None:
        try:
            self._journal.append([record for record, _, _ in group])
        except Exception as error:
            if len(group) > 1:  # one bad record must not refuse the others' mail
                for item in group:
                    self._commit([item])
                return
            _tell(group, error)
        else:
            _tell(group, None)


def _tell(
    group: Sequence[tuple[Accepted, asyncio.Future[None], asyncio.AbstractEventLoop]], error: Exception | None
) -> None:
    def answer(futures: list[asyncio.Future[None]]) -> None:
        for future in futures:
            if not future.done():
                if error is None:
                    future.set_result(None)
                else:
                    future.set_exception(error)

    by_loop: dict[asyncio.AbstractEventLoop, list[asyncio.Future[None]]] = {}
    for _, future, loop in group:
        by_loop.setdefault(loop, []).append(future)
    for loop, futures in by_loop.items():
        try:
            loop.call_soon_threadsafe(answer, futures)
        except RuntimeError:  # the loop has ended; so have its sessions
            continue
