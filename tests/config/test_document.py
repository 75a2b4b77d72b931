import re
from pathlib import Path

import pytest
from pydantic import BaseModel

from gateway.config.beside import FILES as BESIDE
from gateway.config.document import document
from gateway.config.load import load_all
from gateway.config.model import Configuration
from gateway.config.schema import Shape, fields_of, shape_of
from gateway.rules.automation import EventRule, TimedRule
from gateway.rules.model import Rule
from gateway.rules.trials import Trial
from tests.config.conftest import SMALLEST
from tests.docs.pages import FILES, file_of

PAGE = Path(__file__).parents[2] / "docs" / "configuration.md"


def test_page_is_up_to_date() -> None:
    assert PAGE.read_text("utf-8") == document(), (
        "write it again: .venv/bin/python -m gateway.config.document > docs/configuration.md"
    )


BLOCKS = re.findall(r"^```yaml\n(.*?)^```$", PAGE.read_text("utf-8"), re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block.split(":")[0])
def test_every_example_loads(tmp_path: Path, block: str) -> None:
    file = file_of(block)
    (tmp_path / "gateway.yaml").write_text(SMALLEST, "utf-8")
    (tmp_path / f"{file}.yaml").write_text(block, "utf-8")
    loaded = load_all(tmp_path / "gateway.yaml", {"SMARTHOST_PASSWORD": "x", "SHOP_HOOK_SECRET": "0123456789abcdef"})
    written = loaded.written.rules if file == "rules" else getattr(loaded.side, file, loaded.configuration.brands)
    assert written != type(written)(), "an example that says nothing"


def test_there_is_an_example_of_each_file() -> None:
    assert {file_of(block) for block in BLOCKS} == {"gateway", *FILES}


_DEEPEST = 6
"""Conditions hold conditions; below this there is nothing new."""


def every_field(shape: Shape, path: str = "") -> list[str]:
    if shape.kind in ("list", "map") and shape.item is not None:
        return every_field(shape.item, path)
    if shape.model is None or path.count(".") > _DEEPEST:
        return []
    found = []
    for name, info in fields_of(shape.model).items():
        assert info.description, f"{path}.{name} has no description"
        found += [name, *every_field(shape_of(info.annotation), f"{path}.{name}")]
    return found


def test_every_setting_is_documented() -> None:
    text = PAGE.read_text("utf-8")
    models: list[type[BaseModel]] = [Configuration, Rule, EventRule, TimedRule, Trial, *(file.model for file in BESIDE)]
    for model in models:
        for name in every_field(Shape("section", model=model)):
            assert f"| `{name}` |" in text
