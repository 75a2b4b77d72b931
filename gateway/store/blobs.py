"""Bytes too large for a row: files named by their SHA-256, below one folder.

On return from ``commit`` a power cut cannot lose the blob: the file was synced, then renamed, then its folder was synced.
"""

import hashlib
import os
import secrets
from pathlib import Path
from typing import BinaryIO


def fsync_directory(path: Path) -> None:
    """Make a creation or rename inside ``path`` survive a power cut; OSError where the disk says no."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
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
            self._path.rename(folder / digest)
            fsync_directory(folder)
        except OSError:
            self.abort()
            raise
        self._file = None
        return digest

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
        if not self.exists(digest):
            writer = self.writer()
            try:
                writer.write(content)
                writer.commit()
            except OSError:
                writer.abort()
                raise
        return digest

    def path(self, digest: str) -> Path:
        if len(digest) != 64 or not set(digest) <= set("0123456789abcdef"):
            raise ValueError(f"{digest!r} is not a SHA-256 in hexadecimal")
        return self.directory / digest[:2] / digest

    def exists(self, digest: str) -> bool:
        return self.path(digest).is_file()

    def open(self, digest: str) -> BinaryIO:
        """A file to read from; FileNotFoundError where there is none."""
        return self.path(digest).open("rb")

    def read(self, digest: str) -> bytes:
        return self.path(digest).read_bytes()
