"""Every listening socket, opened before anything else happens: a busy port is one sentence, not a half-started gateway."""

import errno
import socket
import stat
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from gateway.config.model import Configuration
from gateway.config.section import Endpoint

BACKLOG = 512
LISTENING_ROLES = {"smtp": ("smtp", "lmtp", "proxy", "submission", "submissions"), "web": ("web",)}
"""Which kinds of socket a role serves."""

SETTINGS = {
    "smtp": "smtp.listen",
    "lmtp": "smtp.lmtp",
    "proxy": "smtp.proxy_listen",
    "submission": "smtp.submission",
    "submissions": "smtp.submissions",
    "web": "web.listen",
}
"""The setting that says where a kind listens."""


class CannotListen(Exception):
    """One clear sentence: what, where, and what to do."""


@dataclass(frozen=True, slots=True)
class Listener:
    kind: str  # a key of SETTINGS
    socket: socket.socket

    @property
    def shown(self) -> str:
        """Where it really listens, as in the configuration: port 0 has become a number."""
        name = self.socket.getsockname()
        if self.socket.family == socket.AF_UNIX:
            return f"unix:{name}"
        return str(Endpoint(host=name[0], port=name[1]))


def open_listeners(
    configuration: Configuration,
    roles: Sequence[str],
    inherited: Mapping[str, Sequence[socket.socket]],
    *,
    patience: float = 0.0,
) -> list[Listener]:
    """The sockets of these roles; those that systemd opened replace the configured ones of their kind.

    ``patience``: seconds to wait for a port that is in use, for when a killed gateway's processes are still leaving.
    Raises CannotListen with nothing left open.
    """
    smtp = configuration.smtp
    wanted = {
        "smtp": smtp.listen,
        "lmtp": smtp.lmtp,
        "proxy": smtp.proxy_listen,
        "submission": smtp.submission,
        "submissions": smtp.submissions,
        "web": configuration.web.listen,
    }
    deadline = time.monotonic() + patience
    opened: list[Listener] = []
    try:
        for kind in (kind for role in roles for kind in LISTENING_ROLES.get(role, ())):
            if kind in inherited:
                opened.extend(Listener(kind, it) for it in inherited[kind])
                continue
            for text in wanted[kind]:
                opened.extend(Listener(kind, it) for it in _open(Endpoint.parse(text), kind, deadline))
    except CannotListen:
        for listener in opened:
            listener.socket.close()
        raise
    return opened


def _open(endpoint: Endpoint, kind: str, deadline: float) -> list[socket.socket]:
    while True:
        try:
            opened = [_unix(endpoint.path)] if endpoint.path is not None else _tcp(endpoint)
        except OSError as error:
            if error.errno == errno.EADDRINUSE and time.monotonic() < deadline:
                time.sleep(0.05)
                continue
            raise CannotListen(_sentence(endpoint, kind, error)) from error
        if not opened:
            raise CannotListen(_sentence(endpoint, kind, OSError(errno.EADDRNOTAVAIL, "")))
        return opened


def _tcp(endpoint: Endpoint) -> list[socket.socket]:
    """One socket, or one for each address of a name such as ``localhost``."""
    found = socket.getaddrinfo(endpoint.host, endpoint.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    addresses = list(dict.fromkeys((family, address) for family, _, _, _, address in found))
    opened: list[socket.socket] = []
    try:
        for family, address in addresses:
            listener = socket.socket(family, socket.SOCK_STREAM)
            opened.append(listener)
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            try:
                listener.bind(address)
            except OSError as error:
                if error.errno != errno.EADDRNOTAVAIL or len(addresses) == 1:
                    raise
                opened.pop().close()  # a name may have an address that this machine does not use
                continue
            listener.listen(BACKLOG)
    except OSError:
        for listener in opened:
            listener.close()
        raise
    return opened


def _unix(path: Path) -> socket.socket:
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        _remove_stale(path)
        listener.bind(str(path))
        path.chmod(0o660)  # an MTA of the same group may write
        listener.listen(BACKLOG)
    except OSError:
        listener.close()
        raise
    return listener


def _remove_stale(path: Path) -> None:
    """A socket file that nobody answers at was left by a process that died."""
    with suppress(FileNotFoundError):
        if not stat.S_ISSOCK(path.stat().st_mode):
            return
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
            try:
                probe.connect(str(path))
            except ConnectionRefusedError:
                path.unlink()


def _sentence(endpoint: Endpoint, kind: str, error: OSError) -> str:
    setting = SETTINGS[kind]
    match error.errno:
        case errno.EADDRINUSE if endpoint.path is not None:
            why = f"another program listens there or left a file; remove it or change `{setting}`"
        case errno.EADDRINUSE:
            why = (
                f"the port is in use; stop the other program (`ss -ltnp sport = :{endpoint.port}` names it) "
                f"or change `{setting}`"
            )
        case errno.EACCES if endpoint.path is None:
            why = (
                "ports below 1024 need a privilege; let systemd open the port (docs/operations.md) "
                f"or set `{setting}` to a port above 1023"
            )
        case errno.EADDRNOTAVAIL:
            why = f"this machine has no such address; change `{setting}`"
        case errno.ENOENT if endpoint.path is not None:
            why = f"there is no folder {endpoint.path.parent}; make it or change `{setting}`"
        case _:
            why = f"{(error.strerror or str(error)).lower()}; change `{setting}`"
    return f"cannot listen on {endpoint} for {kind}: {why}"
