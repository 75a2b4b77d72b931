"""``gateway agents`` as a person calls it."""

import io
import json
from pathlib import Path

import pytest

from gateway.cli.main import main

SETTINGS = """\
reply_domain: reply.example.com
admin: admin@example.com
brands:
  - id: example
    name: Example Support
    addresses: [support@example.com]
"""


@pytest.fixture
def settings(tmp_path: Path) -> str:
    path = tmp_path / "gateway.yaml"
    path.write_text(f"data_dir: {tmp_path / 'var'}\n{SETTINGS}")
    return str(path)


def test_the_life_of_an_agent(settings: str, capsys: pytest.CaptureFixture[str]) -> None:
    def call(*arguments: str) -> tuple[int, str, str]:
        status = main(["agents", arguments[0], "-c", settings, *arguments[1:]])
        told = capsys.readouterr()
        return status, told.out, told.err

    status, out, _ = call("add", "kim@example.com", "--name", "김", "--role", "admin", "--language", "ko", "--json")
    assert status == 0
    added = json.loads(out)
    assert len(added.pop("one_time_password")) == 19
    assert (added["address"], added["role"], added["must_change_password"]) == ("kim@example.com", "admin", True)

    status, out, err = call("add", "KIM@example.com")
    assert (status, out, err) == (1, "", "Error: there is an agent KIM@example.com already\n")
    assert call("add", "kim")[0] == 1
    assert call("add", "lee@example.com")[0] == 0

    status, out, _ = call("list", "--json")
    rows = [json.loads(line) for line in out.splitlines()]
    assert [row["address"] for row in rows] == ["lee@example.com", "kim@example.com"], (
        "by name; who has none comes first"
    )
    assert "password_hash" not in rows[0]

    status, _, err = call("disable", "kim@example.com")
    assert (status, "last active admin" in err) == (1, True)
    assert call("disable", "lee@example.com")[1] == "lee@example.com is disabled\n"
    assert "(disabled, one-time password)" in call("list")[1]
    assert call("enable", "lee@example.com")[0] == 0

    status, out, _ = call("password", "lee@example.com")
    assert status == 0
    assert "can log in once" in out
    assert call("password", "nobody@example.com")[0] == 1


@pytest.mark.parametrize(
    ("typed", "status", "words"),
    [
        ("short\n", 2, "at least 10"),
        ("책상 위의 고양이 한 마리\n", 0, "has a new password"),
    ],
)
def test_a_password_from_a_pipe(
    settings: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    typed: str,
    status: int,
    words: str,
) -> None:
    assert main(["agents", "add", "-c", settings, "kim@example.com"]) == 0
    capsys.readouterr()
    monkeypatch.setattr("sys.stdin", io.StringIO(typed))
    assert main(["agents", "password", "-c", settings, "kim@example.com", "--stdin"]) == status
    told = capsys.readouterr()
    assert words in told.out + told.err
    assert typed.strip() not in told.out + told.err


def test_away_and_back(settings: str, capsys: pytest.CaptureFixture[str]) -> None:
    def call(*arguments: str) -> tuple[int, str, str]:
        status = main(["agents", arguments[0], "-c", settings, *arguments[1:]])
        told = capsys.readouterr()
        return status, told.out, told.err

    assert call("add", "kim@example.com")[0] == 0
    since = json.loads(call("away", "kim@example.com", "--json")[1])["away_since"]
    assert since is not None
    assert json.loads(call("away", "kim@example.com", "--json")[1])["away_since"] == since, "still the first time"
    assert "away since" in call("list")[1]
    assert call("back", "kim@example.com")[1] == "kim@example.com is back\n"
    assert json.loads(call("list", "--json")[1])["away_since"] is None
    status, _, err = call("away", "nobody@example.com")
    assert (status, "there is no agent nobody@example.com" in err) == (1, True)
