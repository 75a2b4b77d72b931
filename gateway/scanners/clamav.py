"""ClamAV's clamd: INSTREAM with null-terminated commands (clamd(8))."""

import re
from collections.abc import Iterator

from gateway.config.section import Endpoint
from gateway.scanners.model import Finding, ScannerFault, Subject
from gateway.scanners.wire import CHUNK, Wire, names

_MOST = 4096  # octets of an answer
_ANSWER = re.compile(rb"stream: (?:OK|(.{1,1000}) FOUND)", re.DOTALL)


def ask(endpoint: Endpoint, subject: Subject, seconds: float) -> Finding:
    """What ClamAV says; ScannerFault where it says nothing that can be used."""
    with Wire(endpoint, seconds) as wire:
        wire.send(_pieces(subject.raw))  # one that refuses the size says so and closes: its answer is read all the same
        return read_answer(wire.read(_MOST, lambda octets: octets.endswith(b"\0")))


def _pieces(raw: bytes) -> Iterator[bytes]:
    yield b"zINSTREAM\0"
    for start in range(0, len(raw), CHUNK):
        piece = raw[start : start + CHUNK]
        yield len(piece).to_bytes(4, "big") + piece
    yield bytes(4)


def read_answer(octets: bytes) -> Finding:
    """``stream: OK`` or ``stream: NAME FOUND``; ScannerFault with the words of anything else."""
    found = _ANSWER.fullmatch(octets.rstrip(b"\0\n"))
    if found is None:
        said = " ".join(names(octets.decode("ascii", "replace").split())[:12])
        raise ScannerFault(f"answered {said!r}" if said else "closed without a word")
    if found[1] is None:
        return Finding()
    return Finding(virus=" ".join(names(found[1].decode("ascii", "replace").split())) or "unnamed")
