"""Bytes too large for a row: files named by their SHA-256, below one folder.

On return from ``commit`` a power cut cannot lose the blob: the file was synced, then renamed, then its folder was synced.
"""

import fcntl
import hashlib
import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

FOLDERS = 256
"""By the first two digits of the digest."""

YOUNG_SECONDS = 86400.0
"""How long a file is left alone whatever the ledger says: its row may be about to be written, or its mail still coming in."""


def fsync_directory(path: Path) -> None:
    """Make a creation or rename inside ``path`` survive a power cut; OSError where the disk says no."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _locked(directory: Path, kind: int) -> Iterator[None]:
    """Hold the store's lock; a descriptor of our own, because threads that share one would not exclude each other."""
    descriptor = os.open(directory / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, kind)
        yield
    finally:
        os.close(descriptor)


class BlobWriter:
    """One blob while it comes in. Nothing is visible under its digest before ``commit``."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._path = directory / "incoming" / secrets.token_hex(16)
        self._file: BinaryIO | None = self._path.open("xb", buffering=0)
        self._digest = hashlib.sha256()
        self.size = 0

    def write(self, chunk: bytes | bytearray | memoryview) -> None:
        """Append. OSError where the disk is full: call ``abort`` and refuse the mail with 452."""
        assert self._file is not None, "this blob was committed or aborted"
        view = memoryview(chunk)
        while view:
            view = view[self._file.write(view) :]
        self._digest.update(chunk)
        self.size += len(chunk)

    def commit(self) -> str:
        """Make it durable and return its SHA-256 in lower-case hexadecimal. OSError: nothing was stored."""
        assert self._file is not None, "this blob was committed or aborted"
        try:
            os.fsync(self._file.fileno())
            self._file.close()
            digest = self._digest.hexdigest()
            folder = self._directory / digest[:2]
            if not folder.is_dir():
                folder.mkdir(exist_ok=True)
                fsync_directory(self._directory)
            with _locked(self._directory, fcntl.LOCK_SH):
                self._path.rename(folder / digest)
            fsync_directory(folder)
        except OSError:
            self.abort()
            raise
        self._file = None
        return digest

    def content(self) -> bytes:
        """What was written so far."""
        assert self._file is not None, "this blob was committed or aborted"
        self._file.flush()
        return self._path.read_bytes()

    def abort(self) -> None:
        """Forget it; safe to call at any time, also twice."""
        if self._file is not None:
            self._file.close()
            self._file = None
            self._path.unlink(missing_ok=True)


class BlobStore:
    """A folder of content-addressed files: ``<2 hex>/<64 hex>``; ``incoming/`` holds those not yet complete."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        (directory / "incoming").mkdir(parents=True, exist_ok=True)

    def writer(self) -> BlobWriter:
        return BlobWriter(self.directory)

    def put(self, content: bytes) -> str:
        """Store ``content`` durably and return its digest; nothing is written where it is there already."""
        digest = hashlib.sha256(content).hexdigest()
        if not self._renewed(digest):
            writer = self.writer()
            try:
                writer.write(content)
                writer.commit()
            except OSError:
                writer.abort()
                raise
        return digest

    def _renewed(self, digest: str) -> bool:
        """Whether it is there; then it counts as just written, so that nobody removes it before its new row is there."""
        with _locked(self.directory, fcntl.LOCK_SH):
            try:
                os.utime(self.path(digest))
            except FileNotFoundError:
                return False
        return True

    def remove_unused(self, digest: str, *, now: float, is_used: Callable[[], bool]) -> bool:
        """Remove a blob that no entry of the ledger needs; whether it is gone. ``now``: seconds since the epoch.

        Whoever stores the same bytes again makes the file young, under the same lock, and writes the row within a day: so a file that is
        old while nobody can rename has no row to come, and ``is_used`` asked then sees all there are. OSError where the disk says no.
        """
        path = self.path(digest)
        with _locked(self.directory, fcntl.LOCK_EX):
            try:
                young = path.stat().st_mtime > now - YOUNG_SECONDS
            except FileNotFoundError:
                return True
            if young or is_used():
                return False
            path.unlink()
        fsync_directory(path.parent)
        return True

    def sweep_incoming(self, *, now: float) -> int:
        """Remove what was half received when its door died: files that nobody has written to for a day. How many."""
        removed = 0
        for path in (self.directory / "incoming").iterdir():
            try:
                if path.stat().st_mtime <= now - YOUNG_SECONDS:
                    path.unlink()
                    removed += 1
            except FileNotFoundError:  # its mail was completed just now
                continue
        return removed

    def path(self, digest: str) -> Path:
        if len(digest) != 64 or not set(digest) <= set("0123456789abcdef"):
            raise ValueError(f"{digest!r} is not a SHA-256 in hexadecimal")
        return self.directory / digest[:2] / digest

    def digests(self, folder: int) -> list[str]:
        """The blobs in one of the folders, numbered from 0 to 255."""
        try:
            return sorted(path.name for path in (self.directory / f"{folder:02x}").iterdir() if len(path.name) == 64)
        except FileNotFoundError:
            return []

    def exists(self, digest: str) -> bool:
        return self.path(digest).is_file()

    def open(self, digest: str) -> BinaryIO:
        """A file to read from; FileNotFoundError where there is none."""
        return self.path(digest).open("rb")

    def read(self, digest: str) -> bytes:
        return self.path(digest).read_bytes()
