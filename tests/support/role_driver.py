"""Starts one role's process at a time, quickly: everything is imported once, each process is a fork of this one.

Reads orders as JSON lines on standard input and answers each with one. ``tests.support.roles`` is the other end.
"""

import ctypes
import importlib
import json
import mmap
import os
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))

import dataclasses
import functools
import signal
from datetime import timedelta

from gateway import journal, role
from gateway.config.load import Loaded, load_all
from gateway.config.packed import pack
from gateway.handover import Handover
from gateway.pipeline import worker

for name in ("smtp", "pipeline"):
    importlib.import_module(f"gateway.roles.{name}")

STATE_OCTETS = 24


def _short_lease() -> None:
    journal.LEASE = timedelta(seconds=1)


def _sleep_before_reading() -> None:
    """Stop as if the machine slept, with a claim in hand, before the first mail is read."""
    _short_lease()
    original, first = worker.understand, [True]

    def understand(*arguments: Any) -> Any:
        if first.pop() if first else False:
            os.kill(os.getpid(), signal.SIGSTOP)
        return original(*arguments)

    worker.understand = understand


CHANGES: dict[str, Callable[[], None]] = {"short lease": _short_lease, "sleep before reading": _sleep_before_reading}
"""What an order may change about the process; the product has no switches for it."""


DATA_DIR = "GATEWAY__DATA_DIR"


@functools.cache
def load(config: str, environ: tuple[tuple[str, str], ...]) -> Loaded:
    return load_all(Path(config), dict(environ))


def configuration(order: dict[str, Any]) -> Loaded:
    """As the supervisor would load it; the files are read once for all data directories."""
    environ: dict[str, str] = order["environ"]
    loaded = load(order["config"], tuple((name, value) for name, value in environ.items() if name != DATA_DIR))
    there = {"data_dir": Path(environ[DATA_DIR])}
    return dataclasses.replace(loaded, configuration=loaded.configuration.model_copy(update=there))


def start(order: dict[str, Any], lifeline: tuple[int, int]) -> dict[str, Any]:
    """Fork a process; answers when it is at work or dead."""
    handover = Handover(pack(configuration(order)))
    listener = socket.create_server(("127.0.0.1", 0)) if order["role"] == "smtp" else None
    port = listener.getsockname()[1] if listener is not None else 0
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            os.close(reader)
            os.close(lifeline[1])
            live(order, handover.descriptor, listener, writer, lifeline[0])
        finally:
            os._exit(70)
    os.close(writer)
    os.close(handover.descriptor)
    if listener is not None:
        listener.close()
    is_ready = bool(os.read(reader, 1))
    os.close(reader)
    return {"pid": pid, "port": port, "is_ready": is_ready}


def live(order: dict[str, Any], handed: int, listener: socket.socket | None, ready: int, lifeline: int) -> None:
    """The forked process: what ``python -m gateway.role`` does, with the shim armed first."""
    log = os.open(order["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(log, 2)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    for change in order["changes"]:
        CHANGES[change]()
    sockets = [["smtp", listener.fileno()]] if listener is not None else []
    arguments = [order["role"], f"--number={order['number']}", f"--configuration={handed}"]
    arguments += [f"--sockets={json.dumps(sockets)}", f"--ready={ready}", f"--lifeline={lifeline}"]
    if order["state"]:
        shim = ctypes.CDLL(None)
        with Path(order["state"]).open("r+b") as file:
            state = mmap.mmap(file.fileno(), STATE_OCTETS)
        address = ctypes.addressof(ctypes.c_char.from_buffer(state))
        shim.crash_shim_arm(ctypes.c_long(order["at"]), ctypes.c_int(order["fault"]), ctypes.c_void_p(address))
    try:
        status = role.main(arguments)
    except Exception:
        role.log.critical("the process ends by a fault of its own", exc_info=True)
        status = 1
    role.leave(status)


def main() -> None:
    lifeline = os.pipe()
    for line in sys.stdin:
        order = json.loads(line)
        answer = start(order, lifeline) if order["do"] == "start" else {"status": os.waitpid(order["pid"], 0)[1]}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
