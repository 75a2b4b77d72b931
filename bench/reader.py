"""``python -m bench reader``: the whole understanding of a mail, beside the standard library's parser and mail-parser alone.

The three take turns on the same bytes in one process, so that a busy machine slows all of them; memory is the peak that one read adds,
in a process of its own.
"""

import base64
import os
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from email import message_from_bytes
from email.policy import compat32
from typing import Any

import mailparser

from bench.machinery import memory_mb, reset_peak
from gateway.mail.read import read

SIZES = {"2 KB": 2_000, "40 KB": 40_000, "5 MB": 5_000_000, "30 MB": 30_000_000}
_ROUNDS = {"2 KB": 300, "40 KB": 100, "5 MB": 5, "30 MB": 3}
TARGET = 4.0  # times mail-parser alone, for mails as people write them
_CPU = 2.0  # seconds for any mail
_MEMORY = 150  # MiB for any mail

_PHRASES = (
    "불이 켜지지 않습니다,확인 부탁드립니다,주문 번호,배송 문의,please check,the lamp does not light up,order number"
)
_WORDS = _PHRASES.split(",")


def sample(size: int) -> bytes:
    """A mail of that many octets: text with a quotation, from 20 KB on HTML too, from 1 MB on attachments."""
    chance = random.Random(size)
    letters = min(size, 40_000)
    rich = size >= 20_000
    lines: list[str] = []
    length = 0
    while length < letters * (0.25 if rich else 0.6):
        lines.append(" ".join(chance.choice(_WORDS) for _ in range(5)))
        length += len(lines[-1].encode())
    quoted = "\n".join(f"> {line}" for line in lines[: max(1, len(lines) // 4)])
    text = "\n".join(lines) + f"\n\nOn Thu, Mar 5, 2026 at 6:00 PM Support <support@example.com> wrote:\n\n{quoted}\n"
    head = (
        "".join(
            f"Received: from relay{number}.example by mx.example; Thu, 5 Mar 2026 18:00:00 +0900\r\n"
            for number in range(4)
        )
        + "From: =?utf-8?B?7ZmN6ri464+Z?= <hong@customer.example>\r\nTo: Support <support@example.com>\r\n"
        "Subject: =?utf-8?B?UmU6IOuereyEgSDrrLjsnZg=?=\r\nDate: Thu, 05 Mar 2026 18:00:00 +0900\r\n"
        "Message-ID: <bench@customer.example>\r\nReferences: <a@example.com> <b@example.com>\r\nMIME-Version: 1.0\r\n"
    )
    plain = _part("text/plain; charset=utf-8", text.encode())
    if not rich:
        return (head + plain).encode()
    paragraphs = "".join(
        f'<p style="margin:0;font-size:14px">{line} <a href="https://shop.example/">link</a></p>\n' for line in lines
    )
    quotation = f'<div class="gmail_quote"><blockquote>{paragraphs[:2000]}</blockquote></div>'
    html = f'<html><body><div dir="ltr">{paragraphs}</div>{quotation}</body></html>'
    rich_part = _part("text/html; charset=utf-8", html.encode())
    body = (
        "Content-Type: multipart/alternative; boundary=alt\r\n\r\n"
        f"--alt\r\n{plain}\r\n--alt\r\n{rich_part}\r\n--alt--\r\n"
    )
    left = int((size - len(body.encode())) / 1.37)
    if left < 100_000:
        return (head + body).encode()
    files = "".join(
        f"--mix\r\n{_part(f'application/octet-stream; name=file{number}.bin', chance.randbytes(left // 3))}\r\n"
        for number in range(3)
    )
    return (head + f"Content-Type: multipart/mixed; boundary=mix\r\n\r\n--mix\r\n{body}\r\n{files}--mix--\r\n").encode()


def _part(content_type: str, content: bytes) -> str:
    encoded = base64.encodebytes(content).decode().replace("\n", "\r\n")
    return f"Content-Type: {content_type}\r\nContent-Transfer-Encoding: base64\r\n\r\n{encoded}"


def by_library(raw: bytes) -> None:
    """The standard library's parser with every part decoded, as a program would want them."""
    for part in message_from_bytes(raw, policy=compat32).walk():
        part.get_payload(decode=True)


def by_mail_parser(raw: bytes) -> None:
    mail = mailparser.parse_from_bytes(raw)
    _ = (mail.subject, mail.from_, mail.to, mail.date, mail.text_plain, mail.text_html, mail.attachments)


READERS: dict[str, Callable[[bytes], object]] = {"gateway": read, "compat32": by_library, "mail-parser": by_mail_parser}


def measure() -> list[dict[str, Any]]:
    """One set of figures for each size."""
    found = []
    for name, size in SIZES.items():
        raw = sample(size)
        seconds: dict[str, list[float]] = {reader: [] for reader in READERS}
        for function in READERS.values():
            function(raw)
        for _ in range(_ROUNDS[name]):
            for reader, function in READERS.items():
                began = time.process_time()
                function(raw)
                seconds[reader].append(time.process_time() - began)
        middle = {reader: statistics.median(times) for reader, times in seconds.items()}
        memory = {reader: peak_mib(reader, raw) for reader in READERS}
        ratio = middle["gateway"] / middle["mail-parser"]
        small = size <= 40_000
        met = (ratio <= TARGET if small else True) and middle["gateway"] <= _CPU and memory["gateway"] <= _MEMORY
        bounds = f"<= {_CPU:g} s CPU, <= {_MEMORY} MiB"
        found.append(
            {
                "what": f"understanding a mail of {name} ({len(raw)} octets)",
                "per_second": 1 / middle["gateway"],
                "mail_parser_per_second": 1 / middle["mail-parser"],
                "compat32_per_second": 1 / middle["compat32"],
                "times_mail_parser": ratio,
                "times_compat32": middle["gateway"] / middle["compat32"],
                "cpu_ms": middle["gateway"] * 1000,
                "peak_mib": memory,
                "target": f"<= {TARGET:g} x mail-parser, {bounds}" if small else bounds,
                "met": met,
            }
        )
    return found


def peak_mib(reader: str, raw: bytes) -> float:
    """What one read adds to the peak memory of a process that already holds the mail."""
    command = [sys.executable, "-m", "bench.reader", reader]
    return float(subprocess.run(command, check=True, input=raw, stdout=subprocess.PIPE).stdout)


def main() -> None:
    function = READERS[sys.argv[1]]
    raw = sys.stdin.buffer.read()
    function(sample(2_000))  # everything imported
    before = memory_mb(os.getpid())
    reset_peak(os.getpid())
    function(raw)
    print(round(max(0.0, memory_mb(os.getpid(), "VmHWM") - before), 1))


if __name__ == "__main__":
    main()
