"""What the supervisor does when its processes do not do as they should."""

import os
import shutil
import signal
from datetime import datetime
from pathlib import Path

import pytest

from gateway.app.child import LONGEST_PAUSE, pause_before_restart
from gateway.app.instance import AlreadyRunning, Instance
from tests.support.gateways import REPOSITORY, Gateway, children_of, is_alive, wait_for


@pytest.mark.parametrize(
    ("deaths", "seconds"), [(1, 0.1), (2, 0.2), (3, 0.4), (8, 12.8), (10, LONGEST_PAUSE), (500, LONGEST_PAUSE)]
)
def test_the_pause_before_a_restart_grows_and_is_bounded(deaths: int, seconds: float) -> None:
    assert pause_before_restart(deaths) == pytest.approx(seconds)


@pytest.mark.xdist_group("app")
def test_a_process_that_does_not_listen_is_killed_in_time(tmp_path: Path) -> None:
    gateway = Gateway(tmp_path, arguments=("--roles", "smtp,delivery")).up()
    children = children_of(gateway.process.pid)
    try:
        os.kill(gateway.role("delivery"), signal.SIGSTOP)
        gateway.stop(30)
        (asked,), (stopped,) = gateway.events("stopping"), gateway.events("stopped")
        took = datetime.fromisoformat(stopped["time"]) - datetime.fromisoformat(asked["time"])
        assert 8 < took.total_seconds() < 11, "by its own clock: how soon it is asked is the machine's affair"
        assert [line["processes"] for line in gateway.events("processes did not stop in time and are killed")] == [
            "delivery"
        ]
        assert not any(is_alive(pid) for pid in children)
    finally:
        gateway.kill()


@pytest.mark.xdist_group("app")
def test_who_asks_twice_does_not_wait(tmp_path: Path) -> None:
    gateway = Gateway(tmp_path, arguments=("--roles", "smtp,delivery")).up()
    try:
        os.kill(gateway.role("delivery"), signal.SIGSTOP)
        gateway.process.terminate()
        wait_for(lambda: gateway.events("stopping"))
        assert gateway.stop(5) < 5
    finally:
        gateway.kill()


@pytest.mark.xdist_group("app")
def test_a_reload_refuses_what_only_a_start_would_find(tmp_path: Path) -> None:
    """Templates, keys, and settings that a running gateway cannot change."""
    shutil.copytree(REPOSITORY / "config", tmp_path / "config")
    shutil.copytree(REPOSITORY / "templates", tmp_path / "templates")
    gateway = Gateway(
        tmp_path,
        config=tmp_path / "config" / "gateway.yaml",
        arguments=("--roles", "pipeline"),
        environ={"GATEWAY__TEMPLATES_DIR": str(tmp_path / "templates")},
    ).up()

    def refused(number: int) -> str:
        os.kill(gateway.process.pid, signal.SIGHUP)
        found = wait_for(lambda: gateway.events("configuration refused; the old one stays")[number:])
        return str(found[0]["mistakes"])

    try:
        template = next((tmp_path / "templates" / "mail").rglob("*.txt.j2"))
        good = template.read_text()
        template.write_text("{{ unfinished")
        assert template.name in refused(0)
        template.write_text(good)

        key = tmp_path / "var" / "keys" / "reply-1.key"
        key.rename(key.with_suffix(".away"))
        assert "reply-N.key" in refused(1)
        key.with_suffix(".away").rename(key)

        text = gateway.config.read_text()
        gateway.config.write_text(text + "\nprocesses: {pipelines: 2}\n")
        assert "processes.pipelines" in refused(2)
        gateway.config.write_text(text)

        os.kill(gateway.process.pid, signal.SIGHUP)
        wait_for(lambda: gateway.events("configuration reloaded"))
    finally:
        gateway.stop()


def test_the_lock_of_a_data_directory(tmp_path: Path) -> None:
    first = Instance(tmp_path)
    assert not first.after_crash
    with pytest.raises(AlreadyRunning, match=rf"process {os.getpid()}\)"):
        Instance(tmp_path)
    first.release()
    assert not (tmp_path / "gateway.pid").exists()
    second = Instance(tmp_path)
    assert not second.after_crash
    second.release()


def test_a_process_id_that_was_left_behind_tells_of_a_crash(tmp_path: Path) -> None:
    (tmp_path / "gateway.pid").write_text("4711\n")
    instance = Instance(tmp_path)
    assert instance.after_crash
    assert (tmp_path / "gateway.pid").read_text() == f"{os.getpid()}\n"
    instance.release()
