"""Bad input and what it gets: one test for each promise that a sender or an admin can hold us to.

What stands in the way of a start (a busy port, a newer database, lost keys) is in tests/app/test_start.py.
"""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from gateway.cli.main import main
from gateway.mail import read as reader
from gateway.store.database import Database
from tests.support.accepted import mail
from tests.support.commands import run_command, run_command_text
from tests.support.gatehouse import Gatehouse
from tests.support.gateways import REPOSITORY

LIMIT = 64 * 1024


@pytest.fixture
def gatehouse(sqlite_database: Database, tmp_path: Path) -> Iterator[Gatehouse]:
    with Gatehouse(sqlite_database, tmp_path, limits={"message_size": LIMIT}) as running:
        yield running


def test_a_mail_that_our_reader_fails_on_is_a_ticket_with_the_mail_attached(
    gatehouse: Gatehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_raw: bytes) -> None:
        raise RecursionError("a fault of ours")

    monkeypatch.setattr(reader, "_read", broken)
    raw = mail("What only a person can read.", sender="Hong <hong@client.test>")
    row = gatehouse.send(raw, reverse_path="hong@client.test")
    office = gatehouse.office
    assert row.fate == "opened"
    assert office.ticket(row.ticket_id).subject == "(unreadable mail)"
    (message,) = office.messages(row.ticket_id)
    (attached,) = message.attachments
    assert (attached["part"], attached["size"]) == ("raw", len(row.raw))
    assert row.raw.endswith(raw)
    assert office.outbox() == []


def test_a_mail_without_from_is_held_with_its_cause(gatehouse: Gatehouse) -> None:
    row = gatehouse.send(mail(sender="x@client.test").replace(b"From: x@client.test\r\n", b""))
    assert (row.fate, row.cause, row.ticket_id) == ("quarantined", "no_author", None)
    assert row.trace["reason"] == "the mail names no author"
    assert gatehouse.office.outbox() == []


def test_a_mail_that_says_it_is_too_large_is_refused_at_once(gatehouse: Gatehouse) -> None:
    with closing(gatehouse.client()) as client:
        assert client.esmtp_features["size"] == str(LIMIT)
        code, reply = client.docmd("MAIL", f"FROM:<a@client.test> SIZE={30 * 1024 * 1024}")
        assert (code, reply[:5]) == (552, b"5.3.4")
        assert client.mail("a@client.test")[0] == 250, "the connection is still good"


def test_a_mail_that_does_not_say_it_is_refused_after_its_end_and_the_next_one_is_taken(gatehouse: Gatehouse) -> None:
    with closing(gatehouse.client()) as client:
        client.mail("a@client.test")
        client.rcpt("support@example.com")
        code, reply = client.data(mail("y" * 70 + ("\r\n" + "y" * 70) * (LIMIT // 70)))
        assert (code, reply[:5]) == (552, b"5.3.4")
        client.sendmail("a@client.test", ["support@example.com"], mail())
    gatehouse.office.work()
    assert gatehouse.office.journal.balance().accepted == 1


def test_unknown_recipients_and_other_peoples_domains(gatehouse: Gatehouse) -> None:
    with closing(gatehouse.client()) as client:
        client.mail("a@client.test")
        assert client.rcpt("suport@example.com")[1][:5] == b"5.1.1"
        assert client.rcpt("victim@elsewhere.test")[1][:5] == b"5.7.1"
        assert client.rcpt("support@example.com")[0] == 250


def test_every_mistake_of_a_configuration_is_told_and_the_exit_status_is_two(tmp_path: Path) -> None:
    text = (REPOSITORY / "config" / "gateway.yaml").read_text()
    for old, new in (("reply_domain:", "reply_doman:"), ("language: en ", "language: klingon "), ("2525", "99999")):
        text = text.replace(old, new)
    path = tmp_path / "gateway.yaml"
    path.write_text(text)
    for command in ("check", "serve"):
        done = run_command_text(command, "-c", str(path))
        assert done.returncode == 2
        said = [line for line in (done.stdout + done.stderr).splitlines() if "gateway.yaml:" in line]
        for word in ("reply_doman", "klingon", "99999"):
            (line,) = (line for line in said if word in line)
            assert line.partition("gateway.yaml:")[2].split(":")[0].isdigit(), line


def test_a_pipe_that_cannot_be_served_says_try_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The mail server keeps the mail: exit status 75, for whatever is wrong here."""
    done = run_command("inject", "-c", str(tmp_path / "not-there.yaml"), "-", given=mail())
    assert done.returncode == 75
    assert b"not-there.yaml" in done.stderr
    assert b"Traceback" not in done.stderr


@pytest.mark.parametrize(
    "command", [["tickets", "show", "4711"], ["explain", "nothing@x.test"], ["outbox", "retry", "4711"]]
)
def test_what_is_not_there_is_one_sentence(
    command: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GATEWAY__DATA_DIR", str(tmp_path / "var"))
    assert main([*command, "-c", str(REPOSITORY / "config" / "gateway.yaml")]) == 1
    said = capsys.readouterr().err
    assert said.count("\n") == 1, said
    assert "4711" in said or "nothing@x.test" in said
