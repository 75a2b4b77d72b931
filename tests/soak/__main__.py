"""Long runs: rules against a slow interpreter, every crash point, and a kill storm. ``python -m tests.soak --help``."""

import argparse
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from tests.support.crash_points import FAULTS, SIZES, CrashBench, Point
from tests.support.databases import PostgresqlServer, postgresql_server
from tests.support.kill_storm import Resident, storm
from tests.support.rule_differences import compare_rules
from tests.support.storm import Clients

console = Console()


def bar() -> Progress:
    return Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), console=console
    )


def crash_points(folder: Path) -> bool:
    """Each fault at each numbered call of the door and of the pipeline, with a small mail and one in the blob store."""
    broken: list[str] = []
    hits: Counter[str] = Counter()
    with CrashBench(folder) as bench, bar() as progress:
        points = [
            Point(role, size, at, fault)
            for role in ("smtp", "pipeline")
            for size in SIZES
            for at in range(1, bench.calls(role, size) + 1)
            for fault in FAULTS
        ]
        for point in progress.track(points, description="crash points"):
            try:
                hits[bench.attempt(point)] += 1
            except AssertionError as error:
                broken.append(str(error))
    console.print(f"crash points: {len(points)} tried, {hits.total() - hits['']} hit, {len(broken)} broken")
    console.print("  " + ", ".join(f"{kind} {times}" for kind, times in hits.most_common() if kind))
    for text in broken:
        console.print(text, markup=False)
    return not broken


def kill_storm(folder: Path, url: str, given: argparse.Namespace) -> bool:
    began = time.monotonic()
    resident = Resident(folder, url=url)
    try:
        clients = Clients(folder / "clients", resident.port, clients=8)
        with bar() as progress:
            kills = progress.add_task("kills", total=given.kills)
            mails = progress.add_task("mails", total=given.mails)

            def show(killed: int) -> None:
                progress.update(kills, completed=killed)
                progress.update(mails, completed=clients.accepted)

            verdict, killed = storm(
                resident,
                clients,
                kills=given.kills,
                mails=given.mails,
                dice=random.Random(given.seed),
                most_seconds=given.minutes * 60,
                progress=show,
            )
            show(killed)
    except AssertionError as error:
        console.print(str(error), markup=False)
        return False
    finally:
        resident.gateway.kill()
    seconds = time.monotonic() - began
    complete = killed >= given.kills and verdict.accepted >= given.mails
    console.print(f"kill storm on {given.engine}: {killed} kills in {seconds:.0f} s, {verdict}")
    console.print(f"  replies: {dict(clients.codes)} (0: the connection broke), slowest {clients.slowest:.1f} s")
    console.print(f"  histories: {folder / 'clients'}")
    if not complete:
        console.print("  the time was over before all kills and mails were done")
    for name in ("lost", "doubled", "unexpected", "refused", "acknowledgements"):
        for what in getattr(verdict, name)[:20]:
            console.print(f"  {name}: {what}", markup=False)
    return verdict.is_sound and complete


def rules(cases: int, seed: int) -> bool:
    """Random mails and tickets through the engine and through the slow interpreter."""
    applied, differences, step = 0, list[str](), 1000
    with bar() as progress:
        for number in progress.track(range(-(-cases // step)), description="thousand cases of rules"):
            found = compare_rules(seed=seed * 1_000_000 + number, cases=min(step, cases - number * step))
            applied += found.applied
            differences += found.differences
    console.print(f"rules: {cases} mails and {cases} events, {applied} rules applied, {len(differences)} differences")
    for text in differences[:10]:
        console.print(text, markup=False)
    return not differences


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--mails", type=int, default=10_000, help="accepted mails that the storm goes on for")
    parser.add_argument("--minutes", type=float, default=60, help="most time for the storm")
    parser.add_argument("--engine", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", choices=("storm", "crash-points", "rules"), help="one of them")
    parser.add_argument("--cases", type=int, default=100_000, help="mails and tickets for the rules")
    given = parser.parse_args(arguments)
    folder = Path(tempfile.mkdtemp(prefix="gateway-soak-"))
    sound = True
    if given.only in (None, "rules"):
        sound &= rules(given.cases, given.seed)
    if given.only in (None, "crash-points"):
        (folder / "crash").mkdir()
        sound &= crash_points(folder / "crash")
    if given.only in (None, "storm"):
        with ExitStack() as stack:
            url = ""
            if given.engine == "postgresql":
                server: PostgresqlServer = stack.enter_context(postgresql_server())
                url = stack.enter_context(server.create(tables=False))
            sound &= kill_storm(folder / "storm", url, given)
    console.print("sound" if sound else "BROKEN")
    return 0 if sound else 1


if __name__ == "__main__":
    sys.exit(main())
