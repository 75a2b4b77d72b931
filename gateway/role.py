"""The beginning of one role's process: ``python -m gateway.role ROLE --configuration=FD ...``. Only the supervisor starts it."""

import argparse
import contextlib
import importlib
import json
import logging
import os
import signal
import socket
import sys
import threading
from collections.abc import Sequence
from typing import NoReturn

from gateway.config.mistakes import ConfigurationError
from gateway.observe import start_logging
from gateway.roles.workplace import Socket, Workplace

EX_CONFIG = 78

log = logging.getLogger("gateway.app")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one role until SIGTERM; its exit status."""
    parser = argparse.ArgumentParser(prog="gateway.role", description=__doc__)
    parser.add_argument("role", choices=("smtp", "pipeline", "delivery", "web"))
    parser.add_argument("--number", type=int, default=0)
    parser.add_argument("--configuration", type=int, required=True)
    parser.add_argument("--sockets", default="[]")
    parser.add_argument("--ready", type=int, required=True)
    parser.add_argument("--lifeline", type=int, required=True)
    given = parser.parse_args(arguments)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches everybody; the supervisor says what follows from it
    name = f"{given.role}-{given.number}" if given.number else given.role
    start_logging(name)
    end_with(given.lifeline)
    try:
        sockets = _sockets(given.sockets)
        place = Workplace(name, given.number, handed=given.configuration, sockets=sockets, ready=given.ready)
    except ConfigurationError as error:
        mistakes = [mistake.as_json() for mistake in error.mistakes]
        log.critical("the configuration cannot be used", extra={"mistakes": mistakes})
        return EX_CONFIG
    try:
        importlib.import_module(f"gateway.roles.{given.role}").run(place)
    finally:
        place.close()
    log.info("process ends")
    return 0


def end_with(lifeline: int) -> None:
    """Be told to stop when the supervisor dies, even by kill -9: nobody else would ever stop this process.

    ``lifeline`` is the reading end of a pipe that only the supervisor can write to, and never does.
    """

    def hold() -> None:
        os.read(lifeline, 1)
        log.error("the supervisor is gone")
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=hold, name="lifeline", daemon=True).start()


def _sockets(text: str) -> tuple[Socket, ...]:
    found = tuple(Socket(kind, socket.socket(fileno=number)) for kind, number in json.loads(text))
    for it in found:
        it.socket.set_inheritable(False)
    return found


def leave(status: int) -> NoReturn:
    """End at once. All that matters is committed; a thread that waits for a dead database must not keep the process."""
    logging.shutdown()
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            stream.flush()
    os._exit(status)


if __name__ == "__main__":
    try:
        leave(main())
    except Exception:
        log.critical("the process ends by a fault of its own", exc_info=True)
        leave(1)
