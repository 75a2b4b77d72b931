"""docs/architecture.md against the imports: every part stands in the table and imports what it says there, no more."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docs.pages import REPOSITORY, section

PACKAGE = REPOSITORY / "gateway"
PARTS = {path.stem for path in PACKAGE.iterdir() if (path.suffix == ".py" or (path / "__init__.py").exists())} - {
    "__init__",
    "__main__",
}
PURE = {"mail", "threading", "rules"}


def allowed() -> dict[str, set[str]]:
    """Who may import whom, as the table says."""
    found: dict[str, set[str]] = {}
    for line in section("docs/architecture.md", "Parts and who may import whom").splitlines():
        if not line.startswith("| `"):
            continue
        parts, _, may = [cell.strip() for cell in line.strip("|").split("|")]
        named = set(re.findall(r"`(\w+)`", may))
        if may.startswith("everything"):
            named = PARTS - named
        elif "pure parts" in may:
            named |= PURE
        for part in re.findall(r"`(\w+)(?:/|\.py)`", parts):
            found[part] = named
    return found


def imported(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            modules = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            modules = [f"gateway.{alias.name}" for alias in node.names] if node.module == "gateway" else [node.module]
        else:
            continue
        yield from (module.split(".")[1] for module in modules if module.startswith("gateway."))


def files_of(part: str) -> list[Path]:
    module = PACKAGE / f"{part}.py"
    return [module] if module.exists() else sorted((PACKAGE / part).rglob("*.py"))


def test_every_part_stands_in_the_table_and_none_else() -> None:
    assert set(allowed()) == PARTS


@pytest.mark.parametrize("part", sorted(PARTS))
def test_a_part_imports_what_the_table_says(part: str) -> None:
    may = allowed()[part] | {part}
    for file in files_of(part):
        strange = {name for name in imported(file) if name in PARTS} - may
        assert not strange, f"{file.relative_to(REPOSITORY)} imports {', '.join(sorted(strange))}"


def test_of_delivery_the_desk_uses_signing_alone() -> None:
    modules = {
        node.module
        for file in files_of("desk")
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("gateway.delivery")
    }
    assert modules == {"gateway.delivery.signed"}
