"""Real scanners, started once for all tests here."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.config.scanners import Scanner
from gateway.scanners.model import Subject
from tests.support.accepted import mail
from tests.support.scanner_programs import KINDS, running_scanners


@pytest.fixture(scope="session")
def scanners() -> Iterator[dict[str, Scanner]]:
    """By kind. In a folder of its own: paths of Unix sockets are short."""
    with tempfile.TemporaryDirectory(prefix="scan") as folder, running_scanners(Path(folder), *KINDS) as started:
        yield started


def subject(text: str = "The lamp does not light up.", **headers: str) -> Subject:
    """A mail with this text, as scanners get it."""
    raw = mail(text, headers=tuple(headers.items()))
    return Subject(
        "receipt", raw, "192.0.2.1", "mail.customer.example", "hong@customer.example", ("support@example.com",)
    )
