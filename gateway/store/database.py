"""Connections and transactions. The only place that knows which database it is.

SQLite: WAL, ``synchronous=FULL``, writers begin with ``BEGIN IMMEDIATE``. Before that they queue on a lock file: SQLite's own
waiting is sleeping and trying again, which starves the door while the pipeline is busy; the kernel wakes a waiter at once.
PostgreSQL: READ COMMITTED, ``synchronous_commit=on``; work is claimed with ``FOR UPDATE SKIP LOCKED``.
"""

import fcntl
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError


class Database:
    """One database, as one process sees it. Threads may share it; forked children must make their own."""

    def __init__(self, url: str, *, password: str | None = None) -> None:
        """``url`` is an SQLAlchemy URL of SQLite (a file) or PostgreSQL. Nothing is connected yet."""
        parsed = make_url(url)
        if password is not None:
            parsed = parsed.set(password=password)
        if parsed.drivername == "postgresql":
            parsed = parsed.set(drivername="postgresql+psycopg")
        self.is_sqlite = parsed.get_backend_name() == "sqlite"
        self.engine: Engine
        self._lock_file: int | None = None
        self._thread_lock = threading.Lock()
        if self.is_sqlite:
            if not parsed.database or parsed.database == ":memory:":
                raise ValueError("SQLite needs a file: several processes share it")
            self._lock_path = Path(f"{parsed.database}.lock")
            self.engine = create_engine(
                parsed, connect_args={"timeout": 30.0, "check_same_thread": False}, pool_size=8, max_overflow=32
            )
            event.listen(self.engine, "connect", _prepare_sqlite)
            event.listen(self.engine, "begin", _begin_sqlite)
        else:
            self.engine = create_engine(
                parsed,
                pool_size=5,
                max_overflow=20,
                pool_pre_ping=False,
                pool_recycle=1800,
                connect_args={"connect_timeout": 5, "application_name": "support-gateway"},
            )

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """One transaction that may write: committed (durably) when the block ends, rolled back when it raises."""
        if not self.is_sqlite:
            with self.engine.begin() as connection:
                yield connection
            return
        with self._thread_lock:
            descriptor = self._lock_descriptor()
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            try:
                with self.engine.connect().execution_options(gateway_write=True) as connection, connection.begin():
                    yield connection
            finally:
                fcntl.flock(descriptor, fcntl.LOCK_UN)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """One consistent view; writers are not kept waiting (WAL snapshot, or REPEATABLE READ on PostgreSQL)."""
        options: dict[str, Any] = {} if self.is_sqlite else {"isolation_level": "REPEATABLE READ"}
        with self.engine.connect().execution_options(**options) as connection:
            yield connection
            connection.rollback()

    def dispose(self) -> None:
        self.engine.dispose()
        if self._lock_file is not None:
            os.close(self._lock_file)
            self._lock_file = None

    def _lock_descriptor(self) -> int:
        if self._lock_file is None:
            self._lock_file = os.open(self._lock_path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        return self._lock_file


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # the driver must not begin transactions by itself
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.execute("PRAGMA busy_timeout=30000")
    cursor.execute("PRAGMA temp_store=MEMORY")  # savepoints need temporary files; the root may be read-only
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    # A transaction that reads first and writes later would lose updates or fail with SQLITE_BUSY.
    immediate = connection.get_execution_options().get("gateway_write", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")


_SQLITE_ERROR = 1  # "no such column" and the like: a fault of the program, which no waiting mends


def is_temporary(error: BaseException) -> bool:
    """True for faults that may pass without anybody's doing: connection lost, database stopped, locked, out of space."""
    if isinstance(error, OperationalError):
        code = getattr(error.orig, "sqlite_errorcode", None)
        return code is None or code & 0xFF != _SQLITE_ERROR
    if isinstance(error, InterfaceError | OSError):
        return True
    return isinstance(error, DBAPIError) and bool(error.connection_invalidated)


def reason_of(error: BaseException) -> str:
    """The driver's own words on one line, without the statement and its values (they may hold customers' words)."""
    return " ".join(str(getattr(error, "orig", None) or error).split())[:300]
