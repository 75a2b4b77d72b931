"""Signatures that others verify, and that any tampering breaks."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dkim
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from gateway.config.model import DkimKey
from gateway.delivery.sign import OVERSIGNED, SigningKeyError, Timed, load_signing_key, sign
from gateway.store.outbox import check_clean
from tests.support.outgoing import mail

NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)


def _settings(directory: Path, private: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey, form: str = "PKCS8") -> DkimKey:
    path = directory / "dkim.pem"
    path.write_bytes(
        private.private_bytes(
            serialization.Encoding.PEM,
            getattr(serialization.PrivateFormat, form),
            serialization.NoEncryption(),
        )
    )
    return DkimKey(domain="example.com", selector="s1", key_file=path)


@pytest.fixture(scope="module")
def private() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


@pytest.fixture
def settings(tmp_path: Path, private: rsa.RSAPrivateKey) -> DkimKey:
    return _settings(tmp_path, private)


def _verifies(raw: bytes, settings: DkimKey) -> bool:
    """As another implementation sees it: dkimpy, with the published key from the (fake) DNS."""
    asked: list[bytes] = []

    def txt(name: bytes, timeout: int = 5) -> bytes:
        asked.append(name)
        return load_signing_key(settings).record().encode()

    verdict: bool = dkim.DKIM(raw).verify(dnsfunc=txt)
    assert asked == [b"s1._domainkey.example.com."]
    return verdict


def _tags(raw: bytes) -> dict[str, str]:
    header = re.match(rb"DKIM-Signature:((?:[^\r]|\r\n[ \t])*)\r\n", raw)
    assert header is not None
    text = re.sub(r"\s+", "", header[1].decode())
    return dict(tag.split("=", 1) for tag in text.split(";"))


def test_dkimpy_verifies_the_signature(settings: DkimKey) -> None:
    raw = mail().raw
    # A moment ago: dkimpy refuses signatures from the future and expired ones.
    signed = sign(raw, settings, datetime.now(UTC) - timedelta(seconds=5))
    assert signed.endswith(raw)
    check_clean(signed)
    assert _verifies(signed, settings)


NOTICES = sorted((Path(__file__).parent.parent / "notices").glob("*.eml"))


@pytest.mark.parametrize("path", NOTICES, ids=lambda path: path.stem)
def test_our_own_notices_verify(settings: DkimKey, path: Path) -> None:
    signed = sign(path.read_bytes(), settings, datetime.now(UTC) - timedelta(seconds=5))
    check_clean(signed)
    assert _verifies(signed, settings)


def test_the_header_is_what_dkimpy_would_write(settings: DkimKey) -> None:
    raw = mail().raw
    signed = sign(raw, settings, NOW)
    key = load_signing_key(settings)
    names = [name.strip().encode() for name in _tags(signed)["h"].split(":")]
    plain = Timed(NOW, raw).sign(
        b"s1", b"example.com", key.pem, canonicalize=(b"relaxed", b"simple"), include_headers=names
    )
    assert signed == plain + raw


def test_tags(settings: DkimKey) -> None:
    raw = mail().raw.replace(b"Subject:", b"Cc: a@customer.test\r\nSubject:")
    tags = _tags(sign(raw, settings, NOW))
    assert "l" not in tags
    assert tags["a"] == "rsa-sha256"
    assert tags["d"] == "example.com"
    assert int(tags["t"]) == NOW.timestamp()
    assert int(tags["x"]) - int(tags["t"]) == 7 * 86400
    signed_fields = tags["h"].split(":")
    for name in OVERSIGNED:
        present = len(re.findall(rb"(?mi)^%s:" % re.escape(name), raw.partition(b"\r\n\r\n")[0]))
        assert signed_fields.count(name.decode()) == present + 1, name


@pytest.mark.parametrize(
    "added",
    [
        b"From: Mallory <mallory@evil.test>\r\n",
        b"Subject: Free money\r\n",
        b"Cc: everybody@evil.test\r\n",
        b"Reply-To: mallory@evil.test\r\n",
        b"In-Reply-To: <x@evil.test>\r\n",
        b"List-Unsubscribe: <https://evil.test/>\r\n",
        b"Content-Type: text/html\r\n",
    ],
)
@pytest.mark.parametrize("where", ["top", "bottom"])
def test_a_second_field_breaks_it(settings: DkimKey, added: bytes, where: str) -> None:
    signed = sign(mail().raw, settings, datetime.now(UTC) - timedelta(seconds=5))
    tampered = added + signed if where == "top" else signed.replace(b"\r\n\r\n", b"\r\n" + added + b"\r\n", 1)
    assert not _verifies(tampered, settings)


def test_appended_text_breaks_it(settings: DkimKey) -> None:
    signed = sign(mail().raw, settings, datetime.now(UTC) - timedelta(seconds=5))
    with pytest.raises(dkim.ValidationError, match="body hash"):
        _verifies(signed + b"PS: send me money\r\n", settings)


def test_the_same_arguments_give_the_same_bytes(settings: DkimKey) -> None:
    raw = mail().raw
    assert sign(raw, settings, NOW) == sign(raw, settings, NOW)
    assert sign(raw, settings, NOW) != sign(raw, settings, NOW + timedelta(seconds=1))


def test_both_forms_of_pem(tmp_path: Path, private: rsa.RSAPrivateKey) -> None:
    raw = mail().raw
    modern = sign(raw, _settings(tmp_path, private), NOW)
    assert sign(raw, _settings(tmp_path, private, "TraditionalOpenSSL"), NOW) == modern
    path = tmp_path / "dkim.pem"
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert sign(raw, DkimKey(domain="example.com", selector="s1", key_file=path), NOW) == modern


def test_a_new_key_in_the_file_is_used(tmp_path: Path, private: rsa.RSAPrivateKey) -> None:
    raw = mail().raw
    before = sign(raw, _settings(tmp_path, private), NOW)
    assert sign(raw, _settings(tmp_path, rsa.generate_private_key(65537, 2048)), NOW) != before


@pytest.mark.parametrize(
    ("key", "complaint"),
    [
        (b"nothing", "not an unencrypted PEM"),
        (rsa.generate_private_key(65537, 1024), "1024 bits are too few"),
        (ec.generate_private_key(ec.SECP256R1()), "not an RSA key"),
        (None, "cannot be read"),
    ],
    ids=["no PEM", "short", "elliptic", "missing"],
)
def test_keys_that_cannot_sign(tmp_path: Path, key: object, complaint: str) -> None:
    if isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
        settings = _settings(tmp_path, key)
    else:
        settings = DkimKey(domain="example.com", selector="s1", key_file=tmp_path / "dkim.pem")
        if isinstance(key, bytes):
            settings.key_file.write_bytes(key)
    with pytest.raises(SigningKeyError, match=complaint):
        sign(mail().raw, settings, NOW)
