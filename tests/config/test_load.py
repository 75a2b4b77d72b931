import os
import re
import shutil
import ssl
import subprocess
import sys
from pathlib import Path

import pytest

from gateway.config.load import ConfigurationError, load, load_all
from gateway.config.share import share_path
from tests.config.conftest import SMALLEST, Write
from tests.support.need import need


def mistakes(path: Path, environ: dict[str, str] | None = None) -> list[str]:
    with pytest.raises(ConfigurationError) as refused:
        load(path, environ or {})
    return [str(mistake).removeprefix(f"{path}:") for mistake in refused.value.mistakes]


def test_smallest_configuration_has_sensible_defaults(write: Write) -> None:
    configuration = load(write(), {})
    assert configuration.brands[0].addresses == ("support@example.com",)
    assert configuration.smtp.listen == ("127.0.0.1:2525",)
    assert configuration.outbound.smarthost == ""


def test_starter_runs_as_it_is() -> None:
    loaded = load_all(share_path("config") / "gateway.yaml", {})
    configuration = loaded.configuration
    assert [brand.addresses for brand in configuration.brands] == [("support@example.com",)]
    assert configuration.brands[0].catch_all == ()
    assert configuration.reply_domain == "reply.example.com"
    assert configuration.admin == "admin@example.com"
    assert loaded.ruleset.rules


def test_settings_of_the_starter_that_are_commented_out_are_sound(tmp_path: Path) -> None:
    """Whoever removes a ``# `` gets a configuration that loads."""
    for name in ("gateway.yaml", "rules.yaml"):
        lines = (share_path("config") / name).read_text("utf-8").splitlines()
        taken = [_uncommented(line) for line in lines]
        (tmp_path / name).write_text("\n".join(taken) + "\n", "utf-8")
    for folder in ("dkim", "tls"):
        (tmp_path / folder).mkdir()
    make_certificate(tmp_path / "tls" / "certificate.pem", tmp_path / "tls" / "key.pem")
    shutil.copy(tmp_path / "tls" / "key.pem", tmp_path / "dkim" / "s2026.pem")
    text = (tmp_path / "gateway.yaml").read_text("utf-8")
    (tmp_path / "database").write_text("x\n")
    text = text.replace("file:/run/secrets/database", f"file:{tmp_path / 'database'}")
    (tmp_path / "gateway.yaml").write_text(text, "utf-8")
    loaded = load_all(tmp_path / "gateway.yaml", {"SMARTHOST_PASSWORD": "x"})
    assert loaded.configuration.brands[0].dkim is not None
    assert loaded.configuration.outbound.tls == "required"
    assert loaded.configuration.limits.unlimited_networks[-1] == "192.0.2.0/24"
    assert len(loaded.ruleset.rules) == 4


def _uncommented(line: str) -> str:
    return re.sub(r"^( *)# ( *(?:- )?[a-z_]+:(?: |$))", r"\1\2", line)


def make_certificate(certificate: Path, key: Path) -> None:
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=mx.example.com", "-days", "2"]
    subprocess.run([*command, "-keyout", key, "-out", certificate], check=True, capture_output=True)


def test_certificate_and_key_must_belong_together(write: Write, tmp_path: Path) -> None:
    need("openssl")
    for name in ("one", "two"):
        make_certificate(tmp_path / f"{name}.pem", tmp_path / f"{name}.key")
    path = write("smtp:\n  tls:\n    certificate: one.pem\n    key: two.key\n")
    assert mistakes(path) == [f"11:10: {tmp_path}/two.key is not the key of the certificate {tmp_path}/one.pem"]
    tls = load(write("smtp:\n  tls:\n    certificate: one.pem\n    key: one.key\n"), {}).smtp.tls
    assert tls is not None
    ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(tls.certificate, tls.key)


def test_encrypted_key_is_refused_and_never_asked_for(write: Write, tmp_path: Path) -> None:
    need("openssl")
    make_certificate(tmp_path / "c.pem", tmp_path / "plain.key")
    command = ["openssl", "rsa", "-aes128", "-passout", "pass:secret", "-in", tmp_path / "plain.key", "-out"]
    subprocess.run([*command, tmp_path / "locked.key"], check=True, capture_output=True)
    path = write("smtp:\n  tls: {certificate: c.pem, key: locked.key}\n")
    assert mistakes(path) == [f"9:34: {tmp_path}/locked.key is not a PEM file with an unencrypted private key"]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"-----BEGIN PRIVATE KEY-----\r\n", "has Windows line ends (CRLF); save it with LF"),
        (b"x", "is not a PEM file with an unencrypted private key"),
        (b"x" * 100_000, "is too large for a private key"),
    ],
)
def test_dkim_key_must_load(write: Write, tmp_path: Path, content: bytes, reason: str) -> None:
    (tmp_path / "s1.pem").write_bytes(content)
    path = write(whole=f"{SMALLEST}    dkim: {{domain: example.com, selector: s1, key_file: s1.pem}}\n")
    assert mistakes(path) == [f"7:57: {tmp_path}/s1.pem {reason}"]


def test_dkim_key_must_be_long_enough_and_rsa(write: Write, tmp_path: Path) -> None:
    from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    path = write(whole=f"{SMALLEST}    dkim: {{domain: example.com, selector: s1, key_file: s1.pem}}\n")
    short = rsa.generate_private_key(public_exponent=65537, key_size=1024)
    pem = short.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (tmp_path / "s1.pem").write_bytes(pem)
    assert mistakes(path) == [f"7:57: {tmp_path}/s1.pem has 1024 bits; DKIM needs at least 2048"]
    other = ed25519.Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (tmp_path / "s1.pem").write_bytes(other)
    assert mistakes(path) == [f"7:57: {tmp_path}/s1.pem is not an RSA key; mail is signed with RSA"]


def test_file_larger_than_a_megabyte_is_not_even_parsed(write: Write) -> None:
    path = write(whole=SMALLEST + "# x\n" * 300_000)
    assert mistakes(path) == ["1:1: the file is larger than 1 MB; no configuration needs that"]


def test_file_that_is_not_there(tmp_path: Path) -> None:
    assert mistakes(tmp_path / "gateway.yaml") == [
        " cannot read this file: no such file or directory: name the file with -c, or write a starter with `gateway init DIR`"
    ]
    assert "is a directory" in mistakes(tmp_path)[0]


def test_paths_that_no_system_takes(write: Write, tmp_path: Path) -> None:
    long = "x" * 5000
    path = write(
        whole=f"{SMALLEST}data_dir: {long}\ntemplates_dir: {long}\nrules: {long}\nsmtp: {{tls: {{certificate: {long}, key: x}}}}\n"
    )
    found = mistakes(path)
    assert len(found) == 5
    assert sum("file name too long" in mistake for mistake in found) == 4
    assert mistakes(write("rules: .\n")) == [f"{tmp_path}: cannot read this file: is a directory"]


def test_template_that_cannot_be_read(write: Write, tmp_path: Path) -> None:
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "loop").symlink_to("loop")
    assert load(write("templates_dir: own\n"), {}).templates_dir == tmp_path / "own"


def test_words_of_old_yaml_are_text(write: Write) -> None:
    path = write(whole=SMALLEST.replace("Shop", "no").replace("shop", "on"))
    brand = load(path, {}).brands[0]
    assert (brand.id, brand.name) == ("on", "no")


def test_keys_without_a_value_count_as_left_out(write: Write) -> None:
    configuration = load(write("smtp:\nlimits:\n  # enabled: false\nweb:\n  base_url:\n"), {})
    assert configuration.limits.enabled
    assert configuration.web.base_url == ""


def test_relative_paths_start_at_the_file_but_the_data_at_the_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "etc"
    (folder / "own").mkdir(parents=True)
    path = folder / "gateway.yaml"
    path.write_text(f"{SMALLEST}data_dir: data\ntemplates_dir: own\nkeys:\n  directory: keys\n")
    monkeypatch.chdir(tmp_path)
    configuration = load(Path("etc/gateway.yaml"), {})
    assert configuration.data_dir == Path("data")
    assert configuration.templates_dir == folder / "own"
    assert configuration.keys.directory == folder / "keys"


def test_mistakes_are_few_where_one_cause_has_many_effects(write: Write) -> None:
    text = SMALLEST.replace("admin:", "amdin:").replace("addresses", "adresses")
    assert mistakes(write(whole=text)) == [
        "2:1: `amdin` is unknown here. Did you mean `admin`?",
        "6:5: `adresses` is unknown here. Did you mean `addresses`?",
    ]


def test_contradictions_are_found_beside_mistakes_of_type(write: Write) -> None:
    text = SMALLEST + "  - {id: shop, name: Two, addresses: [support@example.com]}\nlimits: {recipients: 1}\n"
    assert mistakes(write(whole=text)) == [
        "7:10: another brand has the id `shop` too, in line 4",
        "7:39: `support@example.com` belongs to the brand `shop`, by line 6; keep one of them",
        "8:22: `recipients` must be at least 100, not `1`",
    ]


def test_stamp_names_the_content_of_all_files(write: Write, tmp_path: Path) -> None:
    path = write()
    first = load_all(path, {}).stamp
    assert len(first) == 12
    assert load_all(path, {}).stamp == first
    (tmp_path / "rules.yaml").write_text("rules: []\n")
    with_rules = load_all(path, {}).stamp
    changed = load_all(path, {"GATEWAY__LOGGING__LEVEL": "debug"}).stamp
    assert len({first, with_rules, changed}) == 3
    secret = {"GATEWAY__OUTBOUND__PASSWORD": "one"}
    assert load_all(path, secret).stamp == load_all(path, {**secret, "GATEWAY__OUTBOUND__PASSWORD": "two"}).stamp


def test_start_is_quick() -> None:
    """Reading a configuration must not drag in the database, TLS or templates: a pipe from an MTA starts it for each mail."""
    code = (
        "import sys, gateway.config.load, pathlib;"
        "gateway.config.load.load(pathlib.Path('config/gateway.yaml'), {});"
        "print([m for m in ('sqlalchemy', 'jinja2', 'ssl', 'cryptography', 'asyncio', 'rich') if m in sys.modules])"
    )
    root = Path(__file__).parents[2]
    environ = {**os.environ, "PYTHONPATH": str(root)}
    ran = subprocess.run([sys.executable, "-c", code], cwd=root, env=environ, capture_output=True, text=True)
    assert ran.stdout == "[]\n", ran.stderr
