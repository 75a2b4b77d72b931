"""Mistakes in templates, found before any customer could meet them."""

import shutil
from pathlib import Path

import pytest

from gateway.config.model import Configuration
from gateway.config.share import share_path
from gateway.notify.check import check_templates, template_names


def configuration(folder: Path | None = None) -> Configuration:
    return Configuration.model_validate(
        {
            "reply_domain": "reply.example.com",
            "admin": "admin@example.com",
            "templates_dir": folder,
            "brands": [
                {"id": "one", "name": "Example Support", "addresses": ["support@example.com"]},
                {"id": "two", "name": 'Über "Quotes" & Söhne <x>', "addresses": ["help@example.com"], "language": "ko"},
            ],
        }
    )


def put(folder: Path, name: str, source: str) -> None:
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(source, encoding="utf-8")


def test_the_shipped_templates_are_right() -> None:
    assert check_templates(configuration()) == []


def test_every_shipped_template_is_used_and_there() -> None:
    shipped = share_path("templates")
    there = {path.relative_to(shipped).as_posix() for path in (shipped / "mail").rglob("*.j2")}
    assert there == set(template_names())


@pytest.mark.parametrize(
    ("name", "source", "mistake"),
    [
        (
            "mail/ko/ack.txt.j2",
            "Subject: x\n\n{{ nubmer }}",
            ":3: unknown placeholder 'nubmer'; did you mean 'number'?",
        ),
        (
            "mail/ko/ack.txt.j2",
            "Subject: x\n\n{{ customer }}",
            ":3: unknown placeholder 'customer'; known here: address, brand",
        ),
        (
            "mail/en/resolution.html.j2",
            "{% if customer %}{% else %}{{ custmer }}{% endif %}",
            ":1: unknown placeholder 'custmer'",
        ),
        ("mail/en/answer.txt.j2", "Hello\n{% if %}", ":2: Expected an expression"),
        (
            "mail/en/answer.txt.j2",
            "{{ agent }}",
            ":1: the agent's words are missing; say {{ answer }} where they belong",
        ),
        ("mail/en/answer.html.j2", "{{ agent }}", ":1: the agent's words are missing"),
        ("mail/en/ack.txt.j2", "Hello", ":1: begin with a line 'Subject: ...' and an empty line"),
        (
            "mail/en/ack.html.j2",
            "{% extends 'mail/layuot.html.j2' %}",
            "mail/layuot.html.j2:1: this template is missing",
        ),
        ("mail/layout.html.j2", "\n{{ x.y }}", ":2: a dot cannot be used in a mail template; see docs/notices.md"),
        ("mail/kr/ack.txt.j2", "x", ":1: no mail uses a template of this name; did you mean mail/ko/ack.txt.j2?"),
    ],
)
def test_a_mistake_is_told_with_its_place(tmp_path: Path, name: str, source: str, mistake: str) -> None:
    put(tmp_path, name, source)
    found = check_templates(configuration(tmp_path))
    assert len(found) == 1
    assert mistake in found[0]
    if mistake.startswith(":"):
        assert found[0].startswith(f"{tmp_path}/{name}:")


def test_all_mistakes_of_all_files_at_once(tmp_path: Path) -> None:
    put(tmp_path, "mail/ko/ack.txt.j2", "Subject: {{ a }}\n\n{{ b }}")
    put(tmp_path, "mail/ja/ack.html.j2", "{{ brand.x }}{{ brand|nope }}")
    put(tmp_path, "mail/en/ack.txt.j2", "no subject")
    assert len(check_templates(configuration(tmp_path))) == 5


def test_a_missing_part_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(share_path("templates") / "mail", tmp_path / "mail")
    (tmp_path / "mail/ja/resolution.html.j2").unlink()
    monkeypatch.setattr("gateway.notify.render.share_path", lambda _: tmp_path)
    assert check_templates(configuration()) == ["mail/ja/resolution.html.j2:1: this template is missing"]


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    assert check_templates(configuration(tmp_path / "nope")) == [f"{tmp_path}/nope:1: templates_dir is not a folder"]


def test_a_good_override_is_no_mistake(tmp_path: Path) -> None:
    put(
        tmp_path,
        "mail/ko/ack.txt.j2",
        "Subject: 접수 {{ reference }}\n\n{{ brand }}\n{% for line in signature %}{{ line }}\n{% endfor %}",
    )
    assert check_templates(configuration(tmp_path)) == []
