"""Sealing: what only this gateway's keys may open. AES-256-GCM under a key made from a signing secret (HKDF, RFC 5869).

For secrets that must be read again and so cannot be hashes, and for notes that a browser keeps for us between two requests.
Whoever has a copy of the database alone, or the cookie alone, reads and forges nothing.
"""

import base64
import binascii

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from gateway.threading.tokens import Keyring

NONCE_OCTETS = 12
_LARGEST = 16 * 1024  # characters of something sealed that are looked at


def seal(keyring: Keyring, purpose: str, content: bytes, *, about: str = "", nonce: bytes) -> str:
    """``content`` as text of ``[A-Za-z0-9_-]``. It opens for the same purpose and ``about`` alone. ``nonce``: 12 random octets."""
    if len(nonce) != NONCE_OCTETS:
        raise ValueError(f"sealing needs {NONCE_OCTETS} random octets")
    key_id = bytes([keyring.signing_id])
    sealed = AESGCM(_key(keyring, keyring.signing_id, purpose)).encrypt(nonce, content, key_id + about.encode())
    return base64.urlsafe_b64encode(key_id + nonce + sealed).decode("ascii").rstrip("=")


def unseal(keyring: Keyring, purpose: str, sealed: str, *, about: str = "") -> bytes | None:
    """What was sealed; None where it was changed, is for something else, or its key was retired."""
    if not sealed.isascii() or len(sealed) > _LARGEST:
        return None
    try:
        octets = base64.b64decode(sealed + "=" * (-len(sealed) % 4), altchars=b"-_", validate=True)
    except binascii.Error:
        return None
    if len(octets) <= 1 + NONCE_OCTETS or octets[0] not in keyring.keys:
        return None
    nonce, content = octets[1 : 1 + NONCE_OCTETS], octets[1 + NONCE_OCTETS :]
    try:
        return AESGCM(_key(keyring, octets[0], purpose)).decrypt(nonce, content, octets[:1] + about.encode())
    except InvalidTag:
        return None


def _key(keyring: Keyring, key_id: int, purpose: str) -> bytes:
    info = b"support-gateway sealing\0" + purpose.encode()
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=info).derive(keyring.keys[key_id])
