"""Mails in files, named by what is odd about them, each with what is expected of it beside: NAME.eml and NAME.expected.yaml."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

MAILS = Path(__file__).parent.parent / "mails"


@dataclass(frozen=True)
class MailCase:
    name: str
    raw: bytes
    expected: dict[str, Any]


def mail_cases(folder: str) -> list[MailCase]:
    """Every case of tests/mails/FOLDER, in order of their names."""
    reader = YAML(typ="safe")
    return [
        MailCase(path.stem, path.read_bytes(), reader.load(path.with_suffix(".expected.yaml").read_text("utf-8")))
        for path in sorted((MAILS / folder).glob("*.eml"))
    ]
