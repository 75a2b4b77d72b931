"""The published schemas take every file that the gateway takes, and refuse what editors are to underline."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from jsonschema import Draft202012Validator

from gateway.cli.schema import schema as command
from gateway.config.published import FILES, schema_of
from gateway.config.source import Node, parse

REPOSITORY = Path(__file__).parents[2]
VALIDATORS = {file: Draft202012Validator(schema_of(file)) for file in FILES}


def plain(node: Node) -> Any:
    if isinstance(node.value, dict):
        return {name: plain(inner) for name, inner in node.value.items()}
    return [plain(inner) for inner in node.value] if isinstance(node.value, list) else node.value


def read(text: str) -> Any:
    tree, mistakes = parse(text, "file")
    assert tree is not None
    assert not mistakes
    return plain(tree)


def good_files() -> Iterator[tuple[str, str, str]]:
    """(which schema, where from, the text): all that is shipped, and every set of rules in docs/rules.md."""
    for path in sorted((REPOSITORY / "config").rglob("*.yaml")):
        if path.stem in FILES:
            yield path.stem, str(path.relative_to(REPOSITORY)), path.read_text("utf-8")
    text = (REPOSITORY / "docs" / "rules.md").read_text("utf-8")
    for found in re.finditer(r"```yaml\n((?:rules|events|timers|calendars|teams|policies):.*?)```", text, re.DOTALL):
        first = found[1].partition(":")[0]
        file = {"policies": "sla"}.get(first, first if first in FILES else "rules")
        yield file, f"docs/rules.md:{text.count(chr(10), 0, found.start()) + 1}", found[1]


GOOD = list(good_files())


@pytest.mark.parametrize("file", FILES)
def test_each_schema_is_a_schema(file: str) -> None:
    Draft202012Validator.check_schema(schema_of(file))


@pytest.mark.parametrize(("file", "where", "text"), GOOD, ids=[where for _, where, _ in GOOD])
def test_what_the_gateway_takes_is_taken(file: str, where: str, text: str) -> None:
    assert [f"{where}: {error.json_path}: {error.message}" for error in VALIDATORS[file].iter_errors(read(text))] == []


def test_there_are_many() -> None:
    assert len(GOOD) > 20


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("rules", "rules: [{name: r, wen: {language: ko}, then: {team: x}}]"),
        ("rules", "rules: [{name: r, when: {language: kr}, then: {team: x}}]"),
        ("rules", "rules: [{name: r}]"),
        ("rules", "events: [{name: r, on: reply, then: {team: x}}]"),
        ("rules", "tests: [{name: t, expect: {piority: high}}]"),
        ("gateway", "brands: none"),
        ("gateway", "reply_domain: r.example.com\nadmin: a@example.com\nbrands: []\nsmpt: {}"),
        ("teams", "teams: [{id: Über}]"),
        ("macros", "macros: [{id: a}]"),
    ],
)
def test_what_is_wrong_is_underlined(file: str, text: str) -> None:
    assert list(VALIDATORS[file].iter_errors(read(text)))


def test_the_command_prints_it() -> None:
    printed = json.loads(CliRunner().invoke(command, ["rules"]).stdout)
    assert printed == schema_of("rules")
    assert "Later rules see the changes" in json.dumps(printed)
    assert json.loads(CliRunner().invoke(command, []).stdout) == schema_of("gateway")
    assert CliRunner().invoke(command, ["rulez"]).exit_code == 2
