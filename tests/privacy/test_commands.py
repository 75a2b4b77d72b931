"""The commands as scripts use them: dry runs, receipts, the log, and numbers that stay hidden."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from gateway.cli import main as command_line
from gateway.store.database import Database
from gateway.store.migrate import prepare
from tests.support.accepted import mail
from tests.support.office import TestOffice

CONFIGURATION = """
data_dir: {directory}
reply_domain: reply.example.com
admin: kim@example.com
brands:
  - {{id: example, name: Example Support, addresses: [support@example.com]}}
"""


@pytest.fixture
def office(tmp_path: Path) -> Iterator[TestOffice]:
    """A database as the program makes it, with one ticket."""
    database = Database(f"sqlite:///{tmp_path / 'gateway.db'}")
    prepare(database)
    office = TestOffice(database, tmp_path)
    office.take(mail("My card is 4111 1111 1111 1111.", subject="Card 5555555555554444"))
    (tmp_path / "gateway.yaml").write_text(CONFIGURATION.format(directory=tmp_path))
    yield office
    database.dispose()


def run(tmp_path: Path, capsys: Any, *words: str) -> tuple[int, str]:
    code = command_line.main([*words, "-c", str(tmp_path / "gateway.yaml")])
    return code, capsys.readouterr().out


def rows(text: str) -> Sequence[Any]:
    return [json.loads(line) for line in text.splitlines()]


def test_numbers_are_hidden_until_somebody_asks(office: TestOffice, tmp_path: Path, capsys: Any) -> None:
    for words in (("tickets", "list"), ("tickets", "show", "1"), ("explain", "1"), ("outbox", "list")):
        for more in ((), ("--json",)):
            code, text = run(tmp_path, capsys, *words, *more)
            assert code == 0
            assert "4111 1111 1111 1111" not in text
            assert "5555555555554444" not in text
    assert "4111 11** **** 1111" in run(tmp_path, capsys, "tickets", "show", "1")[1]
    assert "4111 1111 1111 1111" in run(tmp_path, capsys, "tickets", "show", "1", "--unmasked", "--json")[1]
    (row,) = rows(run(tmp_path, capsys, "audit", "list", "--json", "--what", "unmasked")[1])
    assert (row["about"], row["origin"]) == ("ticket 1", "command line")


def test_a_dry_run_a_receipt_and_the_log(office: TestOffice, tmp_path: Path, capsys: Any) -> None:
    code, text = run(tmp_path, capsys, "redact", "person", "hong@customer.example", "--json")
    assert code == 0
    assert rows(text)[0]["done"] is False
    assert "4111" in office.messages(1)[0].text
    (receipt,) = rows(
        run(tmp_path, capsys, "redact", "person", "hong@customer.example", "--yes", "--why", "asked", "--json")[1]
    )
    assert receipt["done"] is True
    assert receipt["removed"]["messages"] >= 1
    assert office.messages(1)[0].text == ""
    (row,) = rows(run(tmp_path, capsys, "audit", "list", "--json", "--what", "redacted")[1])
    assert row["data"]["hash"] == receipt["hash"]
    (whole,) = rows(run(tmp_path, capsys, "audit", "verify", "--json")[1])
    assert whole["whole"] is True
    assert run(tmp_path, capsys, "audit", "verify", "--expect", whole["hash"])[0] == 0
    assert run(tmp_path, capsys, "audit", "verify", "--expect", "0" * 64)[0] == 1
    assert run(tmp_path, capsys, "redact", "person", "hong@customer.example")[0] == 1


def test_retention_says_what_is_over(office: TestOffice, tmp_path: Path, capsys: Any) -> None:
    (row,) = rows(run(tmp_path, capsys, "retention", "--dry-run", "--json")[1])
    assert row["removed"] == 0
    assert set(row["due"]) == {"sent_mail_days"}


def test_commands_that_change_something_are_written_down(office: TestOffice, tmp_path: Path, capsys: Any) -> None:
    assert run(tmp_path, capsys, "agents", "add", "lee@example.com")[0] == 0
    assert run(tmp_path, capsys, "lists", "add", "block", "bad@x.example", "--reason", "spam")[0] == 0
    assert run(tmp_path, capsys, "lists", "remove", "99")[0] == 1, "what failed was not done"
    found = [
        (row["what"], row["about"], row["data"]["command"])
        for row in rows(run(tmp_path, capsys, "audit", "list", "--json")[1])
    ]
    assert found == [("list_changed", "", "lists add"), ("agent_changed", "lee@example.com", "agents add")]
