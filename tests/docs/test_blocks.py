"""Every configuration on the pages loads, and every block that says so is run, in order, against a started gateway."""

import re
import shutil
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from gateway.config.load import load_all
from tests.docs.conftest import Reader
from tests.docs.pages import Block, blocks, together
from tests.support.certificates import make_certificate
from tests.support.need import need

NEEDED = {
    "reply_domain": "reply_domain: reply.example.com\n",
    "admin": "admin: admin@example.com\n",
    "brands": "brands:\n  - id: example\n    name: Example Support\n    addresses: [support@example.com]\n",
}
ENVIRON = {
    "SMARTHOST_PASSWORD": "secret",
    "DATABASE_PASSWORD": "secret",
    "OIDC_CLIENT_SECRET": "secret",
    "SHOP_HOOK_SECRET": "0123456789abcdef",
}


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What configurations on the pages name: a certificate, a DKIM key, secrets, templates."""
    folder = tmp_path_factory.mktemp("files")
    made = make_certificate(folder / "made")
    for name in ("tls", "dkim", "templates", "secrets"):
        (folder / name).mkdir()
    shutil.copy(made.certificate, folder / "tls" / "certificate.pem")
    shutil.copy(made.key, folder / "tls" / "key.pem")
    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    (folder / "dkim" / "s2026.pem").write_bytes(
        private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    for name in ("smarthost", "database"):
        (folder / "secrets" / name).write_text("secret\n")
    return folder


@pytest.mark.parametrize("block", blocks("yaml"), ids=str)
def test_every_configuration_loads(block: Block, tmp_path: Path, files: Path) -> None:
    shutil.copytree(files, tmp_path, dirs_exist_ok=True)
    files_of = together(block)
    main = files_of.pop("gateway", "")
    keys = set(re.findall(r"^(\w+):", main, re.MULTILINE))
    lacking = "".join(text for key, text in NEEDED.items() if key not in keys)
    (tmp_path / "gateway.yaml").write_text(lacking + main, "utf-8")
    for name, text in files_of.items():
        (tmp_path / f"{name}.yaml").write_text(text, "utf-8")
    loaded = load_all(tmp_path / "gateway.yaml", {**ENVIRON, "GATEWAY__DATA_DIR": str(tmp_path / "var")}, tested=True)
    written = loaded.written.rules
    assert bool(written.rules or written.events or written.timers) is ("rules" in files_of)


RUN_BLOCKS = [block for block in blocks("sh") if block.run]


@pytest.mark.real
@pytest.mark.timeout(180)
@pytest.mark.xdist_group("docs-reader")
@pytest.mark.parametrize("page", sorted({block.page for block in RUN_BLOCKS}))
def test_what_a_page_tells_to_run_runs(page: str, reader: Reader) -> None:
    for block in RUN_BLOCKS:
        if block.page == page:
            for program in ("swaks", "sqlite3"):
                if re.search(rf"^{program} ", block.text, re.MULTILINE):
                    need(program)
            reader.run(block)


def test_there_are_blocks_to_run() -> None:
    assert {"README.md", "docs/operations.md"} <= {block.page for block in RUN_BLOCKS}
