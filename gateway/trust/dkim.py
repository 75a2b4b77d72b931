"""DKIM signatures (RFC 6376, 8301, 8463) of a mail that came in, verified by dkimpy under rules of our own.

A signature counts only where nobody but the signer can have written what we show: no ``l=``, no SHA-1, no short or withdrawn key,
From signed, neither expired nor from the future, and no field doubled that may stand only once.
"""

import base64
import binascii
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import dkim as dkimpy
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from dkim.crypto import parse_public_key
from dkim.util import get_default_logger, parse_tag_value

from gateway.mail.address import domain_key
from gateway.trust.canonical import relaxed_body, simple_body
from gateway.trust.names import is_host_name
from gateway.trust.resolver import Answer, Status

MOST_SIGNATURES = 5
SHORTEST_KEY = 1024  # bits (RFC 8301 section 3.2)
LONGEST_KEY = 8192  # bits: a stranger's key must not cost seconds
LARGEST_EXPONENT = 2**33
LONGEST_RECORD = 4096  # octets of a key record
LONGEST_FIELD = 8192  # octets of a signature field
MOST_NAMES = 250  # in h=
FUTURE_SECONDS = 300
_ONCE = (
    b"from",
    b"subject",
    b"date",
    b"to",
    b"cc",
    b"reply-to",
    b"message-id",
    b"mime-version",
    b"content-type",
    b"content-transfer-encoding",
)
_LONG_BLANKS = re.compile(rb"\s{80}")  # no mailer folds like that, and dkimpy's patterns are slow on it
_ALGORITHMS = {b"rsa-sha256": "rsa", b"ed25519-sha256": "ed25519"}


@dataclass(frozen=True, slots=True)
class Signature:
    """A signature field as it stands; ``fault`` says why it cannot count, whatever its key says."""

    number: int  # among the DKIM-Signature fields, from the top
    domain: str
    selector: str
    digest: str  # the value of b=, without blanks
    made: int | None  # t=, seconds since 1970
    fault: str | None = None

    @property
    def key_name(self) -> str:
        return f"{self.selector}._domainkey.{self.domain}"


@dataclass(frozen=True, slots=True)
class SignatureResult:
    signature: Signature
    result: str  # pass, fail, temperror, permerror, ignored
    reason: str = ""


class SignedMail:
    """One mail, parsed once for all its signatures. ``fault``: nothing in it can be verified."""

    def __init__(self, raw: bytes, now: datetime) -> None:
        self.fault: str | None = None
        self.signatures: tuple[Signature, ...] = ()
        self._bodies: dict[bytes, bytes] = {}
        try:
            self.verifier = _Verifier(raw, logger=get_default_logger())
        except Exception:
            self.fault = "the header is malformed"
            return
        self._body = self.verifier.body
        self.counts: dict[bytes, int] = {}
        for name, _ in self.verifier.headers:
            key = name.lower()
            self.counts[key] = self.counts.get(key, 0) + 1
        if self.counts.get(b"from") != 1:
            self.fault = "the mail has not exactly one From"
        fields = [value for name, value in self.verifier.headers if name.lower() == b"dkim-signature"]
        seconds = int(now.timestamp())
        self.signatures = tuple(self._read(number, value, seconds) for number, value in enumerate(fields))

    def _read(self, number: int, value: bytes, now: int) -> Signature:
        tags: Mapping[bytes, bytes] = {}
        fault: str | None
        if len(value) > LONGEST_FIELD or _LONG_BLANKS.search(value):
            fault = "the signature is malformed"
        else:
            try:
                tags = parse_tag_value(value)
                dkimpy.validate_signature_fields({tag: it for tag, it in tags.items() if tag not in (b"t", b"x")})
                fault = self._fault(tags, now)
            except Exception:
                fault = "the signature is malformed"
        made = tags.get(b"t", b"")
        return Signature(
            number,
            domain_key(tags.get(b"d", b"").decode("utf-8", "replace")),
            tags.get(b"s", b"").decode("utf-8", "replace").lower(),
            re.sub(rb"\s+", b"", tags.get(b"b", b"")).decode("ascii", "replace"),
            int(made) if made.isdigit() and len(made) < 13 else None,
            fault,
        )

    def _fault(self, tags: Mapping[bytes, bytes], now: int) -> str | None:
        if b"l" in tags:
            return "it leaves the end of the body unsigned (l=)"
        if tags[b"a"].lower() not in _ALGORITHMS:
            return f"its algorithm is no good ({tags[b'a'].decode('ascii', 'replace')[:20]})"
        signed = [name.strip().lower() for name in tags[b"h"].split(b":")]
        if b"from" not in signed:
            return "it does not sign From"
        if len(signed) > MOST_NAMES:
            return "it names too many fields"
        for tag, late in ((b"x", True), (b"t", False)):
            text = tags.get(tag)
            if text is not None and not (text.isdigit() and len(text) < 13):
                return "the signature is malformed"
            if text is not None and late and int(text) < now:
                return "it has expired"
            if text is not None and not late and int(text) > now + FUTURE_SECONDS:
                return "it is dated in the future"
        for name in _ONCE:
            if self.counts.get(name, 0) > max(1, signed.count(name)):
                return f"{name.decode().title()} stands more often in the mail than it is signed"
        if not is_host_name(domain_key(tags[b"d"].decode("ascii"))):
            return "its domain is none that sends mail"
        return None

    def verify(self, signature: Signature, key: Answer) -> SignatureResult:
        """Check one signature with what DNS says of its key. Blocking: takes time in proportion to the body. Never raises."""
        fault = self.fault or signature.fault
        if fault is not None:
            return SignatureResult(signature, "ignored", fault)
        record = key_record(key)
        if isinstance(record, KeyFault):
            return SignatureResult(signature, record.result, record.reason)
        try:
            tags = parse_tag_value(self.verifier.field(signature.number))
            self.verifier.body = self._canonical(tags.get(b"c", b"simple/simple"))
            wrong = _key_mismatch(record, tags)
            if wrong is not None:
                return SignatureResult(signature, "permerror", wrong)
            good = self.verifier.check(signature.number, tags, record)
        except dkimpy.ValidationError:
            return SignatureResult(signature, "fail", "the body was changed after it was signed")
        except Exception as error:  # dkimpy trips over odd fields in ways of its own
            return SignatureResult(signature, "permerror", f"it cannot be verified ({type(error).__name__})")
        if not good:
            return SignatureResult(signature, "fail", "the header was changed after it was signed")
        return SignatureResult(signature, "pass")

    def _canonical(self, policy: bytes) -> bytes:
        kind = policy.lower().partition(b"/")[2] or b"simple"
        if kind not in self._bodies:
            self._bodies[kind] = (relaxed_body if kind == b"relaxed" else simple_body)(self._body)
        return self._bodies[kind]


@dataclass(frozen=True, slots=True)
class Key:
    """A usable public key: RSA numbers as dkimpy reads them, or an Ed25519 key."""

    kind: str  # rsa, ed25519
    public: Any
    bits: int
    tags: Mapping[bytes, bytes]


@dataclass(frozen=True, slots=True)
class KeyFault:
    result: str  # temperror, permerror, ignored
    reason: str


def key_record(answer: Answer) -> Key | KeyFault:
    """The public key (RFC 6376 section 3.6.1), or why there is none that counts."""
    if answer.status is Status.FAILED:
        return KeyFault("temperror", "DNS has no answer for its key")
    texts: Sequence[bytes] = answer.values
    text = next((it for it in texts if b"p=" in it), None)
    if text is None:
        return KeyFault("permerror", "its key is not published")
    if len(text) > LONGEST_RECORD:
        return KeyFault("permerror", "its key record is too long")
    try:
        tags = parse_tag_value(text)
    except Exception:
        return KeyFault("permerror", "its key record is malformed")
    if tags.get(b"v", b"DKIM1") != b"DKIM1":
        return KeyFault("permerror", "its key record is of another version")
    if not re.sub(rb"\s+", b"", tags.get(b"p", b"")):
        return KeyFault("permerror", "its key was withdrawn")
    if b"s" in tags and not {b"*", b"email"} & {it.strip() for it in tags[b"s"].split(b":")}:
        return KeyFault("permerror", "its key is not for mail")
    if b"h" in tags and b"sha256" not in {it.strip().lower() for it in tags[b"h"].split(b":")}:
        return KeyFault("permerror", "its key is for other hashes alone")
    return _public_key(tags)


def _public_key(tags: Mapping[bytes, bytes]) -> Key | KeyFault:
    kind = tags.get(b"k", b"rsa").lower()
    try:
        octets = base64.b64decode(re.sub(rb"\s+", b"", tags[b"p"]), validate=True)
        if kind == b"ed25519":
            return Key("ed25519", _Ed25519(octets), 256, tags)
        if kind != b"rsa":
            return KeyFault("permerror", "its key is of an unknown kind")
        numbers = parse_public_key(octets)
        bits = int(numbers["modulus"]).bit_length()
    except (binascii.Error, ValueError):
        return KeyFault("permerror", "its key is malformed")
    except Exception:  # dkimpy's reader of ASN.1 raises what it likes
        return KeyFault("permerror", "its key is malformed")
    if bits < SHORTEST_KEY:
        return KeyFault("ignored", f"its key has {bits} bits alone")
    if bits > LONGEST_KEY or int(numbers["publicExponent"]) > LARGEST_EXPONENT:
        return KeyFault("permerror", "its key is larger than any sound one")
    return Key("rsa", numbers, bits, tags)


def _key_mismatch(key: Key, tags: Mapping[bytes, bytes]) -> str | None:
    if _ALGORITHMS[tags[b"a"].lower()] != key.kind:
        return "its key is of another kind than the signature"
    flags = {it.strip() for it in key.tags.get(b"t", b"").split(b":")}
    identity = tags.get(b"i", b"@" + tags[b"d"]).rpartition(b"@")[2]
    if b"s" in flags and identity.lower() != tags[b"d"].lower():
        return "its key does not speak for sub-domains"
    return None


class _Ed25519:
    """dkimpy's interface to PyNaCl, by cryptography. dkimpy cannot tell a bad signature without PyNaCl, so it is noted here."""

    def __init__(self, octets: bytes) -> None:
        self._key = Ed25519PublicKey.from_public_bytes(octets)
        self.held = False

    def verify(self, digest: bytes, signature: bytes) -> None:
        try:
            self._key.verify(signature, digest)
            self.held = True
        except InvalidSignature:
            self.held = False


class _Verifier(dkimpy.DKIM):  # type: ignore[misc]
    """dkimpy with keys that were read before."""

    def field(self, number: int) -> bytes:
        return self._fields()[number][1]

    def _fields(self) -> list[tuple[bytes, bytes]]:
        return [(name, value) for name, value in self.headers if name.lower() == b"dkim-signature"]

    def check(self, number: int, tags: Mapping[bytes, bytes], key: Key) -> bool:
        self.use(key)
        names = [name.strip().lower() for name in tags[b"h"].split(b":")]
        lowered = {**tags, b"a": tags[b"a"].lower()}
        good = bool(self.verify_sig_process(lowered, names, self._fields()[number], None))
        return good and (key.kind != "ed25519" or key.public.held)

    def use(self, key: Key) -> None:
        self.pk, self.keysize, self.ktag, self.seqtlsrpt = key.public, key.bits, key.kind.encode(), False
