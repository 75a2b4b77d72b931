"""Octets from a client, cut into command lines or handed on as they are."""

import asyncio

LINE_OCTETS = 2048  # RFC 5321 section 4.5.3.1.4 asks for 512; SMTPUTF8 and long paths need more
CHUNK = 64 * 1024
_GARBAGE = 64 * 1024  # an endless line is no mail client's


class LineTooLong(Exception):
    """The line was swallowed up to its end; the next one can be read."""


class Garbage(Exception):
    """A line without an end."""


class Wire:
    """What was read and not used yet. A line ends with CR LF and nothing else."""

    def __init__(self, reader: asyncio.StreamReader) -> None:
        self._reader = reader
        self._buffer = bytearray()

    @property
    def has_line(self) -> bool:
        return b"\r\n" in self._buffer

    @property
    def is_empty(self) -> bool:
        return not self._buffer

    async def line(self) -> bytes | None:
        """The next line without its CR LF; None at the end of the connection. LineTooLong, Garbage."""
        searched = 0
        swallowed = 0
        while True:
            end = self._buffer.find(b"\r\n", searched)
            if end >= 0:
                line = bytes(self._buffer[:end])
                del self._buffer[: end + 2]
                if swallowed or end > LINE_OCTETS - 2:
                    raise LineTooLong
                return line
            if len(self._buffer) > LINE_OCTETS:
                swallowed += len(self._buffer) - 1
                if swallowed > _GARBAGE:
                    raise Garbage
                del self._buffer[:-1]  # it may be the CR of the line end
            searched = max(0, len(self._buffer) - 1)
            data = await self._reader.read(CHUNK)
            if not data:
                return None
            self._buffer += data

    async def chunk(self) -> bytes:
        """Whatever is there, at least one octet; b"" at the end of the connection."""
        if self._buffer:
            data = bytes(self._buffer)
            self._buffer.clear()
            return data
        return await self._reader.read(CHUNK)

    def unread(self, data: bytes) -> None:
        """Put back what was not for the reader of chunks."""
        self._buffer[:0] = data

    def forget(self) -> None:
        """Throw away what came before a TLS handshake (RFC 3207 section 4.2, CVE-2011-0411)."""
        self._buffer.clear()
