"""Reads what strace saw, and says which mails were accepted while something that belongs to them could still be lost in a power cut."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

CALLS = (
    "openat,creat,mkdir,mkdirat,write,pwrite64,writev,pwritev,ftruncate,fsync,fdatasync,"
    "rename,renameat,renameat2,link,linkat,sendto,sendmsg"
)
COMMAND = ("strace", "-f", "-q", "-y", "-s", "9000", "-e", f"trace={CALLS}", "-e", "signal=none")

CACHES = ("-shm", ".lock", "gateway.pid", "/incoming")
"""Endings of what nobody misses after a power cut: SQLite rebuilds its index of the log, a lock and a process id are void, and a name in
``incoming`` belongs to a mail that nobody accepted yet (the files themselves are watched)."""

_LINE = re.compile(r"^(\d+) +(?:<\.\.\. (\w+) resumed>(.*)|(\w+)\((.*))$")
_DESCRIPTOR = re.compile(r"^\d+<([^>]*)>")
_OPENED = re.compile(r"= \d+<([^>]*)>$")
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')
_ACCEPTED = re.compile(r'"(?:[^"]*\\n)?250 2\.0\.0 Accepted as (\w+)')


@dataclass(frozen=True, slots=True)
class Acceptance:
    """One 250 to a dot, and what was not on the disk when it left."""

    receipt: str
    unsynced: tuple[str, ...]
    is_written: bool  # its journal row was seen on its way to the log
    is_durable: bool  # ... and a sync of that file began after it and ended before the 250


@dataclass(frozen=True, slots=True)
class _Call:
    name: str
    arguments: str  # with the result, where it is known
    is_begin: bool
    is_end: bool
    thread: str


class Disk:
    """What a power cut would lose, at each moment of a trace."""

    def __init__(self, data_dir: Path, existing: Iterable[Path]) -> None:
        self._root = f"{data_dir}/"
        self._top = str(data_dir)
        self._known = {str(path) for path in existing}
        self._versions: Counter[str] = Counter()
        self._synced: Counter[str] = Counter()
        self._syncs: dict[str, tuple[str, int]] = {}  # by thread: what it syncs, and the version that it syncs
        self._clock = 0
        self._writes: list[tuple[str, str, int]] = []  # path, written text, version

    def unsynced(self) -> tuple[str, ...]:
        return tuple(sorted(path for path, version in self._versions.items() if version > self._synced[path]))

    def holds(self, receipt: str) -> tuple[bool, bool]:
        """Whether ``receipt`` was written, and whether a sync came after that.

        The first write counts: later transactions write the same page again with their own rows on it.
        """
        first = next(((path, version) for path, text, version in self._writes if receipt in text), None)
        return first is not None, first is not None and self._synced[first[0]] >= first[1]

    def take(self, call: _Call) -> None:
        if call.name in ("fsync", "fdatasync"):
            self._sync(call)
        elif call.name in ("write", "pwrite64", "writev", "pwritev", "ftruncate"):
            self._write(call)
        elif call.is_end and not call.arguments.rpartition(" = ")[2].startswith("-1"):
            self._change_names(call)

    def _sync(self, call: _Call) -> None:
        if call.is_begin and (match := _DESCRIPTOR.match(call.arguments)):
            self._syncs[call.thread] = match[1], self._clock
        if call.is_end and call.thread in self._syncs:
            path, version = self._syncs.pop(call.thread)
            if call.arguments.endswith("= 0"):
                self._synced[path] = max(self._synced[path], version)

    def _write(self, call: _Call) -> None:
        if call.is_begin and (match := _DESCRIPTOR.match(call.arguments)):
            self._dirty(match[1])
            if match[1].endswith("-wal"):
                self._writes.append((match[1], call.arguments, self._clock))

    def _change_names(self, call: _Call) -> None:
        if call.name in ("openat", "creat"):
            match = _OPENED.search(call.arguments)
            if match and "O_CREAT" in call.arguments and match[1] not in self._known:
                self._name(match[1])
        else:
            paths = _QUOTED.findall(call.arguments)
            if call.name.startswith("rename") and len(paths) == 2:
                self._versions[paths[1]] = self._versions.pop(paths[0], 0)
                self._synced[paths[1]] = self._synced.pop(paths[0], 0)
            if paths:
                self._name(paths[-1])

    def _name(self, path: str) -> None:
        """A file has a new name: its directory must be synced."""
        self._known.add(path)
        if not path.endswith(CACHES):
            self._dirty(str(Path(path).parent))

    def _dirty(self, path: str) -> None:
        if (path.startswith(self._root) or path == self._top) and not path.endswith(CACHES):
            self._clock += 1
            self._versions[path] = self._clock


def acceptances(trace: Path, data_dir: Path, existing: Iterable[Path]) -> list[Acceptance]:
    """Every 250 to a dot in the trace. ``existing``: the files that were there before."""
    disk = Disk(data_dir, existing)
    found = []
    for call in _calls(trace):
        if call.name in ("sendto", "sendmsg"):
            receipts = _ACCEPTED.findall(call.arguments) if call.is_begin else []
            found += [Acceptance(receipt, disk.unsynced(), *disk.holds(receipt)) for receipt in receipts]
        else:
            disk.take(call)
    return found


def _calls(trace: Path) -> Iterator[_Call]:
    """Begin and end of each call, in the order in which strace saw them."""
    begun: dict[str, str] = {}
    with trace.open(errors="replace") as lines:
        for line in lines:
            match = _LINE.match(line.rstrip("\n"))
            if match is None:
                continue
            thread, resumed, rest, name, arguments = match.groups()
            if resumed:
                yield _Call(resumed, begun.pop(thread, "") + rest, False, True, thread)
            elif arguments.endswith("<unfinished ...>"):
                begun[thread] = arguments.removesuffix("<unfinished ...>")
                yield _Call(name, begun[thread], True, False, thread)
            else:
                yield _Call(name, arguments, True, True, thread)
