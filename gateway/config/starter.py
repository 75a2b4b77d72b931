"""The starter configuration with an admin's own values in it. Comments stay, so that the file explains itself."""

import json
import re
from dataclasses import dataclass
from pathlib import Path

from gateway.config.share import share_path

ENTRY = "gateway.yaml"
FILES = (ENTRY, "rules.yaml")
STARTERS = ("shop", "business", "desk")
"""Whole examples: a shop whose customers are people, a company whose customers are companies, a service desk inside a company."""


@dataclass(frozen=True, slots=True)
class Answers:
    """What differs from company to company. Addresses and domains are sound already."""

    domain: str
    support: str
    reply_domain: str
    admin: str
    brand_name: str
    language: str
    data_dir: str


def starter_files(answers: Answers, starter: str | None = None) -> dict[str, str]:
    """The text of each file by its name, gateway.yaml first. ``starter``: one of STARTERS; None: the small one."""
    folder = share_path("config") if starter is None else share_path("config") / "starters" / starter
    names = FILES if starter is None else (ENTRY, *sorted({path.name for path in folder.glob("*.yaml")} - {ENTRY}))
    return {name: _fill((folder / name).read_text("utf-8"), answers) for name in names}


def _fill(text: str, answers: Answers) -> str:
    # Longest first, and all in one pass: an answer that holds another sample is not replaced again.
    samples = {
        "name: Example Support": f"name: {quoted(_literal(answers.brand_name))}",
        "Example Support": _literal(answers.brand_name),
        "Example 고객지원팀": _literal(answers.brand_name),
        "Example サポートチーム": _literal(answers.brand_name),
        "reply_domain: reply.example.com": f"reply_domain: {answers.reply_domain}",
        "reply.example.com": answers.reply_domain,
        "admin: admin@example.com": f"admin: {quoted(answers.admin)}",
        "members: [admin@example.com]": f"members: [{quoted(answers.admin)}]",
        "- support@example.com": f"- {quoted(answers.support)}",
        "language: en ": f"language: {answers.language} ",
        "data_dir: var": f"data_dir: {quoted(answers.data_dir)}",
        "smtp.example.net": "smtp.example.net",
        "example.com": answers.domain,
    }
    pattern = "|".join(re.escape(sample) for sample in sorted(samples, key=len, reverse=True))
    return re.sub(pattern, lambda match: samples[match[0]], text)


def quoted(value: str) -> str:
    """A YAML scalar: plain where that is safe, else in double quotes (every JSON string is one, YAML 1.2 section 1.3)."""
    return value if re.fullmatch(r"[A-Za-z/][\w@./+-]*", value, re.ASCII) else json.dumps(value, ensure_ascii=False)


def _literal(value: str) -> str:
    """One line in which nothing stands for a variable (``gateway.config.overrides.fill_secrets``)."""
    return re.sub(r"\$(?=[${])", "$$", " ".join(value.split()))


def write_new(directory: Path, files: dict[str, str]) -> None:
    """Write all files. FileExistsError, and nothing is written, where one is there already."""
    directory.mkdir(parents=True, exist_ok=True)
    for name in files:
        if (directory / name).exists():
            raise FileExistsError(str(directory / name))
    for name, text in files.items():
        with (directory / name).open("x", encoding="utf-8") as file:
            file.write(text)
