"""Whatever is written into a configuration, the answer is a configuration or mistakes, never another error, and soon."""

import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel
from ruamel.yaml import YAML

from gateway.config.load import Configuration, ConfigurationError, Mistake, load
from gateway.config.schema import Shape, fields_of, shape_of
from gateway.rules.file import RulesFile
from tests.config.conftest import SMALLEST

QUIET = settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])


def try_to_load(folder: Path, main: bytes, rules: bytes | None = None) -> None:
    path = folder / "gateway.yaml"
    path.write_bytes(main)
    if rules is not None:
        (folder / "rules.yaml").write_bytes(rules)
    mistakes: tuple[Mistake, ...] | None = None
    try:
        load(path, {"HOME": "/"})
    except ConfigurationError as error:
        mistakes = error.mistakes
    assert mistakes != ()
    for mistake in mistakes or ():
        assert mistake.message
        assert "\n" not in str(mistake)


@QUIET
@given(content=st.binary(max_size=200))
def test_any_bytes(tmp_path: Path, content: bytes) -> None:
    try_to_load(tmp_path, content, content)


YAMLISH = st.lists(
    st.sampled_from(
        ["a", ": ", "- ", "\n", "  ", "\t", "[", "]", "{", "}", ", ", "&x ", "*x", "!t ", "|", ">", "'", '"', "#", "? ", "---\n",
         "%YAML 1.1\n", "...",
         "\\", "\x85", "\u2028", "null", "<<", "@", "`", "${A}", "$$", "file:", "brands", "smtp", "rules", "1e9"]
    ),
    max_size=40,
).map("".join)  # fmt: skip


@QUIET
@given(text=YAMLISH)
def test_any_yaml(tmp_path: Path, text: str) -> None:
    try_to_load(tmp_path, text.encode(), text.encode())


def likely(shape: Shape, depth: int = 4) -> st.SearchStrategy[object]:
    """Values that are nearly right: known keys, with anything below them."""
    odd: st.SearchStrategy[object] = st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8), st.sampled_from(["a@b", "*", "file:/", "${X}", "a.b"])
    )  # fmt: skip
    if depth == 0:
        return odd
    if shape.kind == "section":
        assert shape.model is not None
        return st.one_of(odd, section(shape.model, depth))
    if shape.kind == "list":
        assert shape.item is not None
        return st.one_of(odd, st.lists(likely(shape.item, depth - 1), max_size=3))
    if shape.kind == "map":
        return st.one_of(odd, st.dictionaries(st.sampled_from([*shape.choices, "x"]), odd, max_size=3))
    return st.one_of(odd, st.sampled_from(shape.choices)) if shape.choices else odd


def section(model: type[BaseModel], depth: int = 4) -> st.SearchStrategy[object]:
    fields = {name: likely(shape_of(info.annotation), depth - 1) for name, info in fields_of(model).items()}
    return st.fixed_dictionaries({}, optional={**fields, "unknown": st.none()})


def dump(data: object, path: Path) -> bytes:
    yaml = YAML(typ="safe", pure=True)
    yaml.representer.ignore_aliases = lambda _: True  # type: ignore[method-assign]
    with path.open("w", encoding="utf-8") as file:
        yaml.dump(data, file)
    return path.read_bytes()


@QUIET
@given(main=section(Configuration), rules=section(RulesFile, 6))
def test_anything_in_known_places(tmp_path: Path, main: object, rules: object) -> None:
    scratch = tmp_path / "scratch"
    try_to_load(tmp_path, dump(main, scratch), dump(rules, scratch))


@pytest.mark.parametrize(
    "text",
    [
        "a: " + "[" * 100_000,
        "{" * 100_000,
        "- " * 50_000,
        "? " * 50_000,
        "a: &a [x]\n" + "b: *a\n" * 140_000,
        "a: '" + "x" * 900_000,
        "x" * 900_000,
        "a:\n" + "  - b\n" * 240_000,
        '"' + "\\u0041" * 50_000,
        SMALLEST + "limits:\n  errors: " + "9" * 100_000 + "\n",
        SMALLEST + "admin2: " + "a" * 100_000 + "\n",
    ],
    ids=lambda text: text[:12].strip(),
)
def test_hostile_text_costs_little(tmp_path: Path, text: str) -> None:
    start = time.process_time()
    try_to_load(tmp_path, text.encode())
    assert time.process_time() - start < 20  # seconds; the slowest takes 3
