"""``gateway lists`` as a person calls it."""

import json
from pathlib import Path

import pytest

from gateway.cli.explain import _print
from gateway.cli.main import main
from tests.cli.test_agents import SETTINGS

CONFIGURED = """\
lists:
  - action: block
    sender: spam.example
    reason: advertising
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "gateway.yaml"
    path.write_text(f"data_dir: {tmp_path / 'var'}\n{SETTINGS}{CONFIGURED}")
    return path


def call(path: Path, capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    status = main(["lists", arguments[0], "-c", str(path), *arguments[1:]])
    told = capsys.readouterr()
    return status, told.out, told.err


def test_the_life_of_an_entry(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    add = ("add", "block", "Kim@Customer.example", "--reason", "insults", "--by", "Lee")
    status, out, _ = call(path, capsys, *add)
    assert (status, out) == (0, "listed: #1  block    kim@customer.example  (insults; Lee)\n")
    assert call(path, capsys, *add)[1].startswith("listed already: #1")
    status, out, err = call(path, capsys, "add", "allow", "kim@customer.example", "--reason", "sorry", "--for", "30d")
    assert status == 0
    assert ", until " in out
    assert err == "conflict: #1 says the opposite for the same sender; `allow` wins\n"
    lines = call(path, capsys, "list")[1].splitlines()
    assert lines[0] == "lists[0]  block    spam.example  (advertising; configuration)"
    assert lines[1].startswith("#2  allow")
    assert lines[1].endswith("against list entry #1: allow wins")
    assert call(path, capsys, "test", "kim@customer.example")[1].startswith("allow: From kim@customer.example is on")
    assert call(path, capsys, "test", "kim@customer.example", "--unproven")[1].startswith("block: ")
    assert call(path, capsys, "remove", "2", "--by", "Lee")[1].startswith("removed: #2  allow")
    status, _, err = call(path, capsys, "remove", "2")
    assert status == 1
    assert "was removed already" in err
    assert ", removed " in call(path, capsys, "list", "--ended")[1]
    assert call(path, capsys, "test", "lee@customer.example")[1] == "lee@customer.example is on no list\n"


def test_scripts_read_json(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = call(path, capsys, "add", "reject", "192.0.2.7/24", "--reason", "attack", "--for", "12h", "--json")[1]
    added = json.loads(out)
    assert {name: added[name] for name in ("id", "action", "kind", "sender", "reason", "new", "conflicts")} == {
        "id": "1",
        "action": "reject",
        "kind": "network",
        "sender": "192.0.2.0/24",
        "reason": "attack",
        "new": True,
        "conflicts": [],
    }
    assert added["expires_at"] > added["created_at"]
    rows = [json.loads(line) for line in call(path, capsys, "list", "--json")[1].splitlines()]
    assert (rows[0]["author"], rows[0]["removed_at"]) == ("configuration", None)
    assert [row["id"] for row in rows] == ["lists[0]", "1"]
    (found,) = map(
        json.loads, call(path, capsys, "list", "--json", "--action", "block", "--search", "ADVERT")[1].splitlines()
    )
    assert found["sender"] == "spam.example"
    said = json.loads(call(path, capsys, "test", "a@b.example", "--client", "192.0.2.200", "--json")[1])
    assert (said["action"], said["entries"]) == ("reject", ["1"])
    assert json.loads(call(path, capsys, "test", "a@b.example", "--json")[1])["action"] is None
    assert json.loads(call(path, capsys, "remove", "1", "--json")[1])["removed"] is True


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("block", "kim@"), "is not an e-mail address"),
        (("block", "support@example.com"), "fits our own address support@example.com"),
        (("reject", "example.com"), "fits our own address"),
        (("suspend", "/./"), "fits our own address"),
        (("block", "kim@customer.example", "--for", "soon"), "write it like 12h, 30d or 4w"),
        (("block", "kim@customer.example", "--for", "0h"), "a time to come"),
    ],
)
def test_slips_are_refused_with_words(
    path: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], words: str
) -> None:
    status, out, err = call(path, capsys, "add", *arguments, "--reason", "why")
    assert status != 0
    assert words in err
    assert out == ""
    assert len(call(path, capsys, "list")[1].splitlines()) == 1


def test_explain_tells_what_lists_and_scanners_said(capsys: pytest.CaptureFixture[str]) -> None:
    scan = [
        {"scanner": "rspamd", "score": 7.5, "symbols": ["A", "B"], "virus": ""},
        {"scanner": "clamav", "score": None, "symbols": [], "virus": "Eicar"},
        {"scanner": "quiet", "score": None, "symbols": [], "virus": ""},
        {"scanner": "gone", "fault": "cannot be reached: connection refused"},
    ]
    trace = {"reason": "new", "standing": {"listed": "From kim@customer.example is on the list `allow`"}, "scan": scan}
    _print({"kind": "mail", "receipt": "r", "message_id": None, "ticket": 1, "trace": trace})
    lines = capsys.readouterr().out.splitlines()
    assert "  known: From kim@customer.example is on the list `allow`" in lines
    assert [line for line in lines if line.startswith("  scanner ")] == [
        "  scanner rspamd: score 7.5 (A, B)",
        "  scanner clamav: found Eicar",
        "  scanner quiet: nothing found",
        "  scanner gone: said nothing: cannot be reached: connection refused",
    ]
