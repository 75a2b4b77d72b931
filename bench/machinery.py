"""Starting what is measured, and reading what it cost."""

import contextlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tests.support.gateways import Gateway, children_of, wait_for
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
def gateway(folder: Path, *arguments: str, environ: Mapping[str, str] | None = None) -> Iterator[Gateway]:
    """A whole gateway without rates and budgets, on free ports."""
    settings = {"GATEWAY__LIMITS__ENABLED": "false", "GATEWAY__LOGGING__LEVEL": "warning", **(environ or {})}
    running = Gateway(folder, arguments=arguments, environ=settings)
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


def balance(running: Gateway) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "gateway", "journal", "balance", "--json", "-c", str(running.config)],
        env=running.environ,
        stdout=subprocess.PIPE,
        check=True,
        text=True,
    )
    figures: dict[str, Any] = json.loads(done.stdout)
    return figures


def wait_idle(running: Gateway, accepted: int, seconds: float) -> dict[str, Any]:
    def idle() -> dict[str, Any] | None:
        figures = balance(running)
        return figures if figures["accepted"] >= accepted and figures["pending"] == 0 else None

    return wait_for(idle, seconds, "the pipeline did not come to its end")
