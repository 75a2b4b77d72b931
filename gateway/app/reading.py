"""The process that reads the configuration for the supervisor, and makes ready what must be there before the first role starts.

Rules, templates and database take more memory than everything else a supervisor does in its life. So a process of its own loads
them, answers, and is gone; the supervisor keeps the settings and hands on the rest without looking into it.
"""

import contextlib
import logging
import os
import pickle
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, TypeVar

from gateway.app import systemd
from gateway.app.child import python_path
from gateway.app.faults import CannotStart
from gateway.config.mistakes import ConfigurationError, Mistake
from gateway.config.model import Configuration
from gateway.observe import start_logging

if TYPE_CHECKING:
    from gateway.config.load import Loaded

log = logging.getLogger("gateway.app")

T = TypeVar("T")

_PREPARE = b"prepare\n"
_FAULT = "a fault of the program; the lines above say which"


@dataclass(frozen=True, slots=True)
class Sound:
    """A configuration without mistakes. ``packed``: with all that comes from its files, for ``gateway.handover``."""

    configuration: Configuration
    stamp: str
    packed: bytes


@dataclass(frozen=True, slots=True)
class Prepared:
    one_time_password: str | None  # of the first admin, who was made just now
    is_empty: bool  # no mail was ever accepted


class Reader:
    """The supervisor's side of one such process."""

    def __init__(self, process: "subprocess.Popen[bytes]", answers: BinaryIO) -> None:
        self._process = process
        self._answers = answers

    def sound(self) -> Sound:
        """What it has read. ConfigurationError with every mistake; CannotStart where it died."""
        sound: Sound = self._answer()
        return sound

    def prepare(self) -> Prepared:
        """Have templates, keys, schema and first admin made ready (``gateway.app.preparation``): its errors, else what was found."""
        assert self._process.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.write(_PREPARE)
            self._process.stdin.flush()
        prepared: Prepared = self._answer()
        return prepared

    def _answer(self) -> Any:
        try:
            answer, error = pickle.load(self._answers)  # noqa: S301 - our own process wrote it
        except (EOFError, pickle.UnpicklingError):
            raise CannotStart(f"the configuration could not be read: {_FAULT}") from None
        if isinstance(error, tuple):
            raise ConfigurationError(error)
        if error is not None:
            raise CannotStart(error)
        return answer


@contextmanager
def reading(path: Path, environ: Mapping[str, str], *, is_running: bool = False) -> Iterator[Reader]:
    """A process that reads the configuration in ``path``; CannotStart where there can be none.

    ``is_running``: it also looks whether a running gateway can take it over.
    """
    there, here = os.pipe()
    own = {name: value for name, value in environ.items() if name not in systemd.OURS}
    # -P: the working directory is no place to import from; where this very package lies is.
    command = [sys.executable, "-P", "-m", "gateway.app.reading", str(path), str(here), "running" if is_running else ""]
    with open(there, "rb") as answers:  # noqa: PTH123 - a descriptor
        try:
            process = subprocess.Popen(  # noqa: S603 - our own interpreter
                command, stdin=subprocess.PIPE, pass_fds=(here,), env={**own, "PYTHONPATH": python_path(environ)}
            )
        except OSError as error:
            raise CannotStart(f"the configuration could not be read: {error}") from error
        finally:
            os.close(here)
        with process:  # the end of its standard input is its word to go
            yield Reader(process, answers)


def read_again(path: Path, environ: Mapping[str, str]) -> Sound:
    """The configuration as it stands in its files now, for a running gateway. ConfigurationError or CannotStart where it cannot be."""
    with reading(path, environ, is_running=True) as reader:
        return reader.sound()


def main(arguments: list[str]) -> None:
    """Read, answer, and do what else is wanted until standard input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches everybody; this process goes with the supervisor
    start_logging("supervisor")
    path, descriptor, running = arguments
    with open(int(descriptor), "wb") as answers:  # noqa: PTH123 - a descriptor
        loaded = _tell(answers, partial(_load, Path(path), is_running=bool(running)))
        for line in sys.stdin.buffer:
            if line == _PREPARE and loaded is not None:
                _tell(answers, partial(_prepare, loaded))


def _tell(answers: BinaryIO, work: Callable[[], tuple[T, object]]) -> T | None:
    """Let the supervisor know what came of the work; what is not for it stays here. None where the work found a fault."""
    kept, answer = None, None
    error: tuple[Mistake, ...] | str | None = None
    try:
        kept, answer = work()
    except ConfigurationError as fault:
        error = fault.mistakes
    except CannotStart as fault:
        error = str(fault)
    answers.write(pickle.dumps((answer, error)))
    answers.flush()
    return kept


def _load(path: Path, *, is_running: bool) -> "tuple[Loaded, Sound]":
    from gateway.app.preparation import check_to_take_over
    from gateway.config.load import load_all
    from gateway.config.packed import pack

    loaded = load_all(path, os.environ, tested=True)
    start_logging("supervisor", loaded.configuration)
    if is_running:
        check_to_take_over(loaded)
    return loaded, Sound(loaded.configuration, loaded.stamp, pack(loaded))


def _prepare(loaded: "Loaded") -> tuple[None, Prepared]:
    from gateway.app.preparation import prepare

    return None, prepare(loaded)


if __name__ == "__main__":
    from gateway.app import reading as itself  # what is pickled must be of the module, not of __main__

    try:
        itself.main(sys.argv[1:])
    except BrokenPipeError:
        pass  # the supervisor is gone
    except Exception:
        log.critical("the configuration could not be read", exc_info=True)
        sys.exit(1)
