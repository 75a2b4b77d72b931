"""``gateway inject``: from files, mbox, Maildir and pipes into the journal."""

import fcntl
import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from gateway.cli import inject as inject_module
from gateway.cli.mail_sources import read_source, with_crlf
from gateway.cli.main import main
from gateway.store.blobs import BlobStore
from gateway.store.database import Database
from gateway.store.schema import journal as table
from tests.support.commands import run_command

MAIL = b"Return-Path: <kim@customer.example>\nFrom: Kim <kim@customer.example>\nTo: sales@example.com\nSubject: Hello\n\ntext\n"
CONFIGURATION = """\
data_dir: {data_dir}
reply_domain: reply.example.com
admin: admin@example.com
limits: {{message_size: 300000, small_body: 100000, header_size: 16384, free_disk_bytes: 0}}
brands:
  - id: example
    name: Example Support
    addresses: [support@example.com, sales@example.com]
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "gateway.yaml"
    path.write_text(CONFIGURATION.format(data_dir=tmp_path / "var"))
    return path


@pytest.fixture
def rows(tmp_path: Path) -> Callable[[], list[Any]]:
    def read() -> list[Any]:
        database = Database(f"sqlite:///{tmp_path / 'var' / 'gateway.db'}")
        with database.read() as connection:
            found = list(connection.execute(select(table).order_by(table.c.id)))
        database.dispose()
        return found

    return read


Rows = Callable[[], list[Any]]


def write(path: Path, raw: bytes = MAIL) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(raw)
    return str(path)


def objects(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_a_file(config: Path, rows: Rows, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = write(tmp_path / "a.eml")
    assert main(["inject", "-c", str(config), "--json", file]) == 0
    (row,) = rows()
    assert objects(capsys) == [{"file": file, "receipt": row.receipt, "error": None}]
    assert row.raw == MAIL.replace(b"\n", b"\r\n")
    assert (row.protocol, row.peer, row.state, row.shadow) == ("inject", "", "pending", False)
    assert (row.reverse_path, row.forward_paths) == ("kim@customer.example", ["sales@example.com"])


def test_a_file_that_has_crlf_keeps_its_octets(config: Path, rows: Rows, tmp_path: Path) -> None:
    raw = b"Subject: dots\r\n\r\n.\r\n..\r\n\xff\r\n"
    assert main(["inject", "-c", str(config), write(tmp_path / "a.eml", raw)]) == 0
    assert rows()[0].raw == raw


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b"a\nb", b"a\r\nb\r\n"),
        (b"a\r\nb\n", b"a\r\nb\r\n"),
        (b"a\r\r\n", b"a\r\r\n"),
        (b"\n\n", b"\r\n\r\n"),
        (b"", b""),
    ],
)
def test_line_ends(raw: bytes, expected: bytes) -> None:
    assert with_crlf(raw) == expected


def test_a_large_mail_is_a_blob(config: Path, rows: Rows, tmp_path: Path) -> None:
    raw = b"Subject: large\r\n\r\n" + b"x" * 150_000 + b"\r\n"
    assert main(["inject", "-c", str(config), "--shadow", write(tmp_path / "a.eml", raw)]) == 0
    (row,) = rows()
    assert (row.raw, row.shadow, row.size) == (None, True, len(raw))
    assert BlobStore(tmp_path / "var" / "blobs").read(row.digest) == raw


def mbox(*mails: bytes) -> bytes:
    return b"".join(
        b"From lee@customer.example Mon Jan  1 10:00:0%d 2024\n" % n + mail + b"\n" for n, mail in enumerate(mails)
    )


def test_mbox(config: Path, rows: Rows, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    letter = b"Subject: letter\n\n>From me to you\n>>From deep\n\nFrom here on, no date follows\n"
    file = write(
        tmp_path / "box",
        mbox(letter, MAIL, b"Subject: too large\n\n" + b"x" * 400_000 + b"\n", b"Subject: last\n\nend\n"),
    )
    assert main(["inject", "-c", str(config), "--json", file]) == 65
    results = objects(capsys)
    assert [result["file"] for result in results] == [f"{file}#{n}" for n in (1, 2, 3, 4)]
    assert results[2]["error"].startswith("552 5.3.4 ")
    first, second, last = rows()
    assert first.raw == b"Subject: letter\r\n\r\nFrom me to you\r\n>From deep\r\n\r\nFrom here on, no date follows\r\n"
    assert (first.reverse_path, second.reverse_path) == ("lee@customer.example", "kim@customer.example")
    assert second.raw == MAIL.replace(b"\n", b"\r\n")
    assert last.raw == b"Subject: last\r\n\r\nend\r\n"


def test_mbox_with_crlf(tmp_path: Path) -> None:
    file = Path(write(tmp_path / "box", mbox(MAIL, MAIL).replace(b"\n", b"\r\n")))
    assert [item.raw for item in read_source(file, most=1000)] == [MAIL.replace(b"\n", b"\r\n")] * 2


def test_maildir_and_other_folders(
    config: Path, rows: Rows, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("cur/1700000001.a:2,S", "new/1700000000.b", "tmp/1700000002.c", "cur/.hidden"):
        write(tmp_path / "Maildir" / name, b"Subject: %s\n\n" % name.encode())
    (tmp_path / "Maildir" / "tmp").mkdir(exist_ok=True)
    write(tmp_path / "folder" / "x.eml")
    assert main(["inject", "-c", str(config), str(tmp_path / "Maildir"), str(tmp_path / "folder")]) == 0
    assert [row.raw[:20] for row in rows()[:2]] == [b"Subject: new/1700000", b"Subject: cur/1700000"]
    assert len(rows()) == 3
    assert capsys.readouterr().out == "3 accepted, 0 refused\n"


def test_sender_and_recipients_by_option(config: Path, rows: Rows, tmp_path: Path) -> None:
    file = write(tmp_path / "a.eml")
    options = [
        "--from",
        "<>",
        "--to",
        "support@example.com",
        "--to",
        "<reply+x@reply.example.com>",
        "--to",
        "support@example.com",
    ]
    assert main(["inject", "-c", str(config), *options, file]) == 0
    (row,) = rows()
    assert (row.reverse_path, row.forward_paths) == ("", ["support@example.com", "reply+x@reply.example.com"])


@pytest.mark.parametrize(
    ("header", "recipient"),
    [
        (b"To: a@other.example, Sales <SALES@example.com>\n", "SALES@example.com"),
        (b"To: support@example.com\nDelivered-To: sales@example.com\n", "sales@example.com"),
        (b"Cc: <reply+abc@reply.example.com>\n", "reply+abc@reply.example.com"),
        (b"To: undisclosed-recipients:;\n", "support@example.com"),
        (b"To: nobody@example.com\n", "support@example.com"),
        (b"", "support@example.com"),
    ],
)
def test_recipient_by_header(config: Path, rows: Rows, tmp_path: Path, header: bytes, recipient: str) -> None:
    assert main(["inject", "-c", str(config), write(tmp_path / "a.eml", header + b"Subject: x\n\n")]) == 0
    assert rows()[0].forward_paths == [recipient]


@pytest.mark.parametrize(
    ("header", "reverse_path"),
    [
        (b"Return-Path: <>\nFrom: kim@customer.example\n", ""),
        (b"Return-Path: garbage\nFrom: Kim <kim@customer.example>\n", "kim@customer.example"),
        (b"From: nobody\n", ""),
        (b"", ""),
    ],
)
def test_sender_by_header(config: Path, rows: Rows, tmp_path: Path, header: bytes, reverse_path: str) -> None:
    assert main(["inject", "-c", str(config), write(tmp_path / "a.eml", header + b"Subject: x\n\n")]) == 0
    assert rows()[0].reverse_path == reverse_path


@pytest.mark.parametrize(
    ("raw", "status", "error"),
    [
        (b"", 65, "there is no mail in it"),
        (b"Subject: nul\0\n\n", 65, "550 5.5.2 "),
        (b"Subject: a\rb\n\n", 65, "550 5.5.2 "),
        (b"Subject: x\n\n" + b"y" * 300_000, 65, "552 5.3.4 "),
        (b"X: " + b"y" * 20_000 + b"\n\n", 65, "552 5.3.4 "),
        (b"Received: x\n" * 101 + b"\n", 65, "554 5.4.6 "),
    ],
    ids=["empty", "nul", "bare CR", "size", "header", "loop"],
)
def test_what_the_door_refuses(
    config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], raw: bytes, status: int, error: str
) -> None:
    good = write(tmp_path / "good.eml")
    assert main(["inject", "-c", str(config), "--json", write(tmp_path / "a.eml", raw), good]) == status
    bad, taken = objects(capsys)
    assert bad["receipt"] is None
    assert bad["error"].startswith(error)
    assert taken["error"] is None


@pytest.mark.parametrize(
    ("recipient", "status", "error"),
    [("nobody@example.com", 67, "550 5.1.1"), ("kim@customer.example", 77, "550 5.7.1"), ("garbage", 65, "553 5.1.3")],
)
def test_recipients_that_cannot_be(
    config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], recipient: str, status: int, error: str
) -> None:
    assert main(["inject", "-c", str(config), "--to", recipient, write(tmp_path / "a.eml")]) == status
    assert f"{recipient}: {error}" in capsys.readouterr().err


def test_a_file_that_is_not_there(config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["inject", "-c", str(config), str(tmp_path / "none.eml")]) == 66
    assert "none.eml: cannot be read: No such file or directory" in capsys.readouterr().err


def test_a_name_cannot_write_on_the_terminal(config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["inject", "-c", str(config), str(tmp_path / "\x1b]0;x\x07.eml")]) == 66
    assert "\x1b" not in capsys.readouterr().err


def test_mistakes_of_the_caller(config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = write(tmp_path / "a.eml")
    assert main(["inject", "-c", str(config), "-", file]) == 2
    assert main(["inject", "-c", str(config), "--from", "garbage", file]) == 2
    assert main(["inject", "-c", str(tmp_path / "none.yaml"), file]) == 2
    assert "none.yaml" in capsys.readouterr().err


def pipe(config: Path, raw: bytes, *options: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    """As a mail server does it."""
    return run_command("inject", "-c", str(config), *options, "-", given=raw, environ=os.environ | environment)


def test_a_pipe(config: Path, rows: Rows) -> None:
    done = pipe(
        config,
        b"From lee@x.example Mon Jan  1 10:00:00 2024\n" + MAIL,
        SENDER="lee@customer.example",
        RECIPIENT="support@example.com",
    )
    (row,) = rows()
    assert (done.returncode, done.stdout, done.stderr) == (0, f"accepted as {row.receipt}\n".encode(), b"")
    assert row.raw == MAIL.replace(b"\n", b"\r\n")
    assert (row.reverse_path, row.forward_paths) == ("lee@customer.example", ["support@example.com"])


def test_a_pipe_with_a_local_name_and_the_null_sender(config: Path, rows: Rows) -> None:
    assert pipe(config, MAIL, SENDER="MAILER-DAEMON", RECIPIENT="supportpipe@mail.internal").returncode == 0
    (row,) = rows()
    assert (row.reverse_path, row.forward_paths) == ("", ["sales@example.com"])


def test_our_mistakes_do_not_bounce_the_mail(tmp_path: Path) -> None:
    bad = tmp_path / "bad.yaml"
    bad.write_text("brands: 7\n")
    done = pipe(bad, MAIL)
    assert done.returncode == 75
    assert b"bad.yaml:1" in done.stderr


def test_a_pipe_that_is_too_large(config: Path) -> None:
    done = pipe(config, b"Subject: x\n\n" + b"y" * 2_000_000)
    assert done.returncode == 65
    assert b"552 5.3.4" in done.stderr


def test_a_locked_database(
    config: Path, rows: Rows, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = write(tmp_path / "a.eml")
    assert main(["inject", "-c", str(config), file]) == 0
    monkeypatch.setattr(inject_module, "LOCK_SECONDS", 0.2)
    with (tmp_path / "var" / "gateway.db.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert main(["inject", "-c", str(config), file]) == 75
    assert "451 4.3.0 " in capsys.readouterr().err
    monkeypatch.undo()
    assert main(["inject", "-c", str(config), file]) == 0


def test_a_database_that_is_away(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = tmp_path / "gateway.yaml"
    config.write_text(
        CONFIGURATION.format(data_dir=tmp_path / "var") + "database: {url: 'postgresql://nobody@127.0.0.1:1/none'}\n"
    )
    assert main(["inject", "-c", str(config), write(tmp_path / "a.eml"), write(tmp_path / "b.eml")]) == 75
    assert capsys.readouterr().err


def test_a_full_disk(config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config.write_text(config.read_text().replace("free_disk_bytes: 0", f"free_disk_bytes: {2**62}"))
    assert main(["inject", "-c", str(config), write(tmp_path / "a.eml"), write(tmp_path / "b.eml")]) == 75
    assert capsys.readouterr().err.count("452 4.3.1") == 1  # the next mails would meet the same


def test_many_mails_are_one_receipt_each(
    config: Path, rows: Rows, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = write(tmp_path / "box", mbox(*(b"Subject: %d\n\n" % n for n in range(120))))
    assert main(["inject", "-c", str(config), "--json", file]) == 0
    assert [result["receipt"] for result in objects(capsys)] == [row.receipt for row in rows()]
    assert len(rows()) == 120
