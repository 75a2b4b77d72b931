"""What is a mail? Pure: bytes in, values out (docs/architecture.md)."""

from gateway.mail.model import Message
from gateway.mail.read import read

__all__ = ["Message", "read"]
