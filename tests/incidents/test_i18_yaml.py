"""I-18, YAML that acts, grows or hides: it is refused with its place, nothing of it runs, and a running gateway keeps what it has."""

import time
from functools import partial
from pathlib import Path

import pytest

from gateway.config.live import Live
from gateway.config.load import ConfigurationError, load_all

GOOD = """\
reply_domain: reply.example.com
admin: admin@example.com
brands:
  - id: example
    name: Example Support
    addresses: [support@example.com]
"""
BOMB = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 10)
)
EVIL = {
    "a call": "x: !!python/object/apply:os.system ['touch MARK']\n",
    "a call in a list": "brands: [!!python/object/apply:os.system ['touch MARK']]\n",
    "a new object": "x: !!python/object/new:type {args: [z, [], {}], state: {x: 1}}\n",
    "a name": "x: !!python/name:os.system\n",
    "a module": "x: !!python/module:os\n",
    "an object": "x: !!python/object:subprocess.Popen {args: touch MARK}\n",
    "a tuple": "x: !!python/tuple [1]\n",
    "a tag of ours": "x: !include /etc/passwd\n",
    "a tag by its address": "%TAG ! tag:yaml.org,2002:python/object/apply:\n---\nx: !os.system ['touch MARK']\n",
    "an anchor": "x: &x 1\n",
    "an alias bomb of nine levels": BOMB,
    "a merge": "x: &x {a: 1}\ny: {<<: *x}\n",
    "a key twice": "admin: other@example.com\n",
    "a key twice, deep": "limits: {recipients: 100, recipients: 200}\n",
    "an unknown key": "command: rm -rf /\n",
    "two documents": "---\nx: 1\n",
    "ten megabytes": "# " + "x" * 10_000_000 + "\n",
    "ten megabytes of brackets": "x: " + "[" * 10_000_000,
    "ten thousand levels": "x: " + "{a: " * 10_000,
    "a binary": "x: !!binary aGVsbG8=\n",
    "not UTF-8": "x: \udcff\n",
    "NUL": "x: \0\n",
}


def write(path: Path, text: str) -> None:
    path.write_bytes(text.encode("utf-8", "surrogateescape"))


@pytest.mark.parametrize("name", EVIL)
@pytest.mark.parametrize("place", ["gateway.yaml", "rules.yaml"])
def test_it_is_refused_with_its_place_and_nothing_runs(tmp_path: Path, name: str, place: str) -> None:
    mark = tmp_path / "mark"
    evil = EVIL[name].replace("MARK", str(mark))
    main, rules = tmp_path / "gateway.yaml", tmp_path / "rules.yaml"
    write(main, GOOD + f"data_dir: {tmp_path / 'var'}\n" + (evil if place == "gateway.yaml" else ""))
    if place == "rules.yaml":
        write(rules, "rules: []\n" + evil)
    began = time.process_time()
    with pytest.raises(ConfigurationError) as refused:
        load_all(main, {})
    assert time.process_time() - began < 2
    assert not mark.exists()
    (first, *others) = refused.value.mistakes
    assert Path(first.file).name == place
    assert first.line >= 1 or "megabytes" in name, first
    assert first.message
    assert len(others) < 200
    assert "Traceback" not in str(first)


@pytest.mark.parametrize("name", EVIL)
def test_what_runs_keeps_what_it_has(tmp_path: Path, name: str) -> None:
    """A reload takes over everything or nothing (docs/operations.md)."""
    main = tmp_path / "gateway.yaml"
    good = GOOD + f"data_dir: {tmp_path / 'var'}\n"
    write(main, good)
    write(tmp_path / "rules.yaml", "rules:\n  - {name: One, then: {team: x}}\n")
    live = Live(main, load_all(main, {}), partial(load_all, main, {}))
    before = live.current
    write(tmp_path / "rules.yaml", "rules: []\n" + EVIL[name].replace("MARK", str(tmp_path / "mark")))
    assert live.reload() != ()
    assert live.current is before
    assert [rule.name for rule in live.current.ruleset.rules] == ["One"]
    assert not (tmp_path / "mark").exists()
    write(tmp_path / "rules.yaml", "rules:\n  - {name: Two, then: {team: x}}\n")
    assert live.reload() == ()
    assert [rule.name for rule in live.current.ruleset.rules] == ["Two"]
