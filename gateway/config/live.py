"""The running configuration: one value that is swapped as a whole, or not at all."""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

from gateway.config.mistakes import ConfigurationError, Mistake
from gateway.config.model import Configuration

# What is opened once, at start: sockets, database, folders and the processes themselves.
RESTART_NEEDED: tuple[tuple[str, ...], ...] = (
    ("data_dir",),
    ("smtp", "listen"),
    ("smtp", "lmtp"),
    ("smtp", "proxy_listen"),
    ("smtp", "submission"),
    ("smtp", "submissions"),
    ("web", "listen"),
    ("database", "url"),
    ("database", "password"),
    ("keys", "directory"),
    ("processes", "pipelines"),
)


class Read(Protocol):
    """A configuration with whatever came with it from the same reading."""

    @property
    def configuration(self) -> Configuration: ...


R = TypeVar("R", bound=Read)


class Live(Generic[R]):
    """Holds the configuration of a process. ``current`` may be read by any thread at any time."""

    def __init__(self, path: Path, current: R, read: Callable[[], R]) -> None:
        """``path``: of the main file, for what is said of it. ``read``: what stands there now, or ConfigurationError."""
        self._path = path
        self._read = read
        self._lock = threading.Lock()
        self._current = current

    @property
    def current(self) -> R:
        return self._current

    def reload(self) -> tuple[Mistake, ...]:
        """Take over the changed files. Empty: done. Else nothing was changed, and these are the reasons.

        A change that needs a restart is such a reason: half of a configuration would be nobody's intention.
        """
        with self._lock:
            try:
                wanted = self._read()
            except ConfigurationError as error:
                return error.mistakes
            blocked = needs_restart(self._current.configuration, wanted.configuration)
            if blocked:
                message = "{} was changed, which takes a restart; nothing was taken over, restart the gateway"
                return tuple(Mistake(str(self._path), 0, 0, message.format(f"`{name}`")) for name in blocked)
            self._current = wanted
            return ()


def needs_restart(running: Configuration, wanted: Configuration) -> tuple[str, ...]:
    """The settings that differ and that a running gateway cannot take over."""
    return tuple(".".join(path) for path in RESTART_NEEDED if _get(running, path) != _get(wanted, path))


def _get(configuration: Configuration, path: tuple[str, ...]) -> Any:
    value: Any = configuration
    for name in path:
        value = getattr(value, name)
    return value
