"""Single role processes on a data directory of their own: started in milliseconds, killed at an exact system call."""

import json
import os
import shutil
import signal
import sqlite3
import struct
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from gateway.app.instance import make_data_dir
from gateway.app.preparation import prepare
from gateway.config.load import load_all
from tests.support.gateways import REPOSITORY, is_alive
from tests.support.waiting import wait_until

CONFIG = REPOSITORY / "config" / "gateway.yaml"
SHIM = REPOSITORY / "tests" / "durability" / "crash_shim.c"
KINDS = ("", "fsync", "fdatasync", "write", "writev", "pwrite", "ftruncate", "rename", "unlink", "mkdir", "send")


def build_shim(folder: Path) -> Path:
    """Compile the crash shim; CalledProcessError with the compiler's words where that fails."""
    library = folder / "crash_shim.so"
    subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-Wall", "-o", library, SHIM, "-ldl"], check=True)
    return library


def environment(data_dir: Path, **settings: str) -> dict[str, str]:
    """Settings for a gateway that lives in ``data_dir``; names as ``LIMITS__SMALL_BODY``."""
    given = {"DATA_DIR": str(data_dir), "TRUST__VERIFY": "false", **settings}
    return {f"GATEWAY__{name}": value for name, value in given.items()}


def make_home(data_dir: Path, **settings: str) -> dict[str, str]:
    """A data directory as the supervisor leaves it before the first role starts; its environment."""
    environ = environment(data_dir, **settings)
    make_data_dir(data_dir)
    prepare(load_all(CONFIG, environ))
    return environ


def copy_home(template: Path, data_dir: Path) -> None:
    shutil.copytree(template, data_dir)


class Report:
    """What the shim counts, in a file that the process has mapped: it can be read while it lives and when it is dead."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.write_bytes(bytes(24))

    @property
    def calls(self) -> int:
        return int(struct.unpack("lll", self.path.read_bytes())[0])

    @property
    def hit(self) -> str:
        """The call that was hit; "" while none was."""
        _, kind, directory = struct.unpack("lll", self.path.read_bytes())
        return KINDS[kind] + (" of a directory" if directory else "")


@dataclass(frozen=True, slots=True)
class Process:
    pid: int
    port: int
    is_ready: bool


class Roles:
    """The driver that forks them. Whoever it started ends with it."""

    def __init__(self, shim: Path | None = None) -> None:
        preload = {"LD_PRELOAD": str(shim)} if shim is not None else {}
        self._has_shim = shim is not None
        self._driver = subprocess.Popen(
            [sys.executable, "-P", str(REPOSITORY / "tests" / "support" / "role_driver.py")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, **preload},
        )
        self._running: set[int] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        for pid in self._running:
            os.kill(pid, signal.SIGKILL)
        assert self._driver.stdin is not None
        self._driver.stdin.close()
        self._driver.wait(20)

    def _order(self, **order: Any) -> dict[str, Any]:
        assert self._driver.stdin is not None
        assert self._driver.stdout is not None
        self._driver.stdin.write(json.dumps(order) + "\n")
        self._driver.stdin.flush()
        answer = self._driver.stdout.readline()
        assert answer, "the driver has died"
        return dict(json.loads(answer))

    def start(
        self,
        role: str,
        environ: Mapping[str, str],
        *,
        number: int = 0,
        at: int = 0,
        fault: int = 0,
        report: Report | None = None,
        changes: Sequence[str] = (),
    ) -> Process:
        """Start a role and wait until it is ready or dead. ``at``, ``fault``: for the shim, as ``crash_shim.c`` says."""
        process = Process(
            **self._order(
                do="start",
                role=role,
                number=number,
                config=str(CONFIG),
                environ=dict(environ),
                at=at,
                fault=fault,
                state=str(report.path) if report is not None else "",
                changes=list(changes),
                log=f"{environ['GATEWAY__DATA_DIR']}.log",
            )
        )
        self._running.add(process.pid)
        return process

    def end(self, process: Process, number: int = signal.SIGTERM) -> int:
        """Send the signal (0: none) and wait for the end; the exit status, negative for a signal."""
        if number:
            os.kill(process.pid, number)
        try:
            wait_until(lambda: not is_alive(process.pid), timeout=15, pause=0.002)
        except AssertionError:
            os.kill(process.pid, signal.SIGKILL)
            raise
        status = self._order(do="wait", pid=process.pid)["status"]
        self._running.discard(process.pid)
        return os.waitstatus_to_exitcode(status)

    def work_off(self, environ: Mapping[str, str], **options: Any) -> None:
        """Run a pipeline until nothing is pending."""
        pipeline = self.start("pipeline", environ, **options)
        assert pipeline.is_ready, Path(f"{environ['GATEWAY__DATA_DIR']}.log").read_text()
        wait_until(lambda: not pending(environ) or not is_alive(pipeline.pid), timeout=30, pause=0.005)
        self.end(pipeline)


def ask(environ: Mapping[str, str], query: str, *values: Any) -> list[tuple[Any, ...]]:
    """Rows from the SQLite database of a data directory, past the product's own code."""
    path = Path(environ["GATEWAY__DATA_DIR"]) / "gateway.db"
    with closing(sqlite3.connect(f"file:{path}?mode=rw", uri=True, timeout=30)) as connection:
        return connection.execute(query, values).fetchall()


def pending(environ: Mapping[str, str]) -> int:
    return int(ask(environ, "SELECT count(*) FROM journal WHERE state = 'pending'")[0][0])


def count(environ: Mapping[str, str], message_id: str) -> int:
    """How many messages on tickets have this Message-ID."""
    rows = ask(environ, "SELECT count(*) FROM messages WHERE direction = 'in' AND message_id = ?", message_id)
    return int(rows[0][0])


def assert_sound(environ: Mapping[str, str]) -> None:
    """The file is whole, every accepted mail has a fate, and what has a fate on a ticket is there."""
    assert ask(environ, "PRAGMA integrity_check") == [("ok",)]
    assert ask(environ, "PRAGMA foreign_key_check") == []
    assert ask(environ, "SELECT receipt FROM journal WHERE state <> 'settled' OR fate IS NULL") == []
    accepted, settled = ask(environ, "SELECT count(*), count(fate) FROM journal")[0]
    assert accepted == settled
    opened = "SELECT count(*) FROM journal WHERE fate = 'opened'"
    assert ask(environ, opened) == ask(environ, "SELECT count(*) FROM messages WHERE direction = 'in'")
