"""Commands of the gateway as somebody at a shell gives them, many times in one test.

Each is a process with streams, environment and folder of its own, but no new interpreter: that costs a second and says the same each
time. That ``python -m gateway`` and the installed ``gateway`` begin well is tested where single commands are
(``tests/docs/test_commands.py``, ``tests/app``).
"""

import atexit
import functools
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from tests.support.gateways import REPOSITORY


@functools.cache
def _driver() -> subprocess.Popen[str]:
    driver = subprocess.Popen(
        [sys.executable, "-P", str(REPOSITORY / "tests" / "support" / "command_driver.py")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=REPOSITORY,
    )
    atexit.register(_end, driver)
    return driver


def _end(driver: subprocess.Popen[str]) -> None:
    assert driver.stdin is not None
    driver.stdin.close()
    driver.wait(20)


def run_command(
    *arguments: str,
    environ: Mapping[str, str] | None = None,
    cwd: Path = REPOSITORY,
    given: bytes = b"",
) -> subprocess.CompletedProcess[bytes]:
    """Run ``gateway ARGUMENTS`` and wait for its end. ``given`` is what it can read; pytest's own time limit is the limit."""
    driver = _driver()
    assert driver.stdin is not None
    assert driver.stdout is not None
    with tempfile.TemporaryDirectory(prefix="command-") as folder:
        streams = {name: Path(folder) / name for name in ("stdin", "stdout", "stderr")}
        streams["stdin"].write_bytes(given)
        order = {"arguments": arguments, "environ": dict(os.environ if environ is None else environ), "cwd": str(cwd)}
        driver.stdin.write(json.dumps(order | {name: str(path) for name, path in streams.items()}) + "\n")
        driver.stdin.flush()
        status = driver.stdout.readline()
        assert status, "the driver has died"
        said, complained = streams["stdout"].read_bytes(), streams["stderr"].read_bytes()
    return subprocess.CompletedProcess(list(arguments), int(status), said, complained)


def run_command_text(
    *arguments: str, environ: Mapping[str, str] | None = None, cwd: Path = REPOSITORY, given: str = ""
) -> subprocess.CompletedProcess[str]:
    """The same for text."""
    done = run_command(*arguments, environ=environ, cwd=cwd, given=given.encode())
    return subprocess.CompletedProcess(done.args, done.returncode, done.stdout.decode(), done.stderr.decode())
