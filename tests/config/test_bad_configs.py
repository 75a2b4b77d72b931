"""Every folder of tests/bad_configs holds a configuration that must not start, and the lines that say why."""

from pathlib import Path

import pytest

from gateway.config.load import ConfigurationError, load

FOLDERS = sorted(path for path in Path(__file__).parents[1].joinpath("bad_configs").iterdir() if path.is_dir())


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_bad_configuration_is_refused_with_all_its_mistakes(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    with pytest.raises(ConfigurationError) as refused:
        load(Path("gateway.yaml"), {"DATABASE_PASSWORD": "known"})
    lines = "".join(f"{mistake}\n" for mistake in refused.value.mistakes).replace(f"{folder}/", "")
    assert lines == (folder / "expected-error").read_text("utf-8")


def test_there_are_many() -> None:
    assert len(FOLDERS) >= 30


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_messages_speak_to_people(folder: Path) -> None:
    text = (folder / "expected-error").read_text("utf-8")
    for jargon in ("Input should", "pydantic", "type=", "Value error", "NoneType", "Traceback", "dict", "tuple"):
        assert jargon not in text
