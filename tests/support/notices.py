"""Writing one mail with everything fixed, and reading it back with the standard library, as a stranger's mail program would."""

import email
import email.policy
import re
from datetime import UTC, datetime
from email.message import EmailMessage

from gateway.config.model import Brand
from gateway.notify.notices import Addressee, Finished, Notice, write
from gateway.notify.render import Templates

NOW = datetime(2026, 11, 22, 4, 5, 6, tzinfo=UTC)
BRAND = Brand(
    id="example",
    name="Example Support",
    addresses=("support@example.com",),
    language="en",
    signature={
        "ko": "Example Support 고객지원팀 드림\nhttps://example.com/help",
        "ja": "Example Support カスタマーサポート\nhttps://example.com/help",
        "en": "The Example Support team\nhttps://example.com/help",
    },
)
ADDRESSEE = Addressee(
    address="minji.kim@customer.example",
    reply_to="reply+aebagbafaydqqcikbmga2dqpcaireeyu@reply.example.com",
    message_id="fbtx6zq2.mfrggzdfmztwq2lk@reply.example.com",
    in_reply_to="customer-second@customer.example",
    references=("customer-first@customer.example", "ours@reply.example.com", "customer-second@customer.example"),
)


class Writer:
    """Writes mails with everything fixed but what a test is about."""

    def __init__(self) -> None:
        self.templates = Templates()

    def __call__(
        self, notice: Notice, *, language: str = "en", to: Addressee = ADDRESSEE, brand: Brand = BRAND
    ) -> Finished:
        return write(
            notice,
            to,
            templates=self.templates,
            brand=brand,
            sender=brand.addresses[0],
            language=language,
            ticket=42,
            date=NOW,
        )


ENCODED_WORD = re.compile(rb"=\?[^?\s]+\?[bBqQ]\?[^?\s]*\?=")


def parsed(raw: bytes) -> EmailMessage:
    """The mail as the modern parser of the standard library sees it."""
    message = email.message_from_bytes(raw, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return message


def body(raw: bytes, subtype: str) -> str:
    part = parsed(raw).get_body((subtype,))
    assert part is not None
    content = part.get_content()
    assert isinstance(content, str)
    return content.replace("\r\n", "\n")


def header_names(raw: bytes) -> list[str]:
    head = raw.partition(b"\r\n\r\n")[0]
    return [
        line.partition(b":")[0].decode("ascii") for line in head.split(b"\r\n") if not line.startswith((b" ", b"\t"))
    ]


def assert_clean(raw: bytes) -> None:
    """What every mail of ours is on the wire: 7-bit, CRLF alone, short lines, encoded words by the book (RFC 2047)."""
    assert raw.isascii()
    assert b"\x00" not in raw
    without = raw.replace(b"\r\n", b"")
    assert b"\r" not in without
    assert b"\n" not in without
    assert max(len(line) for line in raw.split(b"\r\n")) <= 998
    for line in raw.partition(b"\r\n\r\n")[0].split(b"\r\n"):
        words = ENCODED_WORD.findall(line)
        assert all(len(word) <= 75 for word in words)
        assert not words or len(line) <= 76
