"""The process that reads for the supervisor, and what that spares every other process."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from gateway.app.faults import CannotStart
from gateway.app.reading import read_again, reading
from gateway.config.mistakes import ConfigurationError
from tests.support.gateways import REPOSITORY

STARTER = REPOSITORY / "config" / "gateway.yaml"


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "GATEWAY__DATA_DIR": str(tmp_path), "GATEWAY__LIMITS__ERRORS": "7"}


def test_it_reads_and_prepares_and_goes(environ: dict[str, str], tmp_path: Path) -> None:
    with reading(STARTER, environ) as reader:
        sound = reader.sound()
        assert sound.configuration.limits.errors == 7
        assert not (tmp_path / "gateway.db").exists(), "reading alone changes nothing"
        prepared = reader.prepare()
    assert prepared.is_empty
    assert prepared.one_time_password
    assert (tmp_path / "gateway.db").exists()
    again = read_again(STARTER, environ)
    assert (again.stamp, again.configuration) == (sound.stamp, sound.configuration)


def test_mistakes_come_back_with_their_places(environ: dict[str, str], tmp_path: Path) -> None:
    wrong = tmp_path / "gateway.yaml"
    wrong.write_text("reply_domain: reply.example.com\nadmin: nobody\n")
    with reading(wrong, environ) as reader, pytest.raises(ConfigurationError) as found:
        reader.sound()
    assert [(it.file, it.line) for it in found.value.mistakes if "admin" in it.message] or found.value.mistakes[0].line


def test_keys_that_are_gone_are_said_when_a_running_gateway_reads_again(environ: dict[str, str]) -> None:
    with pytest.raises(ConfigurationError, match="key"):
        read_again(STARTER, environ)


def test_a_process_that_dies_is_a_sentence(environ: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.executable", "/bin/false")
    with pytest.raises(CannotStart, match="could not be read"):
        read_again(STARTER, environ)
    monkeypatch.setattr("sys.executable", "/nowhere/python")
    with pytest.raises(CannotStart, match="could not be read"):
        read_again(STARTER, environ)


@pytest.mark.parametrize(
    ("module", "spared"),
    [
        ("gateway.app.supervisor", {"sqlalchemy", "gateway.config.load", "gateway.store", "jinja2", "cryptography"}),
        ("gateway.roles.smtp", {"gateway.mail.read", "cryptography", "dkim", "aiosmtplib"}),
        ("gateway.roles.delivery", {"gateway.mail.read", "cryptography", "dkim"}),
    ],
)
def test_a_process_loads_nothing_that_it_does_not_need(module: str, spared: set[str]) -> None:
    """All processes together have a budget of memory (``python -m bench idle``): it goes where modules are loaded by the way."""
    code = f"import sys, {module}; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY, stdout=subprocess.PIPE, text=True, check=True)
    assert not spared & set(done.stdout.split())
