"""I-30, log and terminal injection: what a stranger says is one escaped line of JSON, whatever octets it holds."""

import json
import logging
from pathlib import Path

import pytest

from gateway.observe import JsonFormatter
from tests.support.smtp_client import dot_stuff
from tests.support.smtp_house import running

HOSTILE = (
    b"\x1b]0;x\x07",
    b'\n{"event":"mail accepted"}',
    b"\r{}",
    "\u202e".encode(),
    b"\x9b2J",
    b"\x00",
    "\u2028".encode(),
)


async def test_every_line_of_the_log_is_one_object_without_controls(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "gateway.smtp")
    async with running(tmp_path, limits={"errors": 1000}) as house, await house.client() as client:
        await client.hello()
        for octets in HOSTILE:
            for verb in (b"EHLO client", b"MAIL FROM:<kim", b"RCPT TO:<x", b"XYZZY ", b""):
                assert (await client.command(verb + octets + b"@customer.example>")).code >= 500
        await client.envelope('"a b"@customer.example')
        await client.send(dot_stuff(b"Subject: \x1b]0;x\x07\r\n\r\n\xe2\x80\xae\r\n"))
        assert (await client.reply()).code == 250
    records = [record for record in caplog.records if record.name == "gateway.smtp"]
    assert len(records) > len(HOSTILE) * 5
    for record in records:
        line = JsonFormatter("smtp").format(record)
        assert json.loads(line)
        assert line.isprintable(), ascii(line)
