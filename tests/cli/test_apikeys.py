"""``gateway apikeys`` as a person calls it."""

import json
from pathlib import Path

import pytest

from gateway.cli.main import main
from tests.cli.test_agents import SETTINGS


def test_the_life_of_a_key(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "gateway.yaml"
    path.write_text(f"data_dir: {tmp_path / 'var'}\n{SETTINGS}")

    def call(*arguments: str) -> tuple[int, str, str]:
        status = main(["apikeys", arguments[0], "-c", str(path), *arguments[1:]])
        told = capsys.readouterr()
        return status, told.out, told.err

    status, out, _ = call("add", "billing-script", "--json")
    assert status == 0
    added = json.loads(out)
    assert added["name"] == "billing-script"
    assert added["secret"].startswith("gwk_")
    assert "shown once" in call("add", "other")[1]
    status, _, err = call("add", "billing-script")
    assert status == 1
    assert "take another name" in err
    assert call("list")[1].splitlines() == ["billing-script  never used", "other  never used"]
    assert call("revoke", "other")[:2] == (0, "other is revoked\n")
    assert json.loads(call("revoke", "other", "--json")[1]) == {"name": "other", "revoked": True}
    first, second = map(json.loads, call("list", "--json")[1].splitlines())
    assert (first["revoked_at"], second["name"]) == (None, "other")
    assert second["revoked_at"]
    assert ", revoked " in call("list")[1]
    assert call("revoke", "none")[0] == 1
