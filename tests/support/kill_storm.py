"""Kill the whole gateway at random moments under load, start it again, and look whether every mail is there once."""

import random
import socket
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from gateway.store.database import Database
from tests.support.gateways import Gateway, wait_for
from tests.support.storm import Clients, Verdict


def free_port() -> int:
    """A port that is free now, for a gateway that keeps it over restarts."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


class Resident:
    """A gateway that is killed and started again on the same data and the same port."""

    def __init__(self, folder: Path, environ: Mapping[str, str] | None = None, url: str = "") -> None:
        self.folder = folder
        self.port = free_port()
        self.url = url or f"sqlite:///{folder / 'var' / 'gateway.db'}"
        self._environ = {
            "GATEWAY__SMTP__LISTEN": f"127.0.0.1:{self.port}",
            "GATEWAY__LIMITS__ENABLED": "false",
            "GATEWAY__LOGGING__LEVEL": "warning",
            **({"GATEWAY__DATABASE__URL": url} if url else {}),
            **(environ or {}),
        }
        self.gateway = self.start()

    @property
    def data_dir(self) -> Path:
        return self.folder / "var"

    def start(self) -> Gateway:
        self.gateway = Gateway(self.folder, environ=self._environ)
        return self.gateway

    def wait_idle(self, database: Database, seconds: float) -> None:
        """Until every accepted mail has its fate."""
        from gateway.journal import Journal
        from gateway.store.blobs import BlobStore

        journal = Journal(database, BlobStore(self.data_dir / "blobs"))
        wait_for(lambda: journal.pending() == 0, seconds, f"the pipeline does not come to rest:\n{self.errors()}")

    def errors(self) -> str:
        return "\n".join(path.read_text()[-3000:] for path in sorted(self.folder.glob("err-*.txt"))[-2:])


def storm(
    resident: Resident,
    clients: Clients,
    *,
    kills: int,
    mails: int,
    dice: random.Random,
    most_seconds: float,
    progress: Callable[[int], None] = lambda kills: None,
) -> tuple[Verdict, int]:
    """Kill at least ``kills`` times and until ``mails`` are accepted; what came of it, and the number of kills.

    Half of the kills hit a gateway that is still starting or has hardly begun.
    """
    database = Database(resident.url)
    began = time.monotonic()
    resident.gateway.up()
    clients.start()
    killed = 0
    try:
        while (killed < kills or clients.accepted < mails) and time.monotonic() - began < most_seconds:
            if dice.random() < 0.5:
                resident.gateway.up()
            time.sleep(dice.uniform(0.1, 1.5))
            if killed < kills:
                resident.gateway.kill()
                killed += 1
                resident.start()
            progress(killed)
        resident.gateway.up()
        clients.stop()
        resident.wait_idle(database, 120 + clients.accepted / 50)  # a storm leaves a backlog of tens of thousands
        return clients.verdict(database, resident.data_dir), killed
    finally:
        database.dispose()
