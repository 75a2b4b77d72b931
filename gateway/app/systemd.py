"""The two conversations with systemd: sockets that it opened for us, and how we are (sd_listen_fds(3), sd_notify(3))."""

import contextlib
import os
import socket
from collections.abc import Iterable, Mapping

FIRST_FD = 3
OURS = ("NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID", "LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES")
"""Variables that are for the supervisor alone and must not reach the roles."""


def inherited_sockets(environ: Mapping[str, str], names: Iterable[str]) -> dict[str, list[socket.socket]]:
    """Listening sockets by name (``FileDescriptorName=`` of the socket unit). One with a name we do not know is for SMTP."""
    known = tuple(names)
    found: dict[str, list[socket.socket]] = {}
    if environ.get("LISTEN_PID") != str(os.getpid()):
        return found
    labels = environ.get("LISTEN_FDNAMES", "").split(":")
    for place in range(int(environ.get("LISTEN_FDS", "0"))):
        label = labels[place] if place < len(labels) else ""
        listener = socket.socket(fileno=FIRST_FD + place)
        listener.set_inheritable(False)
        found.setdefault(label if label in known else "smtp", []).append(listener)
    return found


def watchdog_seconds(environ: Mapping[str, str]) -> float | None:
    """How often systemd wants to hear from this process; None: never."""
    if environ.get("WATCHDOG_PID", str(os.getpid())) != str(os.getpid()) or not environ.get("WATCHDOG_USEC"):
        return None
    return int(environ["WATCHDOG_USEC"]) / 1_000_000


def tell(environ: Mapping[str, str], *lines: str) -> None:
    """Say ``READY=1`` and the like; nothing happens where systemd does not listen."""
    address = environ.get("NOTIFY_SOCKET", "")
    if not address:
        return
    with (
        contextlib.suppress(OSError),
        socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as channel,
    ):
        channel.settimeout(1.0)  # a systemd that does not listen must not stop the mail
        channel.connect("\0" + address[1:] if address.startswith("@") else address)
        channel.sendall("\n".join(lines).encode())
