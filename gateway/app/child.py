"""One process of a role, kept alive: started, watched, started again after it died, told to stop."""

import asyncio
import contextlib
import json
import logging
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import gateway
from gateway.app.sockets import Listener

log = logging.getLogger("gateway.app")

FIRST_PAUSE = 0.1
LONGEST_PAUSE = 30.0
SETTLED_SECONDS = 30.0  # a process that lived so long is not in a loop of dying


def pause_before_restart(deaths: int) -> float:
    """Seconds to wait after so many deaths in a row (1, 2, ...)."""
    return float(min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (deaths - 1)))


@dataclass(frozen=True, slots=True)
class Duty:
    """What a process is for. ``number`` tells apart the processes of one role."""

    role: str
    number: int
    configuration: int  # where the one in force lies: gateway.handover
    listeners: tuple[Listener, ...]
    lifeline: int  # a pipe that ends with the supervisor
    environ: Mapping[str, str] = field(repr=False)

    @property
    def name(self) -> str:
        return f"{self.role}-{self.number}" if self.number else self.role

    def command(self, ready: int) -> list[str]:
        sockets = json.dumps([[it.kind, it.socket.fileno()] for it in self.listeners])
        # -P: the working directory is no place to import from; where this very package lies is.
        return [sys.executable, "-P", "-m", "gateway.role", self.role] + [
            f"--{name}={value}"
            for name, value in (
                ("number", self.number),
                ("configuration", self.configuration),
                ("sockets", sockets),
                ("ready", ready),
                ("lifeline", self.lifeline),
            )
        ]


class Child:
    """Runs until ``stop``. ``ready`` is set as soon as the process said so for the first time."""

    def __init__(self, duty: Duty) -> None:
        self.duty = duty
        self.ready = asyncio.Event()
        self.deaths = 0
        self._process: asyncio.subprocess.Process | None = None
        self._is_ready = False  # of the process that runs now
        self._reload_wanted = False
        self._stopping = asyncio.Event()

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process is not None and self._process.returncode is None else None

    async def keep(self) -> None:
        """Start the process and start it again when it ends, until it was told to stop."""
        loop = asyncio.get_running_loop()
        while not self._stopping.is_set():
            started = loop.time()
            status = await self._live_once()
            if self._stopping.is_set():
                break
            self.deaths = 1 if loop.time() - started > SETTLED_SECONDS else self.deaths + 1
            pause = pause_before_restart(self.deaths)
            log.error(
                "a process died and is started again",
                extra={"child": self.duty.name, "status": _status(status), "pause": pause, "deaths": self.deaths},
            )
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), pause)

    async def _live_once(self) -> int:
        reader, writer = os.pipe()
        sockets = [it.socket.fileno() for it in self.duty.listeners]
        self._is_ready = self._reload_wanted = False
        try:
            self._process = await asyncio.create_subprocess_exec(
                *self.duty.command(writer),
                stdin=asyncio.subprocess.DEVNULL,
                pass_fds=(*sockets, writer, self.duty.configuration, self.duty.lifeline),
                env={**self.duty.environ, "PYTHONPATH": python_path(self.duty.environ)},
            )
        except OSError as error:
            os.close(reader)
            log.error("a process cannot be started", extra={"child": self.duty.name, "fault": str(error)})  # noqa: TRY400
            return 1
        finally:
            os.close(writer)
        if self._stopping.is_set():  # told while the process was being made
            self._send(signal.SIGTERM)
        asyncio.get_running_loop().add_reader(reader, self._heard, reader)
        try:
            return await self._process.wait()
        finally:
            self._forget(reader)

    def _heard(self, reader: int) -> None:
        if os.read(reader, 1):
            self._is_ready = True
            self.ready.set()
            log.info("process ready", extra={"child": self.duty.name, "child_pid": self.pid})
            if self._reload_wanted:
                self._send(signal.SIGHUP)
        self._forget(reader)

    def _forget(self, reader: int) -> None:
        if asyncio.get_running_loop().remove_reader(reader):
            os.close(reader)

    def reload(self) -> None:
        """Let the process take over the changed configuration, as soon as it is able to hear of it."""
        self._reload_wanted = True
        if self._is_ready:
            self._send(signal.SIGHUP)

    def stop(self) -> None:
        """Ask for an orderly end; ``keep`` returns when it has come."""
        self._stopping.set()
        self._send(signal.SIGTERM)

    def kill(self) -> None:
        """No more patience."""
        self._stopping.set()
        self._send(signal.SIGKILL)

    def _send(self, number: signal.Signals) -> None:
        if self.pid is not None and self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                self._process.send_signal(number)


def names(children: Sequence[Child]) -> str:
    return ", ".join(child.duty.name for child in children)


def python_path(environ: Mapping[str, str]) -> str:
    """Where a process of ours finds this very package, whatever the working directory is."""
    home = str(Path(gateway.__file__).absolute().parents[1])
    return os.pathsep.join(part for part in (home, environ.get("PYTHONPATH", "")) if part)


def _status(code: int) -> str:
    if code < 0:
        with contextlib.suppress(ValueError):
            return signal.Signals(-code).name
    return f"exit {code}"
