"""One mail, one fault at one system call: whatever happens then, the mail is on exactly one ticket in the end."""

import errno
import smtplib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.support.gateways import is_alive
from tests.support.roles import (
    Process,
    Report,
    Roles,
    assert_sound,
    build_shim,
    copy_home,
    count,
    environment,
    make_home,
    pending,
)
from tests.support.waiting import wait_until

DIE_BEFORE, DIE_AFTER = 0, 1
FAULTS = {"die before": DIE_BEFORE, "die after": DIE_AFTER, "EIO": errno.EIO, "ENOSPC": errno.ENOSPC}
SMALL_BODY = 4096
SIZES = {"small": 100, "blob": 300_000}  # the second goes to the blob store in two pieces
MESSAGE_ID = "the-one@customer.example"


@dataclass(frozen=True, slots=True)
class Point:
    role: str  # smtp, pipeline
    size: str
    at: int
    fault: str

    def __str__(self) -> str:
        return f"{self.role}, {self.size} mail, {self.fault} at call {self.at}"


def one_mail(size: int, message_id: str = MESSAGE_ID) -> bytes:
    """A mail with an attachment of about that many octets."""
    head = (
        "From: Kim <kim@customer.example>\r\nTo: support@example.com\r\nSubject: Lamp\r\n"
        f"Message-ID: <{message_id}>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
        "--b\r\nContent-Type: text/plain\r\n\r\nThe lamp does not light up.\r\n"
        "--b\r\nContent-Type: application/octet-stream\r\nContent-Disposition: attachment; filename=lamp.bin\r\n"
        "Content-Transfer-Encoding: base64\r\n\r\n"
    )
    return head.encode() + (b"QUJD" * 18 + b"\r\n") * (size // 74 + 1) + b"--b--\r\n"


class CrashBench:
    """Tries points, each on a fresh copy of a data directory."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._roles = Roles(build_shim(folder))
        self._number = 0
        settings = {"LIMITS__SMALL_BODY": str(SMALL_BODY)}
        self._settings = settings
        make_home(folder / "empty", **settings)
        for size in SIZES:  # a directory in which the pipeline has a mail to work on
            environ = self._home("empty", f"accepted-{size}")
            door = self._roles.start("smtp", environ)
            assert _send(door.port, one_mail(SIZES[size])) == 250
            self._roles.end(door)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._roles.__exit__(kind, error, traceback)

    def calls(self, role: str, size: str) -> int:
        """How many numbered calls a run without a fault makes, from start to orderly end."""
        environ, report = self._fresh(role, size)
        if role == "smtp":
            door = self._roles.start("smtp", environ, report=report)
            assert _send(door.port, one_mail(SIZES[size])) == 250
            self._roles.end(door)
        else:
            self._roles.work_off(environ, report=report)
        return report.calls

    def attempt(self, point: Point) -> str:
        """Try one point; what was hit, "" where the run made fewer calls. AssertionError where a promise is broken."""
        environ, report = self._fresh(point.role, point.size)
        try:
            if point.role == "smtp":
                self._accept(point, environ, report)
                self._roles.work_off(environ)
            else:
                self._process(point, environ, report)
            assert count(environ, MESSAGE_ID) == 1, "the mail is not on exactly one ticket"
            assert_sound(environ)
        except Exception as error:
            log = Path(f"{environ['GATEWAY__DATA_DIR']}.log")
            text = log.read_text()[-4000:] if log.exists() else ""
            raise AssertionError(f"{point} ({report.hit}): {error}\n{text}") from error
        return report.hit

    def _accept(self, point: Point, environ: dict[str, str], report: Report) -> None:
        """A client that sends until it hears 250."""
        mail = one_mail(SIZES[point.size])
        door = self._roles.start("smtp", environ, at=point.at, fault=FAULTS[point.fault], report=report)
        at_dot: list[int] = []
        code = _send(door.port, mail, before_dot=lambda: at_dot.append(report.calls)) if door.is_ready else 0
        replied_at = report.calls
        assert code in (0, 250, 421, 451, 452), f"a fault of ours was answered with {code}"
        if code == 250 and report.hit in ("fsync", "fdatasync"):
            during = at_dot[0] < point.at <= replied_at
            assert not during, "accepted although a sync had failed meanwhile"
        if code == 0 and report.hit and FAULTS[point.fault] in (DIE_BEFORE, DIE_AFTER):
            wait_until(lambda: not is_alive(door.pid))  # its connections end a moment before the process does
        for _ in range(3):
            if code == 250:
                break
            door = self._restarted(door, environ)
            code = _send(door.port, mail)
        assert code == 250, f"the door does not recover: {code}"
        if is_alive(door.pid):
            self._roles.end(door)
        else:
            self._roles.end(door, 0)

    def _restarted(self, door: Process, environ: dict[str, str]) -> Process:
        """The same process where it lives, else a new one, as the supervisor would start it."""
        if door.is_ready and is_alive(door.pid):
            return door
        status = self._roles.end(door, 0)
        assert status != 0, "the door ended as if it had been told to"
        again = self._roles.start("smtp", environ)
        assert again.is_ready
        return again

    def _process(self, point: Point, environ: dict[str, str], report: Report) -> None:
        pipeline = self._roles.start("pipeline", environ, at=point.at, fault=FAULTS[point.fault], report=report)
        wait_until(lambda: not is_alive(pipeline.pid) or not pending(environ), timeout=30, pause=0.005)
        if is_alive(pipeline.pid):
            self._roles.end(pipeline)
        else:
            assert self._roles.end(pipeline, 0) != 0, "the pipeline ended as if it had been told to"
        if not pipeline.is_ready or pending(environ):
            self._roles.work_off(environ)

    def _fresh(self, role: str, size: str) -> tuple[dict[str, str], Report]:
        self._number += 1
        environ = self._home("empty" if role == "smtp" else f"accepted-{size}", f"home-{self._number}")
        return environ, Report(self._folder / f"report-{self._number}")

    def _home(self, template: str, name: str) -> dict[str, str]:
        copy_home(self._folder / template, self._folder / name)
        return environment(self._folder / name, **self._settings)


def _send(port: int, mail: bytes, before_dot: Callable[[], None] = lambda: None) -> int:
    """One try; the code of the reply that ended it, 0 where the connection ended without one."""
    try:
        with smtplib.SMTP("127.0.0.1", port, timeout=40) as client:
            for step in (
                lambda: client.ehlo("client.example"),
                lambda: client.mail("kim@customer.example"),
                lambda: client.rcpt("support@example.com"),
            ):
                code, _ = step()
                if code != 250:
                    return code
            before_dot()
            return client.data(mail)[0]
    except smtplib.SMTPConnectError as error:
        return error.smtp_code
    except smtplib.SMTPDataError as error:
        return error.smtp_code
    except (smtplib.SMTPServerDisconnected, ConnectionError):
        return 0
