"""The service units as systemd reads them, and what the Dockerfile promises.

No container engine runs in the tests: the Dockerfile is checked by its text, and what it relies on (a read-only root, a user
without rights, the variables that it sets) by running the gateway like that.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.gateways import REPOSITORY, Gateway
from tests.support.need import missing, need

EXPOSURE = 1.5  # of 10, by systemd's own reckoning; below 2 is "OK"


def analyze() -> str:
    return str(need("systemd-analyze", package="systemd"))


@pytest.mark.real
def test_systemd_finds_no_fault_with_the_units(tmp_path: Path) -> None:
    for name in ("gateway.service", "gateway.socket"):
        text = (REPOSITORY / "systemd" / name).read_text()
        # The installed command is not here; another one that exists stands for it.
        (tmp_path / name).write_text(text.replace("/opt/support-gateway/.venv/bin/gateway", "/bin/true"))
    done = subprocess.run(
        [analyze(), "verify", "--man=no", str(tmp_path / "gateway.service"), str(tmp_path / "gateway.socket")],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert "gateway." not in done.stderr


@pytest.mark.real
def test_systemd_finds_a_fault_where_there_is_one(tmp_path: Path) -> None:
    text = (REPOSITORY / "systemd" / "gateway.service").read_text()
    text = text.replace("/opt/support-gateway/.venv/bin/gateway", "/bin/true").replace("Type=notify", "Type=notfy")
    (tmp_path / "gateway.service").write_text(text)
    shutil.copy(REPOSITORY / "systemd" / "gateway.socket", tmp_path)
    done = subprocess.run(
        [analyze(), "verify", "--man=no", str(tmp_path / "gateway.service")],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert "notfy" in done.stderr


@pytest.mark.real
def test_the_service_may_do_little(tmp_path: Path) -> None:
    done = subprocess.run(
        [
            analyze(),
            "security",
            "--offline=true",
            "--no-pager",
            f"--threshold={int(EXPOSURE * 10)}",
            str(REPOSITORY / "systemd" / "gateway.service"),
        ],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stdout[-300:]


def test_the_units_agree_with_the_gateway() -> None:
    service = (REPOSITORY / "systemd" / "gateway.service").read_text()
    assert "Type=notify" in service
    assert re.search(r"^WatchdogSec=\d+", service, re.MULTILINE)
    stop = re.search(r"^TimeoutStopSec=(\d+)", service, re.MULTILINE)
    assert stop is not None
    assert int(stop[1]) > 10
    assert "FileDescriptorName=smtp" in (REPOSITORY / "systemd" / "gateway.socket").read_text()


DOCKERFILE = (REPOSITORY / "Dockerfile").read_text()


def final_stage() -> str:
    return DOCKERFILE[DOCKERFILE.rindex("\nFROM ") :]


@pytest.mark.parametrize(
    "promise",
    [
        "USER 10001:10001",
        "VOLUME /var/lib/gateway",
        "STOPSIGNAL SIGTERM",
        "HEALTHCHECK",
        "GATEWAY__DATA_DIR=/var/lib/gateway",
        "PYTHONDONTWRITEBYTECODE=1",
    ],
)
def test_what_the_image_promises(promise: str) -> None:
    assert promise in final_stage()


def test_the_image_installs_what_is_locked_and_runs_as_nobody_in_particular() -> None:
    assert "--require-hashes" in DOCKERFILE
    assert "requirements.lock" in DOCKERFILE
    assert final_stage().index("USER ") < final_stage().index("ENTRYPOINT")
    assert final_stage().count("USER ") == 1
    assert "root" not in final_stage()
    for source in re.findall(r"^COPY (?!--from)(\S+) ", DOCKERFILE, re.MULTILINE):
        assert (REPOSITORY / source).exists(), source
        assert f"!{source}" in (REPOSITORY / ".dockerignore").read_text().split()


@pytest.mark.real
@pytest.mark.xdist_group("app")
def test_it_runs_with_a_read_only_root_and_the_variables_of_the_image(tmp_path: Path) -> None:
    """In a mount name space of its own: everything read-only but the data directory, with the image's command."""
    if os.geteuid() != 0 or subprocess.run(["unshare", "-m", "true"], check=False).returncode != 0:
        missing("needs root and a mount name space of its own")
    (tmp_path / "var").mkdir()
    script = (
        f"mount --make-rprivate / && mount --bind {tmp_path / 'var'} {tmp_path / 'var'}"
        ' && mount -o remount,bind,ro / && exec "$@"'
    )
    words = re.search(r"^ENTRYPOINT (\[.*\])$", DOCKERFILE, re.MULTILINE)
    assert words is not None
    command = [sys.executable, *json.loads(words[1])[1:]]
    gateway = Gateway(
        tmp_path,
        command=("unshare", "-m", "sh", "-c", script, "sh", *command),
        arguments=("--roles", "smtp,pipeline"),
        environ={"PYTHONDONTWRITEBYTECODE": "1"},
    )
    try:
        gateway.up()
        assert gateway.fate(gateway.send("read-only")) == "opened"
        assert gateway.stop() < 10
    finally:
        gateway.kill()
