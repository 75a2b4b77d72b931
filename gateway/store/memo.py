"""Answers kept for the length of one transaction: what every mail of a batch would ask again is asked once.

Only a transaction that says so (``remembering``) keeps answers. Whoever changes what was asked says ``forget``. Another node's
change in between is seen by the next transaction, some hundredths of a second later.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from sqlalchemy import Connection

_KEPT = "gateway.store.memo"
_Answer = TypeVar("_Answer")


@contextmanager
def remembering(connection: Connection) -> Iterator[None]:
    """Keep answers until the block ends: it must not outlive the transaction, nor a savepoint that may be rolled back."""
    connection.info[_KEPT] = {}
    try:
        yield
    finally:
        connection.info.pop(_KEPT, None)


def is_remembering(connection: Connection) -> bool:
    return _KEPT in connection.info


def once(connection: Connection, question: str, ask: Callable[[], _Answer]) -> _Answer:
    """The answer that is kept under ``question``, or what ``ask`` says now."""
    kept: dict[str, Any] | None = connection.info.get(_KEPT)
    if kept is None:
        return ask()
    if question not in kept:
        kept[question] = ask()
    answer: _Answer = kept[question]
    return answer


def forget(connection: Connection, question: str) -> None:
    """What is kept under ``question`` holds no more."""
    connection.info.get(_KEPT, {}).pop(question, None)
