"""Bells between processes: "there is something for you". The work itself is a record in the database.

A bell is a datagram socket in Linux's abstract name space, named after the data directory. Nothing is left behind when a process
dies, and no path can be too long. A bell that is lost, or that somebody else rings, costs one look too many or a second's wait:
whoever waits also looks by itself every so often.
"""

import contextlib
import hashlib
import logging
import select
import socket
from collections.abc import Mapping
from pathlib import Path

log = logging.getLogger("gateway.bell")


def _address(data_dir: Path, name: str, number: int) -> bytes:
    place = hashlib.sha256(str(data_dir.resolve()).encode("utf-8", "surrogateescape")).hexdigest()[:24]
    return f"\0support-gateway/{place}/{name}/{number}".encode()


class Bell:
    """The bell of one process. ``number`` tells apart processes of one role, from 0 on."""

    def __init__(self, data_dir: Path, name: str, number: int = 0) -> None:
        """Never raises: a name that is taken, or a system without abstract names, gives a bell that nobody can ring."""
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        try:
            self._socket.bind(_address(data_dir, name, number))
        except OSError as error:
            log.warning("this process cannot be woken and looks for work by itself", extra={"fault": str(error)})
            self._socket.close()
            # A socket pair nobody else knows: waiting and waking from this process work the same.
            self._socket, self._own = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
            self._socket.setblocking(False)
        else:
            self._own = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
            self._own.connect(self._socket.getsockname())
        self._own.setblocking(False)

    def fileno(self) -> int:
        """For an event loop: readable when the bell was rung. Call ``answer`` then."""
        return self._socket.fileno()

    def wait(self, seconds: float) -> bool:
        """Until the bell rings, at most that long; True when it rang. Several rings are one."""
        rang = bool(select.select([self._socket], [], [], seconds)[0])
        if rang:
            self.answer()
        return rang

    def answer(self) -> None:
        """Take all rings that have come so far."""
        with contextlib.suppress(BlockingIOError):
            while True:
                self._socket.recv(16)

    def ring(self) -> None:
        """Ring this very bell, from any thread or signal handler of the process."""
        with contextlib.suppress(OSError):
            self._own.send(b"!")

    def close(self) -> None:
        self._socket.close()
        self._own.close()


class Ropes:
    """What a process pulls to ring other processes' bells. Threads may share it; it never waits and never raises."""

    def __init__(self, data_dir: Path, counts: Mapping[str, int]) -> None:
        """``counts``: how many processes each role has, {"pipeline": 2, "delivery": 1}."""
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        self._addresses = {
            name: [_address(data_dir, name, number) for number in range(count)] for name, count in counts.items()
        }

    def ring(self, name: str) -> None:
        """Ring at every process of a role. One that is not there, or has not answered yet, is passed over."""
        for address in self._addresses.get(name, ()):
            with contextlib.suppress(OSError):
                self._socket.sendto(b"!", address)

    def close(self) -> None:
        self._socket.close()
