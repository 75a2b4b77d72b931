import threading
from functools import partial
from pathlib import Path

import pytest

from gateway.config.live import Live
from gateway.config.load import Loaded, load_all
from tests.config.conftest import SMALLEST, Write


def alive(path: Path, environ: dict[str, str] | None = None) -> Live[Loaded]:
    read = partial(load_all, path, environ or {}, tested=True)
    return Live(path, read(), read)


def test_a_good_change_is_taken_over_as_a_whole(write: Write, tmp_path: Path) -> None:
    live = alive(write())
    before = live.current
    write("limits:\n  recipients: 200\n")
    (tmp_path / "rules.yaml").write_text("rules:\n  - {name: One, then: {team: x}}\n")
    assert live.current is before
    assert live.reload() == ()
    assert live.current.configuration.limits.recipients == 200
    assert [rule.name for rule in live.current.ruleset.rules] == ["One"]
    assert live.current.stamp != before.stamp
    assert before.configuration.limits.recipients == 100


@pytest.mark.parametrize("broken", ["limits: {recipients: 1}\n", "smtp: [\n", "unknown: 1\n"])
def test_a_bad_change_leaves_everything_as_it_was(write: Write, broken: str) -> None:
    live = alive(write())
    before = live.current
    path = write(broken)
    mistakes = live.reload()
    assert mistakes
    assert all(mistake.file == str(path) and mistake.line >= 8 for mistake in mistakes)
    assert live.current is before
    write("limits: {recipients: 200}\n")
    assert live.reload() == ()


def test_a_bad_rule_keeps_the_configuration_too(write: Write, tmp_path: Path) -> None:
    live = alive(write())
    before = live.current
    write("limits: {recipients: 200}\n")
    (tmp_path / "rules.yaml").write_text("rules:\n  - name: One\n")
    assert [mistake.line for mistake in live.reload()] == [2]
    assert live.current is before


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ("smtp: {listen: 127.0.0.1:1}\n", "smtp.listen"),
        ("smtp: {lmtp: 127.0.0.1:1}\n", "smtp.lmtp"),
        ("web: {listen: 127.0.0.1:1}\n", "web.listen"),
        ("database: {url: postgresql://x/y}\n", "database.url"),
        ("processes: {pipelines: 2}\n", "processes.pipelines"),
    ],
)
def test_what_takes_a_restart_is_said(write: Write, change: str, name: str) -> None:
    live = alive(write())
    before = live.current
    write(change + "limits: {recipients: 200}\n")
    (mistake,) = live.reload()
    assert mistake.message == (
        f"`{name}` was changed, which takes a restart; nothing was taken over, restart the gateway"
    )
    assert live.current is before


def test_data_dir_takes_a_restart(write: Write) -> None:
    live = alive(write())
    write(whole=SMALLEST)
    assert "`data_dir` was changed" in live.reload()[0].message


def test_overrides_last_over_a_reload(write: Write) -> None:
    live = alive(write(), {"GATEWAY__LIMITS__RECIPIENTS": "300"})
    write("limits: {recipients: 200}\n")
    assert live.reload() == ()
    assert live.current.configuration.limits.recipients == 300


def test_readers_never_see_half_of_a_configuration(write: Write) -> None:
    """The configuration, its rules and its addresses come from one reading."""
    live = alive(write())
    stop = threading.Event()
    wrong: list[str] = []

    def read() -> None:
        while not stop.is_set():
            loaded = live.current
            address = loaded.configuration.brands[0].addresses[0]
            if loaded.address_book.verdict(address).brand is not loaded.configuration.brands[0]:
                wrong.append(address)

    reader = threading.Thread(target=read)
    reader.start()
    for number in range(20):
        write(
            whole=SMALLEST.replace("support@", f"support{number}@")
            + f"data_dir: {live.current.configuration.data_dir}\n"
        )
        assert live.reload() == ()
    stop.set()
    reader.join()
    assert not wrong
