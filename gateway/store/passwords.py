"""Passwords: argon2id hashes (RFC 9106), one-time passwords for a first login. Slow on purpose, 64 MiB each: few at a time."""

import base64
import threading
import unicodedata

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

SHORTEST = 10
LONGEST = 256

_hasher = PasswordHasher()
_two_at_a_time = threading.BoundedSemaphore(2)

# What an unknown person's password is compared with, so that the answer takes as long as for a known one: 32 random octets
# that nobody kept, hashed with the hasher's own costs. Written down, because making it takes each process 64 MiB and 0.1 s.
_NOBODY = "$argon2id$v=19$m=65536,t=3,p=4$Cv8b4/obQhfNfkZ10IuSHQ$qLVXKeqC9/g3xqCjwNAX/uc4slogUdQcTDefbh1Y6Lk"


class UnfitPassword(ValueError):
    """Why a password cannot be used: ``short``, ``long`` or ``address``."""


def hash_password(password: str) -> str:
    """The hash to store. Blocking, 0.1 s or so."""
    with _two_at_a_time:
        return _hasher.hash(_normal(password))


def is_password(stored: str | None, password: str) -> bool:
    """Whether ``password`` is the one behind ``stored``. Takes as long where there is no hash at all."""
    if len(password) > LONGEST:
        return False
    with _two_at_a_time:
        try:
            _hasher.verify(stored or _NOBODY, _normal(password))
        except (VerificationError, InvalidHashError):
            return False
    return stored is not None


def check_new_password(password: str, address: str) -> None:
    """Raise UnfitPassword for one that is too short, too long or the agent's own address."""
    if len(password) > LONGEST:
        raise UnfitPassword("long")
    if len(_normal(password)) < SHORTEST:
        raise UnfitPassword("short")
    if _normal(password).casefold() == address.casefold():
        raise UnfitPassword("address")


def one_time_password(entropy: bytes) -> str:
    """80 bits as ``abcd-efgh-ijkl-mnop``: to be read out, typed once, and changed at the first login."""
    if len(entropy) < 10:
        raise ValueError("a one-time password needs 10 random bytes")
    letters = base64.b32encode(entropy[:10]).decode("ascii").lower()
    return "-".join(letters[start : start + 4] for start in range(0, 16, 4))


def _normal(password: str) -> str:
    # Korean typed on a Mac arrives decomposed, the same word typed on Windows composed.
    return unicodedata.normalize("NFC", password)
