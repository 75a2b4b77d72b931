"""The process that everybody else's parent is. It does no work of its own, so that it has no reason to die."""

import asyncio
import contextlib
import json
import logging
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, TextIO

from gateway.app import systemd
from gateway.app.child import Child, Duty, names
from gateway.app.faults import CannotStart
from gateway.app.greeting import greeting
from gateway.app.instance import Instance, make_data_dir
from gateway.app.reading import Sound, read_again, reading
from gateway.app.sockets import LISTENING_ROLES, SETTINGS, Listener, open_listeners
from gateway.config.live import Live
from gateway.handover import Handover
from gateway.observe import start_logging

log = logging.getLogger("gateway.app")

ROLES = ("smtp", "pipeline", "delivery", "web")
START_SECONDS = 60.0
STOP_SECONDS = 9.0  # of the 10 that a stop may take; the door itself needs up to 8.5
CRASH_PATIENCE = 10.0  # after a killed gateway: so long its door may need to leave the port


def serve(
    config_path: Path,
    *,
    roles: Sequence[str] = ROLES,
    environ: Mapping[str, str] | None = None,
    show_first_steps: bool = False,
    out: TextIO | None = None,
) -> int:
    """Run the gateway until it is told to stop; the exit status.

    Raises, before anything was started: ConfigurationError, AlreadyRunning, CannotListen, CannotStart. Each text is for the person.
    """
    environ = dict(os.environ if environ is None else environ)
    with contextlib.ExitStack() as stack:
        with reading(config_path, environ) as reader:
            sound = reader.sound()
            configuration = sound.configuration
            start_logging("supervisor", configuration)
            make_data_dir(configuration.data_dir)
            instance = Instance(configuration.data_dir)
            stack.callback(instance.release)
            listeners = open_listeners(
                configuration,
                roles,
                systemd.inherited_sockets(environ, SETTINGS),
                patience=CRASH_PATIENCE if instance.after_crash else 0.0,
            )
            prepared = reader.prepare()
        live = Live(config_path, sound, partial(read_again, config_path, environ))
        supervisor = Supervisor(live, roles, listeners, environ)
        text = greeting(
            configuration,
            listeners,
            roles=roles,
            one_time_password=prepared.one_time_password,
            show_first_steps=show_first_steps or prepared.is_empty,
        )
        return asyncio.run(supervisor.run(text, out or sys.stdout))


class Supervisor:
    """Starts the roles, keeps them alive, passes on signals, and stops them in order."""

    def __init__(
        self, live: Live[Sound], roles: Sequence[str], listeners: Sequence[Listener], environ: Mapping[str, str]
    ) -> None:
        self._live = live
        self._environ = environ
        self._listeners = listeners
        configuration = live.current.configuration
        counts = {role: configuration.processes.pipelines if role == "pipeline" else 1 for role in roles}
        self._handover = Handover(live.current.packed)
        # Both ends are ours for good; the roles hold the reading one and see its end when we are gone, however we went.
        lifeline, self._lifeline = os.pipe()
        own = {name: value for name, value in environ.items() if name not in systemd.OURS}
        self.children = [
            Child(Duty(role, number, self._handover.descriptor, self._sockets_of(role), lifeline, own))
            for role, count in counts.items()
            for number in range(count)
        ]
        self._stopping = asyncio.Event()
        self._reloads: asyncio.Queue[None] = asyncio.Queue()

    def _sockets_of(self, role: str) -> tuple[Listener, ...]:
        return tuple(it for it in self._listeners if it.kind in LISTENING_ROLES.get(role, ()))

    async def run(self, greeting_text: str, out: TextIO) -> int:
        """Until SIGTERM or SIGINT; 0 after an orderly stop, 1 where a role never came up."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.stop)
        loop.add_signal_handler(signal.SIGHUP, self._reloads.put_nowait, None)
        keepers = [asyncio.create_task(child.keep()) for child in self.children]
        helpers = [asyncio.create_task(self._reload_when_asked()), asyncio.create_task(self._feed_watchdog())]
        try:
            if not await self._all_ready():
                return 1
            if not self._stopping.is_set():
                systemd.tell(self._environ, "READY=1", f"STATUS={len(self.children)} processes")
                log.info("gateway ready", extra={"processes": names(self.children)})
                if not self._live.current.configuration.limits.enabled:
                    log.warning("limits.enabled is false: rates, counts and budgets are off; never let the world in")
                with contextlib.suppress(OSError):
                    out.write(greeting_text)
                    out.flush()
            await self._stopping.wait()
            return 0
        finally:
            systemd.tell(self._environ, "STOPPING=1")
            for helper in helpers:
                helper.cancel()
            await self._end(keepers)

    def stop(self) -> None:
        """Begin an orderly stop; a second call gives up all patience."""
        if self._stopping.is_set():
            for child in self.children:
                child.kill()
        self._stopping.set()

    async def _all_ready(self) -> bool:
        """Wait for every role. False where one keeps dying or says nothing: then starting was in vain."""
        deadline = asyncio.get_running_loop().time() + START_SECONDS
        while not self._stopping.is_set():
            waiting = [child for child in self.children if not child.ready.is_set()]
            if not waiting:
                return True
            lost = [child for child in waiting if child.deaths >= 3]
            if lost or asyncio.get_running_loop().time() > deadline:
                log.critical(
                    "the gateway cannot start: %s did not come up; see the lines above", names(lost or waiting)
                )
                return False
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), 0.02)
        return True

    async def _end(self, keepers: Sequence[asyncio.Task[None]]) -> None:
        log.info("stopping")
        for listener in self._listeners:
            listener.socket.close()  # the door's own copy is closed by the door
        for child in self.children:
            child.stop()
        _, late = await asyncio.wait(keepers, timeout=STOP_SECONDS)
        if late:
            slow = [child for child in self.children if child.pid is not None]
            log.warning("processes did not stop in time and are killed", extra={"processes": names(slow)})
            for child in self.children:
                child.kill()
            await asyncio.wait(keepers, timeout=1.0)
        log.info("stopped")

    # --- reloading ----------------------------------------------------------------------------------------------------

    async def _reload_when_asked(self) -> None:
        while True:
            await self._reloads.get()
            while not self._reloads.empty():
                self._reloads.get_nowait()
            systemd.tell(self._environ, "STATUS=reading the changed configuration")
            # Its own thread: the watchdog must be fed meanwhile, however long a template takes.
            mistakes = await asyncio.to_thread(self._take_over)
            if not mistakes:
                start_logging("supervisor", self._live.current.configuration)
                self._handover.publish(self._live.current.packed)
                for child in self.children:
                    child.reload()
                log.info("configuration reloaded", extra={"configuration": self._live.current.stamp})
            else:
                log.error("configuration refused; the old one stays", extra={"mistakes": mistakes})
            self._write_result(mistakes)
            systemd.tell(self._environ, f"STATUS={len(self.children)} processes")

    def _take_over(self) -> list[Any]:
        """What stands against the changed configuration; nothing: it is in force."""
        try:
            return [mistake.as_json() for mistake in self._live.reload()]
        except CannotStart as error:
            return [{"message": str(error)}]

    def _write_result(self, mistakes: Sequence[Any]) -> None:
        """For ``gateway reload``, which waits for this file to change."""
        path = self._live.current.configuration.data_dir / "reload.json"
        aside = path.with_suffix(".new")
        result = {"at": datetime.now(UTC).isoformat(), "ok": not mistakes, "mistakes": list(mistakes)}
        try:
            aside.write_text(json.dumps(result, ensure_ascii=False), "utf-8")
            aside.replace(path)
        except OSError as error:
            log.warning("the result of a reload cannot be written", extra={"fault": str(error)})

    async def _feed_watchdog(self) -> None:
        seconds = systemd.watchdog_seconds(self._environ)
        while seconds:
            systemd.tell(self._environ, "WATCHDOG=1")
            await asyncio.sleep(seconds / 3)
