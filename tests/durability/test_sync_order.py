"""250 means durable: strace watches the door and sees each file synced before the reply leaves (a kill would not show it)."""

import os
import signal
import smtplib
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.support.gateways import Gateway
from tests.support.need import need
from tests.support.roles import build_shim, count, make_home, pending
from tests.support.sync_order import COMMAND, Acceptance, acceptances
from tests.support.waiting import wait_until

pytestmark = pytest.mark.real

SETTINGS = {"LIMITS__SMALL_BODY": "16384", "LIMITS__ENABLED": "false"}  # else more than 50 mails of one sender are held


@pytest.fixture(autouse=True)
def _strace() -> None:
    need("strace")


def send(port: int, number: int, size: int) -> None:
    mail = f"From: kim@customer.example\r\nSubject: {number}\r\nMessage-ID: <order-{number}@customer.example>\r\n\r\n"
    with smtplib.SMTP("127.0.0.1", port, timeout=60) as client:
        client.sendmail("kim@customer.example", ["support@example.com"], mail + ("x" * 70 + "\r\n") * (size // 72))


def watch(folder: Path, send_all: Callable[[int], None], *, prefix: Sequence[str] = ()) -> list[Acceptance]:
    """Run the door under strace, send mails, and read what strace saw."""
    data_dir, trace = folder / "var", folder / "trace"
    environ = make_home(data_dir, **SETTINGS)
    existing = list(data_dir.rglob("*"))
    command = (*COMMAND, *prefix, "-o", str(trace), sys.executable, "-m", "gateway")
    gateway = Gateway(folder, command=command, environ=environ, arguments=("--roles", "smtp"))
    try:
        send_all(gateway.up().smtp_port)
        os.kill(int((data_dir / "gateway.pid").read_text()), signal.SIGTERM)  # strace itself does not pass it on
        gateway.process.wait(30)
    finally:
        gateway.kill()
    return acceptances(trace, data_dir, existing)


def one_after_the_other(port: int) -> None:
    sizes = (100, 5_000, 15_000, 17_000, 60_000, 300_000, 700_000)
    for number in range(56):
        send(port, number, sizes[number % len(sizes)])


def test_each_mail_is_on_the_disk_before_its_250(tmp_path: Path) -> None:
    found = watch(tmp_path, one_after_the_other)
    assert len(found) == 56
    assert [it for it in found if it.unsynced or not it.is_written or not it.is_durable] == []
    environ = make_home(tmp_path / "var", **SETTINGS)
    pipeline = Gateway(tmp_path, environ=environ, arguments=("--roles", "pipeline"))
    try:
        wait_until(lambda: not pending(environ), timeout=60)
        assert all(count(environ, f"order-{number}@customer.example") == 1 for number in range(56))
    finally:
        pipeline.kill()


def test_mails_that_share_a_commit(tmp_path: Path) -> None:
    """The next group may be on its way already, so only the mail's own row is looked for."""

    def send_all(port: int) -> None:
        with ThreadPoolExecutor(8) as clients:
            list(clients.map(lambda number: send(port, number, 2_000), range(48)))

    found = watch(tmp_path, send_all)
    assert len(found) == 48
    assert [it for it in found if not it.is_written or not it.is_durable] == []


def test_a_disk_that_lies_is_found_out(tmp_path: Path) -> None:
    """The negative control: with syncs that do nothing, the very same check must fail for every mail."""
    shim = build_shim(tmp_path)
    found = watch(tmp_path, one_after_the_other, prefix=("-E", f"LD_PRELOAD={shim}", "-E", "CRASH_SHIM_LIES=1"))
    assert len(found) == 56
    assert all(it.unsynced for it in found)
    assert not any(it.is_durable for it in found)
