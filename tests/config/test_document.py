import re
from pathlib import Path

import pytest

from gateway.config.document import document
from gateway.config.load import load_all
from gateway.config.model import Configuration
from gateway.config.schema import Shape, fields_of, shape_of
from tests.config.conftest import SMALLEST

PAGE = Path(__file__).parents[2] / "docs" / "configuration.md"


def test_page_is_up_to_date() -> None:
    assert PAGE.read_text("utf-8") == document(), (
        "write it again: .venv/bin/python -m gateway.config.document > docs/configuration.md"
    )


BLOCKS = re.findall(r"^```yaml\n(.*?)^```$", PAGE.read_text("utf-8"), re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block.split(":")[0])
def test_every_example_loads(tmp_path: Path, block: str) -> None:
    is_rules = block.startswith("rules:")
    (tmp_path / "gateway.yaml").write_text(SMALLEST if is_rules else block, "utf-8")
    if is_rules:
        (tmp_path / "rules.yaml").write_text(block, "utf-8")
    loaded = load_all(tmp_path / "gateway.yaml", {"SMARTHOST_PASSWORD": "x"})
    assert bool(loaded.ruleset.rules) is is_rules


def test_there_are_examples_of_both() -> None:
    assert {block.split(":")[0] for block in BLOCKS} == {"reply_domain", "rules"}


def every_field(shape: Shape, path: str = "") -> list[str]:
    if shape.kind == "list" and shape.item is not None:
        return every_field(shape.item, path)
    if shape.model is None:
        return []
    found = []
    for name, info in fields_of(shape.model).items():
        assert info.description, f"{path}.{name} has no description"
        found += [name, *every_field(shape_of(info.annotation), f"{path}.{name}")]
    return found


def test_every_setting_is_documented() -> None:
    text = PAGE.read_text("utf-8")
    for name in every_field(Shape("section", model=Configuration)):
        assert f"| `{name}` |" in text
