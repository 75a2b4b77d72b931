"""Time-based one-time passwords (RFC 6238): six digits of HMAC-SHA1 (RFC 4226), a new code every 30 seconds. Pure."""

import base64
import hmac
from datetime import datetime
from urllib.parse import quote, urlencode

STEP_SECONDS = 30
DIGITS = 6
SECRET_OCTETS = 20  # RFC 4226 section 4, R6: 160 bits are recommended
DRIFT_STEPS = 1  # how far the telephone's clock may be off, either way (RFC 6238 section 5.2)


def step_at(now: datetime) -> int:
    """The number of the period in which ``now`` lies, counted from 1970 (RFC 6238 section 4.2)."""
    return int(now.timestamp()) // STEP_SECONDS


def code_at(secret: bytes, step: int) -> str:
    """The code of one period (RFC 4226 section 5.3)."""
    digest = hmac.digest(secret, step.to_bytes(8), "sha1")
    offset = digest[-1] & 0x0F
    number = int.from_bytes(digest[offset : offset + 4]) & 0x7FFF_FFFF
    return str(number % 10**DIGITS).zfill(DIGITS)


def matching_step(secret: bytes, code: str, now: datetime) -> int | None:
    """The period whose code this is, the newest if two have the same; None where it is no code of now. Takes as long either way."""
    given = code.encode("utf-8", "replace")
    found: int | None = None
    for step in range(step_at(now) - DRIFT_STEPS, step_at(now) + DRIFT_STEPS + 1):
        if hmac.compare_digest(code_at(secret, step).encode(), given):
            found = step
    return found


def key_text(secret: bytes) -> str:
    """The secret for typing in: base32 in groups of four."""
    letters = base64.b32encode(secret).decode("ascii").rstrip("=")
    return " ".join(letters[start : start + 4] for start in range(0, len(letters), 4))


def key_uri(secret: bytes, *, issuer: str, account: str) -> str:
    """What authenticator programs read from a QR code (the ``otpauth`` key URI format)."""
    label = f"{quote(issuer, safe='')}:{quote(account, safe='@')}"
    fields = {"secret": key_text(secret).replace(" ", ""), "issuer": issuer}
    return f"otpauth://totp/{label}?{urlencode(fields, quote_via=quote)}"
