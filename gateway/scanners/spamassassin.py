"""SpamAssassin's spamd: SYMBOLS of the SPAMC protocol, version 1.5 (spamd/PROTOCOL in its source)."""

import re

from gateway.config.section import Endpoint
from gateway.scanners.model import Finding, ScannerFault, Subject
from gateway.scanners.wire import Wire, names, number

_MOST = 256 * 1024  # octets of an answer
_STATUS = re.compile(rb"SPAMD/[0-9.]{1,8} ([0-9]{1,4}) ([A-Z_]{1,32})")
_SPAM = re.compile(rb"(?i)spam:\s*(?:true|false|yes|no)\s*;\s*(-?[0-9.]{1,20})\s*/\s*-?[0-9.]{1,20}\s*")


def ask(endpoint: Endpoint, subject: Subject, seconds: float) -> Finding:
    """What SpamAssassin says; ScannerFault where it says nothing that can be used."""
    head = f"SYMBOLS SPAMC/1.5\r\nContent-length: {len(subject.raw)}\r\n\r\n".encode("ascii")
    with Wire(endpoint, seconds) as wire:
        if wire.send((head, subject.raw)):
            wire.finish()
        return read_answer(wire.read(_MOST))


def read_answer(octets: bytes) -> Finding:
    """Status line, fields, and the names of symbols between commas; ScannerFault where it is something else."""
    head, end, body = octets.partition(b"\r\n\r\n")
    lines = head.split(b"\r\n")
    status = _STATUS.fullmatch(lines[0].strip())
    if not end or status is None:
        raise ScannerFault(
            "answered with something that is not the SPAMD protocol" if octets else "closed without a word"
        )
    if status[1] != b"0":
        raise ScannerFault(f"answered {status[2].decode('ascii')}")
    score = next((found[1] for line in lines[1:] if (found := _SPAM.fullmatch(line))), None)
    if score is None:
        raise ScannerFault("answered without a score")
    return Finding(score=number(score.decode("ascii")), symbols=names(body.decode("ascii", "replace").split(",")))
