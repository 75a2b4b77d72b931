"""What every role's process has: configuration, database, journal, bells, and the way to say that it is ready."""

import contextlib
import logging
import os
import socket
import threading
from dataclasses import dataclass
from datetime import UTC, datetime

from gateway.bell import Ropes
from gateway.config.keys import load_keyring
from gateway.config.mistakes import ConfigurationError
from gateway.config.model import Configuration
from gateway.desk.office import Office
from gateway.handover import take
from gateway.journal import Journal
from gateway.observe import start_logging
from gateway.store.blobs import BlobStore
from gateway.store.open import open_database

log = logging.getLogger("gateway.app")


@dataclass(frozen=True, slots=True)
class Socket:
    """A listening socket that the supervisor opened for this process."""

    kind: str  # as in gateway.app.sockets
    socket: socket.socket


def utc_now() -> datetime:
    return datetime.now(UTC)


class Workplace:
    """One process's share of the gateway. Threads may share it."""

    def __init__(self, name: str, number: int, *, handed: int, sockets: tuple[Socket, ...], ready: int) -> None:
        """``handed``: where the supervisor lays the configuration; ``ready``: where it waits for a word.

        ConfigurationError where the signing keys cannot be used. The database is connected on first use.
        """
        self._handed = handed
        self._ready: int | None = ready
        self._reloading = threading.Lock()
        self._office = self._furnish()
        configuration = self._office.configuration
        start_logging(name, configuration)
        self.name = name
        self.number = number
        self.sockets = sockets
        self.database = open_database(configuration)
        self.data_dir = configuration.data_dir
        self.blobs = BlobStore(configuration.data_dir / "blobs")
        self.journal = Journal(self.database, self.blobs)
        self.ropes = Ropes(configuration.data_dir, {"pipeline": configuration.processes.pipelines, "delivery": 1})

    def office(self) -> Office:
        """The configuration in force and all that is made from it. Ask again for each piece of work."""
        return self._office

    def configuration(self) -> Configuration:
        return self._office.configuration

    def reload(self) -> None:
        """Take over what the supervisor has found to be sound. Whatever fails, the old configuration stays."""
        with self._reloading:
            try:
                self._office = self._furnish()
            except (ConfigurationError, OSError) as error:
                log.error("configuration refused; the old one stays", extra={"fault": str(error)})  # noqa: TRY400
                return
            start_logging(self.name, self.configuration())
            log.info("configuration reloaded", extra={"configuration": self._office.loaded.stamp})

    def reload_aside(self) -> None:
        """The same in a thread of its own, for signal handlers: work in hand is not held up."""
        threading.Thread(target=self.reload, name="reload", daemon=True).start()

    def say_ready(self) -> None:
        """Tell the supervisor that this process is at work; once."""
        if self._ready is not None:
            with contextlib.suppress(OSError):  # the supervisor may be gone; then we are told to stop anyway
                os.write(self._ready, b"\n")
            os.close(self._ready)
            self._ready = None

    def close(self) -> None:
        self.ropes.close()
        self.database.dispose()

    def _furnish(self) -> Office:
        loaded = take(self._handed)
        return Office(loaded, load_keyring(loaded.configuration, may_create=False), os.urandom)
