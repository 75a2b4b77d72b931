"""rspamd's normal worker: POST /checkv2 with the mail as the body (https://docs.rspamd.com/developers/protocol)."""

import io
import json
import socket
from collections.abc import Iterator
from http.client import HTTPException, HTTPResponse
from typing import Any

from gateway.config.section import Endpoint
from gateway.scanners.model import Finding, ScannerFault, Subject
from gateway.scanners.wire import Wire, names, number

_MOST = 1024 * 1024  # octets of an answer


def ask(endpoint: Endpoint, subject: Subject, seconds: float) -> Finding:
    """What rspamd says; ScannerFault where it says nothing that can be used."""
    head = "".join(f"{name}: {value}\r\n" for name, value in _fields(subject))
    request = f"POST /checkv2 HTTP/1.1\r\n{head}\r\n".encode("ascii")
    with Wire(endpoint, seconds) as wire:
        wire.send((request, subject.raw))
        return read_answer(wire.read(_MOST, _is_whole))


def _fields(subject: Subject) -> Iterator[tuple[str, str]]:
    yield "Host", "localhost"
    yield "Connection", "close"
    yield "Content-Length", str(len(subject.raw))
    known = [
        ("Queue-Id", subject.receipt),
        ("IP", subject.peer),
        ("Helo", subject.helo),
        ("From", subject.reverse_path),
    ]
    known += [("Rcpt", path) for path in subject.forward_paths]
    for name, value in known:
        if value and all(" " < letter <= "~" for letter in value):  # a client chose them: no field may begin in one
            yield name, value


def _is_whole(octets: bytes) -> bool:
    head, end, body = octets.partition(b"\r\n\r\n")
    if not end:
        return False
    for line in head.lower().split(b"\r\n")[1:]:
        if line.startswith(b"content-length:"):
            length = line.partition(b":")[2].strip()
            return length.isdigit() and len(length) < 10 and len(body) >= int(length)
    return False


class _Octets:
    """What ``HTTPResponse`` wants of a socket."""

    def __init__(self, octets: bytes) -> None:
        self._octets = octets

    def makefile(self, *_: Any, **__: Any) -> io.BytesIO:
        return io.BytesIO(self._octets)


def read_answer(octets: bytes) -> Finding:
    """An HTTP response with rspamd's JSON; ScannerFault where it is something else."""
    stand_in: socket.socket = _Octets(octets)  # type: ignore[assignment]
    response = HTTPResponse(stand_in)
    try:
        response.begin()
        body = response.read()
    except (HTTPException, OSError, ValueError) as error:
        raise ScannerFault("answered with something that is not HTTP") from error
    if response.status != 200:
        raise ScannerFault(f"answered with the HTTP status {response.status}")
    try:
        said = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise ScannerFault("answered with something that is not JSON") from error
    if not isinstance(said, dict) or "score" not in said:
        raise ScannerFault("answered without a score")
    symbols = said.get("symbols", {})
    return Finding(score=number(said["score"]), symbols=names(symbols) if isinstance(symbols, dict) else ())
