"""A connection on which everything has an end: the whole talk a deadline, every answer a size."""

import socket
import time
from collections.abc import Callable, Iterable
from types import TracebackType
from typing import Self

from gateway.config.section import Endpoint
from gateway.scanners.model import ScannerFault

CHUNK = 64 * 1024


class Wire:
    """One connection to a scanner. ScannerFault for whatever goes wrong, the deadline included."""

    def __init__(self, endpoint: Endpoint, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        """Connect. ``seconds``: for all that will happen on it."""
        self._clock = clock
        self._ends_at = clock() + seconds
        self._seconds = seconds
        self._socket = self._connected(endpoint)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._socket.close()

    def _connected(self, endpoint: Endpoint) -> socket.socket:
        try:
            if endpoint.path is None:
                return socket.create_connection((endpoint.host, endpoint.port), timeout=self._left())
            opened = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        except OSError as error:
            raise _fault("cannot be reached", error) from error
        try:
            opened.settimeout(self._left())
            opened.connect(str(endpoint.path))
        except OSError as error:
            opened.close()
            raise _fault("cannot be reached", error) from error
        return opened

    def _left(self) -> float:
        left = self._ends_at - self._clock()
        if left <= 0:
            raise ScannerFault(f"gave no answer within {self._seconds:g} s")
        return left

    def send(self, pieces: Iterable[bytes]) -> bool:
        """False where the scanner closed its side in the middle: its answer, if there is one, tells why."""
        for piece in pieces:
            view = memoryview(piece)
            while view:
                self._socket.settimeout(self._left())
                try:
                    sent = self._socket.send(view[:CHUNK])
                except (BrokenPipeError, ConnectionResetError):
                    return False
                except OSError as error:
                    raise self._broken(error) from error
                view = view[sent:]
        return True

    def finish(self) -> None:
        """Say that nothing more will come."""
        try:
            self._socket.shutdown(socket.SHUT_WR)
        except OSError as error:
            raise self._broken(error) from error

    def read(self, most: int, is_whole: Callable[[bytes], bool] = lambda _: False) -> bytes:
        """Until ``is_whole`` or the end of the connection. ScannerFault where it is more than ``most`` octets."""
        gathered = bytearray()
        while not is_whole(bytes(gathered)):
            self._socket.settimeout(self._left())
            try:
                piece = self._socket.recv(CHUNK)
            except OSError as error:
                raise self._broken(error) from error
            if not piece:
                break
            gathered += piece
            if len(gathered) > most:
                raise ScannerFault(f"answered with more than {most} octets")
        return bytes(gathered)

    def _broken(self, error: OSError) -> ScannerFault:
        if isinstance(error, TimeoutError):
            return ScannerFault(f"gave no answer within {self._seconds:g} s")
        return _fault("broke off", error)


def _fault(what: str, error: OSError) -> ScannerFault:
    return ScannerFault(f"{what}: {(error.strerror or str(error) or type(error).__name__).lower()}")


def names(words: Iterable[str], most: int = 200) -> tuple[str, ...]:
    """Names from a scanner as far as they are such: printable ASCII, cut to a sensible length and number."""
    found = ("".join(letter for letter in word.strip()[:100] if " " < letter <= "~") for word in words)
    return tuple(dict.fromkeys(name for name in found if name))[:most]


def number(text: object) -> float:
    """A score. ScannerFault for anything that is none, not-a-number and infinity included."""
    try:
        value = float(text)  # type: ignore[arg-type]
    except (TypeError, ValueError) as error:
        raise ScannerFault("answered with a score that is no number") from error
    if isinstance(text, bool) or not -1e6 < value < 1e6:
        raise ScannerFault("answered with a score that is no number")
    return value
