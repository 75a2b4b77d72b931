"""Signed mail of made-up domains: keys of our own, published on a test's own DNS server."""

import base64
from datetime import UTC, datetime
from functools import cache
from typing import Any

import dkim
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa

from tests.support.dns_server import DnsServer


@cache
def rsa_key(bits: int) -> tuple[bytes, str]:
    """A private key in PEM and the TXT record of its public half."""
    private = rsa.generate_private_key(public_exponent=65537, key_size=bits)
    pem = private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )
    public = private.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return pem, f"v=DKIM1; k=rsa; p={base64.b64encode(public).decode()}"


@cache
def ed25519_key() -> tuple[ed25519.Ed25519PrivateKey, str]:
    private = ed25519.Ed25519PrivateKey.generate()
    public = private.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    return private, f"v=DKIM1; k=ed25519; p={base64.b64encode(public).decode()}"


def publish(dns: DnsServer, domain: str, selector: str = "s1", *, bits: int = 1024, extra: str = "") -> None:
    dns.txt(f"{selector}._domainkey.{domain}", rsa_key(bits)[1] + extra)


# Everything is signed at this moment, and read at it too: a long run of the suite must not make signatures come from the future.
NOW = datetime.now(UTC).replace(microsecond=0)
SIGNED = (b"from", b"to", b"subject", b"date", b"message-id")


def sign(
    raw: bytes,
    domain: str,
    selector: str = "s1",
    *,
    bits: int = 1024,
    headers: tuple[bytes, ...] = SIGNED,
    canonicalize: tuple[bytes, bytes] = (b"relaxed", b"relaxed"),
    algorithm: bytes = b"rsa-sha256",
    tags: dict[bytes, bytes] | None = None,
    length: bool = False,
) -> bytes:
    """The mail with a DKIM-Signature on top; ``tags`` replaces or adds tags before it is signed."""
    signer = _Signer(raw, signature_algorithm=algorithm, minkey=256)
    signer.tags = {b"t": str(int(NOW.timestamp())).encode(), **(tags or {})}
    field: bytes = signer.sign(
        selector.encode(),
        domain.encode(),
        rsa_key(bits)[0],
        canonicalize=canonicalize,
        include_headers=list(headers),
        length=length,
    )
    return field + raw


class _Signer(dkim.DKIM):  # type: ignore[misc]
    tags: dict[bytes, bytes]

    def gen_header(self, fields: list[tuple[bytes, bytes]], *args: Any, **kwargs: Any) -> Any:
        known = [tag for tag, _ in fields]
        fields[:] = [(tag, self.tags.get(tag, value)) for tag, value in fields]
        fields[-1:-1] = [(tag, value) for tag, value in self.tags.items() if tag not in known]
        return super().gen_header(fields, *args, **kwargs)


def seal(raw: bytes, sealer: str, results: str, *, arc: str = "", selector: str = "arc") -> bytes:
    """The mail as a forwarder hands it on: its results and, on top, an ARC set that holds them (``arc``: "pass" from the second on)."""
    found = f"{results}; arc={arc}" if arc else results
    raw = raw.replace(
        f"\nAuthentication-Results: {sealer};".encode(), b"\nX-Earlier-Results: "
    )  # only its newest word counts
    raw = f"Authentication-Results: {sealer}; {found}\r\n".encode() + raw
    name, moment = sealer.encode(), int(NOW.timestamp())
    fields = dkim.arc_sign(raw, selector.encode(), name, rsa_key(1024)[0], name, timestamp=moment, linesep=b"\r\n")
    assert fields, "not sealed"
    return b"".join(fields) + raw
