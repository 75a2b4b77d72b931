"""STARTTLS: offered once, from TLS 1.2 on, and nothing that was said in clear counts behind it."""

import asyncio
import os
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.config.model import Tls
from gateway.smtp.tls import Certificates, server_context
from tests.support.smtp_certificate import write_certificate
from tests.support.smtp_client import dot_stuff
from tests.support.smtp_house import House, running, settings, until

MAIL = b"Subject: Hello\r\n\r\ntext\r\n"


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    tls = write_certificate(tmp_path)
    async with running(tmp_path, smtp={"tls": tls.model_dump()}) as house:
        yield house


async def test_a_mail_in_tls(house: House) -> None:
    async with await house.client() as client:
        assert "250-STARTTLS" in (await client.hello()).lines
        await client.expect("STARTTLS", 220)
        await client.starttls()
        assert not any("STARTTLS" in line for line in (await client.expect("EHLO client.example", 250)).lines)
        assert (await client.mail(MAIL)).code == 250
        await client.expect("QUIT", 221)
    (record,) = house.records
    assert record.protocol == "esmtps"
    assert record.tls.startswith("TLSv1.3 TLS_")


async def test_lmtp_in_tls(house: House) -> None:
    async with await house.client(house.lmtp_path) as client:
        await client.hello("LHLO")
        await client.expect("STARTTLS", 220)
        await client.starttls()
        await client.expect("LHLO client.example", 250)
        assert (await client.mail(MAIL)).code == 250
    assert (house.records[0].protocol, house.records[0].peer) == ("lmtps", "")


async def test_what_was_known_before_is_forgotten(house: House) -> None:
    async with await house.client() as client:
        await client.hello()
        await client.expect("MAIL FROM:<evil@attacker.example>", 250)
        await client.expect("STARTTLS", 220)
        await client.starttls()
        await client.expect("RCPT TO:<support@example.com>", 503)
        await client.expect("MAIL FROM:<kim@customer.example>", 503)
        await client.expect("EHLO client.example", 250)
        await client.expect("RCPT TO:<support@example.com>", 503)


async def test_commands_behind_starttls_are_forgotten(house: House) -> None:
    """CVE-2011-0411 and CVE-2024-34083: they came in clear, so anybody on the way may have written them."""
    async with await house.client() as client:
        await client.hello()
        await client.send(b"STARTTLS\r\nEHLO evil.example\r\nMAIL FROM:<evil@attacker.example>\r\n")
        assert (await client.reply()).code == 220
        await client.starttls()
        await client.expect("NOOP", 250)  # its reply, not one to what was injected
        await client.expect("MAIL FROM:<kim@customer.example>", 503)


async def test_starttls_within_tls_is_refused(house: House) -> None:
    async with await house.client() as client:
        await client.hello()
        await client.expect("STARTTLS", 220)
        await client.starttls()
        assert str(await client.command("STARTTLS")).startswith("503 5.5.1 ")
        await client.expect("EHLO client.example", 250)
        await client.expect("STARTTLS", 503)


async def test_starttls_takes_no_argument(house: House) -> None:
    async with await house.client() as client:
        await client.hello()
        await client.expect("STARTTLS now", 501)
        await client.expect("NOOP", 250)


@pytest.mark.parametrize("garbage", [b"NOOP\r\n" * 20, b"\x16\x03\x01\x00\x00", b"\x16\x03\x03\xff\xff" + b"x" * 200])
async def test_a_handshake_that_is_none(house: House, garbage: bytes) -> None:
    async with await house.client() as client:
        await client.hello()
        await client.expect("STARTTLS", 220)
        await client.send(garbage)
        await client.half_close()
        assert b"250" not in await asyncio.wait_for(client.reader.read(), 10)
    await until(lambda: house.door.connections == 0)


async def test_a_client_that_leaves_in_the_handshake(house: House) -> None:
    async with await house.client() as client:
        await client.hello()
        await client.expect("STARTTLS", 220)
    await until(lambda: house.door.connections == 0)


async def test_a_handshake_has_its_time(tmp_path: Path) -> None:
    tls = write_certificate(tmp_path)
    async with running(tmp_path, smtp={"tls": tls.model_dump()}, limits={"command_seconds": 1}) as house:
        client = await house.client()
        await client.hello()
        await client.expect("STARTTLS", 220)
        await until(lambda: house.door.connections == 0)
        client.writer.close()


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
async def test_old_versions_are_refused(house: House) -> None:
    async with await house.client() as client:
        await client.hello()
        await client.expect("STARTTLS", 220)
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        context.set_ciphers("ALL:@SECLEVEL=0")
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = ssl.TLSVersion.TLSv1_1
        with pytest.raises((ssl.SSLError, ConnectionError)):
            await client.writer.start_tls(context)


async def test_a_commit_goes_on_when_tls_is_closed(house: House) -> None:
    gate, waits = asyncio.Event(), asyncio.Event()

    async def before() -> None:
        waits.set()
        await gate.wait()

    house.recorder.before = before
    async with await house.client() as client:
        await client.hello()
        await client.expect("STARTTLS", 220)
        await client.starttls()
        await client.expect("EHLO client.example", 250)
        await client.envelope()
        await client.send(dot_stuff(MAIL))
        await waits.wait()
        client.writer.close()
        gate.set()
        await until(lambda: len(house.records) == 1)


def test_a_renewed_certificate_is_taken_and_a_broken_one_is_not(tmp_path: Path) -> None:
    certificates = Certificates()
    assert certificates.context(None) is None
    tls = write_certificate(tmp_path)
    first = certificates.context(tls)
    assert first is not None
    assert certificates.context(tls) is first
    tls.certificate.write_text("half a file")
    os.utime(tls.certificate, ns=(1, 1))
    assert certificates.context(tls) is first
    tls.certificate.unlink()
    assert certificates.context(tls) is first
    write_certificate(tmp_path)
    assert certificates.context(tls) not in (None, first)


def test_versions_before_1_2_are_off_whatever_the_system_allows(tmp_path: Path) -> None:
    assert server_context(write_certificate(tmp_path)).minimum_version == ssl.TLSVersion.TLSv1_2


def test_a_certificate_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(OSError):
        server_context(Tls(certificate=tmp_path / "none.pem", key=tmp_path / "none.key"))
    assert Certificates().context(Tls(certificate=tmp_path / "none.pem", key=tmp_path / "none.key")) is None


async def _certificate(house: House, kind: str | None = None) -> bytes:
    """What the door shows to a new connection."""
    async with await house.client(house.port(kind) if kind else None) as client:
        await client.hello()
        await client.expect("STARTTLS", 220)
        await client.starttls()
        shown: bytes | None = client.writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
        assert shown
        return shown


async def test_new_connections_are_shown_a_renewed_certificate(house: House, tmp_path: Path) -> None:
    first = await _certificate(house)
    async with await house.client() as open_before:
        await open_before.hello()
        write_certificate(tmp_path)
        renewed = await _certificate(house)
        assert renewed != first
        assert await _certificate(house, "submission") == renewed
        await open_before.expect("STARTTLS", 220)
        await open_before.starttls()
        await open_before.expect("EHLO client.example", 250)


async def test_a_reload_names_other_files(house: House, tmp_path: Path) -> None:
    first = await _certificate(house)
    (tmp_path / "new").mkdir()
    other = write_certificate(tmp_path / "new")
    house.settings = settings(smtp={"tls": other.model_dump()})
    assert await _certificate(house) != first
