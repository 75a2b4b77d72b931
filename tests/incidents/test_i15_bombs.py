"""I-15, bombs: a mail that is small on the wire or large inside costs bounded time and memory to read."""

import base64
import gzip
import io
import json
import os
import struct
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.mail.test_tnef import tnef
from tests.support.gateways import REPOSITORY

SECONDS = 2.0  # of one processor
MEGABYTES = 150.0
HEAD = b"From: hong@customer.example\r\nSubject: bomb\r\nMIME-Version: 1.0\r\n"
TEXT = HEAD + b"Content-Type: text/plain; charset=utf-8\r\n"
_24_MB = 24 * 1024 * 1024


def attached(kind: bytes, content: bytes) -> bytes:
    return (
        HEAD
        + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: "
        + kind
        + b"\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        + base64.encodebytes(content)
        + b"--b--\r\n"
    )


def nested(depth: int) -> bytes:
    opening = b"".join(b"Content-Type: multipart/mixed; boundary=%d\r\n\r\n--%d\r\n" % (it, it) for it in range(depth))
    return HEAD + opening + b"Content-Type: text/plain\r\n\r\nx\r\n"


def zip_of_zips() -> bytes:
    """Ten megabytes of nothing in a few kilobytes, five times in each other."""
    content = zlib.compress(b"\0" * 10_000_000, 1)
    for level in range(5):
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            for number in range(8):
                archive.writestr(f"{level}-{number}.zip", content)
        content = packed.getvalue()[:400_000]
    return content


def image(width: int, height: int) -> bytes:
    """A PNG that says that it is this large."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunk = b"IHDR" + header
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + chunk + struct.pack(">I", zlib.crc32(chunk))


BOMBS: dict[str, Callable[[], bytes]] = {
    "parts": lambda: HEAD + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\n\r\nx\r\n" * 300_000,
    "parts in parts": lambda: nested(5_000),
    "mails in mails": lambda: HEAD + b"Content-Type: message/rfc822\r\n\r\n" * 5_000,
    "header fields": lambda: b"".join(b"X-%d: y\r\n" % number for number in range(200_000)) + TEXT + b"\r\nx",
    "one long field": lambda: HEAD + b"X: " + b"y" * 8_000_000 + b"\r\n\r\nx",
    "a folded field": lambda: HEAD + b"X: " + b"y\r\n " * 500_000 + b"\r\n\r\nx",
    "parameters": lambda: HEAD + b"Content-Type: text/plain" + b"; a*0*=x" * 200_000 + b"\r\n\r\nx",
    "addresses": lambda: b"To: " + b"a@b.test, " * 300_000 + b"\r\n" + TEXT + b"\r\nx",
    "encoded words": lambda: b"Subject: " + b"=?utf-8?q?x?= " * 200_000 + b"\r\n" + TEXT + b"\r\nx",
    "a boundary of 10 kB": lambda: HEAD + b"Content-Type: multipart/mixed; boundary=" + b"b" * 10_000 + b"\r\n\r\n" + b"--" + b"b" * 9_999,
    "a charset of 10 kB": lambda: HEAD + b"Content-Type: text/plain; charset=" + b"x" * 10_000 + b"\r\n\r\n\xff\xfe",
    "UTF-7": lambda: HEAD + b"Content-Type: text/plain; charset=utf-7\r\n\r\n" + b"+AAA-" * 2_000_000,
    "ISO-2022": lambda: HEAD + b"Content-Type: text/plain; charset=iso-2022-jp\r\n\r\n" + b"\x1b$B\x1b(B" * 1_500_000,
    "quoted-printable": lambda: TEXT + b"Content-Transfer-Encoding: quoted-printable\r\n\r\n" + b"=3D" * (_24_MB // 3),
    "base64": lambda: TEXT + b"Content-Transfer-Encoding: base64\r\n\r\n" + base64.encodebytes(b"x" * (_24_MB * 3 // 4)),
    "lines": lambda: TEXT + b"\r\n" + b"\r\n" * 6_000_000,
    "quote marks": lambda: TEXT + b"\r\n" + b"> " * 6_000_000,
    "HTML": lambda: HEAD + b"Content-Type: text/html\r\n\r\n" + b"<div>" * 2_000_000,
    "attributes": lambda: HEAD + b"Content-Type: text/html\r\n\r\n<p " + b"a=b " * 2_000_000 + b">",
    "entities by number": lambda: HEAD + b"Content-Type: text/html\r\n\r\n" + b"&#38;&#x026;" * 400_000,
    "entities": lambda: HEAD + b"Content-Type: text/html\r\n\r\n" + b"&amp;lt;" * 1_000_000,
    "a table": lambda: HEAD + b"Content-Type: text/html\r\n\r\n" + b"<table><tr><td>" * 300_000,
    "a zip of zips": lambda: attached(b"application/zip", zip_of_zips()),
    "gzip": lambda: attached(b"application/gzip", gzip.compress(b"\0" * 40_000_000, 1)),
    "an image of 60,000 by 60,000": lambda: attached(b"image/png", image(60_000, 60_000)),
    "winmail.dat with a million attributes": lambda: attached(b"application/ms-tnef", tnef(*([(0x1E, 0x1000, b"x\0")] * 200_000))),
    "winmail.dat that lies about its size": lambda: attached(b"application/ms-tnef", tnef((0x1E, 0x1000, b"x"))[:-9] + b"\xff" * 9),
}  # fmt: skip

# One interpreter reads them one after the other: its peak is set back before each (proc(5), clear_refs).
MEASURE = """
import json, sys, time
from pathlib import Path
from gateway.mail.read import read

def kilobytes(name):
    return int(next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith(name)).split()[1])

read(b"From: a@b.test\\r\\n\\r\\nx")
for path in sorted(Path(sys.argv[1]).iterdir()):
    raw = path.read_bytes()
    Path("/proc/self/clear_refs").write_text("5")
    before, began = kilobytes("VmRSS"), time.process_time()
    message = read(raw)
    told = {"name": path.name, "seconds": time.process_time() - began, "megabytes": (kilobytes("VmHWM") - before) / 1024,
            "parts": len(message.attachments), "text": len(message.text)}
    del message, raw
    print(json.dumps(told), flush=True)
"""


@pytest.fixture(scope="module")
def figures(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, float]]:
    folder = tmp_path_factory.mktemp("bombs")
    names = {f"{number:02}": name for number, name in enumerate(BOMBS)}
    for number, name in names.items():
        (folder / number).write_bytes(BOMBS[name]())
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, str(folder)],
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 0, f"{names[f'{len(rows):02}']}: {done.stderr[-2000:]}"
    return {names[row["name"]]: row for row in rows}


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_read_in_bounds(figures: dict[str, dict[str, float]], name: str) -> None:
    row = figures[name]
    assert row["seconds"] <= SECONDS, row
    assert row["megabytes"] <= MEGABYTES, row
    assert row["parts"] <= 500


def test_archives_are_never_opened(figures: dict[str, dict[str, float]]) -> None:
    for name in ("a zip of zips", "gzip", "an image of 60,000 by 60,000"):
        assert (figures[name]["parts"], figures[name]["text"]) == (1, 0), name
    unpackers = ("import zipfile", "import tarfile", "import gzip", "import bz2", "import lzma", "from PIL")
    found = [
        str(path)
        for path in Path(REPOSITORY, "gateway").rglob("*.py")
        if any(word in path.read_text("utf-8") for word in unpackers)
    ]
    assert found == []
