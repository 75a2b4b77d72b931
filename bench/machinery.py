"""Starting what is measured, and reading what it cost."""

import contextlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import select

from gateway.store.database import Database
from gateway.store.schema import journal
from tests.support.gateways import Gateway, children_of
from tests.support.postfix import postfix

_TICK = os.sysconf("SC_CLK_TCK")


def load(port: int, **options: float | Path) -> dict[str, Any]:
    """One run of the load generator in its own process."""
    arguments = [word for name, value in options.items() for word in (f"--{name}", str(value))]
    done = subprocess.run(
        [sys.executable, "-m", "bench.load", "--port", str(port), *arguments],
        stdout=subprocess.PIPE,
        check=True,
        text=True,
    )
    figures: dict[str, Any] = json.loads(done.stdout)
    return figures


@contextlib.contextmanager
def discarding() -> Iterator[tuple[int, int]]:
    """Plain aiosmtpd that throws mail away: its port and process id."""
    process = subprocess.Popen([sys.executable, "-m", "bench.discard"], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield int(process.stdout.readline()), process.pid
    finally:
        process.kill()
        process.wait()


@contextlib.contextmanager
def queueing_postfix() -> Iterator[int | None]:
    """A private Postfix that takes mail and keeps it in its queue: its port; None where there is no Postfix, or no root."""
    if shutil.which("postfix") is None or os.geteuid() != 0:
        yield None
        return
    with postfix("smtp:[127.0.0.1]:1") as instance:  # nobody listens there: the mail stays queued
        yield instance.port


@contextlib.contextmanager
def gateway(
    folder: Path, *arguments: str, environ: Mapping[str, str] | None = None, config: Path | None = None
) -> Iterator[Gateway]:
    """A whole gateway without rates and budgets, on free ports."""
    settings = {"GATEWAY__LIMITS__ENABLED": "false", "GATEWAY__LOGGING__LEVEL": "warning", **(environ or {})}
    running = Gateway(folder, config=config, arguments=arguments, environ=settings)
    try:
        yield running.up()
    finally:
        running.stop(30)


def roles(running: Gateway) -> dict[str, int]:
    """Process ids by role; "supervisor" among them."""
    found = {"supervisor": running.process.pid}
    for pid in children_of(running.process.pid):
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        role = words[words.index(b"gateway.role") + 1].decode() if b"gateway.role" in words else str(pid)
        found[role if role not in found else f"{role}-{pid}"] = pid
    return found


def cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICK


def memory_mb(pid: int, field: str = "VmRSS") -> float:
    """``VmRSS`` now, ``VmHWM`` at its highest; in MiB."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(f"{field}:"):
            return int(line.split()[1]) / 1024
    return 0.0


def proportional_mb(pid: int) -> float:
    """Memory with what processes share divided among them (Pss), in MiB."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) / 1024
    return 0.0


def reset_peak(pid: int) -> None:
    Path(f"/proc/{pid}/clear_refs").write_text("5")


def wait_settled(running: Gateway, wanted: int, seconds: float = 300) -> float:
    """Until that many mails have their fate, looked at without the cost of a process; when that was (time.monotonic)."""
    database = Database(f"sqlite:///{running.data_dir / 'gateway.db'}")
    deadline = time.monotonic() + seconds
    query = select(journal.c.id).where(journal.c.state == "pending").limit(1)
    newest = select(journal.c.id).order_by(journal.c.id.desc()).limit(1)
    try:
        while (now := time.monotonic()) < deadline:
            with database.read() as connection:
                if connection.execute(newest).scalar() == wanted and connection.execute(query).first() is None:
                    return now
            time.sleep(0.01)
    finally:
        database.dispose()
    raise SystemExit(f"the pipeline did not settle {wanted} mails within {seconds} s")


def nothing_refused(runs: Sequence[Mapping[str, Any]]) -> None:
    for run in runs:
        if run["refused"]:
            raise SystemExit(f"{run['refused']} mails were refused, the first with {run['first_refusal']!r}: no figure")
