"""Charsets that Python reads too strictly: ISO-2022-JP as Outlook writes it, ISO-2022-KR, EUC-JP with vendor letters, HZ.

Outlook and Apple Mail put letters of Windows-31J (①, ㈱, 髙) under the label iso-2022-jp. No codec of Python takes them; the
same two octets shifted into Shift_JIS are plain cp932 (JIS X 0208 annex 1).
"""

import re
from collections.abc import Iterator

# RFC 1468, RFC 2237, RFC 1554 and JIS X 0201 Katakana.
_ESCAPE = re.compile(rb"\x1b(\$@|\$B|\$\(D|\$A|\$\(C|\(B|\(J|\(H|\(I|\.A|\.F|\$\)C)")
_SHIFT_OUT = re.compile(rb"\x0e([^\x0e\x0f\r\n]*)\x0f?")
_HZ_RUN = re.compile(rb"~\{([^~\r\n]*)(?:~\}|(?=[\r\n])|\Z)")
_HIGH = bytes(octet | 0x80 if 0x21 <= octet <= 0x7E else octet for octet in range(256))


def decode_iso_2022_jp(data: bytes) -> str | None:
    """RFC 1468 and what mailers make of it; None if the bytes are something else."""
    if not data.isascii():
        return None
    try:
        return data.decode("iso2022_jp_ext")
    except UnicodeDecodeError:
        pass
    try:
        return "".join(_jp_runs(data))
    except (UnicodeDecodeError, ValueError):
        return None


def _jp_runs(data: bytes) -> Iterator[str]:
    pieces = _ESCAPE.split(data)
    yield pieces[0].decode("ascii")
    for sequence, run in zip(pieces[1::2], pieces[2::2], strict=True):
        # A line end returns to ASCII (RFC 1468), also where the sender forgot the escape sequence before it.
        head, newline, tail = _at_line_end(run)
        match sequence:
            case b"$@" | b"$B":
                yield _shifted(head).decode("cp932")
            case b"$(D":
                yield (b"".join(b"\x8f" + head[i : i + 2].translate(_HIGH) for i in range(0, len(head), 2))).decode(
                    "euc_jp"
                )
            case b"(I":
                yield head.translate(_HIGH).decode("cp932")
            case b"$A":
                yield head.translate(_HIGH).decode("gb2312")
            case b"$(C":
                yield head.translate(_HIGH).decode("cp949")
            case _:
                yield run.decode("ascii")
                continue
        yield (newline + tail).decode("ascii")


def _at_line_end(run: bytes) -> tuple[bytes, bytes, bytes]:
    for place, octet in enumerate(run):
        if octet in (0x0A, 0x0D):
            return run[:place], run[place : place + 1], run[place + 1 :]
    return run, b"", b""


def _shifted(run: bytes) -> bytes:
    """JIS X 0208 octet pairs as Shift_JIS; spaces that stand between them stay."""
    out = bytearray()
    place, end = 0, len(run)
    while place < end:
        first = run[place]
        if first < 0x21 or place + 1 >= end:
            out.append(first)
            place += 1
            continue
        second = run[place + 1]
        out.append(((first - 0x21) >> 1) + (0x81 if first < 0x5F else 0xC1))
        if first & 1:
            out.append(second + (0x1F if second < 0x60 else 0x20))
        else:
            out.append(second + 0x7E)
        place += 2
    return bytes(out)


def decode_iso_2022_kr(data: bytes) -> str | None:
    """RFC 1557, with or without its designator; None if the bytes are something else."""
    if not data.isascii():
        return None
    out: list[str] = []
    place = 0
    plain = data.replace(b"\x1b$)C", b"")
    try:
        for run in _SHIFT_OUT.finditer(plain):
            out.append(plain[place : run.start()].decode("ascii"))
            out.append(run[1].translate(_HIGH).decode("cp949"))
            place = run.end()
        out.append(plain[place:].replace(b"\x0f", b"").decode("ascii"))
    except UnicodeDecodeError:
        return None
    return "".join(out)


def decode_euc_jp(data: bytes) -> str | None:
    """EUC-JP, else EUC with the letters of Windows-31J (cp51932); None if the bytes are something else."""
    try:
        return data.decode("euc_jp")
    except UnicodeDecodeError:
        pass
    out = bytearray()
    place, end = 0, len(data)
    while place < end:
        first = data[place]
        if first < 0x80:
            out.append(first)
            place += 1
            continue
        if place + 1 >= end or data[place + 1] < 0xA1:
            return None
        if first == 0x8E:
            out.append(data[place + 1])
        elif first >= 0xA1:
            out += _shifted(bytes((first & 0x7F, data[place + 1] & 0x7F)))
        else:
            return None
        place += 2
    try:
        return out.decode("cp932")
    except UnicodeDecodeError:
        return None


def decode_hz(data: bytes) -> str | None:
    """RFC 1843; None if the bytes are something else."""
    if not data.isascii():
        return None
    try:
        return data.decode("hz")
    except UnicodeDecodeError:
        pass
    try:
        out: list[str] = []
        place = 0
        for run in _HZ_RUN.finditer(data):
            out.append(data[place : run.start()].decode("ascii"))
            out.append(run[1].translate(_HIGH).decode("gb18030"))
            place = run.end()
        out.append(data[place:].decode("ascii"))
    except UnicodeDecodeError:
        return None
    return "".join(out).replace("~\r\n", "").replace("~\n", "").replace("~~", "~")
