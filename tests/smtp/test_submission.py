"""Sending mail in after a login: over TLS alone, one answer for every failure, and still no relay."""

import asyncio
import base64
import logging
import smtplib
import ssl
import threading
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.smtp.ports import LoginRefused
from tests.support.smtp_certificate import write_certificate
from tests.support.smtp_client import SmtpClient
from tests.support.smtp_house import House, running, until

MAIL = b"From: lee@example.com\r\nSubject: Nightly report\r\n\r\ntext\r\n"
NAME, SECRET = "lee@example.com", "correct horse battery"


def b64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    tls = write_certificate(tmp_path)
    async with running(tmp_path, smtp={"tls": tls.model_dump()}) as house:
        yield house


async def secured(house: House) -> SmtpClient:
    """A client at ``submission``, TLS done and introduced."""
    client = await house.client(house.port("submission"))
    await client.hello()
    await client.expect("STARTTLS", 220)
    await client.starttls()
    await client.expect("EHLO client.example", 250)
    return client


async def test_plain_with_its_response(house: House) -> None:
    async with await secured(house) as client:
        assert str(await client.command(f"AUTH PLAIN {b64(f'{chr(0)}{NAME}{chr(0)}{SECRET}')}")).startswith(
            "235 2.7.0 "
        )
        assert not any("AUTH" in line for line in (await client.expect("EHLO client.example", 250)).lines)
        assert (await client.mail(MAIL, NAME)).code == 250
    assert (house.records[0].protocol, house.records[0].authenticated_as) == ("esmtpsa", NAME)


async def test_plain_asked_for(house: House) -> None:
    async with await secured(house) as client:
        assert str(await client.command("auth plain")) == "334 "
        assert (await client.command(b64(f"{NAME}\0{NAME}\0{SECRET}"))).code == 235


async def test_login(house: House) -> None:
    async with await secured(house) as client:
        assert str(await client.command("AUTH LOGIN")) == f"334 {b64('Username:')}"
        assert str(await client.command(b64(NAME))) == f"334 {b64('Password:')}"
        assert (await client.command(b64(SECRET))).code == 235


async def test_login_with_the_name_in_the_command(house: House) -> None:
    async with await secured(house) as client:
        assert (await client.command(f"AUTH LOGIN {b64(NAME)}")).code == 334
        assert (await client.command(b64(SECRET))).code == 235


async def test_implicit_tls(house: House) -> None:
    def send() -> None:
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        with smtplib.SMTP_SSL(*house.port("submissions"), context=context, timeout=10) as client:
            client.login(NAME, SECRET)
            client.sendmail(NAME, ["support@example.com"], MAIL)

    await asyncio.get_running_loop().run_in_executor(None, send)
    assert (house.records[0].protocol, house.records[0].authenticated_as) == ("esmtpsa", NAME)
    assert house.records[0].tls.startswith("TLSv1.3 ")
    await until(lambda: house.door.connections == 0)


async def test_words_in_clear_at_the_tls_port(house: House) -> None:
    async with await house.client(house.port("submissions")) as client:
        await client.send(b"EHLO client.example\r\n")
        assert b"250" not in await asyncio.wait_for(client.reader.read(), 10)
    await until(lambda: house.door.connections == 0)


async def test_never_in_clear(house: House) -> None:
    async with await house.client(house.port("submission")) as client:
        assert not any("AUTH" in line for line in (await client.hello()).lines)
        assert str(await client.command("AUTH PLAIN")).startswith("538 5.7.11 ")


async def test_not_at_the_public_port(house: House) -> None:
    async with await house.client() as client:
        await client.hello()
        await client.expect("STARTTLS", 220)
        await client.starttls()
        assert not any("AUTH" in line for line in (await client.expect("EHLO client.example", 250)).lines)
        assert str(await client.command("AUTH PLAIN")).startswith("502 5.5.1 ")


async def test_no_mail_without_a_login(house: House) -> None:
    async with await secured(house) as client:
        assert str(await client.command(f"MAIL FROM:<{NAME}>")).startswith("530 5.7.0 ")


async def test_no_relay_after_a_login(house: House) -> None:
    async with await secured(house) as client:
        await client.expect(f"AUTH PLAIN {b64(f'{chr(0)}{NAME}{chr(0)}{SECRET}')}", 235)
        await client.expect(f"MAIL FROM:<{NAME}>", 250)
        assert str(await client.command("RCPT TO:<victim@other.example>")).startswith("550 5.7.1 ")
        assert str(await client.command("RCPT TO:<nobody@example.com>")).startswith("550 5.1.1 ")


async def test_one_answer_for_unknown_and_wrong(house: House) -> None:
    async with await secured(house) as client:
        said = {
            str(await client.command(f"AUTH PLAIN {b64(f'{chr(0)}{name}{chr(0)}{secret}')}"))
            for name, secret in ((NAME, "wrong"), ("nobody@example.com", SECRET), ("no-key", "gwk_x"))
        }
        assert said == {"535 5.7.8 Name or password wrong"}


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        (["AUTH"], "501 5.5.4 "),
        (["AUTH CRAM-MD5"], "504 5.5.4 "),
        (["AUTH PLAIN not-base64!"], "501 5.5.2 "),
        (["AUTH PLAIN ="], "501 5.5.2 "),
        (["AUTH PLAIN " + b64("one part")], "501 5.5.2 "),
        (["AUTH PLAIN " + b64("boss@example.com\0lee@example.com\0correct horse battery")], "501 5.5.2 "),
        (["AUTH PLAIN " + b64("\0\x1b]0;x\x07\0secret")], "501 5.5.2 "),
        (["AUTH PLAIN a b"], "501 5.5.2 "),
        (["AUTH LOGIN", "*"], "501 5.5.0 "),
        (["AUTH LOGIN", b64(NAME), "*"], "501 5.5.0 "),
        (["AUTH PLAIN", "x" * 3000], "500 5.5.2 "),
        (["AUTH LOGIN", "\udcff"], "501 5.5.2 "),
    ],
)
async def test_exchanges_that_fail(house: House, lines: list[str], code: str) -> None:
    async with await secured(house) as client:
        replies = [await client.command(line.encode("utf-8", "surrogateescape")) for line in lines]
        assert str(replies[-1]).startswith(code)
        await client.expect("NOOP", 250)


async def test_a_second_login_and_one_within_a_mail(house: House) -> None:
    async with await secured(house) as client:
        login = f"AUTH PLAIN {b64(f'{chr(0)}{NAME}{chr(0)}{SECRET}')}"
        await client.expect(login, 235)
        assert str(await client.command(login)).startswith("503 5.5.1 ")


async def test_a_login_before_the_introduction(house: House) -> None:
    async with await house.client(house.port("submission")) as client:
        await client.hello()
        await client.expect("STARTTLS", 220)
        await client.starttls()
        await client.expect("AUTH PLAIN", 503)


async def test_a_client_that_leaves_in_the_exchange(house: House) -> None:
    async with await secured(house) as client:
        await client.expect("AUTH LOGIN", 334)
    await until(lambda: house.door.connections == 0)


async def test_guessing_ends_the_session(house: House) -> None:
    async with await secured(house) as client:
        wrong = f"AUTH PLAIN {b64(f'{chr(0)}{NAME}{chr(0)}wrong')}"
        for _ in range(10):
            await client.expect(wrong, 535)
        assert str(await client.reply()).startswith("421 4.7.0 ")


async def test_trouble_and_too_many_tries(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    login = f"AUTH PLAIN {b64(f'{chr(0)}{NAME}{chr(0)}{SECRET}')}"

    def raises(error: Exception) -> None:
        def log_in(*_: str) -> None:
            raise error

        monkeypatch.setattr(house.door._house, "_log_in", log_in)

    async with await secured(house) as client:
        raises(LoginRefused())
        assert str(await client.command(login)).startswith("454 4.7.0 Too many")
        raises(OSError("database away"))
        reply = str(await client.command(login))
        assert reply.startswith("454 4.7.0 ")
        assert "database" not in reply


async def test_a_slow_comparison_holds_up_nobody(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    gate = threading.Event()
    monkeypatch.setattr(house.door._house, "_log_in", lambda *_: "x" if gate.wait(10) else None)
    async with await secured(house) as slow:
        await slow.send(f"AUTH PLAIN {b64(f'{chr(0)}{NAME}{chr(0)}{SECRET}')}\r\n".encode())
        began = time.monotonic()
        async with await house.client() as other:
            await other.hello()
            assert (await other.mail(MAIL)).code == 250
        assert time.monotonic() - began < 2.0
        gate.set()
        assert (await slow.reply()).code == 235


async def test_no_secret_in_the_log(house: House, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    secret = "canary-in-the-coal-mine"
    for where in (house.smtp, house.port("submission")):
        async with await house.client(where) as client:
            await client.hello()
            await client.command(f"AUTH PLAIN {b64(f'{chr(0)}{NAME}{chr(0)}{secret}')}")
            await client.command(f" auth plain {b64(f'{chr(0)}{NAME}{chr(0)}{secret}')}")
    async with await secured(house) as client:
        await client.expect(f"AUTH PLAIN {b64(f'{chr(0)}{NAME}{chr(0)}{secret}')}", 535)
        await client.expect("AUTH LOGIN", 334)
        await client.expect(b64(NAME), 334)
        await client.expect(b64(secret), 535)
    written = "\n".join(str(vars(record)) for record in caplog.records)
    assert "command refused" in written
    assert secret not in written
    assert b64(secret) not in written
    assert b64(f"\0{NAME}\0{secret}")[:12] not in written
