"""I-32, bad state by refused input: whatever was refused, the transaction is what the accepted commands made it."""

from pathlib import Path

import pytest

from tests.support.smtp_house import running

MAIL = b"Subject: x\r\n\r\ntext\r\n"
REFUSED = [
    b"MAIL FROM:<k\xc3\xa9@customer.example>", b"MAIL FROM:<evil@attacker.example>", b"RCPT TO:<s\xc3\xa9les@example.com>",
    b"RCPT TO:<victim@other.example>", b"RCPT TO:<\xff@example.com>", b"EHLO", b"EHLO \xff", b"HELO -", b"LHLO x", b"RSET x", b"DATA x",
    b"STARTTLS", b"AUTH PLAIN x", b"x" * 3000,
]  # fmt: skip


@pytest.mark.parametrize("line", REFUSED, ids=lambda line: repr(line[:24]))
async def test_a_refused_command_changes_nothing(tmp_path: Path, line: bytes) -> None:
    async with running(tmp_path) as house, await house.client() as client:
        await client.hello()
        await client.expect("MAIL FROM:<kim@customer.example>", 250)
        await client.expect("RCPT TO:<support@example.com>", 250)
        assert (await client.command(line)).code >= 500
        await client.expect("DATA", 354)
        await client.send(MAIL + b".\r\n")
        assert (await client.reply()).code == 250
        (record,) = house.records
        assert (record.reverse_path, record.forward_paths) == ("kim@customer.example", ("support@example.com",))
        assert house.raw(record) == MAIL
