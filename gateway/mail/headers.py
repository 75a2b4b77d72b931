"""The header block of a message or a MIME part: fields in order, as octets (RFC 5322 section 2.2).

A field is a name of printable characters, a colon and a value; blanks before the colon are the obsolete form that readers
must accept (RFC 5322 section 4.5). The block ends at an empty line, or at a line that can be neither a field nor its
continuation: there Postfix and Sendmail see the body begin too.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from gateway.mail import limits
from gateway.mail.encoded_words import header_text

_BLOCK_END = re.compile(rb"\r?\n(?=\r?\n)")
_FIELD = re.compile(rb"([!-9;-~]{1,200})[ \t]*:")
_BARE_CR = re.compile(rb"\r(?!\n)")


@dataclass(frozen=True, slots=True)
class Field:
    """One field as it came: ``value`` without the colon, folds kept."""

    name: str  # as written
    key: str  # lower case
    value: bytes
    odd: bool = False  # blanks before the colon, NUL or a bare CR in it, or cut: programs may read it differently


@dataclass(slots=True)
class HeaderBlock:
    """The fields, where the body begins, and what was wrong."""

    fields: list[Field]
    body: int  # offset of the body in the octets that were read
    defects: list[str] = field(default_factory=list)
    complete: bool = True  # False: fields beyond a limit were not read
    _index: dict[str, list[Field]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for item in self.fields:
            self._index.setdefault(item.key, []).append(item)

    def all(self, key: str) -> list[Field]:
        """Every field of that name (lower case), in order."""
        return self._index.get(key, [])

    def first(self, key: str) -> bytes | None:
        """The value of the first field of that name."""
        found = self._index.get(key)
        return found[0].value if found else None

    def decoded(self, hint: str | None, defects: list[str]) -> tuple[tuple[str, str], ...]:
        """Names and readable values of all fields."""
        return tuple((item.name, header_text(item.value, hint, defects)) for item in self.fields)


def _logical_lines(block: bytes) -> Iterator[tuple[int, bytes]]:
    place = 0
    while place < len(block):
        end = block.find(b"\n", place) + 1 or len(block)
        yield place, block[place:end]
        place = end


def read_headers(data: bytes, start: int = 0, *, outermost: bool = False) -> HeaderBlock:
    """Split the header block that begins at ``start``; never raises, linear in the block's length."""
    defects: list[str] = []
    if outermost and data.startswith(b"\xef\xbb\xbf"):
        start = 3
        defects.append("byte order mark before the header")
    if data.startswith((b"\r\n", b"\n"), start):
        return HeaderBlock([], start + (2 if data[start] == 0x0D else 1), defects)
    found = _BLOCK_END.search(data, start)
    if found:
        block_end = found.end()
        body = block_end + (2 if data[block_end] == 0x0D else 1)
    else:
        block_end = body = len(data)
    cut = block_end - start > limits.HEADER_BLOCK
    if cut:
        defects.append(f"header block of {block_end - start} octets: cut")
        block_end = max(data.rfind(b"\n", start, start + limits.HEADER_BLOCK) + 1, start + 1)
    block = data[start:block_end]
    fields, stopped, notes, dropped = _fields(block, outermost=outermost)
    if stopped is not None:
        body = start + stopped
    return HeaderBlock(fields, body, defects + notes, complete=not (dropped or cut))


def _fields(block: bytes, *, outermost: bool) -> tuple[list[Field], int | None, list[str], int]:
    """The fields, the offset at which the block turned out to be no header any more (None: it was one), defects, fields left out."""
    fields: list[Field] = []
    defects: list[str] = []
    pieces: list[bytes] = []
    current: re.Match[bytes] | None = None
    dropped = 0

    def finish() -> None:
        nonlocal dropped
        if current is None:
            return
        if len(fields) >= limits.HEADER_FIELDS:
            dropped += 1
            return
        value = b"".join(pieces).rstrip(b"\r\n")
        odd = current[0][-2:-1] in (b" ", b"\t")
        if len(value) > limits.HEADER_FIELD:
            value, odd = value[: limits.HEADER_FIELD], True
            defects.append("a header field is over 64 KB: cut")
        if b"\x00" in value:
            value, odd = value.replace(b"\x00", b""), True
            defects.append("NUL in a header field")
        name = current[1].decode("ascii")
        value = value.strip(b" \t\r\n")
        if b"\r" in value and _BARE_CR.search(value):
            odd = True
            defects.append("bare CR in a header field")
        fields.append(Field(name, name.lower(), value, odd))

    for place, line in _logical_lines(block):
        if line[0] in b" \t":
            if current is not None:
                pieces.append(line)
            else:
                defects.append("the header begins with a continuation line")
            continue
        match = _FIELD.match(line)
        if match is None:
            if outermost and line.startswith((b"From ", b">From ")):
                if place:
                    defects.append("mbox separator in the header")
                continue
            finish()
            defects.append("a header line without a colon: the body begins there")
            return fields, place, defects, dropped
        finish()
        current, pieces = _FIELD.match(block, place), [line[match.end() :]]
    finish()
    if dropped:
        defects.append(f"{dropped} header fields beyond the first {limits.HEADER_FIELDS} were not read")
    return fields, None, defects, dropped
