"""Which signatures count: every shortcut that a signer, a key or a stranger may take."""

import base64
import hashlib
import time

import dkim
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from gateway.trust.canonical import relaxed_body, simple_body
from gateway.trust.dkim import SignedMail
from gateway.trust.resolver import Answer, Status
from tests.support.dns_server import DnsServer
from tests.support.signed_mail import SIGNED, ed25519_key, rsa_key, sign
from tests.trust.conftest import NOW, Judge, mail


def result(raw: bytes, *records: str) -> tuple[str, str]:
    """Result and reason of the topmost signature, with these key records."""
    signed = SignedMail(raw, NOW)
    key = Answer(Status.FOUND, tuple(record.encode() for record in records or (rsa_key(1024)[1],)))
    found = signed.verify(signed.signatures[0], key)
    return found.result, found.reason


SECONDS = int(NOW.timestamp())


@pytest.mark.parametrize("head", [b"simple", b"relaxed"])
@pytest.mark.parametrize("body", [b"simple", b"relaxed"])
@pytest.mark.parametrize("text", ["Hello", "", " trailing  \r\n\r\n\t\r\n\r\n", "a\r\n" * 5 + "\r\n" * 9])
def test_sound_signatures_pass(head: bytes, body: bytes, text: str) -> None:
    assert result(sign(mail(text=text), "victim.test", canonicalize=(head, body)))[0] == "pass"


@pytest.mark.parametrize(
    ("tags", "reason"),
    [
        ({b"x": b"%d" % (SECONDS - 10)}, "it has expired"),
        ({b"t": b"%d" % (SECONDS + 400)}, "it is dated in the future"),
        ({b"x": b"soon"}, "malformed"),
        ({b"l": b"0"}, "l="),
    ],
)
def test_tags_that_take_a_signature_out(tags: dict[bytes, bytes], reason: str) -> None:
    found, why = result(sign(mail(), "victim.test", tags=tags))
    assert found == "ignored"
    assert reason in why


def test_clock_of_the_signer_may_be_a_little_fast() -> None:
    assert result(sign(mail(), "victim.test", tags={b"t": b"%d" % (SECONDS + 200)}))[0] == "pass"


def test_sha1_does_not_count() -> None:
    assert "algorithm" in result(sign(mail(), "victim.test", algorithm=b"rsa-sha1"))[1]


@pytest.mark.parametrize(("bits", "found"), [(512, "ignored"), (1023, "ignored"), (1024, "fail"), (9000, "permerror")])
def test_sizes_of_keys(bits: int, found: str) -> None:
    """The key is another one than signed: what counts is whether it is tried at all."""
    numbers = rsa.RSAPublicNumbers(65537, (1 << (bits - 1)) + 1)
    der = numbers.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    assert result(sign(mail(), "victim.test"), "p=" + base64.b64encode(der).decode())[0] == found


def test_from_must_be_signed() -> None:
    raw = sign(mail(), "victim.test").replace(b"h=from : ", b"h=")
    assert result(raw) == ("ignored", "it does not sign From")


@pytest.mark.parametrize(
    ("record", "why"),
    [
        ("v=DKIM1; p=", "withdrawn"),
        ("v=DKIM2; p=abc", "version"),
        ("v=DKIM1; p=!!!", "malformed"),
        ("v=DKIM1; k=rsa", "not published"),
        ("v=DKIM1; k=dsa; p=YWJj", "unknown kind"),
        ("s=tlsrpt; " + rsa_key(1024)[1].removeprefix("v=DKIM1; "), "not for mail"),
        ("h=sha1; " + rsa_key(1024)[1].removeprefix("v=DKIM1; "), "other hashes"),
        ("p=" + base64.b64encode(b"\x30" * 3000).decode(), "malformed"),
    ],
)
def test_keys_that_prove_nothing(record: str, why: str) -> None:
    found, reason = result(sign(mail(), "victim.test"), record)
    assert found == "permerror"
    assert why in reason


def test_key_for_its_own_domain_alone() -> None:
    strict = rsa_key(1024)[1] + "; t=s"
    assert result(sign(mail(), "victim.test"), strict)[0] == "pass"
    below = sign(mail(), "victim.test", tags={b"i": b"a@news.victim.test"})
    assert result(below)[0] == "pass"
    assert result(below, strict) == ("permerror", "its key does not speak for sub-domains")


def test_ed25519_without_a_second_library() -> None:
    """RFC 8463, signed here by hand: the hash of the header is what is signed."""
    private, record = ed25519_key()
    good = _signed_ed25519(mail(), private)
    assert result(good, record)[0] == "pass"
    assert result(good.replace(b"A question", b"B question"), record)[0] == "fail"
    assert result(good, rsa_key(1024)[1])[0] == "permerror"


def _signed_ed25519(raw: bytes, private: object) -> bytes:
    head, _, body = raw.partition(b"\r\n\r\n")
    digest = base64.b64encode(hashlib.sha256(relaxed_body(body)).digest())
    field = b"v=1; a=ed25519-sha256; c=relaxed/relaxed; d=victim.test; s=s1; h=from:subject; bh=" + digest + b"; b="
    fields = dict(line.split(b": ", 1) for line in head.split(b"\r\n"))
    signed = b"from:" + fields[b"From"] + b"\r\nsubject:" + fields[b"Subject"] + b"\r\ndkim-signature:" + field
    signature = base64.b64encode(private.sign(hashlib.sha256(signed).digest()))  # type: ignore[attr-defined]
    return b"DKIM-Signature: " + field + signature + b"\r\n" + raw


@pytest.mark.parametrize(
    "body",
    [b"", b"\r\n", b"a", b"a \t b\r\n \r\n\r\n", b" \r\n\r\n", b"a\r\r\n\r\n", b"x" * 9 + b"\t" * 9 + b"\r\n"],
)
def test_own_canonical_bodies_are_dkimpys(body: bytes) -> None:
    for name, own in ((b"simple", simple_body), (b"relaxed", relaxed_body)):
        policy = dkim.CanonicalizationPolicy.from_c_value(b"relaxed/" + name)
        assert policy.canonicalize_body(own(body)) == policy.canonicalize_body(body)


def test_runs_of_blanks_cost_time_in_proportion() -> None:
    raw = sign(mail(text="x"), "victim.test")
    began = time.process_time()
    assert result(raw[:-3] + b" " * 5_000_000 + b"x\r\n")[0] == "fail"
    assert result(raw[:-3] + b"\r\n" * 2_000_000 + b"x\r\n")[0] == "fail"
    assert time.process_time() - began < 10  # dkimpy alone: minutes


def test_signature_field_made_of_blanks() -> None:
    raw = sign(mail(), "victim.test")
    began = time.process_time()
    assert result(raw.replace(b" b=", b" b=" + b"\r\n " * 2000, 1))[0] == "ignored"
    assert time.process_time() - began < 1


def test_large_mail_is_hashed_aside(judge: Judge) -> None:
    assert judge(sign(mail(text="word " * 100_000), "victim.test")).reasons == ("verified: DKIM victim.test",)


def test_broken_headers_raise_nothing(judge: Judge, dns: DnsServer) -> None:
    signature = sign(mail(), "victim.test", headers=SIGNED).partition(b"From:")[0]
    for broken in (
        b"",
        b" x\r\n\r\n",
        b"no colon\r\n\r\n",
        b"DKIM-Signature:\r\n\r\n",
        b"DKIM-Signature: d=\xff; s=..; b\r\n\r\n",
    ):
        assert judge(broken).level <= 0
        assert judge(broken.replace(b"\r\n\r\n", b"\r\n") + signature + mail()).level <= 3


def test_second_from_takes_every_proof_away() -> None:
    assert result(b"From: m@other.test\r\n" + sign(mail(), "victim.test")) == (
        "ignored",
        "the mail has not exactly one From",
    )
