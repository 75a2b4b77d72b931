"""The way of an ordinary mail, and what is written into the journal about it."""

import hashlib

from tests.support.smtp_house import House

MAIL = b"From: kim@customer.example\r\nSubject: Hello\r\n\r\nThe printer is on fire.\r\n"


async def test_a_mail_is_accepted_with_its_receipt(house: House) -> None:
    async with await house.client() as client:
        await client.hello()
        reply = await client.mail(MAIL)
        (record,) = house.records
        assert str(reply) == f"250 2.0.0 Accepted as {record.receipt}"
        assert record.raw == MAIL
        assert record.size == len(MAIL)
        assert record.digest == hashlib.sha256(MAIL).hexdigest()
        assert record.reverse_path == "kim@customer.example"
        assert record.forward_paths == ("support@example.com",)
        assert (record.protocol, record.peer, record.helo, record.tls) == ("esmtp", "127.0.0.1", "client.example", "")
        await client.expect("QUIT", 221)
        assert await client.closed()
