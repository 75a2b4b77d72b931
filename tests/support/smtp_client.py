"""A raw SMTP client over a real socket: sends exactly the octets it is told to, in exactly those pieces."""

import asyncio
import ssl
from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, slots=True)
class Reply:
    """One reply, several lines joined. ``str(reply)`` is the text as it came, without the last CR LF."""

    code: int
    lines: tuple[str, ...]

    def __str__(self) -> str:
        return "\n".join(self.lines)

    @property
    def enhanced(self) -> str:
        """``5.1.1``, or "" where there is none."""
        word = self.lines[0][4:].split(" ", 1)[0]
        return word if word.count(".") == 2 and word.replace(".", "").isdigit() else ""


class Closed(Exception):
    """The server closed the connection before it replied."""


def dot_stuff(message: bytes) -> bytes:
    """A message as it travels behind DATA, its last dot included."""
    text = message if message.endswith(b"\r\n") else message + b"\r\n"
    stuffed = text.replace(b"\r\n.", b"\r\n..")
    return (b"." + stuffed if stuffed.startswith(b".") else stuffed) + b".\r\n"


class SmtpClient:
    """One connection. Every wait ends after ``timeout`` seconds with TimeoutError."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, timeout: float) -> None:
        self.reader = reader
        self.writer = writer
        self.timeout = timeout

    @classmethod
    async def connect(cls, where: tuple[str, int] | str, *, timeout: float = 10.0) -> Self:
        """``where``: host and port, or the path of a Unix socket. The greeting is not read yet."""
        opened = asyncio.open_unix_connection(where) if isinstance(where, str) else asyncio.open_connection(*where)
        reader, writer = await asyncio.wait_for(opened, timeout)
        return cls(reader, writer, timeout)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        self.writer.transport.abort()

    async def send(self, *pieces: bytes) -> None:
        """Each piece in a packet of its own, as far as the kernel allows."""
        for index, piece in enumerate(pieces):
            if index:
                await asyncio.sleep(0)
            self.writer.write(piece)
            await asyncio.wait_for(self.writer.drain(), self.timeout)

    async def reply(self) -> Reply:
        """The next reply. Closed when the connection ends instead."""
        lines: list[str] = []
        while True:
            try:
                line = await asyncio.wait_for(self.reader.readline(), self.timeout)
            except ConnectionError as error:
                raise Closed from error
            if not line:
                raise Closed("\n".join(lines))
            assert line.endswith(b"\r\n"), line
            lines.append(line[:-2].decode("ascii"))
            if line[3:4] != b"-":
                return Reply(int(line[:3]), tuple(lines))

    async def command(self, line: str | bytes) -> Reply:
        """Send one line, read its reply."""
        octets = line if isinstance(line, bytes) else line.encode("utf-8")
        await self.send(octets + b"\r\n")
        return await self.reply()

    async def expect(self, line: str | bytes, code: int) -> Reply:
        reply = await self.command(line)
        assert reply.code == code, f"{line!r}: {reply}"
        return reply

    async def hello(self, verb: str = "EHLO", name: str = "client.example") -> Reply:
        """Greeting and introduction; the reply to the introduction."""
        greeting = await self.reply()
        assert greeting.code == 220, greeting
        return await self.expect(f"{verb} {name}", 250)

    async def envelope(self, sender: str = "kim@customer.example", *recipients: str) -> None:
        """MAIL and RCPT, which must be accepted, and DATA up to its 354."""
        await self.expect(f"MAIL FROM:<{sender}>", 250)
        for recipient in recipients or ("support@example.com",):
            await self.expect(f"RCPT TO:<{recipient}>", 250)
        await self.expect("DATA", 354)

    async def mail(self, message: bytes, sender: str = "kim@customer.example", *recipients: str) -> Reply:
        """A whole transaction; the reply to the dot."""
        await self.envelope(sender, *recipients)
        await self.send(dot_stuff(message))
        return await self.reply()

    async def half_close(self) -> None:
        """Send no more; read on."""
        self.writer.write_eof()

    async def starttls(self) -> None:
        """The handshake after a 220. The certificate is not checked."""
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        await asyncio.wait_for(self.writer.start_tls(context), self.timeout)

    async def closed(self) -> bool:
        """Whether the server closes the connection within the timeout without saying more."""
        try:
            return await asyncio.wait_for(self.reader.read(1), self.timeout) == b""
        except ConnectionError:
            return True
