"""Somebody who reads the pages: a folder like a checkout, a shell, and a gateway that runs."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.docs.pages import Block
from tests.support.gateways import REPOSITORY, Gateway


@dataclass(frozen=True)
class Reader:
    folder: Path
    environ: dict[str, str]
    smtp_port: str
    web_port: str

    def run(self, block: Block) -> None:
        """Run a block as it stands on its page; the ports that pages show are replaced by those of our gateway."""
        text = block.text
        for shown, ours in (("2525", self.smtp_port), ("8025", self.web_port)):
            text = re.sub(rf"(?<=[:\s]){shown}\b", ours, text)
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", text],
            cwd=self.folder,
            env=self.environ,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, f"{block} ended with {done.returncode}:\n{done.stdout}{done.stderr}"


@pytest.fixture(scope="session")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    folder = tmp_path_factory.mktemp("reader")
    shutil.copytree(REPOSITORY / "config", folder / "config")
    commands = folder / ".venv" / "bin"
    commands.mkdir(parents=True)
    (commands / "gateway").write_text(f'#!/bin/sh\nexec {sys.executable} -m gateway "$@"\n')
    (commands / "gateway").chmod(0o755)
    running = Gateway(folder, config=folder / "config" / "gateway.yaml")
    try:
        running.up()
        web_port = running.web_url.rpartition(":")[2]
        environ = {
            **running.environ,
            "PATH": f"{commands}{os.pathsep}{os.environ['PATH']}",
            "GATEWAY__SMTP__LISTEN": f"127.0.0.1:{running.smtp_port}",
            "GATEWAY__WEB__LISTEN": f"127.0.0.1:{web_port}",
        }
        yield Reader(folder, environ, str(running.smtp_port), web_port)
    finally:
        running.stop()
