"""The database as the worker uses it: in threads, and with patience when it is away."""

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection

from gateway.store.database import Database, is_temporary

log = logging.getLogger(__name__)

P = ParamSpec("P")
T = TypeVar("T")


class Storage:
    """Transactions in threads of its own: a slow database never stops the conversation with the smarthost."""

    def __init__(self, database: Database, *, pause: float) -> None:
        """``pause``: seconds between tries of what must be written."""
        self._database = database
        self._pause = pause
        self._threads = ThreadPoolExecutor(3, thread_name_prefix="delivery-database")
        self._away = False

    async def write(self, work: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """``work(connection, ...)`` in one transaction; raises what it or the database raises."""

        def transaction() -> T:
            with self._database.write() as connection:
                return work(connection, *args, **kwargs)

        return await self._in_thread(transaction)

    async def write_persistently(
        self, work: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """The same, again and again until it is done: an outcome that is forgotten is a mail that is sent twice."""
        while True:
            try:
                return await self.write(work, *args, **kwargs)
            except Exception as error:
                if not self.is_at_fault(error):
                    log.exception("an outcome could not be written")
                await asyncio.sleep(self._pause)

    async def read(self, work: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """``work(connection, ...)`` on one consistent view."""

        def transaction() -> T:
            with self._database.read() as connection:
                return work(connection, *args, **kwargs)

        return await self._in_thread(transaction)

    def is_at_fault(self, error: Exception) -> bool:
        """Whether the database is away; said in one line when that begins, and in one when it is over."""
        if not is_temporary(error):
            return False
        if not self._away:
            self._away = True
            log.warning("delivery cannot use the database", extra={"fault": str(error)})
        return True

    def close(self) -> None:
        """Start nothing more; what runs in a thread runs to its end."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _in_thread(self, work: Callable[[], T]) -> T:
        result = await asyncio.get_running_loop().run_in_executor(self._threads, work)
        if self._away:
            self._away = False
            log.info("delivery can use the database again")
        return result
