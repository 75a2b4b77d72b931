"""What our own mail says, read back as the recipient's program would."""

from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import cast


def read_mail(raw: bytes) -> EmailMessage:
    return cast("EmailMessage", message_from_bytes(raw, policy=default))


def text_of(raw: bytes) -> str:
    """The text part."""
    body = read_mail(raw).get_body(("plain",))
    assert body is not None
    return str(body.get_content())
