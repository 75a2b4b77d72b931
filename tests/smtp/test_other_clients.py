"""Clients that others wrote speak with the door."""

import asyncio
import smtplib
import ssl
from email.message import EmailMessage
from email.policy import SMTPUTF8
from pathlib import Path

import aiosmtplib
import pytest

from tests.support.smtp_certificate import write_certificate
from tests.support.smtp_house import House, running

MESSAGE = EmailMessage()
MESSAGE["From"] = "kim@customer.example"
MESSAGE["To"] = "support@example.com"
MESSAGE["Subject"] = "Hello"
MESSAGE.set_content("..\n.\nThe printer is on fire.\n")
EXPECTED = MESSAGE.as_bytes(policy=SMTPUTF8)


def unverified() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


async def test_smtplib_with_tls(tmp_path: Path) -> None:
    def send(where: tuple[str, int]) -> dict[str, tuple[int, bytes]]:
        with smtplib.SMTP(*where, timeout=10) as client:
            client.starttls(context=unverified())
            return client.sendmail(
                "kim@customer.example", ["support@example.com", "nobody@example.com"], MESSAGE.as_bytes(policy=SMTPUTF8)
            )

    async with running(tmp_path, smtp={"tls": write_certificate(tmp_path).model_dump()}) as house:
        refused = await asyncio.get_running_loop().run_in_executor(None, send, house.smtp)
    assert refused == {"nobody@example.com": (550, b"5.1.1 No such mailbox here")}
    assert house.records[0].raw == EXPECTED
    assert house.records[0].protocol == "esmtps"


async def test_lmtp_of_smtplib_over_a_unix_socket(house: House) -> None:
    def send() -> None:
        with smtplib.LMTP(house.lmtp_path) as client:
            client.sendmail("", ["support@example.com"], EXPECTED)

    await asyncio.get_running_loop().run_in_executor(None, send)
    assert (house.records[0].protocol, house.records[0].reverse_path) == ("lmtp", "")


async def test_aiosmtplib_with_large_mails_one_after_the_other(house: House) -> None:
    async with aiosmtplib.SMTP(hostname=house.smtp[0], port=house.smtp[1], timeout=20, start_tls=False) as client:
        for number in range(5):
            message = EXPECTED + b"x" * 70 * number * 10_000
            _, reply = await client.sendmail("kim@customer.example", ["support@example.com"], message)
            assert reply == f"2.0.0 Accepted as {house.records[-1].receipt}"
    assert len(house.records) == 5


async def test_a_refused_mail_as_smtplib_sees_it(house: House) -> None:
    def send() -> None:
        with smtplib.SMTP(*house.smtp, timeout=10) as client:
            client.sendmail("kim@customer.example", ["victim@other.example"], EXPECTED)

    with pytest.raises(smtplib.SMTPRecipientsRefused):
        await asyncio.get_running_loop().run_in_executor(None, send)
