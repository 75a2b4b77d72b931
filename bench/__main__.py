"""Figures, as ratios within one run: ``python -m bench [NAME ...]``; all when none is named (``--help`` lists them)."""

import argparse
import json
import socket
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import select

from bench import reader as reader_bench
from bench.journeys import measure_everything, measure_journey
from bench.machinery import (
    cpu_seconds,
    discarding,
    gateway,
    load,
    memory_mb,
    nothing_refused,
    proportional_mb,
    queueing_postfix,
    reset_peak,
    roles,
    wait_settled,
)
from bench.outbound import measure_outbound
from bench.rules import measure_rules
from bench.timers import measure as measure_timers
from bench.trust import measure_trust
from gateway.store.database import Database
from gateway.store.schema import journal

Figures = dict[str, Any]
ROUNDS = 3


def accept(folder: Path, mails: int) -> list[Figures]:
    """250 after the commit, against plain aiosmtpd that throws the mail away and Postfix that queues it; they take turns."""
    found = []
    with (
        discarding() as (yardstick, yardstick_pid),
        gateway(folder / "accept", "--roles", "smtp") as running,
        queueing_postfix() as postfix_port,
    ):
        door = roles(running)["smtp"]
        for sessions in (10, 50):
            ours, theirs, queued, costs = [], [], [], []
            for _ in range(ROUNDS):
                before = cpu_seconds(yardstick_pid)
                theirs.append(load(yardstick, mails=mails, sessions=sessions))
                middle = cpu_seconds(door)
                yardstick_ms = (cpu_seconds(yardstick_pid) - before) / mails * 1000
                ours.append(load(running.smtp_port, mails=mails, sessions=sessions))
                costs.append((yardstick_ms, (cpu_seconds(door) - middle) / mails * 1000))
                if postfix_port:
                    queued.append(load(postfix_port, mails=mails, sessions=sessions))
            nothing_refused([*ours, *queued])
            ratio = _median_ratio(ours, theirs)
            to_postfix = _median_ratio(ours, queued) if queued else None
            found.append(
                {
                    "what": f"durable accept, 2 KB, {sessions} sessions, a connection a mail",
                    "per_second": _median(ours, "per_second"),
                    "discarding_per_second": _median(theirs, "per_second"),
                    "postfix_per_second": _median(queued, "per_second") if queued else "not installed, or not root",
                    "ratio": ratio,
                    "ratio_to_postfix": to_postfix,
                    "p50_ms": _median(ours, "p50_ms"),
                    "p99_ms": _median(ours, "p99_ms"),
                    "door_cpu_ms": statistics.median(cost[1] for cost in costs),
                    "discarding_cpu_ms": statistics.median(cost[0] for cost in costs),
                    "target": "ratio >= 0.8, and not slower than Postfix",
                    "met": ratio >= 0.8 and (to_postfix is None or to_postfix >= 1),
                }
            )
    return found


def latency(folder: Path, mails: int) -> list[Figures]:
    """From the 250 to the committed ticket, as another process sees it, at 50 mails a second."""
    with gateway(folder / "latency") as running:
        load(running.smtp_port, mails=50, sessions=5)
        wait_settled(running, 50, 60)
        database = Database(f"sqlite:///{running.data_dir / 'gateway.db'}")
        seen: dict[str, float] = {}
        stop = threading.Event()
        watcher = threading.Thread(target=_watch, args=(database, seen, stop), daemon=True)
        watcher.start()
        ours = load(running.smtp_port, mails=min(mails, 1000), rate=50, receipts=1)
        wait_settled(running, min(mails, 1000) + 50)
        time.sleep(0.2)
        stop.set()
        watcher.join()
        database.dispose()
        nothing_refused([ours])
        waits = sorted((seen[receipt] - at) * 1000 for receipt, at in ours["receipts"])
        p99 = waits[int(len(waits) * 0.99)]
        return [
            {
                "what": "250 -> ticket visible to others, at 50 mails/s",
                "p50_ms": waits[len(waits) // 2],
                "p99_ms": p99,
                "worst_ms": waits[-1],
                "accept_p99_ms": ours["p99_ms"],
                "target": "p99 < 500 ms",
                "met": p99 < 500,
            }
        ]


def large(folder: Path, _mails: int) -> list[Figures]:
    """One 30 MB mail at the door, and what other sessions feel of it."""
    with gateway(folder / "large", "--roles", "smtp") as running:
        door = roles(running)["smtp"]
        load(running.smtp_port, mails=20, sessions=2)
        before = memory_mb(door)
        reset_peak(door)
        worst: list[float] = []
        stop = threading.Event()
        other = threading.Thread(target=_noops, args=(running.smtp_port, worst, stop), daemon=True)
        other.start()
        time.sleep(0.3)
        calm = max(worst)
        worst.clear()
        ours = load(running.smtp_port, mails=1, sessions=1, size=30 * 1024 * 1024)
        stop.set()
        other.join()
        nothing_refused([ours])
        more = memory_mb(door, "VmHWM") - before
        return [
            {
                "what": "a 30 MB mail",
                "seconds": ours["seconds"],
                "more_memory_mb": more,
                "others_wait_worst_ms": max(worst),
                "others_wait_without_it_ms": calm,
                "target": "< 60 MB more, others wait <= 50 ms",
                "met": more < 60 and max(worst) <= 50,
            }
        ]


def idle(folder: Path, _mails: int) -> list[Figures]:
    """Memory of all processes when nothing happens."""
    with gateway(folder / "idle") as running:
        running.send("once")
        wait_settled(running, 1, 60)
        processes = roles(running)
        resident = {role: round(memory_mb(pid), 1) for role, pid in processes.items()}
        shared_out = sum(proportional_mb(pid) for pid in processes.values())
        total = sum(resident.values())
        return [
            {
                "what": "memory, all roles idle",
                "resident_mb": round(total, 1),
                "proportional_mb": round(shared_out, 1),
                "by_role": resident,
                "target": "< 400 MB resident",
                "met": total < 400,
            }
        ]


def reader(_folder: Path, _mails: int) -> list[Figures]:
    """Bytes to meaning, beside the standard library and mail-parser alone."""
    return reader_bench.measure()


def trust(_folder: Path, mails: int) -> list[Figures]:
    """Sender authentication with a cold and a warm cache."""
    return measure_trust(min(mails, 500))


def timers(folder: Path, _mails: int) -> list[Figures]:
    """One tick of automation beside a million tickets."""
    return measure_timers(folder / "timers")


BENCHES: dict[str, Callable[[Path, int], list[Figures]]] = {
    "accept": accept,
    "journey": measure_journey,
    "latency": latency,
    "large": large,
    "idle": idle,
    "trust": trust,
    "everything": measure_everything,
    "outbound": measure_outbound,
    "reader": reader,
    "timers": timers,
    "rules": measure_rules,
}


def _median_ratio(ours: list[Figures], theirs: list[Figures]) -> float:
    return statistics.median(our["per_second"] / their["per_second"] for our, their in zip(ours, theirs, strict=True))


def _median(runs: list[Figures], name: str) -> float:
    return statistics.median(run[name] for run in runs)


def _watch(database: Database, seen: dict[str, float], stop: threading.Event) -> None:
    """Note when each receipt is first seen as settled."""
    query = select(journal.c.id, journal.c.receipt).where(journal.c.state == "settled").order_by(journal.c.id)
    last = 0
    while not stop.is_set():
        with database.read() as connection:
            rows = connection.execute(query.where(journal.c.id > last)).all()
        now = time.monotonic()
        for row in rows:
            seen.setdefault(row.receipt, now)
        if rows:
            last = max(last, rows[-1].id - 200)  # entries may be settled out of order
        time.sleep(0.005)


def _noops(port: int, waits: list[float], stop: threading.Event) -> None:
    """A session that says NOOP over and over, and what each answer took (milliseconds)."""
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.recv(1024)
        connection.sendall(b"EHLO other.example\r\n")
        connection.recv(4096)
        while not stop.is_set():
            began = time.perf_counter()
            connection.sendall(b"NOOP\r\n")
            connection.recv(1024)
            waits.append((time.perf_counter() - began) * 1000)
            time.sleep(0.01)


def _print(figures: Figures) -> None:
    mark = "met   " if figures["met"] else "MISSED"
    print(f"{mark} {figures['what']}   (target: {figures['target']})")
    for name, value in figures.items():
        if name in ("what", "target", "met"):
            continue
        shown = f"{value:.2f}" if isinstance(value, float) else value
        print(f"         {name:<26} {shown}")
    sys.stdout.flush()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("names", nargs="*", choices=[*BENCHES, []], metavar="bench", help=f"of {', '.join(BENCHES)}")
    parser.add_argument("--mails", type=int, default=2000, help="mails a run")
    parser.add_argument("--json", action="store_true", help="one object a line")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="gateway-bench-") as directory:
        for name in options.names or BENCHES:
            for figures in BENCHES[name](Path(directory), options.mails):
                if options.json:
                    print(json.dumps({"bench": name, **figures}), flush=True)
                else:
                    _print(figures)


if __name__ == "__main__":
    main()
