"""I-26, SMTP smuggling and STARTTLS injection, the whole way in: one text is one mail or none, in the ledger too.

Each form of the bytes has a dialog of its own in tests/dialogs; injection behind STARTTLS is in tests/smtp/test_tls.py.
"""

import socket

import pytest
from sqlalchemy import func, select

from gateway.store.schema import journal, tickets
from tests.support.gatehouse import Gatehouse

FORGED = (
    b"MAIL FROM:<ceo@example.com>\r\nRCPT TO:<support@example.com>\r\nDATA\r\nSubject: forged\r\n\r\nforged\r\n.\r\n"
)
ENDS = [
    b"\n.\n", b"\n.\r\n", b"\r.\r", b"\r.\n", b"\r.\r\n", b"\n.\r", b"\r\n.\r", b"\r\n.\n", b"\r\n\0.\r\n", b"\r\n.\0\r\n",
    b"\r\r\n.\r\r\n", b"\r\n.\r\r\n", b"\n\n.\n\n",
]  # fmt: skip


@pytest.mark.parametrize("end", ENDS, ids=repr)
def test_what_only_looks_like_an_end_lets_nothing_in(gatehouse: Gatehouse, end: bytes) -> None:
    with socket.create_connection(("127.0.0.1", gatehouse.port), timeout=10) as client:
        said = client.makefile("rb")
        assert said.readline().startswith(b"220")
        for line in (
            b"HELO client.example",
            b"MAIL FROM:<kim@customer.example>",
            b"RCPT TO:<support@example.com>",
            b"DATA",
        ):
            client.sendall(line + b"\r\n")
            assert said.readline()[:1] in b"23"
        client.sendall(b"From: kim@customer.example\r\nSubject: first\r\n\r\ntext" + end + FORGED + b"QUIT\r\n")
        assert [line[:3] for line in said] == [b"550", b"221"]
    gatehouse.office.work()
    with gatehouse.office.database.read() as connection:
        assert connection.execute(select(func.count()).select_from(journal)).scalar_one() == 0
        assert connection.execute(select(func.count()).select_from(tickets)).scalar_one() == 0
