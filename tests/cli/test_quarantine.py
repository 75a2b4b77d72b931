"""``gateway quarantine``: list, show, and decide by receipt, cause, sender and age."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from gateway.cli.main import main
from gateway.journal import Journal
from gateway.store.blobs import BlobStore
from gateway.store.database import Database
from gateway.store.migrate import prepare
from gateway.store.quarantine import erase, note_held
from gateway.store.schema import events, journal, sender_lists
from tests.cli.test_outbox import CONFIGURATION
from tests.support.accepted import accepted, mail

NOW = datetime.now(UTC)
MAILS = (  # cause, author, reverse-path, days ago
    ("no_author", "", "bulk@shop.example", 20),
    ("refused_by_owner", "Kim@Partner.example", "x@sender.example", 10),
    ("refused_by_owner", "lee@mail.partner.example", "x@sender.example", 1),
    ("own_address", "support@example.com", "y@sender.example", 0),
)


class Place:
    def __init__(self, directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.config = str(directory / "gateway.yaml")
        Path(self.config).write_text(CONFIGURATION.format(directory=directory / "var"))
        self.database = Database(f"sqlite:///{directory / 'var' / 'gateway.db'}")
        (directory / "var").mkdir()
        prepare(self.database)
        self.journal = Journal(self.database, BlobStore(directory / "var" / "blobs"))
        self._capsys = capsys
        records = [accepted(mail(), reverse_path=path, at=NOW - timedelta(days=days)) for _, _, path, days in MAILS]
        self.journal.append(records)
        self.receipts = [record.receipt for record in records]
        with self.database.write() as connection:
            for number, (cause, author, _, days) in enumerate(MAILS, 1):
                values = {"state": "settled", "fate": "quarantined", "cause": cause}
                held = values | {"settled_at": NOW - timedelta(days=days)}
                connection.execute(journal.update().where(journal.c.id == number).values(held))
                if author:
                    note_held(connection, number, author=author, subject=f"Subject {number}", preview="words")

    def run(self, *words: str, status: int = 0) -> list[dict[str, Any]]:
        assert main(["quarantine", *words, "-c", self.config, "--json"]) == status
        return [json.loads(line) for line in self._capsys.readouterr().out.splitlines()]

    def fates(self) -> list[str | None]:
        with self.database.read() as connection:
            return list(connection.execute(select(journal.c.fate).order_by(journal.c.id)).scalars())


@pytest.fixture
def place(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Place:
    return Place(tmp_path, capsys)


def test_the_list_says_why_and_until_when(place: Place) -> None:
    rows = place.run("list")
    assert [row["receipt"] for row in rows] == place.receipts[::-1]
    first = rows[-1]
    assert (first["cause"], first["severity"], first["from"], first["reverse_path"]) == (
        "no_author",
        "doubt",
        "",
        MAILS[0][2],
    )
    assert datetime.fromisoformat(first["deleted_from"]) - NOW == timedelta(days=10)
    (shown,) = place.run("show", place.receipts[1])
    assert shown["remedy"].startswith("Read it. If a forwarder")
    assert (shown["subject"], shown["preview"]) == ("Subject 2", "words")


@pytest.mark.parametrize(
    ("which", "meant"),
    [
        (("--cause", "refused_by_owner"), {1, 2}),
        (("--cause", "refused_by_owner", "--cause", "own_address"), {1, 2, 3}),
        (("--sender", "kim@partner.example"), {1}),
        (("--sender", "partner.example"), {1, 2}),
        (("--sender", "artner.example"), set()),
        (("--sender", "sender.example"), set()),  # the envelope counts only where no author is known
        (("--sender", "shop.example"), {0}),
        (("--sender", "%"), set()),
        (("--older-than", "5"), {0, 1}),
        (("--older-than", "5", "--cause", "refused_by_owner"), {1}),
        (("--all",), {0, 1, 2, 3}),
    ],
)
def test_which_mails_are_meant(place: Place, which: tuple[str, ...], meant: set[int]) -> None:
    if which != ("--all",):
        assert {place.receipts.index(row["receipt"]) for row in place.run("list", *which)} == meant
    done = place.run("release", *which)
    assert {place.receipts.index(row["receipt"]) for row in done} == meant
    assert place.fates() == [None if number in meant else "quarantined" for number in range(4)]
    assert place.journal.balance().adds_up


def test_nothing_is_done_without_saying_to_which(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    place.run("delete", status=2)
    assert place.fates() == ["quarantined"] * 4


def test_delete_restore_and_the_end(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    receipt = place.receipts[0]
    assert place.run("delete", receipt) == [
        {"receipt": receipt, "done": "delete", "cause": "no_author", "from": MAILS[0][2]}
    ]
    assert [row["receipt"] for row in place.run("list", "--deleted")] == [receipt]
    assert place.run("delete", receipt, status=1)[-1]["done"] is None, "it is deleted already"
    assert place.run("restore", receipt)[0]["done"] == "restore"
    place.run("delete", receipt)
    with place.database.write() as connection:
        assert erase(connection, deleted_before=datetime.now(UTC), now=datetime.now(UTC), limit=9) == 1
    place.run("restore", receipt, status=1)
    capsys.readouterr()
    assert main(["journal", "show", "--raw", receipt, "-c", place.config]) == 1
    assert "its bytes were removed at" in capsys.readouterr().err
    assert main(["journal", "balance", "-c", place.config]) == 0


def test_senders_are_listed_with_the_reason(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    place.run("block", "--cause", "refused_by_owner", "--reason", "sells nothing")
    place.run("release", "--allow-sender", place.receipts[0])
    with place.database.read() as connection:
        listed = connection.execute(select(sender_lists).order_by(sender_lists.c.id)).all()
        acted = connection.execute(select(events).where(events.c.kind.startswith("quarantine_"))).all()
    assert [(row.action, row.value) for row in listed] == [
        ("block", "kim@partner.example"),
        ("block", "lee@mail.partner.example"),
        ("allow", "bulk@shop.example"),
    ]
    assert listed[0].reason == "sells nothing"
    assert {row.actor for row in acted} == {listed[0].author}
    assert listed[0].author.endswith("(command line)")
    assert main(["quarantine", "block", place.receipts[3], "-c", place.config]) == 0
    assert "is one of our own addresses and is never listed" in capsys.readouterr().err
