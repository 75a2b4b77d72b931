"""docs/behaviours.md against the tests that it names."""

import ast
import re

import pytest

from tests.docs.pages import REPOSITORY, code_words

PAGE = REPOSITORY / "docs" / "behaviours.md"
NAMED = [word for word in code_words(PAGE) if re.fullmatch(r"tests/[\w/]+\.py::\w+", word)]


@pytest.mark.parametrize("named", NAMED)
def test_what_shows_it_is_there(named: str) -> None:
    path, _, name = named.partition("::")
    tree = ast.parse((REPOSITORY / path).read_text("utf-8"))
    assert name in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def test_every_row_is_shown_by_something() -> None:
    text = PAGE.read_text("utf-8").partition("## What it does otherwise")[0]
    rows = [line for line in text.splitlines() if line.startswith("| ") and "shown by" not in line]
    assert len(rows) == len(NAMED) >= 40
