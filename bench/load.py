"""An SMTP load generator: a connection a mail, many sessions at a time, no pipelining; prints one JSON object.

``python -m bench.load --port 2525 --mails 2000 --sessions 10``; with ``--rate`` mails are begun at fixed times, whatever the
server does, so that a slow answer is not hidden by sending less (coordinated omission).
"""

import argparse
import asyncio
import json
import os
import time
from dataclasses import dataclass, field
from pathlib import Path

import dkim

LINES = "The lamp does not light up. I tried another socket and another bulb, and it is still dark.\r\n"


def mail(number: int, size: int, run: str) -> bytes:
    """A mail of about ``size`` octets by a sender of its own, with the dot that ends it."""
    head = (
        f"From: Customer {number} <customer{number}.{run}@customer.example>\r\nTo: support@example.com\r\n"
        f"Subject: Lamp {number} stays dark\r\nDate: Thu, 05 Mar 2026 18:00:00 +0900\r\nMIME-Version: 1.0\r\n"
        f"Message-ID: <{number}.{run}@customer.example>\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
    )
    body = (LINES * (size // len(LINES) + 1))[: max(0, size - len(head) - 2)]
    return f"{head}{body}\r\n.\r\n".encode()


def signed_mail(number: int, size: int, run: str, domains: int, key: bytes) -> bytes:
    """The same by senders in ``domains`` domains, with their DKIM signatures (``s1._domainkey.dN.test``)."""
    domain = f"d{number % domains}.test"
    raw = mail(number, size, run).replace(b"@customer.example", b"@" + domain.encode()).removesuffix(b".\r\n")
    return bytes(dkim.sign(raw, b"s1", domain.encode(), key, canonicalize=(b"relaxed", b"relaxed"))) + raw + b".\r\n"


@dataclass
class Result:
    accepted: int = 0
    refused: list[str] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)  # from connecting to the 250 of each accepted mail
    cpu_seconds: float = 0.0  # of sending alone, not of making and signing
    receipts: list[tuple[str, float]] = field(default_factory=list)  # from the 250, and when it came (time.monotonic)


class _Session(asyncio.Protocol):
    """One connection, one mail."""

    def __init__(
        self, number: int, content: bytes, run: str, result: Result, done: "asyncio.Future[None]", began: float
    ) -> None:
        sender = f"customer{number}.{run}@customer.example"
        self._steps = [
            b"EHLO load.example\r\n",
            f"MAIL FROM:<{sender}>\r\n".encode(),
            b"RCPT TO:<support@example.com>\r\n",
            b"DATA\r\n",
            content,
            b"QUIT\r\n",
        ]
        self._step = 0
        self._buffer = b""
        self._result = result
        self._done = done
        self._began = began

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if not self._buffer.endswith(b"\n"):
            return
        last = self._buffer.rstrip(b"\r\n").rpartition(b"\n")[2]
        if last[3:4] == b"-":
            return
        self._buffer = b""
        if self._step == 5:
            if last.startswith(b"250"):
                self._result.accepted += 1
                self._result.seconds.append(time.perf_counter() - self._began)
                self._result.receipts.append((last.decode().rpartition(" ")[2], time.monotonic()))
            else:
                self._result.refused.append(last.decode("ascii", "replace"))
        elif not last.startswith((b"2", b"3")):
            self._result.refused.append(last.decode("ascii", "replace"))
            self._step = len(self._steps)
        if self._step < len(self._steps):
            self._transport.write(self._steps[self._step])
            self._step += 1
        else:
            self._transport.close()

    def connection_lost(self, _error: Exception | None) -> None:
        if not self._done.done():
            self._done.set_result(None)


async def _send(port: int, number: int, content: bytes, run: str, result: Result, began: float) -> None:
    loop = asyncio.get_running_loop()
    done: asyncio.Future[None] = loop.create_future()
    try:
        await loop.create_connection(lambda: _Session(number, content, run, result, done, began), "127.0.0.1", port)
    except OSError as error:
        result.refused.append(str(error))
        return
    await done


async def run_load(
    port: int, mails: int, sessions: int, size: int, rate: float, domains: int = 0, key: bytes = b""
) -> tuple[Result, float]:
    """Send all mails, signed where there are ``domains``; the result and the seconds from the first connection to the last goodbye."""
    result = Result()
    run = os.urandom(4).hex()
    contents = [
        (number, signed_mail(number, size, run, domains, key) if domains else mail(number, size, run))
        for number in range(mails)
    ]
    began, spent = time.perf_counter(), time.process_time()
    if rate:
        tasks = []
        for number, content in contents:
            due = began + number / rate
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            tasks.append(asyncio.create_task(_send(port, number, content, run, result, due)))
        await asyncio.gather(*tasks)
    else:
        waiting = iter(contents)

        async def work() -> None:
            for number, content in waiting:
                await _send(port, number, content, run, result, time.perf_counter())

        await asyncio.gather(*(work() for _ in range(sessions)))
    result.cpu_seconds = time.process_time() - spent
    return result, time.perf_counter() - began


def percentile(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * share))] if values else 0.0


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--mails", type=int, default=1000)
    parser.add_argument("--sessions", type=int, default=10)
    parser.add_argument("--size", type=int, default=2048)
    parser.add_argument("--rate", type=float, default=0.0, help="mails a second; 0: as fast as the sessions go")
    parser.add_argument("--receipts", type=int, default=0, help="1: print every receipt with its time")
    parser.add_argument("--domains", type=int, default=0, help="sign, for so many domains")
    parser.add_argument("--key", type=Path, help="private key (PEM) to sign with")
    options = parser.parse_args()
    key = options.key.read_bytes() if options.key else b""
    result, seconds = asyncio.run(
        run_load(options.port, options.mails, options.sessions, options.size, options.rate, options.domains, key)
    )
    print(
        json.dumps(
            {
                "accepted": result.accepted,
                "refused": len(result.refused),
                "first_refusal": result.refused[0] if result.refused else None,
                "seconds": seconds,
                "began": time.monotonic() - seconds,
                "per_second": result.accepted / seconds,
                "p50_ms": percentile(result.seconds, 0.5) * 1000,
                "p99_ms": percentile(result.seconds, 0.99) * 1000,
                "receipts": result.receipts if options.receipts else None,
                "client_cpu_ms": result.cpu_seconds * 1000 / max(1, options.mails),
            }
        )
    )


if __name__ == "__main__":
    main()
