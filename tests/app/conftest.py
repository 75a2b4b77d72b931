"""Starting the gateway turns this process's logging into JSON lines; afterwards it must be pytest's again."""

import logging
import sys
import threading
from collections.abc import Iterator

import pytest


@pytest.fixture
def untouched_logging() -> Iterator[None]:
    root = logging.getLogger()
    before = (root.handlers[:], root.level, sys.excepthook, logging.raiseExceptions, threading.excepthook)
    yield
    root.handlers[:], sys.excepthook, logging.raiseExceptions = before[0], before[2], before[3]
    threading.excepthook = before[4]
    root.setLevel(before[1])
    logging.captureWarnings(capture=False)
