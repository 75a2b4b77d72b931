"""Large mails pass through with flat memory, and the others do not wait for them."""

import asyncio
import hashlib
import os
import subprocess
import sys
import time
from pathlib import Path

from tests.support.smtp_client import SmtpClient, dot_stuff
from tests.support.smtp_house import House, running

MAIL = b"Subject: Hello\r\n\r\ntext\r\n"
SERVER = """
import asyncio, sys
from pathlib import Path
from tests.support.smtp_house import running

def serve():
    loop = asyncio.new_event_loop()
    async def main():
        async with running(Path(sys.argv[1])) as house:
            print(house.smtp[1], flush=True)
            await loop.run_in_executor(None, sys.stdin.readline)
            for record in house.records:
                print(record.size, record.digest, record.raw is None, flush=True)
    loop.run_until_complete(main())

serve()
"""


def memory_of(pid: int, field: str) -> int:
    """Octets; ``VmRSS`` or ``VmHWM`` (the highest so far)."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(field):
            return int(line.split()[1]) * 1024
    raise AssertionError(field)


def body(kind: str, size: int) -> bytes:
    if kind == "lines":
        return (os.urandom(36).hex().encode() + b"\r\n") * (size // 74)
    return b"x" * size + b"\r\n"  # one line


async def send_large(port: int, octets: bytes) -> None:
    async with await SmtpClient.connect(("127.0.0.1", port), timeout=60) as client:
        await client.hello()
        await client.envelope()
        for start in range(0, len(octets), 256 * 1024):
            await client.send(octets[start : start + 256 * 1024])
        assert (await client.reply()).code == 250


async def test_the_memory_stays_flat(tmp_path: Path) -> None:
    server = subprocess.Popen(
        [sys.executable, "-c", SERVER, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    )
    assert server.stdin is not None
    assert server.stdout is not None
    try:
        port = int(await asyncio.get_running_loop().run_in_executor(None, server.stdout.readline))
        await send_large(port, dot_stuff(MAIL))
        before = memory_of(server.pid, "VmRSS")
        mails = [b"Subject: large\r\n\r\n" + body(kind, 30 * 1024 * 1024) for kind in ("lines", "one line")]
        for mail in mails:
            await send_large(port, dot_stuff(mail))
        growth = memory_of(server.pid, "VmHWM") - before
        assert growth < 60 * 1024 * 1024, f"{growth >> 20} MB more"
        output, _ = server.communicate("\n", timeout=30)
        assert [line.split() for line in output.splitlines()[1:]] == [
            [str(len(mail)), hashlib.sha256(mail).hexdigest(), "True"] for mail in mails
        ]
    finally:
        server.kill()
        server.wait()


async def test_large_mails_are_blobs_and_small_ones_are_not(tmp_path: Path) -> None:
    async with running(tmp_path, limits={"small_body": 1000}) as house, await house.client() as client:
        await client.hello()
        for size in (999, 1000, 1001, 300_000, 1_000_000):
            mail = b"S: x\r\n\r\n" + b"y" * (size - 10) + b"\r\n"
            assert len(mail) == size
            assert (await client.mail(mail)).code == 250
            record = house.records[-1]
            assert (record.raw is None) is (size > 1000)
            assert house.raw(record) == mail
            assert record.digest == hashlib.sha256(mail).hexdigest()
            assert record.size == size
        assert not list((house.blobs.directory / "incoming").iterdir())


async def test_refused_large_mails_leave_nothing(tmp_path: Path) -> None:
    async with (
        running(tmp_path, limits={"small_body": 1000, "message_size": 1024 * 1024}) as house,
        await house.client() as client,
    ):
        await client.hello()
        for mail, code in ((body("lines", 2 * 1024 * 1024), 552), (body("lines", 900_000) + b"bare\nline\r\n", 550)):
            assert (await client.mail(b"S: x\r\n\r\n" + mail)).code == code
            assert house.door.in_flight == 0
        assert not [path for path in house.blobs.directory.rglob("*") if path.is_file()]


MOST_ASKED = 90
"""Commands that do nothing, in one session: after a hundred the door hangs up."""


async def test_others_do_not_wait(house: House) -> None:
    """While 30 MB come in, small mails of another session go on."""
    large = dot_stuff(b"Subject: large\r\n\r\n" + body("lines", 30 * 1024 * 1024))
    longest = 0.0
    async with await house.client(timeout=60) as sender, await house.client() as other:
        await sender.hello()
        await other.hello()
        await sender.envelope()

        async def stream() -> None:
            for start in range(0, len(large), 64 * 1024):
                await sender.send(large[start : start + 64 * 1024])

        streaming = asyncio.create_task(stream())
        asked = 0
        while not streaming.done():
            if asked < MOST_ASKED:
                began = time.perf_counter()
                await other.expect("VRFY support@example.com", 252)
                longest = max(longest, time.perf_counter() - began)
                asked += 1
            if len(house.records) < 50:
                assert (await other.mail(MAIL)).code == 250
            await asyncio.sleep(0.005)
        assert (await sender.reply()).code == 250
    assert longest < 2.0  # of a loaded machine; the bench measures it
