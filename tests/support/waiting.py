"""Wait for a condition instead of sleeping."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def wait_until(look: Callable[[], T], *, timeout: float = 20.0, pause: float = 0.01) -> T:
    """The first true answer of ``look``; AssertionError where there is none in time."""
    deadline = time.monotonic() + timeout
    while not (answer := look()):
        assert time.monotonic() < deadline, f"not in {timeout} s; the last answer was {answer!r}"
        time.sleep(pause)
    return answer
