"""Our own trouble is 4xx without a word about it, and the next mail on the same connection goes through."""

import asyncio
import errno
import logging
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from gateway.smtp import house as house_module
from gateway.smtp.server import free_space_of
from tests.support.smtp_client import SmtpClient, dot_stuff
from tests.support.smtp_house import House, running, until

MAIL = b"Subject: Hello\r\n\r\ntext\r\n"
LARGE = b"Subject: large\r\n\r\n" + (b"x" * 76 + b"\r\n") * 9000  # above limits.small_body
SECRET = "/var/secret/path"


def fail(*_: Any) -> Any:
    raise RuntimeError(SECRET)


async def fail_later(*_: Any) -> Any:
    fail()


async def good_mail(client: SmtpClient) -> None:
    reply = await client.mail(MAIL)
    assert reply.code == 250, reply


async def test_a_fault_in_the_journal(house: House, caplog: pytest.LogCaptureFixture) -> None:
    async with await house.client() as client:
        await client.hello()
        house.recorder.before = fail_later
        reply = await client.mail(MAIL)
        assert str(reply) == "451 4.3.0 Trouble here; try again later"
        assert SECRET in caplog.text  # the operator sees why
        house.recorder.before = None
        await good_mail(client)
        assert len(house.records) == 1


async def test_a_fault_in_the_address_book(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    async with await house.client() as client:
        await client.hello()
        await client.expect("MAIL FROM:<kim@customer.example>", 250)
        with monkeypatch.context() as patch:
            patch.setattr(type(house.settings.addresses), "verdict", fail)
            assert (
                str(await client.command("RCPT TO:<support@example.com>")) == "451 4.3.0 Trouble here; try again later"
            )
        await client.expect("RSET", 250)
        await good_mail(client)


class BrokenClock:
    def now(self) -> datetime:
        return fail()

    def monotonic(self) -> float:
        return 0.0


async def test_a_fault_in_the_clock_or_in_chance(house: House) -> None:
    async with await house.client() as client:
        await client.hello()
        clock, house.door._house.clock = house.door._house.clock, BrokenClock()
        assert (await client.mail(MAIL)).code == 451
        house.door._house.clock = clock
        entropy, house.door._house._entropy = house.door._house._entropy, fail
        assert (await client.mail(MAIL)).code == 451
        house.door._house._entropy = entropy
        await good_mail(client)


async def test_a_fault_while_asking_for_space(house: House) -> None:
    async with await house.client() as client:
        await client.hello()
        working = house.door._house._free_space
        house.door._house._free_space = fail
        assert (await client.command("MAIL FROM:<kim@customer.example>")).code == 451
        house.door._house._free_space = working
        await good_mail(client)


class FailingSink:
    """A blob that fails at one of its calls."""

    def __init__(self, at: str, error: Exception) -> None:
        self.at, self.error, self.aborted = at, error, False

    def _step(self, name: str) -> None:
        if name == self.at:
            raise self.error

    def write(self, chunk: bytes) -> None:
        self._step("write")

    def commit(self) -> str:
        self._step("commit")
        return "0" * 64

    def abort(self) -> None:
        self.aborted = True


@pytest.mark.parametrize("at", ["writer", "write", "commit"])
@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (OSError(errno.ENOSPC, SECRET), "452 4.3.1 Not enough storage now; try again later"),
        (OSError(errno.EDQUOT, SECRET), "452 4.3.1 Not enough storage now; try again later"),
        (OSError(errno.EIO, SECRET), "451 4.3.0 Trouble here; try again later"),
    ],
    ids=["ENOSPC", "EDQUOT", "EIO"],
)
async def test_a_fault_of_the_disk(house: House, at: str, error: OSError, expected: str) -> None:
    sink = FailingSink(at, error)

    class Blobs:
        def writer(self) -> FailingSink:
            sink._step("writer")
            return sink

    async with await house.client() as client:
        await client.hello()
        real, house.door._house._blobs = house.door._house._blobs, Blobs()
        assert str(await client.mail(LARGE)) == expected
        assert sink.aborted is (at != "writer")
        assert house.door.in_flight == 0
        house.door._house._blobs = real
        assert (await client.mail(LARGE)).code == 250
        assert house.raw(house.records[0]) == LARGE


async def test_a_bug_while_reading_ends_the_session(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """The end of the text was not seen, so what follows must not be taken for commands."""
    async with await house.client() as client:
        await client.hello()
        await client.envelope()
        monkeypatch.setattr("gateway.smtp.body.Body.write", fail_later)
        await client.send(dot_stuff(MAIL) + b"NOOP\r\n")
        assert (await client.reply()).code == 421
        assert await client.closed()


async def test_no_space_on_the_disk(house: House) -> None:
    async with await house.client() as client:
        await client.hello()
        house.free = 64 * 1024 * 1024 + 999
        assert str(await client.command("MAIL FROM:<kim@customer.example> SIZE=1000")).startswith("452 4.3.1 ")
        await client.expect("MAIL FROM:<kim@customer.example> SIZE=999", 250)
        await client.expect("RCPT TO:<support@example.com>", 250)
        await client.expect("DATA", 354)
        house.free = 1000  # used up by others meanwhile
        await client.send(dot_stuff(LARGE))
        assert str(await client.reply()).startswith("452 4.3.1 ")
        house.free = 10**12
        await good_mail(client)


def test_the_free_space_of_a_folder(tmp_path: Path) -> None:
    assert free_space_of(tmp_path)() > 0
    with pytest.raises(OSError):
        free_space_of(tmp_path / "gone")()


async def test_a_backlog(tmp_path: Path) -> None:
    async with running(tmp_path, limits={"pending_entries": 5}) as house, await house.client() as client:
        await client.hello()
        backlog = house.door._house.backlog
        house.waiting = 5
        await backlog.refresh()
        assert str(await client.command("MAIL FROM:<kim@customer.example>")).startswith("451 4.3.2 ")
        house.waiting = 4
        await backlog.refresh()
        await good_mail(client)


async def test_the_backlog_is_asked_for_again_and_may_fail(house: House, caplog: pytest.LogCaptureFixture) -> None:
    backlog = house.door._house.backlog
    house.waiting = 7
    backlog._asked_at = float("-inf")
    backlog()
    await until(lambda: backlog.entries == 7)
    backlog._pending = fail
    await backlog.refresh()
    assert backlog() == 7
    assert "backlog unknown" in caplog.text


async def test_too_much_in_flight(tmp_path: Path) -> None:
    async with running(tmp_path, limits={"in_flight_bytes": 1024 * 1024}) as house:
        async with await house.client() as first, await house.client() as second:
            await first.hello()
            await second.hello()
            await first.envelope()
            await first.send(LARGE)
            await until(lambda: house.door.in_flight >= len(LARGE) - 4)
            assert str(await second.command("MAIL FROM:<lee@customer.example> SIZE=700000")).startswith("452 4.3.1 ")
            assert str(await second.mail(LARGE)).startswith("452 4.3.1 ")
            await good_mail(second)
            await first.send(b".\r\n")
            assert (await first.reply()).code == 250
            assert house.door.in_flight == 0
            assert (await second.mail(LARGE)).code == 250
        assert not list((house.blobs.directory / "incoming").iterdir())


async def test_a_client_that_leaves_in_data_leaves_nothing(house: House) -> None:
    async with await house.client() as client:
        await client.hello()
        await client.envelope()
        await client.send(LARGE)
        await until(lambda: house.door.in_flight > 500_000)
    await until(lambda: house.door.connections == 0)
    assert house.door.in_flight == 0
    assert not list((house.blobs.directory / "incoming").iterdir())
    assert not house.records


async def test_the_commit_goes_on_when_the_client_half_closes(house: House) -> None:
    """The reply arrives, although the journal takes its time."""
    gate = asyncio.Event()
    house.recorder.before = gate.wait
    async with await house.client() as client:
        await client.hello()
        await client.envelope()
        await client.send(dot_stuff(MAIL))
        await client.half_close()
        await asyncio.sleep(0.05)
        assert not house.records
        gate.set()
        assert (await client.reply()).code == 250
        assert await client.closed()
    assert len(house.records) == 1


async def test_the_commit_goes_on_when_the_client_is_gone(house: House) -> None:
    gate, waits = asyncio.Event(), asyncio.Event()

    async def before() -> None:
        waits.set()
        await gate.wait()

    house.recorder.before = before
    async with await house.client() as client:
        await client.hello()
        await client.envelope()
        await client.send(dot_stuff(MAIL))
        await waits.wait()
    gate.set()
    await until(lambda: len(house.records) == 1)
    await until(lambda: house.door.connections == 0)


async def test_a_journal_that_does_not_answer(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(house_module, "COMMIT_SECONDS", 0.1)
    gate = asyncio.Event()
    house.recorder.before = gate.wait
    async with await house.client() as client:
        await client.hello()
        assert str(await client.mail(MAIL)).startswith("451 4.3.0 ")
        gate.set()
        house.recorder.before = None
        await good_mail(client)
    # the late write is a mail that the sender sends again: the pipeline knows duplicates
    await until(lambda: len(house.records) == 2)


async def test_what_is_logged(house: House, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "gateway.smtp")
    async with await house.client() as client:
        await client.hello()
        await client.command(b"MAIL FROM:<\x1b]0;x\x07@evil.example>\xe2\x80\xae")
        await client.command("RCPT TO:<nobody@example.com>")
        await good_mail(client)
    accepted = [record for record in caplog.records if record.getMessage() == "mail accepted"]
    assert [record.receipt for record in accepted] == [house.records[0].receipt]
    refused = [record for record in caplog.records if record.getMessage() == "command refused"]
    assert [record.command for record in refused] == [
        r"MAIL FROM:<\x1b]0;x\x07@evil.example>\xe2\x80\xae",
        "RCPT TO:<nobody@example.com>",
    ]
    assert all(
        text.isprintable()
        for record in caplog.records
        for text in (record.getMessage(), str(record.__dict__.get("command")))
    )
