"""Transfer encodings (RFC 2045 section 6) and what came before them: uuencode and yEnc inside a text."""

import binascii
import re
from dataclasses import dataclass

_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/=]+")
_INNER_BLANK = re.compile(rb"(?<=[^\s])[ \t](?=[^\s])")
_MARK = re.compile(rb"[^A-Za-z0-9+/=\s]")
_UU_BEGIN = re.compile(rb"^begin(?:-base64)? ([0-7]{3,4}) ([^\r\n]{1,200}?)[ \t]*\r?$", re.MULTILINE)
_UU_END = re.compile(rb"^(?:end|====)[ \t]*\r?$", re.MULTILINE)
_YENC_BEGIN = re.compile(rb"^=ybegin ([^\r\n]*)\r?\n", re.MULTILINE)
_YENC_END = re.compile(rb"^=yend[^\r\n]*\r?$", re.MULTILINE)
_YENC_PART = re.compile(rb"\A=ypart [^\r\n]*\r?\n")
_YENC_NAME = re.compile(rb"\bname=([^\r\n]+)")
_SHIFT = bytes((octet - 42) % 256 for octet in range(256))
_YENC_ESCAPE = re.compile(rb"=(.)", re.DOTALL)


def decode_transfer(data: memoryview, encoding: str, defects: list[str]) -> bytes:
    """The octets that a part carries. ``encoding`` is the Content-Transfer-Encoding as written; unknown ones change nothing."""
    name = encoding.strip().strip("\"';:").lower()
    if name in ("", "7bit", "8bit", "binary", "7-bit", "8-bit", "none"):
        return bytes(data)
    if name == "base64":
        return _base64(data, defects)
    if name in ("quoted-printable", "quoted printable", "quotedprintable"):
        return binascii.a2b_qp(data)
    if name in ("x-uuencode", "uuencode", "x-uue", "uue", "x-uu"):
        found = _first_uuencoded(bytes(data))
        if found is not None:
            return found
        defects.append("uuencoded part without a begin line")
        return bytes(data)
    defects.append(f"unknown transfer encoding {''.join(c for c in name[:40] if c.isprintable())}")
    return bytes(data)


def _base64(data: memoryview, defects: list[str]) -> bytes:
    try:
        return binascii.a2b_base64(data)
    except binascii.Error:
        pass
    letters = _NOT_BASE64.sub(b"", data).rstrip(b"=")
    defects.append("base64 with missing octets")
    if len(letters) % 4 == 1:
        letters = letters[:-1]
    try:
        return binascii.a2b_base64(letters + b"=" * (-len(letters) % 4))
    except binascii.Error:
        return bytes(data)


def is_prose(data: memoryview) -> bool:
    """Words with blanks and marks between them, that only say that they are base64. A list's footer below base64 does not count."""
    begin = bytes(data[:4_096]).lstrip()
    first = begin.split(b"\n", 1)[0]
    return len(_INNER_BLANK.findall(first)) >= 2 and _MARK.search(begin) is not None


@dataclass(frozen=True, slots=True)
class Embedded:
    """A file found inside a text."""

    name: bytes
    content: bytes


def take_embedded(data: bytes) -> tuple[bytes, list[Embedded]]:
    """Take uuencoded and yEnc files out of a text; what is left, and the files. Linear."""
    files: list[Embedded] = []
    if b"begin" in data:
        data = _take(data, _UU_BEGIN, _UU_END, _uu_file, files)
    if b"=ybegin " in data:
        data = _take(data, _YENC_BEGIN, _YENC_END, _yenc_file, files)
    return data, files


def _take(
    data: bytes, begin: re.Pattern[bytes], end: re.Pattern[bytes], decoder: object, files: list[Embedded]
) -> bytes:
    out: list[bytes] = []
    place = 0
    for _ in range(100):
        start = begin.search(data, place)
        if start is None:
            break
        stop = end.search(data, start.end())
        if stop is None:
            break
        found = decoder(start, data[start.end() : stop.start()])  # type: ignore[operator]
        if found is None:
            out.append(data[place : start.end()])
            place = start.end()
            continue
        out.append(data[place : start.start()])
        files.append(found)
        place = stop.end()
    out.append(data[place:])
    return b"".join(out)


def _uu_file(start: re.Match[bytes], body: bytes) -> Embedded | None:
    if start[0].startswith(b"begin-base64"):
        return Embedded(start[2], binascii.a2b_base64(_NOT_BASE64.sub(b"", body)[: len(body) // 4 * 4]))
    content = _uu_lines(body)
    return None if content is None else Embedded(start[2], content)


def _uu_lines(body: bytes) -> bytes | None:
    """The decoded lines; None if this is prose that happens to say "begin 644"."""
    out: list[bytes] = []
    for line in body.splitlines():
        if not line.strip():
            continue
        try:
            out.append(binascii.a2b_uu(line))
        except binascii.Error:
            # Some encoders pad lines with garbage: take as many octets as the length letter says.
            octets = (((line[0] - 32) & 63) * 4 + 5) // 3
            try:
                out.append(binascii.a2b_uu(line[:octets]))
            except binascii.Error:
                return None
    return b"".join(out)


def _first_uuencoded(data: bytes) -> bytes | None:
    start = _UU_BEGIN.search(data)
    if start is None:
        return None
    stop = _UU_END.search(data, start.end())
    return _uu_lines(data[start.end() : stop.start() if stop else len(data)])


def _yenc_file(start: re.Match[bytes], body: bytes) -> Embedded | None:
    name = _YENC_NAME.search(start[1])
    # One octet in 64 is escaped; where it is many more, this is no yEnc, and undoing it would only cost time.
    if body.count(b"=") * 10 > len(body) + 1000:
        return None
    body = _YENC_PART.sub(b"", body).replace(b"\r", b"").replace(b"\n", b"")
    # An escaped octet is 64 higher before the shift of 42 that all have.
    unescaped = _YENC_ESCAPE.sub(lambda match: bytes(((match[1][0] - 64) % 256,)), body)
    return Embedded(name[1].strip() if name else b"file.bin", unescaped.translate(_SHIFT))
