"""Mail on disk and in pipes: single files, mbox files, Maildir folders, standard input. One item a mail, in order.

On disk lines usually end with a bare LF, while mail has CR LF (RFC 5322 section 2.1). Every bare LF becomes CR LF; a file that has CR LF
already keeps its octets. A bare CR or a NUL is left alone: the same check as at the door refuses it.
"""

import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

_BARE_LF = re.compile(rb"(?<!\r)\n")
# RFC 4155: "From ", an address, a time with the year. Without the time it is a line of somebody's letter.
_SEPARATOR = re.compile(rb"From \S.*\d{1,2}:\d{2}.*\d{4}")
_QUOTED = re.compile(rb">+From ")
_LINE = 64 * 1024


@dataclass(frozen=True, slots=True)
class Item:
    """One mail. ``raw`` is None where it could not be read; then ``fault`` says why."""

    name: str  # the file; "file#2" for the second mail of an mbox
    raw: bytes | None
    octets: int  # of the source, for the progress bar
    fault: str = ""
    is_temporary: bool = False  # the fault may pass
    is_too_large: bool = False
    sender: str | None = None  # from the mbox separator


def with_crlf(raw: bytes) -> bytes:
    """Every line end as CR LF, also that of the last line."""
    mail = raw if raw.count(b"\n") == raw.count(b"\r\n") else _BARE_LF.sub(b"\r\n", raw)
    return mail if mail.endswith(b"\r\n") or not mail else mail + b"\r\n"


def size_of(path: Path) -> int:
    """Octets that reading this source will go through, 0 where that is not known."""
    try:
        return sum(file.stat().st_size for file in _files(path)) if path.is_dir() else path.stat().st_size
    except OSError:
        return 0


def read_source(path: Path, *, most: int) -> Iterator[Item]:
    """All mails of a file or folder; ``most`` is the size in octets above which a mail is not read into memory."""
    try:
        files = _files(path) if path.is_dir() else [path]
    except OSError as error:
        yield _unreadable(path, error)
        return
    for file in files:
        try:
            if not stat.S_ISREG(file.stat().st_mode):
                yield Item(str(file), None, 0, "is neither a file nor a folder")
                continue
            with file.open("rb") as stream:
                yield from _read_file(file, stream, most)
        except OSError as error:
            yield _unreadable(file, error)


def read_pipe(stream: BinaryIO, *, most: int) -> Item:
    """The one mail that a mail server writes to our standard input, all of it: a writer that is not read to the end may fail."""
    pieces: list[bytes] = []
    octets = 0
    while piece := stream.read(_LINE):
        octets += len(piece)
        if octets <= most:
            pieces.append(piece)
        else:
            pieces.clear()
    if octets > most:
        return Item("-", None, octets, is_too_large=True)
    raw = b"".join(pieces)
    sender = None
    if raw.startswith(b"From "):  # some mail servers put the separator of mbox in front
        line, _, rest = raw.partition(b"\n")
        sender, raw = _sender(line), rest
    return Item("-", with_crlf(raw), octets, sender=sender)


def _files(folder: Path) -> list[Path]:
    """The mails of a Maildir, oldest name first; of any other folder, its files by name."""
    if (folder / "cur").is_dir() and (folder / "new").is_dir():
        found = [entry for part in ("new", "cur") for entry in (folder / part).iterdir()]
    else:
        found = list(folder.iterdir())
    return sorted(
        (entry for entry in found if entry.is_file() and not entry.name.startswith(".")), key=lambda e: e.name
    )


def _read_file(path: Path, stream: BinaryIO, most: int) -> Iterator[Item]:
    first = stream.readline(_LINE)
    stream.seek(0)
    if _SEPARATOR.match(first):
        yield from _read_mbox(path, stream, most)
        return
    size = os.fstat(stream.fileno()).st_size
    if size > most:
        yield Item(str(path), None, size, is_too_large=True)
    else:
        raw = stream.read()
        yield Item(str(path), with_crlf(raw), len(raw))


def _read_mbox(path: Path, stream: BinaryIO, most: int) -> Iterator[Item]:
    """mboxrd: a mail begins at a separator behind an empty line; one ``>`` in front of ``From`` is taken away."""
    number = 0
    sender: str | None = None
    lines: list[bytes] = []
    octets = kept = 0
    may_begin = is_line_start = True

    def item() -> Item:
        name = f"{path}#{number}"
        if kept > most:
            return Item(name, None, octets, is_too_large=True)
        raw = with_crlf(b"".join(lines))
        return Item(name, raw.removesuffix(b"\r\n") if raw.endswith(b"\r\n\r\n") else raw, octets, sender=sender)

    while line := stream.readline(_LINE):
        if may_begin and _SEPARATOR.match(line):
            if number:
                yield item()
            number += 1
            sender, lines, octets, kept = _sender(line), [], len(line), 0
        else:
            octets += len(line)
            if is_line_start and _QUOTED.match(line):
                line = line[1:]
            kept += len(line)
            if kept <= most:
                lines.append(line)
            else:
                lines.clear()
        may_begin = is_line_start and line in (b"\n", b"\r\n")
        is_line_start = line.endswith(b"\n")
    yield item()


def _sender(separator: bytes) -> str:
    return separator.split(b" ", 2)[1].decode("utf-8", "replace").strip()


def _unreadable(path: Path, error: OSError) -> Item:
    missing = isinstance(error, FileNotFoundError | NotADirectoryError | PermissionError)
    return Item(str(path), None, 0, f"cannot be read: {error.strerror or error}", is_temporary=not missing)
