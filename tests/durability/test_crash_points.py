"""A process dies, or a call fails, at any place where it touches files or its client: the mail is on exactly one ticket.

The suite tries a sample that is the same in every run, and small: it is there to see a change that breaks the order of steps, which
breaks many points. ``make soak`` tries every point.
"""

import random
from collections import Counter
from collections.abc import Iterator

import pytest

from tests.support.crash_points import SIZES, CrashBench, Point

SAMPLE = random.Random(20260305)


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CrashBench]:
    with CrashBench(tmp_path_factory.mktemp("crash")) as bench:
        yield bench


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(
    ("role", "faults", "most"),
    [
        ("smtp", ("die before", "die after"), 14),
        ("smtp", ("EIO", "ENOSPC"), 8),
        ("pipeline", ("die before", "die after"), 10),
        ("pipeline", ("EIO", "ENOSPC"), 6),
    ],
)
def test_a_mail_survives(bench: CrashBench, role: str, size: str, faults: tuple[str, str], most: int) -> None:
    calls = bench.calls(role, size)
    assert calls > most, "the shim sees no calls"
    places = sorted(SAMPLE.sample(range(1, calls + 1), most))
    hits = Counter(bench.attempt(Point(role, size, at, faults[number % 2])) for number, at in enumerate(places))
    assert hits.total() - hits[""] >= most * 0.6, f"too few points were reached: {hits}"
