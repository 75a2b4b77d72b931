"""A whole gateway: it starts, takes a mail, survives the death of a role, takes over configurations, and tells what it does."""

import os
import re
import shutil
import signal
import smtplib
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.commands import run_command_text
from tests.support.gateways import REPOSITORY, Gateway, is_alive, wait_for

pytestmark = pytest.mark.xdist_group("app")


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    folder = tmp_path_factory.mktemp("gateway")
    shutil.copytree(REPOSITORY / "config", folder / "config")
    running = Gateway(folder, config=folder / "config" / "gateway.yaml", environ={"GATEWAY__LIMITS__ENABLED": "false"})
    try:
        yield running.up()
        running.stop()
    finally:
        running.kill()


def run(*arguments: str, environ: dict[str, str], cwd: Path) -> subprocess.CompletedProcess[str]:
    return run_command_text(*arguments, environ=environ, cwd=cwd)


def test_it_tells_where_it_is_and_how_to_begin(gateway: Gateway) -> None:
    assert re.search(r"first admin +admin@example\.com\n +password +\S{12,}", gateway.out)
    assert f"swaks --server 127.0.0.1:{gateway.smtp_port}" in gateway.out
    assert "limits.enabled is false" in gateway.out
    assert gateway.get("/login")[0] == 200


def test_the_line_that_it_prints_sends_the_first_mail(gateway: Gateway) -> None:
    line = re.search(r"\n  (python3 -c .*)\n", gateway.out)
    assert line is not None
    done = subprocess.run(["sh", "-c", line[1]], capture_output=True, text=True, timeout=30)
    assert done.returncode == 0, done.stderr
    wait_for(lambda: gateway.events("opened"))


def test_a_mail_becomes_a_ticket_at_once(gateway: Gateway) -> None:
    receipt = gateway.send("at-once")
    assert gateway.fate(receipt) == "opened"
    accepted = next(line for line in gateway.events("mail accepted") if line["receipt"] == receipt)
    assert list(accepted)[:7] == ["time", "level", "role", "pid", "logger", "event", "receipt"]


def test_every_line_of_the_log_is_json(gateway: Gateway) -> None:
    gateway.send("every-line")
    lines = gateway.log()
    assert {line["role"] for line in lines} >= {"supervisor", "smtp"}
    password = re.search(r"password +(\S+)", gateway.out)
    assert password is not None
    assert password[1] not in gateway.err


@pytest.mark.parametrize("role", ["smtp", "pipeline", "delivery", "web"])
def test_a_role_that_is_killed_is_started_again(gateway: Gateway, role: str) -> None:
    before = gateway.role(role)
    os.kill(before, signal.SIGKILL)
    wait_for(lambda: gateway.role(role) != before, 30)
    died = [line for line in gateway.events("a process died and is started again") if line["child"] == role][-1]
    assert died["status"] == "SIGKILL"
    assert gateway.fate(gateway.send(f"after-{role}")) == "opened"
    assert gateway.get("/login")[0] == 200


def test_mail_that_is_accepted_while_the_pipeline_is_away_is_not_lost(gateway: Gateway) -> None:
    os.kill(gateway.role("pipeline"), signal.SIGKILL)
    receipts = [gateway.send(f"away-{number}") for number in range(5)]
    assert {gateway.fate(receipt) for receipt in receipts} == {"opened"}


def test_a_second_gateway_on_the_same_data_is_refused(gateway: Gateway) -> None:
    second = run("serve", "-c", str(gateway.config), environ=gateway.environ, cwd=gateway.data_dir.parent)
    assert second.returncode == 1
    assert "running already with data in" in second.stderr
    assert str(gateway.process.pid) in second.stderr
    assert second.stderr.count("\n") == 1
    assert gateway.fate(gateway.send("after-the-second")) == "opened"


def test_a_changed_configuration_is_taken_over_and_a_bad_one_refused(gateway: Gateway) -> None:
    text = gateway.config.read_text()

    def reload() -> subprocess.CompletedProcess[str]:
        return run("reload", "-c", str(gateway.config), environ=gateway.environ, cwd=gateway.data_dir.parent)

    gateway.config.write_text(text.replace("support@example.com", "help@example.com"))
    assert reload().returncode == 0
    wait_for(lambda: len([it for it in gateway.events("configuration reloaded") if it["role"] == "smtp"]) == 1)
    with pytest.raises(smtplib.SMTPDataError, match="recipient"):
        gateway.send("to-the-old-address")

    gateway.config.write_text(text.replace("brands:", "brandz:"))
    os.kill(gateway.process.pid, signal.SIGHUP)
    refused = wait_for(lambda: gateway.events("configuration refused; the old one stays"))
    assert "brandz" in str(refused[-1]["mistakes"])
    wait_for(lambda: '"ok": false' in (gateway.data_dir / "reload.json").read_text())

    # A role that dies now comes back with what is in force, not with what the file says.
    before = gateway.role("smtp")
    os.kill(before, signal.SIGKILL)
    wait_for(lambda: gateway.role("smtp") != before, 30)
    with pytest.raises(smtplib.SMTPDataError, match="recipient"):
        gateway.send("still-the-old-address")

    gateway.config.write_text(text)
    assert reload().returncode == 0
    wait_for(lambda: len([it for it in gateway.events("configuration reloaded") if it["role"] == "smtp"]) == 2)
    assert gateway.fate(gateway.send("after-the-reloads")) == "opened"


def test_a_second_start_makes_no_second_admin(tmp_path: Path) -> None:
    first = Gateway(tmp_path, arguments=("--roles", "smtp"))
    try:
        assert "first admin" in first.up().out
        assert "Send the first mail" in first.out
        assert "web view" not in first.out
        first.send("first")
        first.stop()
        assert not (tmp_path / "var" / "gateway.pid").exists()
        second = Gateway(tmp_path, arguments=("--roles", "pipeline"))
        try:
            second.up()
            assert "first admin" not in second.out
            assert "Send the first mail" not in second.out
            wait_for(lambda: second.events("opened"))
        finally:
            second.stop()
    finally:
        first.kill()


def test_a_supervisor_that_is_killed_leaves_no_orphans_and_its_port_can_be_used_at_once(tmp_path: Path) -> None:
    first = Gateway(tmp_path).up()
    port, roles = first.smtp_port, [first.role(role) for role in ("smtp", "pipeline", "delivery", "web")]
    os.kill(first.process.pid, signal.SIGKILL)
    first.process.wait()
    second = Gateway(tmp_path, environ={"GATEWAY__SMTP__LISTEN": f"127.0.0.1:{port}"})
    try:
        second.up()
        wait_for(lambda: not any(is_alive(pid) for pid in roles), 12, "orphans are left")
        assert second.smtp_port == port
        assert second.fate(second.send("after-the-crash")) == "opened"
    finally:
        second.stop()
        first.kill()


def test_ctrl_c_stops_it_in_order(tmp_path: Path) -> None:
    gateway = Gateway(tmp_path).up()
    began = time.monotonic()
    os.killpg(gateway.process.pid, signal.SIGINT)
    assert gateway.process.wait(10) == 0
    assert time.monotonic() - began < 10
    assert not gateway.events("a process died and is started again")
