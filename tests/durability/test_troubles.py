"""A full disk, a smarthost that hangs, a process that sleeps, an end in the middle of everything: nothing accepted is lost or doubled."""

import asyncio
import fcntl
import os
import signal
import smtplib
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from tests.support.crash_points import one_mail
from tests.support.databases import PostgresqlServer
from tests.support.gateways import Gateway, is_alive
from tests.support.need import missing
from tests.support.roles import Roles, ask, assert_sound, count, make_home, pending
from tests.support.smarthost import Smarthost
from tests.support.smtp_client import Closed, SmtpClient, dot_stuff
from tests.support.waiting import wait_until

QUIET = {"GATEWAY__LIMITS__ENABLED": "false"}


def home(gateway: Gateway) -> dict[str, str]:
    return {"GATEWAY__DATA_DIR": str(gateway.data_dir)}


def a_mail(name: str, size: int = 100) -> bytes:
    return one_mail(size, f"{name}@customer.example")


def send(port: int, name: str, size: int = 100) -> int:
    """One try; the code of the reply that ended it."""
    try:
        with smtplib.SMTP("127.0.0.1", port, timeout=40) as client:
            client.sendmail(f"{name}@customer.example", ["support@example.com"], a_mail(name, size))
            return 250
    except smtplib.SMTPResponseException as error:
        return error.smtp_code


@contextmanager
def small_disk(folder: Path, octets: str) -> Iterator[None]:
    """A disk of its own at ``folder``. Skipped, or failed under ``CI=true``, where nothing may be mounted."""
    folder.mkdir(parents=True)
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={octets}", "tmpfs", folder], capture_output=True, text=True, check=False
    )
    if done.returncode:
        missing(f"no small disk can be mounted: {done.stderr.strip()}")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


@pytest.mark.parametrize("reserve", ["0", "3000000"], ids=["to-the-last-octet", "with-a-reserve"])
def test_a_full_disk(tmp_path: Path, reserve: str) -> None:
    with small_disk(tmp_path / "var", "24m"):
        filler = tmp_path / "var" / "filler"
        filler.write_bytes(bytes(12_000_000))
        gateway = Gateway(tmp_path, environ={**QUIET, "GATEWAY__LIMITS__FREE_DISK_BYTES": reserve})
        try:
            port = gateway.up().smtp_port
            codes = {f"full-{number}": send(port, f"full-{number}", 1_000_000) for number in range(20)}
            codes |= {f"small-{number}": send(port, f"small-{number}", 20_000) for number in range(100)}
            assert set(codes.values()) <= {250, 451, 452}
            refused = [name for name, code in codes.items() if code != 250]
            assert len(refused) > 10, "the disk was never full"
            filler.unlink()
            began = time.monotonic()
            wait_until(lambda: send(port, "after", 20_000) == 250, timeout=10)
            wait_until(lambda: count(home(gateway), "after@customer.example") == 1, timeout=10)
            assert time.monotonic() - began < 10
            wait_until(lambda: not pending(home(gateway)), timeout=30)
            assert_sound(home(gateway))
            for name, code in codes.items():
                assert count(home(gateway), f"{name}@customer.example") == (code == 250), name
            assert gateway.events("a process died and is started again") == []
        finally:
            gateway.kill()


def test_a_smarthost_that_hangs_holds_up_nothing_but_its_own_mail(tmp_path: Path) -> None:
    with ExitStack() as stack:
        with Smarthost(mode="hang-greeting") as hanging:
            environ = {**QUIET, "GATEWAY__OUTBOUND__SMARTHOST": hanging.address, "GATEWAY__OUTBOUND__TLS": "none"}
            gateway = Gateway(tmp_path, environ=environ)
            stack.callback(gateway.kill)
            port = gateway.up().smtp_port
            assert send(port, "first") == 250
            wait_until(lambda: hanging.connections, timeout=20)  # it hangs now
            began = time.monotonic()
            for number in range(20):
                assert send(port, f"mail-{number}") == 250
            wait_until(lambda: not pending(home(gateway)), timeout=10)
            assert time.monotonic() - began < 15
            assert_sound(home(gateway))
            assert hanging.count == 0
        with Smarthost(port=hanging.port) as smarthost:  # somebody restarted it
            sent = "SELECT count(*) FROM outbox WHERE kind = 'ack' AND state = 'sent'"
            wait_until(lambda: ask(home(gateway), sent) == [(21,)], timeout=30, pause=0.1)
            assert len(smarthost.taken) == len({it.message_id for it in smarthost.taken}) == 21


@contextmanager
def slow_journal(gateway: Gateway) -> Iterator[None]:
    """Nobody can write as long as this holds the writers' lock."""
    with Path(f"{gateway.data_dir}/gateway.db.lock").open("r+b") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


async def rest_of(client: SmtpClient) -> list[str]:
    """The codes of all replies up to the end of the connection."""
    lines = (await asyncio.wait_for(client.reader.read(), 20)).decode().splitlines()
    return [" ".join(line.split()[:2]) for line in lines]


async def test_an_orderly_stop_with_twenty_sessions(tmp_path: Path) -> None:
    gateway = Gateway(tmp_path, environ=QUIET, arguments=("--roles", "smtp"))
    try:
        where = ("127.0.0.1", gateway.up().smtp_port)
        clients = [await SmtpClient.connect(where) for _ in range(20)]
        for client in clients:
            await client.hello()
        for client in clients[7:]:
            await client.envelope()
        for client in clients[7:14]:
            await client.send(b"Subject: half a mail\r\n")
        with slow_journal(gateway):
            for number, client in enumerate(clients[14:]):
                await client.send(dot_stuff(a_mail(f"stop-{number}")))
            await asyncio.sleep(0.3)  # the dots are on their way to a journal that does not answer
            gateway.process.terminate()
            began = time.monotonic()
            await asyncio.sleep(1)
        ends = await asyncio.gather(*map(rest_of, clients))
        await asyncio.to_thread(gateway.process.wait, 10)
        assert time.monotonic() - began <= 10
        assert gateway.process.returncode == 0
    finally:
        gateway.kill()
    assert all(end == ["421 4.3.2"] for end in ends[:14]), ends
    assert all(end[0] in ("250 2.0.0", "421 4.3.2") for end in ends[14:]), ends
    again = Gateway(tmp_path, environ=QUIET, arguments=("--roles", "pipeline"))
    try:
        again.up()
        wait_until(lambda: not pending(home(again)))
        for number, end in enumerate(ends[14:]):
            there = count(home(again), f"stop-{number}@customer.example")
            assert there == 1 if end[0] == "250 2.0.0" else there <= 1
    finally:
        again.kill()


async def test_a_client_that_closes_its_half_or_goes_and_comes_again(tmp_path: Path) -> None:
    gateway = Gateway(tmp_path, environ=QUIET, arguments=("--roles", "smtp,pipeline"))
    try:
        where = ("127.0.0.1", gateway.up().smtp_port)
        half, gone = await SmtpClient.connect(where), await SmtpClient.connect(where)
        for client in (half, gone):
            await client.hello()
            await client.envelope()
        with slow_journal(gateway):
            await half.send(dot_stuff(a_mail("half")))
            await half.half_close()
            await gone.send(dot_stuff(a_mail("gone")))
            await asyncio.sleep(0.4)
            gone.writer.close()
        assert (await half.reply()).code == 250
        with pytest.raises(Closed):
            await half.reply()
        for name in ("half", "gone"):
            assert await asyncio.to_thread(send, where[1], name) == 250  # as after a 250 that was lost
        wait_until(lambda: not pending(home(gateway)))
        fates = ask(home(gateway), "SELECT fate, count(*) FROM journal GROUP BY fate ORDER BY fate")
        assert fates == [("duplicate", 2), ("opened", 2)]
        assert count(home(gateway), "half@customer.example") == count(home(gateway), "gone@customer.example") == 1
    finally:
        gateway.kill()


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_a_process_that_slept_beyond_its_lease_cannot_write_late(
    tmp_path: Path, engine: str, request: pytest.FixtureRequest
) -> None:
    if engine == "sqlite":
        _sleep(tmp_path, f"sqlite:///{tmp_path / 'var' / 'gateway.db'}", {})
    else:
        server: PostgresqlServer = request.getfixturevalue("postgresql")
        with server.create(tables=False) as url:
            _sleep(tmp_path, url, {"DATABASE__URL": url})


def _sleep(folder: Path, url: str, settings: dict[str, str]) -> None:
    environ = make_home(folder / "var", PROCESSES__PIPELINES="2", LIMITS__ENABLED="false", **settings)
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))

    def rows(query: str) -> list[tuple[object, ...]]:
        with engine.connect() as connection:
            return [tuple(row) for row in connection.execute(text(query))]

    with Roles() as roles:
        door = roles.start("smtp", environ)
        for number in range(5):
            assert send(door.port, f"sleep-{number}") == 250
        roles.end(door)
        sleeper = roles.start("pipeline", environ, changes=["sleep before reading"])
        wait_until(lambda: Path(f"/proc/{sleeper.pid}/stat").read_text().rpartition(")")[2].split()[0] == "T")
        other = roles.start("pipeline", environ, number=1, changes=["short lease"])
        wait_until(lambda: rows("SELECT count(*) FROM journal WHERE state = 'pending'") == [(0,)], timeout=30)
        settled = rows("SELECT id, fate, settled_at, ticket_id FROM journal ORDER BY id")
        os.kill(sleeper.pid, signal.SIGCONT)
        log = Path(f"{environ['GATEWAY__DATA_DIR']}.log")
        wait_until(lambda: log.read_text().count("another worker took this mail over") == 5, timeout=20)
        assert is_alive(sleeper.pid)
        assert rows("SELECT id, fate, settled_at, ticket_id FROM journal ORDER BY id") == settled
        assert {row[1] for row in settled} == {"opened"}
        assert rows("SELECT count(*), count(DISTINCT message_id) FROM messages WHERE direction = 'in'") == [(5, 5)]
        assert rows("SELECT count(*), count(DISTINCT ticket_id) FROM outbox WHERE kind = 'ack'") == [(5, 5)]
        roles.end(sleeper)
        roles.end(other)
    engine.dispose()
