"""The command that admins use on mail out."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gateway.cli.main import main
from gateway.store.database import Database
from gateway.store.migrate import prepare
from gateway.store.outbox import Settlement, State, claim, settle
from tests.support.outgoing import events_of, mail, make_ticket, row, store

CONFIGURATION = """\
data_dir: {directory}
reply_domain: reply.example.com
admin: admin@example.com
brands:
  - id: example
    name: Example
    addresses: [support@example.com]
"""


@pytest.fixture
def place(tmp_path: Path) -> tuple[str, Database]:
    """A configuration file, and the database behind it."""
    path = tmp_path / "gateway.yaml"
    path.write_text(CONFIGURATION.format(directory=tmp_path / "var"))
    (tmp_path / "var").mkdir()
    database = Database(f"sqlite:///{tmp_path / 'var' / 'gateway.db'}")
    prepare(database)
    return str(path), database


def fail(database: Database, number: int) -> None:
    now = datetime.now(UTC)
    with database.write() as connection:
        (claimed,) = claim(
            connection, owner="x", now=now, lease=timedelta(minutes=1), limit=1, next_attempt=lambda _a, e: e
        )
        settle(connection, [Settlement(number, claimed.fence, State.FAILED, "550 5.1.1 no such user")], now)


def test_list_as_json(place: tuple[str, Database], capsys: pytest.CaptureFixture[str]) -> None:
    config, database = place
    ticket = make_ticket(database)
    (failed,) = store(database, mail("a@customer.test", ticket_id=ticket))
    assert failed is not None
    fail(database, failed)
    store(database, mail("b@customer.test", hold_reason="budget", kind="ack"))
    assert main(["outbox", "list", "-c", config, "--json"]) == 0
    held, first = map(json.loads, capsys.readouterr().out.splitlines())
    assert {name: held[name] for name in ("to", "kind", "ticket", "state", "attempts", "last_reply")} == {
        "to": "b@customer.test",
        "kind": "ack",
        "ticket": None,
        "state": "held",
        "attempts": 0,
        "last_reply": None,
    }
    assert (first["ticket"], first["state"], first["attempts"]) == (ticket, "failed", 1)
    assert first["last_reply"] == "550 5.1.1 no such user"
    assert main(["outbox", "list", "-c", config, "--json", "--state", "failed", "--ticket", str(ticket)]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 1


def test_list_for_people(place: tuple[str, Database], capsys: pytest.CaptureFixture[str]) -> None:
    config, database = place
    assert main(["outbox", "list", "-c", config]) == 0
    assert capsys.readouterr().out == "No mail.\n"
    store(database, mail("b@customer.test", hold_reason="budget"))
    assert main(["outbox", "list", "-c", config]) == 0
    assert "held (budget)" in capsys.readouterr().out


def test_show_and_raw(place: tuple[str, Database], capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    config, database = place
    outgoing = mail()
    (number,) = store(database, outgoing)
    assert main(["outbox", "show", "-c", config, str(number), "--raw"]) == 0
    assert capfdbinary.readouterr().out == outgoing.raw
    assert main(["outbox", "show", "-c", config, str(number), "--json"]) == 0
    assert json.loads(capfdbinary.readouterr().out)["message_id"] == outgoing.message_id
    assert main(["outbox", "show", "-c", config, "99"]) == 1
    assert b"there is no mail 99" in capfdbinary.readouterr().err


def test_hold_release_retry(place: tuple[str, Database], capsys: pytest.CaptureFixture[str]) -> None:
    config, database = place
    ticket = make_ticket(database)
    (number,) = store(database, mail(ticket_id=ticket))
    assert number is not None
    assert main(["outbox", "hold", "-c", config, str(number)]) == 0
    assert (row(database, number).state, row(database, number).hold_reason) == (State.HELD, "agent")
    assert main(["outbox", "retry", "-c", config, str(number)]) == 1
    assert "release it" in capsys.readouterr().err
    assert main(["outbox", "release", "-c", config, str(number)]) == 0
    assert row(database, number).state == State.QUEUED
    fail(database, number)
    assert main(["outbox", "retry", "-c", config, str(number)]) == 0
    again = row(database, number)
    assert (again.state, again.finished_at) == (State.QUEUED, None)
    assert again.next_attempt_at <= datetime.now(UTC)
    assert [event.kind for event in events_of(database, ticket)] == [
        "delivery_held",
        "delivery_released",
        "delivery_failed",
        "delivery_retried",
    ]


def test_discarded_mail_is_never_sent(place: tuple[str, Database], capsys: pytest.CaptureFixture[str]) -> None:
    config, database = place
    ticket = make_ticket(database)
    (number,) = store(database, mail(ticket_id=ticket))
    assert number is not None
    assert main(["outbox", "discard", "-c", config, str(number)]) == 1
    assert "hold it first" in capsys.readouterr().err
    assert main(["outbox", "hold", "-c", config, "--json", str(number)]) == 0
    assert json.loads(capsys.readouterr().out)["state"] == "held"
    assert main(["outbox", "discard", "-c", config, "--json", str(number)]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["id"], told["state"]) == (number, "discarded")
    for act in ("release", "retry", "hold", "discard"):
        assert main(["outbox", act, "-c", config, str(number)]) == 1
    with database.write() as connection:
        later = datetime.now(UTC) + timedelta(days=30)
        assert claim(connection, owner="x", now=later, lease=timedelta(1), limit=9, next_attempt=lambda _a, e: e) == []
    assert [event.kind for event in events_of(database, ticket)] == ["delivery_held", "delivery_discarded"]
    assert main(["outbox", "show", "-c", config, "--raw", str(number)]) == 0, "it stays readable"


def test_all_or_none(place: tuple[str, Database], capsys: pytest.CaptureFixture[str]) -> None:
    config, database = place
    (number,) = store(database, mail())
    assert main(["outbox", "hold", "-c", config, str(number), "99"]) == 1
    assert capsys.readouterr().err.count("\n") == 1
    assert row(database, number).state == State.QUEUED
