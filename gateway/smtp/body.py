"""Where the octets of a mail go while it comes in: small ones stay in memory, large ones go to the blob store piece by piece."""

import errno
import hashlib
from collections.abc import Callable
from dataclasses import dataclass

from gateway.config.model import Limits
from gateway.smtp import replies
from gateway.smtp.blocking import Blocking
from gateway.smtp.limits import Gatekeeper
from gateway.smtp.ports import Blobs, BlobSink
from gateway.smtp.replies import SmtpReply

PIECE = 256 * 1024  # octets gathered before a worker thread writes them

_NO_SPACE = frozenset({errno.ENOSPC, errno.EDQUOT})


@dataclass(frozen=True, slots=True)
class Stored:
    """A complete mail. ``raw`` is None where it is durable in the blob store under ``digest`` already."""

    raw: bytes | None
    digest: str
    size: int


class Body:
    """One mail that is being received. After a refusal nothing is kept any more, and writing only counts."""

    def __init__(
        self, *, limits: Limits, blobs: Blobs, gatekeeper: Gatekeeper, free_space: Callable[[], int], blocking: Blocking
    ) -> None:
        self.size = 0
        self.refusal: SmtpReply | None = None
        self._limits = limits
        self._blobs = blobs
        self._gatekeeper = gatekeeper
        self._free_space = free_space
        self._blocking = blocking
        self._pieces: list[bytes] = []
        self._gathered = 0  # octets in _pieces
        self._counted = 0  # octets that the gatekeeper counts for us
        self._sink: BlobSink | None = None

    async def write(self, text: bytes) -> None:
        """Take the next piece. Never raises for trouble with storage: that becomes the refusal."""
        self.size += len(text)
        if self.refusal is not None:
            return
        if self.size > self._limits.message_size:
            await self.refuse(replies.TOO_LARGE)
        elif not self._gatekeeper.has_room(len(text), self._limits):
            await self.refuse(replies.NO_SPACE)
        else:
            self._gatekeeper.in_flight += len(text)
            self._counted += len(text)
            self._pieces.append(text)
            self._gathered += len(text)
            if self.size > self._limits.small_body and (self._gathered >= PIECE or self._sink is None):
                await self._spill()

    async def refuse(self, reply: SmtpReply) -> None:
        """Keep nothing more of this mail; the first reason stays."""
        if self.refusal is None:
            self.refusal = reply
        await self.discard()

    async def complete(self) -> Stored | None:
        """Make a large mail durable; a small one becomes so with its journal row. None: see ``refusal``."""
        if self._sink is not None and self.refusal is None:
            await self._spill()
        if self.refusal is not None:
            return None
        if self._sink is None:
            raw = b"".join(self._pieces)
            return Stored(raw, hashlib.sha256(raw).hexdigest(), self.size)
        try:
            digest = await self._blocking(self._sink.commit)
        except OSError as error:
            await self.refuse(_reply_to(error))
            return None
        self._sink = None
        return Stored(None, digest, self.size)

    async def content(self) -> bytes | None:
        """All of it, before it is made durable; None after a refusal."""
        if self._sink is not None and self.refusal is None:
            await self._spill()
        if self.refusal is not None:
            return None
        return b"".join(self._pieces) if self._sink is None else await self._blocking(self._sink.content)

    async def discard(self) -> None:
        """Free what is held; safe at any time, also twice."""
        self._pieces = []
        self._gathered = 0
        self._gatekeeper.in_flight -= self._counted
        self._counted = 0
        sink, self._sink = self._sink, None
        if sink is not None:
            await self._blocking(sink.abort)

    async def _spill(self) -> None:
        piece = b"".join(self._pieces)
        self._pieces = []
        self._gathered = 0
        try:
            if self._free_space() < self._limits.free_disk_bytes:
                await self.refuse(replies.NO_SPACE)
                return
            if self._sink is None:
                self._sink = await self._blocking(self._blobs.writer)
            if piece:
                sink = self._sink
                await self._blocking(lambda: sink.write(piece))
        except OSError as error:
            await self.refuse(_reply_to(error))


def _reply_to(error: OSError) -> SmtpReply:
    return replies.NO_SPACE if error.errno in _NO_SPACE else replies.LOCAL_ERROR
