"""Bells between processes: rung, heard once, lost without harm."""

import subprocess
import sys
import threading
import time
from pathlib import Path

from gateway.bell import Bell, Ropes
from tests.support.gateways import REPOSITORY


def test_a_bell_wakes_who_waits(tmp_path: Path) -> None:
    bell, ropes = Bell(tmp_path, "pipeline"), Ropes(tmp_path, {"pipeline": 1})
    threading.Timer(0.1, ropes.ring, ["pipeline"]).start()
    began = time.monotonic()
    assert bell.wait(10)
    assert time.monotonic() - began < 5
    bell.close()
    ropes.close()


def test_many_rings_are_one(tmp_path: Path) -> None:
    bell, ropes = Bell(tmp_path, "pipeline"), Ropes(tmp_path, {"pipeline": 1})
    for _ in range(10_000):
        ropes.ring("pipeline")
    assert bell.wait(5)
    assert not bell.wait(0)
    bell.close()


def test_every_process_of_a_role_is_rung(tmp_path: Path) -> None:
    bells = [Bell(tmp_path, "pipeline", number) for number in range(3)]
    ropes = Ropes(tmp_path, {"pipeline": 3, "delivery": 1})
    bells[1].close()  # one of them is away
    ropes.ring("pipeline")
    ropes.ring("delivery")
    ropes.ring("unknown")
    assert bells[0].wait(5)
    assert bells[2].wait(5)


def test_a_bell_hears_itself(tmp_path: Path) -> None:
    """As a signal handler rings it."""
    bell = Bell(tmp_path, "pipeline")
    bell.ring()
    assert bell.wait(5)


def test_a_name_that_is_taken_gives_a_bell_that_only_its_process_rings(tmp_path: Path) -> None:
    first, second = Bell(tmp_path, "pipeline"), Bell(tmp_path, "pipeline")
    Ropes(tmp_path, {"pipeline": 1}).ring("pipeline")
    assert first.wait(5)
    assert not second.wait(0)
    second.ring()
    assert second.wait(5)
    assert not first.wait(0)


def test_gateways_do_not_hear_each_other_and_long_paths_are_no_trouble(tmp_path: Path) -> None:
    here, there = tmp_path / ("a" * 200), tmp_path / ("b" * 200)
    bell, other = Bell(here, "pipeline"), Bell(there, "pipeline")
    Ropes(here, {"pipeline": 1}).ring("pipeline")
    assert bell.wait(5)
    assert not other.wait(0)


def test_a_bell_rings_across_processes(tmp_path: Path) -> None:
    bell = Bell(tmp_path, "pipeline")
    program = "import sys; from pathlib import Path; from gateway.bell import Ropes; "
    program += "Ropes(Path(sys.argv[1]), {'pipeline': 1}).ring('pipeline')"
    subprocess.run([sys.executable, "-c", program, str(tmp_path)], check=True, cwd=REPOSITORY, timeout=60)
    assert bell.wait(5)
