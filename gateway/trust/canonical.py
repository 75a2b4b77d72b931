"""Bodies made ready for dkimpy, whose own canonicalization takes a time that grows with the square of a run of blanks."""

import re

_BLANKS = re.compile(rb"[\t ]+")
_PAIRS = re.compile(rb"(?:\n\r)*")


def simple_body(body: bytes) -> bytes:
    """RFC 6376 section 3.4.3: no empty lines at the end. dkimpy leaves the result as it is."""
    end = len(body.rstrip(b"\r\n"))
    tail = body[end:]
    pairs = _PAIRS.match(tail[::-1])
    assert pairs is not None
    return body[: len(body) - pairs.end()] + b"\r\n"


def relaxed_body(body: bytes) -> bytes:
    """RFC 6376 section 3.4.4: runs of blanks are one space, none at line ends, no empty lines at the end."""
    body = _BLANKS.sub(b" ", body).replace(b" \r\n", b"\r\n")
    return simple_body(body)
