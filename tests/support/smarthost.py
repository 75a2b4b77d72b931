"""A smarthost that misbehaves on request, over a real socket, and keeps the raw octets of what it took.

The local part of the recipient chooses the mode: ``ok`` or anything unknown behaves; ``4xx-rcpt.kim@example.com`` is the mode
``4xx-rcpt``. Modes that must show before a recipient is known (``4xx-mail``, ``hang-greeting``, ``refuse-greeting``,
``starttls-inject``, ``no-starttls``) are given as ``mode`` for the whole server. ``python -m tests.support.smarthost`` runs one.
"""

import argparse
import asyncio
import base64
import contextlib
import re
import ssl
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

MODES = {
    "4xx-mail": "451 4.3.0 try again later",
    "5xx-mail": "550 5.7.1 sender refused",
    "4xx-rcpt": "450 4.2.1 mailbox busy",
    "5xx-rcpt": "550 5.1.1 no such user",
    "4xx-data": "451 4.3.0 not now",
    "5xx-data": "554 5.6.0 not like this",
    "4xx-eod": "451 4.3.0 disk trouble",
    "5xx-eod": "554 5.7.1 looks like spam",
    "530-mail": "530 5.7.0 authentication required",
    "drop-rcpt": "",
    "drop-data": "",
    "drop-before-eod-reply": "",
    "drop-after-eod-reply": "",
    "hang-eod": "",
    "slow": "",
    "hang": "",
    "421-mid": "421 4.3.2 going down",
    "garbage": "",
    "endless-reply": "",
    "many-lines": "",
    "hang-greeting": "",
    "refuse-greeting": "554 5.3.2 no service here",
    "starttls-inject": "",
    "no-starttls": "",
}

_PATH = re.compile(rb"<([^>]*)>")


@dataclass(frozen=True)
class Taken:
    """One mail that the smarthost took."""

    reverse_path: str
    forward_paths: tuple[str, ...]
    octets: bytes  # as they travelled: dots stuffed, without the final dot line
    options: str  # of MAIL
    encrypted: bool
    user: str | None
    connection: int
    at: float  # time.monotonic()

    @property
    def raw(self) -> bytes:
        """Dots taken out again."""
        return re.sub(rb"(?m)^\.", b"", self.octets)

    @property
    def message_id(self) -> str:
        match = re.search(rb"(?mi)^Message-ID:\s*<([^>]*)>", self.octets)
        return match[1].decode() if match else ""


@dataclass
class _Dialog:
    number: int
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    encrypted: bool = False
    user: str | None = None
    reverse_path: str | None = None
    options: str = ""
    forward_paths: list[str] = field(default_factory=list)
    mode: str = "ok"

    def reset(self) -> None:
        self.reverse_path, self.options, self.mode = None, "", "ok"
        self.forward_paths = []


class Smarthost:
    """Runs in a thread of its own from ``with`` to the end of the block; ``port`` is chosen by the system."""

    def __init__(
        self,
        *,
        mode: str = "ok",
        misbehave: int | None = None,
        tls: ssl.SSLContext | None = None,
        implicit: bool = False,
        credentials: tuple[str, str] | None = None,
        extensions: tuple[str, ...] = ("SIZE 40000000", "8BITMIME", "SMTPUTF8", "ENHANCEDSTATUSCODES"),
        slow_pause: float = 0.02,
        port: int = 0,
        keep: bool = True,
    ) -> None:
        """``misbehave``: how many times a recipient's mode shows before it behaves; None: always."""
        self.mode = mode
        self.extensions = extensions
        self.port = port
        self.taken: list[Taken] = []
        self.count = 0
        self.commands: list[tuple[bool, str]] = []  # (inside TLS, line)
        self.connections = 0
        self.open_connections = 0
        self.most_connections = 0
        self.attempts: Counter[str] = Counter()  # RCPT by recipient
        self._misbehave = misbehave
        self._tls = tls
        self._implicit = implicit
        self._credentials = credentials
        self._slow_pause = slow_pause
        self._keep = keep
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="smarthost", daemon=True)
        self._ready = threading.Event()
        self._stop: asyncio.Event | None = None
        self._changed = threading.Condition()

    def __enter__(self) -> Self:
        self._thread.start()
        if not self._ready.wait(10):
            raise RuntimeError("the smarthost did not start")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._stop is not None:
            self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    def wait_for(self, condition: Callable[[], bool], timeout: float = 20.0) -> None:
        """Wait until ``condition`` holds; it is looked at whenever something happens here. AssertionError in the end."""
        deadline = time.monotonic() + timeout
        with self._changed:
            while not condition():
                remaining = deadline - time.monotonic()
                assert remaining > 0, f"not in {timeout} s: {self.taken} {self.commands[-20:]}"
                self._changed.wait(min(remaining, 0.2))

    # --- the server ---------------------------------------------------------------------------------------------------

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_until_complete(self._serve())
        finally:
            self._loop.close()

    async def _serve(self) -> None:
        self._stop = asyncio.Event()
        tasks: set[asyncio.Task[None]] = set()

        async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.current_task()
            assert task is not None
            tasks.add(task)
            try:
                await self._converse(reader, writer)
            except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, asyncio.CancelledError):
                pass
            finally:
                tasks.discard(task)
                self._count_connection(-1)
                writer.close()
                with contextlib.suppress(OSError, asyncio.CancelledError):
                    await asyncio.wait_for(writer.wait_closed(), 1)

        server = await asyncio.start_server(
            accept, "127.0.0.1", self.port, ssl=self._tls if self._implicit else None, limit=64 * 1024 * 1024
        )
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._stop.wait()
        server.close()
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=5)

    def _count_connection(self, change: int) -> None:
        with self._changed:
            self.connections += max(change, 0)
            self.open_connections += change
            self.most_connections = max(self.most_connections, self.open_connections)
            self._changed.notify_all()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._count_connection(1)
        dialog = _Dialog(self.connections, reader, writer, encrypted=self._implicit)
        if self.mode == "hang-greeting":
            await self._hang(dialog)
        if self.mode == "refuse-greeting":
            await self._say(dialog, MODES[self.mode])
            return
        await self._say(dialog, "220 smarthost.test ESMTP")
        while True:
            line = (await reader.readuntil(b"\r\n"))[:-2]
            with self._changed:
                self.commands.append((dialog.encrypted, line.decode("utf-8", "replace")))
                self._changed.notify_all()
            verb = line[:4].upper()
            if verb == b"QUIT":
                await self._say(dialog, "221 2.0.0 bye")
                return
            handler = _HANDLERS.get(verb)
            if handler is None:
                await self._say(dialog, "500 5.5.2 what?")
            elif not await handler(self, dialog, line):
                return

    async def _say(self, dialog: _Dialog, text: str) -> None:
        octets = text.encode() + b"\r\n"
        if dialog.mode == "slow":
            for octet in octets:
                dialog.writer.write(bytes((octet,)))
                await dialog.writer.drain()
                await asyncio.sleep(self._slow_pause)
        else:
            dialog.writer.write(octets)
            await dialog.writer.drain()

    async def _hang(self, dialog: _Dialog) -> None:
        """Say nothing until the client is tired of it."""
        while await dialog.reader.read(65536):
            pass
        raise ConnectionResetError

    async def _ehlo(self, dialog: _Dialog, _line: bytes) -> bool:
        offers = list(self.extensions)
        if self._tls is not None and not dialog.encrypted and self.mode != "no-starttls":
            offers.append("STARTTLS")
        if self._credentials is not None and (dialog.encrypted or self._tls is None):
            offers.append("AUTH PLAIN")
        lines = ["smarthost.test", *offers]
        await self._say(
            dialog, "\r\n".join(f"250{' ' if i == len(lines) - 1 else '-'}{line}" for i, line in enumerate(lines))
        )
        return True

    async def _starttls(self, dialog: _Dialog, _line: bytes) -> bool:
        if self._tls is None:
            await self._say(dialog, "502 5.5.1 no")
            return True
        reply = b"220 2.0.0 go ahead\r\n"
        if (
            self.mode == "starttls-inject"
        ):  # before the handshake, in the same segment: never part of the encrypted dialog
            reply += b"250-EVIL\r\n250 AUTH PLAIN\r\n"
        dialog.writer.write(reply)
        await dialog.writer.drain()
        await dialog.writer.start_tls(self._tls)
        dialog.encrypted = True
        dialog.reset()
        return True

    async def _auth(self, dialog: _Dialog, line: bytes) -> bool:
        words = line.split()
        if self._credentials is None or len(words) < 2 or words[1].upper() != b"PLAIN":
            await self._say(dialog, "504 5.5.4 PLAIN only")
            return True
        _, user, password = base64.b64decode(words[2]).decode().split("\0")
        if (user, password) == self._credentials:
            dialog.user = user
            await self._say(dialog, "235 2.7.0 welcome")
        else:
            await self._say(dialog, "535 5.7.8 wrong user or password")
        return True

    async def _mail(self, dialog: _Dialog, line: bytes) -> bool:
        dialog.reset()
        path = _PATH.search(line)
        if self.mode.endswith("-mail"):
            await self._say(dialog, MODES[self.mode])
        elif self._credentials is not None and dialog.user is None:
            await self._say(dialog, MODES["530-mail"])
        elif path is None:
            await self._say(dialog, "501 5.5.4 no path")
        else:
            dialog.reverse_path = path[1].decode()
            dialog.options = line[path.end() :].decode().strip()
            await self._say(dialog, "250 2.1.0 ok")
        return True

    async def _rcpt(self, dialog: _Dialog, line: bytes) -> bool:
        path = _PATH.search(line)
        if dialog.reverse_path is None or path is None:
            await self._say(dialog, "503 5.5.1 MAIL first")
            return True
        recipient = path[1].decode()
        self.attempts[recipient] += 1
        local = recipient.rpartition("@")[0]
        mode = next((mode for mode in MODES if re.match(rf"{re.escape(mode)}(?:[.+]|\Z)", local)), "ok")
        if mode == "ok" and self.mode in MODES:
            mode = self.mode
        if self._misbehave is not None and self.attempts[recipient] > self._misbehave:
            mode = "ok"
        dialog.mode = mode
        if mode == "hang":
            await self._hang(dialog)
        elif mode == "drop-rcpt":
            return False
        elif mode == "garbage":
            dialog.writer.write(b"\x00\xff\xfe what is this\r\n\r\n250 ok?\r\n")
        elif mode == "endless-reply":
            while True:
                dialog.writer.write(b"250-and another thing\r\n" * 100)
                await dialog.writer.drain()
        elif mode == "421-mid":
            await self._say(dialog, MODES[mode])
            return False
        elif mode == "many-lines":
            await self._say(dialog, "\r\n".join(["550-blah"] * 900 + ["550 5.1.1 no such user"]))
        elif mode.endswith("-rcpt"):
            await self._say(dialog, MODES[mode])
        else:
            dialog.forward_paths.append(recipient)
            await self._say(dialog, "250 2.1.5 ok")
        return True

    async def _data(self, dialog: _Dialog, _line: bytes) -> bool:
        mode = dialog.mode
        if not dialog.forward_paths:
            await self._say(dialog, "503 5.5.1 RCPT first")
            return True
        if mode.endswith("-data"):
            if mode == "drop-data":
                return False
            await self._say(dialog, MODES[mode])
            return True
        await self._say(dialog, "354 go on")
        octets = await _until_dot(dialog.reader)
        if mode == "drop-before-eod-reply":
            return False
        if mode == "hang-eod":
            await self._hang(dialog)
        if mode in ("4xx-eod", "5xx-eod"):
            await self._say(dialog, MODES[mode])
        else:
            self._take(dialog, octets)
            if mode == "drop-after-eod-reply":  # taken, but the reply is lost on the way
                return False
            await self._say(dialog, f"250 2.0.0 taken as {self.count}")
        dialog.reset()
        return True

    def _take(self, dialog: _Dialog, octets: bytes) -> None:
        taken = Taken(
            dialog.reverse_path or "",
            tuple(dialog.forward_paths),
            octets,
            dialog.options,
            dialog.encrypted,
            dialog.user,
            dialog.number,
            time.monotonic(),
        )
        with self._changed:
            self.count += 1
            if self._keep:
                self.taken.append(taken)
            self._changed.notify_all()

    async def _rset(self, dialog: _Dialog, _line: bytes) -> bool:
        dialog.reset()
        await self._say(dialog, "250 2.0.0 ok")
        return True


async def _until_dot(reader: asyncio.StreamReader) -> bytes:
    """Everything up to the line with a lone dot, which alone ends a mail (RFC 5321 §4.1.1.4)."""
    lines: list[bytes] = []
    while (line := await reader.readuntil(b"\r\n")) != b".\r\n":
        lines.append(line)
    return b"".join(lines)


_HANDLERS = {
    b"EHLO": Smarthost._ehlo,
    b"HELO": Smarthost._ehlo,
    b"STAR": Smarthost._starttls,
    b"AUTH": Smarthost._auth,
    b"MAIL": Smarthost._mail,
    b"RCPT": Smarthost._rcpt,
    b"DATA": Smarthost._data,
    b"RSET": Smarthost._rset,
}


def main() -> None:
    parser = argparse.ArgumentParser(description="A smarthost that misbehaves by the recipient's local part.")
    parser.add_argument("--port", type=int, default=2526)
    parser.add_argument("--mode", choices=["ok", *MODES], default="ok")
    arguments = parser.parse_args()
    with Smarthost(port=arguments.port, mode=arguments.mode) as smarthost:
        print(f"listening on {smarthost.address}", flush=True)
        shown = 0
        with contextlib.suppress(KeyboardInterrupt):
            while True:
                time.sleep(0.2)
                for taken in smarthost.taken[shown:]:
                    print(
                        f"<{taken.reverse_path}> -> {', '.join(taken.forward_paths)}: <{taken.message_id}>", flush=True
                    )
                    shown += 1


if __name__ == "__main__":
    main()
