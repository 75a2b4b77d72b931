"""What is said, and what is not started, when something stands in the way; and what systemd hands over."""

import os
import shutil
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from gateway.cli.main import main
from gateway.journal import Journal
from gateway.store.blobs import BlobStore
from gateway.store.database import Database
from gateway.store.migrate import prepare
from tests.support.accepted import accepted, mail
from tests.support.gateways import REPOSITORY, Gateway, wait_for

pytestmark = pytest.mark.xdist_group("app")

LOCAL = {"GATEWAY__SMTP__LISTEN": "127.0.0.1:0", "GATEWAY__WEB__LISTEN": "127.0.0.1:0"}


Refused = Callable[..., tuple[int, str]]


@pytest.fixture
def refused(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], untouched_logging: None) -> Refused:
    """A start that must fail, in this very process: the exit status and the last line on standard error."""

    def start(folder: Path, arguments: tuple[str, ...] = (), **environ: str) -> tuple[int, str]:
        for name, value in {"GATEWAY__DATA_DIR": str(folder / "var"), **LOCAL, **environ}.items():
            monkeypatch.setenv(name, value)
        status = main(["serve", "-c", str(REPOSITORY / "config" / "gateway.yaml"), *arguments])
        said = capfd.readouterr()
        assert said.out == ""
        assert "Traceback" not in said.err
        return status, said.err.splitlines()[-1]

    return start


@pytest.fixture
def busy() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        yield taken.getsockname()[1]


@pytest.mark.parametrize(("variable", "kind"), [("GATEWAY__SMTP__LISTEN", "smtp"), ("GATEWAY__WEB__LISTEN", "web")])
def test_a_busy_port_is_one_clear_sentence(
    refused: Refused, tmp_path: Path, busy: int, variable: str, kind: str
) -> None:
    status, said = refused(tmp_path, **{variable: f"127.0.0.1:{busy}"})
    assert status == 1
    assert f"cannot listen on 127.0.0.1:{busy} for {kind}: the port is in use" in said
    assert f"{kind}.listen" in said
    assert not (tmp_path / "var" / "gateway.pid").exists()
    assert not (tmp_path / "var" / "gateway.db").exists()


@pytest.mark.parametrize(
    ("listen", "said"),
    [
        ("192.0.2.1:0", "this machine has no such address"),
        ("nowhere.invalid:0", "cannot listen on nowhere.invalid:0"),
        ("unix:/no/such/folder/smtp.sock", "there is no folder /no/such/folder"),
    ],
)
def test_an_address_that_cannot_be_used(refused: Refused, tmp_path: Path, listen: str, said: str) -> None:
    status, line = refused(tmp_path, GATEWAY__SMTP__LISTEN=listen)
    assert status == 1
    assert said in line


def test_mistakes_in_the_configuration_are_all_told(tmp_path: Path) -> None:
    gateway = Gateway(tmp_path, environ={"GATEWAY__LIMITS__ERRORS": "none", "GATEWAY__WEB__LISTEN": "nonsense"})
    assert gateway.process.wait(60) == 2
    assert "GATEWAY__LIMITS__ERRORS" in gateway.err
    assert "GATEWAY__WEB__LISTEN" in gateway.err
    assert not gateway.data_dir.exists()


def test_an_unknown_role(refused: Refused, tmp_path: Path) -> None:
    status, said = refused(tmp_path, ("--roles", "smtp,door"))
    assert status == 2
    assert "door is no role; choose from smtp, pipeline, delivery, web" in said


def test_a_data_directory_that_cannot_be_made(refused: Refused, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    status, said = refused(tmp_path, GATEWAY__DATA_DIR=str(tmp_path / "file" / "var"))
    assert status == 2
    assert "GATEWAY__DATA_DIR: cannot use" in said


def test_a_database_of_a_newer_version(refused: Refused, tmp_path: Path) -> None:
    (tmp_path / "var" / "keys").mkdir(parents=True)
    key = tmp_path / "var" / "keys" / "reply-1.key"
    key.write_text("ab" * 32)
    key.chmod(0o600)
    with closing(sqlite3.connect(tmp_path / "var" / "gateway.db")) as database, database:
        database.execute("CREATE TABLE alembic_version (version_num TEXT)")
        database.execute("INSERT INTO alembic_version VALUES ('9999')")
    status, said = refused(tmp_path)
    assert status == 1
    assert "the database has schema 9999" in said
    assert "install the newer version" in said


def _used_database(path: Path) -> None:
    """A database into which a mail was accepted once."""
    path.parent.mkdir()
    database = Database(f"sqlite:///{path}")
    prepare(database)
    Journal(database, BlobStore(path.parent / "blobs")).append([accepted(mail())])
    database.dispose()


def test_lost_keys_are_not_replaced(refused: Refused, tmp_path: Path) -> None:
    """Once a mail was accepted, customers may hold addresses that only the old key can read."""
    (tmp_path / "var").mkdir()
    database = Database(f"sqlite:///{tmp_path / 'var' / 'gateway.db'}")
    prepare(database)
    Journal(database, BlobStore(tmp_path / "var" / "blobs")).append([accepted(mail())])
    database.dispose()
    status, said = refused(tmp_path)
    assert status == 2
    assert "gateway keys new" in said
    assert not list((tmp_path / "var").glob("keys/*"))


def test_a_database_that_cannot_be_read(refused: Refused, tmp_path: Path) -> None:
    (tmp_path / "var" / "keys").mkdir(parents=True)
    key = tmp_path / "var" / "keys" / "reply-1.key"
    key.write_text("ab" * 32)
    key.chmod(0o600)
    (tmp_path / "var" / "gateway.db").write_bytes(b"no database at all, whatever its name says " * 100)
    status, said = refused(tmp_path)
    assert status == 1
    assert "the database cannot be used: file is not a database" in said


def test_a_template_with_a_mistake(refused: Refused, tmp_path: Path) -> None:
    shutil.copytree(REPOSITORY / "templates", tmp_path / "templates")
    template = next((tmp_path / "templates" / "mail").rglob("*.txt.j2"))
    template.write_text("{{ unfinished")
    status, said = refused(tmp_path, GATEWAY__TEMPLATES_DIR=str(tmp_path / "templates"))
    assert status == 2
    assert template.name in said


def test_a_role_that_cannot_start_ends_the_start(tmp_path: Path) -> None:
    """The supervisor finds no fault, but the web view's process does: it cannot import what it needs."""
    (tmp_path / "broken" / "uvicorn").mkdir(parents=True)
    (tmp_path / "broken" / "uvicorn" / "__init__.py").write_text("raise ImportError('broken installation')")
    environ = {"PYTHONPATH": f"{tmp_path / 'broken'}:{REPOSITORY}"}
    gateway = Gateway(tmp_path, arguments=("--roles", "web"), environ=environ)
    try:
        assert gateway.process.wait(60) == 1
    finally:
        gateway.kill()
    assert gateway.out == ""
    (said,) = (line["event"] for line in gateway.log() if line["level"] == "critical" and line["role"] == "supervisor")
    assert "web did not come up" in said
    assert any("broken installation" in line.get("error", "") for line in gateway.log())


# systemd starts a program with the sockets at 3, 4, ...: this does the same.
LIKE_SYSTEMD = """
import os, sys
count = int(sys.argv[1])
fds = [int(word) for word in sys.argv[2].split(",")]
saved = [os.dup2(fd, 100 + place) for place, fd in enumerate(fds)]
for place, fd in enumerate(saved):
    os.dup2(fd, 3 + place, inheritable=True)
    os.close(fd)
os.environ |= {"LISTEN_PID": str(os.getpid()), "LISTEN_FDS": str(count)}
os.execv(sys.executable, [sys.executable, "-m", "gateway", *sys.argv[3:]])
"""


def test_systemd_hands_over_its_sockets_and_hears_how_we_are(tmp_path: Path) -> None:
    heard = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    heard.bind(f"\0gateway-test-{os.getpid()}")
    heard.settimeout(60)
    said: list[str] = []

    def hears(word: str) -> bool:
        while not any(word in text for text in said):
            said.append(heard.recv(4096).decode())
        return True

    with socket.create_server(("127.0.0.1", 0)) as door, socket.create_server(("127.0.0.1", 0)) as web:
        port = door.getsockname()[1]
        fds = (door.fileno(), web.fileno())
        gateway = Gateway(
            tmp_path,
            command=(sys.executable, "-c", LIKE_SYSTEMD, "2", ",".join(map(str, fds))),
            pass_fds=fds,
            arguments=("--roles", "smtp,web"),
            environ={
                "GATEWAY__SMTP__LISTEN": "192.0.2.1:25",  # not ours to open: systemd did
                "LISTEN_FDNAMES": "smtp:web",
                "NOTIFY_SOCKET": f"@gateway-test-{os.getpid()}",
                "WATCHDOG_USEC": "300000",
            },
        )
    try:
        assert hears("READY=1")
        gateway.up()
        assert gateway.smtp_port == port
        assert gateway.send("socket-activation")
        assert gateway.get("/login")[0] == 200
        assert hears("WATCHDOG=1")
        assert gateway.stop() < 10
        assert hears("STOPPING=1")
    finally:
        gateway.kill()
        heard.close()


def test_lmtp_on_a_unix_socket_whose_file_was_left_behind(tmp_path: Path) -> None:
    folder = Path(subprocess.check_output(["mktemp", "-d"], text=True).strip())  # short: the path of a socket is
    path = folder / "lmtp.sock"
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(path))
    gateway = Gateway(tmp_path, arguments=("--roles", "smtp"), environ={"GATEWAY__SMTP__LMTP": f"unix:{path}"})
    try:
        gateway.up()
        assert f"unix:{path}" in gateway.out
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(20)
            client.connect(str(path))
            assert client.recv(1000).startswith(b"220 ")
    finally:
        gateway.stop()
        shutil.rmtree(folder)


def test_a_stop_with_open_sessions_keeps_its_ten_seconds(tmp_path: Path) -> None:
    gateway = Gateway(tmp_path, arguments=("--roles", "smtp")).up()
    sessions = [socket.create_connection(("127.0.0.1", gateway.smtp_port), timeout=20) for _ in range(20)]
    try:
        for place, session in enumerate(sessions):
            assert session.recv(1000).startswith(b"220 ")
            if place % 2:
                session.sendall(b"EHLO c\r\nMAIL FROM:<a@b.test>\r\nRCPT TO:<support@example.com>\r\nDATA\r\n")
                wait_for(lambda session=session: b"354" in session.recv(4096))  # type: ignore[misc]
                session.sendall(b"From: a@b.test\r\n")
        assert gateway.stop() < 10
        for session in sessions:
            answer = b""
            while piece := session.recv(4096):
                answer += piece
            assert b"421 4.3.2" in answer
    finally:
        for session in sessions:
            session.close()
        gateway.kill()
