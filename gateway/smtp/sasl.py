"""The SASL mechanisms PLAIN (RFC 4616) and LOGIN (draft-murchison-sasl-login), as exchanges of lines. Pure."""

import base64
import binascii
import unicodedata
from collections.abc import Callable, Generator
from dataclasses import dataclass, field

LONGEST = 320  # characters of a name; a secret has its own bound where it is compared


class Malformed(Exception):
    """The response is not base64, or not what the mechanism asks for."""


class Cancelled(Exception):
    """The client said ``*`` (RFC 4954 section 4)."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a client says who it is."""

    name: str
    secret: str = field(repr=False)


Exchange = Generator[str, bytes, Credentials]
"""Yields the challenges, is sent the client's lines, and returns the credentials. Raises Malformed and Cancelled."""


def plain(initial: str | None) -> Exchange:
    """One response: identity to act as, name and secret, with NUL between. Acting as somebody else is not offered."""
    response = _decode((yield "").decode("latin-1") if initial is None else "" if initial == "=" else initial)
    parts = response.split("\0")
    if len(parts) != 3:
        raise Malformed
    identity, name, secret = parts
    if identity not in ("", name):
        raise Malformed
    return _credentials(name, secret)


def login(initial: str | None) -> Exchange:
    """Name and secret asked for one after the other; some clients send the name with the command."""
    name = _decode((yield "Username:").decode("latin-1") if initial is None else initial)
    secret = _decode((yield "Password:").decode("latin-1"))
    return _credentials(name, secret)


MECHANISMS: dict[str, Callable[[str | None], Exchange]] = {"PLAIN": plain, "LOGIN": login}


def _decode(response: str) -> str:
    if response == "*":
        raise Cancelled
    try:
        return base64.b64decode(response, validate=True).decode("utf-8")
    except (binascii.Error, UnicodeError, ValueError) as error:
        raise Malformed from error


def _credentials(name: str, secret: str) -> Credentials:
    name = unicodedata.normalize("NFC", name)
    if not 0 < len(name) <= LONGEST or not secret or any(unicodedata.category(letter) == "Cc" for letter in name):
        raise Malformed
    return Credentials(name, secret)
