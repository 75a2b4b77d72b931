"""The desk inside somebody else's transaction: the pipeline carries out an agent's mail together with that mail's fate."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection

from gateway.store.database import Database


class Within(Database):
    """A transaction that has begun, used as a database: each ``write`` is a savepoint, so that an act that fails leaves nothing."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.engine = connection.engine
        self.is_sqlite = connection.dialect.name == "sqlite"

    @contextmanager
    def write(self) -> Iterator[Connection]:
        with self._connection.begin_nested():
            yield self._connection

    @contextmanager
    def read(self) -> Iterator[Connection]:
        yield self._connection

    def dispose(self) -> None:
        """Whoever began the transaction ends it."""
