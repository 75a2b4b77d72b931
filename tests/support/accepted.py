"""Accepted mail for tests of what comes after the door."""

import hashlib
import os
from datetime import UTC, datetime

from gateway.journal import Accepted, new_receipt

NOW = datetime(2026, 3, 5, 9, 0, tzinfo=UTC)


def accepted(
    raw: bytes,
    *,
    at: datetime = NOW,
    reverse_path: str = "hong@customer.example",
    to: tuple[str, ...] = ("support@example.com",),
    in_blob: bool = False,
    shadow: bool = False,
) -> Accepted:
    """A journal record of ``raw`` as the door would write it; ``in_blob``: the caller stored the bytes already."""
    return Accepted(
        receipt=new_receipt(at, os.urandom(7)),
        received_at=at,
        protocol="esmtp",
        peer="192.0.2.1",
        helo="mail.customer.example",
        tls="",
        reverse_path=reverse_path,
        forward_paths=to,
        smtputf8=False,
        size=len(raw),
        digest=hashlib.sha256(raw).hexdigest(),
        raw=None if in_blob else raw,
        shadow=shadow,
    )


def mail(
    text: str = "The lamp does not light up.",
    *,
    sender: str = "Hong <hong@customer.example>",
    to: str = "support@example.com",
    subject: str = "Lamp",
    message_id: str | None = None,
    headers: tuple[tuple[str, str], ...] = (),
) -> bytes:
    """A small mail with CRLF line ends; a fresh Message-ID unless one is given ("" for none)."""
    if message_id is None:
        message_id = f"{os.urandom(8).hex()}@customer.example"
    fields = [
        ("From", sender),
        ("To", to),
        ("Subject", subject),
        ("Date", "Thu, 05 Mar 2026 18:00:00 +0900"),
        ("MIME-Version", "1.0"),
    ]
    if message_id:
        fields.append(("Message-ID", f"<{message_id}>"))
    fields += [("Content-Type", "text/plain; charset=utf-8"), ("Content-Transfer-Encoding", "8bit"), *headers]
    head = "".join(f"{name}: {value}\r\n" for name, value in fields)
    return f"{head}\r\n{text}\r\n".encode()
