"""A whole gateway in its own processes, as a person or systemd would start it."""

import json
import os
import re
import signal
import smtplib
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, TypeVar

REPOSITORY = Path(__file__).resolve().parents[2]
START_SECONDS = 60.0  # a busy machine, four interpreters

T = TypeVar("T")


def wait_for(what: Callable[[], T], seconds: float = 20.0, why: str = "") -> T:
    """The first true answer; AssertionError where there is none in time."""
    deadline = time.monotonic() + seconds
    while True:
        answer = what()
        if answer:
            return answer
        assert time.monotonic() < deadline, why or f"{what} did not come true within {seconds} s"
        time.sleep(0.02)


def children_of(pid: int) -> list[int]:
    try:
        return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except FileNotFoundError:
        return []


def is_alive(pid: int) -> bool:
    """Whether the process runs; one that only waits for its parent to hear of its end does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


class Gateway:
    """``gateway serve`` with the starter configuration (or another file) in a folder of its own, on free ports."""

    def __init__(
        self,
        folder: Path,
        *,
        config: Path | None = None,
        arguments: Sequence[str] = (),
        environ: Mapping[str, str] | None = None,
        command: Sequence[str] = (sys.executable, "-m", "gateway"),
        pass_fds: Sequence[int] = (),
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.data_dir = folder / "var"
        self.config = config or REPOSITORY / "config" / "gateway.yaml"
        number = len(list(folder.glob("out-*.txt")))  # an earlier gateway's processes may still be writing
        self._out, self._err = folder / f"out-{number}.txt", folder / f"err-{number}.txt"
        self.environ = {
            **{name: value for name, value in os.environ.items() if not name.startswith("GATEWAY__")},
            "GATEWAY__DATA_DIR": str(self.data_dir),
            "GATEWAY__SMTP__LISTEN": "127.0.0.1:0",
            "GATEWAY__WEB__LISTEN": "127.0.0.1:0",
            "GATEWAY__TRUST__VERIFY": "false",  # no mail of a test can prove its sender by the world's DNS
            "GATEWAY__AGENTS__WEB_UNDO_SECONDS": "0",  # an answer leaves at once: no test waits ten seconds for it
            "PYTHONPATH": str(REPOSITORY),
            **(environ or {}),
        }
        with self._out.open("w") as out, self._err.open("w") as err:
            self.process = subprocess.Popen(
                [*command, "serve", "-c", str(self.config), *arguments],
                stdout=out,
                stderr=err,
                env=self.environ,
                cwd=folder,
                pass_fds=pass_fds,
                start_new_session=True,
            )

    # --- what it says ------------------------------------------------------------------------------------------------

    @property
    def out(self) -> str:
        return self._out.read_text()

    @property
    def err(self) -> str:
        return self._err.read_text()

    def log(self) -> list[dict[str, Any]]:
        """Every whole line of the log so far."""
        return [json.loads(line) for line in self.err.splitlines(keepends=True) if line.endswith("\n")]

    def events(self, event: str) -> list[dict[str, Any]]:
        return [line for line in self.log() if line["event"] == event]

    # --- its life ----------------------------------------------------------------------------------------------------

    def up(self) -> "Gateway":
        """Wait until it says that it is up."""

        def is_up() -> bool:
            assert self.process.poll() is None, f"ended with {self.process.returncode}:\n{self.err}"
            return " is up\n" in self.out

        wait_for(is_up, START_SECONDS, "it did not come up")
        return self

    def stop(self, seconds: float = 10.0) -> float:
        """SIGTERM; how long the stop took. AssertionError where it takes longer than ``seconds``."""
        began = time.monotonic()
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(seconds)
            except subprocess.TimeoutExpired:
                self.kill()
                raise AssertionError(f"it did not stop within {seconds} s:\n{self.err}") from None
        return time.monotonic() - began

    def kill(self) -> None:
        """SIGKILL for every process of it at once."""
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            return
        self.process.wait()

    def role(self, name: str) -> int:
        """The process id of a role, as the log told it last."""
        return int([line["child_pid"] for line in self.events("process ready") if line["child"] == name][-1])

    # --- its doors ---------------------------------------------------------------------------------------------------

    @property
    def smtp_port(self) -> int:
        return int(self._found(r"mail in \(SMTP\) +127\.0\.0\.1:(\d+)"))

    @property
    def web_url(self) -> str:
        return self._found(r"web view +(http://\S+?)/?\n")

    def _found(self, pattern: str) -> str:
        match = re.search(pattern, self.out)
        assert match is not None, self.out
        return match[1]

    def send(self, subject: str = "Hello", *, author: str = "customer@example.net") -> str:
        """Send one mail; the receipt that the 250 names."""
        with closing(smtplib.SMTP("127.0.0.1", self.smtp_port, timeout=20)) as client:
            client.ehlo("client.example.net")
            client.mail(author)
            client.rcpt("support@example.com")
            code, reply = client.data(
                f"From: {author}\r\nTo: support@example.com\r\nSubject: {subject}\r\n"
                f"Message-ID: <{subject}@example.net>\r\n\r\nI need help.\r\n"
            )
        assert code == 250, reply
        return reply.decode().rpartition(" ")[2]

    def fate(self, receipt: str) -> str:
        """Wait for what became of a mail."""
        lines = wait_for(
            lambda: [it for it in self.log() if it.get("receipt") == receipt and "fate" in it],
            why=f"{receipt}: no fate",
        )
        return str(lines[-1]["fate"])

    def get(self, path: str) -> tuple[int, bytes]:
        try:
            with urllib.request.urlopen(f"{self.web_url}{path}", timeout=20) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()
