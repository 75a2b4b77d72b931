"""DKIM signatures (RFC 6376) on our own mail.

A mail is signed once, before it is stored: every try sends the same bytes. Each field that could be added or doubled on the way
is signed once more than it is there, so that nobody can put a second From or Subject on top; there is no ``l=``, so that nothing
can be appended; ``x=`` ends the signature's life a week later, which is longer than any try and short for a replay.
"""

import base64
import hashlib
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

import dkim
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from dkim.util import get_default_logger

from gateway.config.model import DkimKey

LIFETIME = timedelta(days=7)

OVERSIGNED = (
    b"from",
    b"to",
    b"cc",
    b"subject",
    b"date",
    b"message-id",
    b"reply-to",
    b"in-reply-to",
    b"references",
    b"mime-version",
    b"content-type",
    b"list-unsubscribe",
    b"list-unsubscribe-post",
)


class SigningKeyError(ValueError):
    """The key file cannot be used for signing. The text says which file, why, and what to do."""


@dataclass(frozen=True)
class SigningKey:
    """One brand's DKIM identity: the domain (d=), the selector (s=) and the private key."""

    domain: str
    selector: str
    private: rsa.RSAPrivateKey = field(repr=False)
    pem: bytes = field(repr=False)

    def record(self) -> str:
        """The TXT record to publish at ``SELECTOR._domainkey.DOMAIN``."""
        public = self.private.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        return f"v=DKIM1; k=rsa; p={base64.b64encode(public).decode()}"


def load_signing_key(settings: DkimKey) -> SigningKey:
    """Read the key file; SigningKeyError where that is not an RSA key of 2048 bits or more (RFC 8301 §3.2)."""
    path = settings.key_file
    try:
        private = serialization.load_pem_private_key(path.read_bytes().replace(b"\r\n", b"\n"), password=None)
    except OSError as error:
        raise SigningKeyError(f"{path}: cannot be read: {error.strerror}") from error
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise SigningKeyError(
            f"{path}: not an unencrypted PEM private key; make one with `openssl genrsa -out {path} 2048`"
        ) from error
    if not isinstance(private, rsa.RSAPrivateKey):
        raise SigningKeyError(f"{path}: not an RSA key; make one with `openssl genrsa -out {path} 2048`")
    if private.key_size < 2048:
        raise SigningKeyError(f"{path}: {private.key_size} bits are too few; make a key of 2048 bits or more")
    pem = private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )
    return SigningKey(settings.domain, settings.selector, private, pem)


def sign(raw: bytes, settings: DkimKey, now: datetime) -> bytes:
    """``raw`` (RFC 5322 with CRLF) with a DKIM-Signature on top, made at ``now``. Raises SigningKeyError.

    The same arguments give the same bytes. The key file is read again when it has changed.
    """
    return sign_with(raw, _cached_key(settings, _version(settings.key_file)), now)


def sign_with(raw: bytes, key: SigningKey, now: datetime) -> bytes:
    """The same with a key at hand."""
    signer = _Signer(key, now, raw)
    present = [name.lower() for name, _ in signer.headers]
    fields = [name for name in OVERSIGNED for _ in range(present.count(name) + 1)]
    header: bytes = signer.sign(
        key.selector.encode(),
        key.domain.encode(),
        key.pem,
        canonicalize=(b"relaxed", b"simple"),
        include_headers=fields,
    )
    return header + raw


def _version(path: Path) -> tuple[int, int]:
    try:
        status = path.stat()
    except OSError as error:
        raise SigningKeyError(f"{path}: cannot be read: {error.strerror}") from error
    return status.st_mtime_ns, status.st_size


@lru_cache(maxsize=256)
def _cached_key(settings: DkimKey, _version_of_file: tuple[int, int]) -> SigningKey:
    return load_signing_key(settings)


class Timed(dkim.DKIM):  # type: ignore[misc]
    """dkimpy's signer with a clock that is an argument, and with an expiry (x=), which dkimpy does not write."""

    def __init__(self, now: datetime, raw: bytes) -> None:
        super().__init__(raw, logger=get_default_logger())
        self._made = int(now.timestamp())

    def gen_header(self, fields: list[tuple[bytes, bytes]], *args: Any, **kwargs: Any) -> bytes:
        at = next(index for index, (tag, _) in enumerate(fields) if tag == b"t")
        fields[at : at + 1] = [
            (b"t", b"%d" % self._made),
            (b"x", b"%d" % (self._made + int(LIFETIME.total_seconds()))),
        ]
        header: bytes = self._signed_header(fields, *args, **kwargs)
        return header

    def _signed_header(self, *args: Any, **kwargs: Any) -> bytes:
        header: bytes = super().gen_header(*args, **kwargs)
        return header


class _Signer(Timed):
    """Signs with cryptography: ten times faster than dkimpy's RSA in Python. A test compares the headers."""

    def __init__(self, key: SigningKey, now: datetime, raw: bytes) -> None:
        super().__init__(now, raw)
        self._private = key.private

    def _signed_header(
        self,
        fields: list[tuple[bytes, bytes]],
        include_headers: tuple[bytes, ...],
        canon_policy: Any,
        header_name: bytes,
        pk: Any,  # noqa: ARG002 - dkimpy's own form of the key
        standardize: bool = False,  # noqa: ARG002 - only ARC uses it
    ) -> bytes:
        unsigned = dkim.fold(b"; ".join(map(b"=".join, fields)), namelen=len(header_name), linesep=b"\r\n")
        unsigned = dkim.RE_BTAG.sub(b"\\1", unsigned)
        digest = dkim.HashThrough(hashlib.sha256())
        self.signed_headers = dkim.hash_headers(
            digest,
            canon_policy,
            canon_policy.canonicalize_headers(self.headers),
            include_headers,
            (header_name, b" " + unsigned),
            dict(fields),
        )
        signature = self._private.sign(digest.digest(), padding.PKCS1v15(), Prehashed(hashes.SHA256()))
        at = next(index for index, (tag, _) in enumerate(fields) if tag == b"b")
        fields[at] = (b"b", base64.b64encode(signature))
        signed: bytes = dkim.fold(
            b"; ".join(map(b"=".join, fields)) + self.linesep, namelen=len(header_name), linesep=self.linesep
        )
        return signed
