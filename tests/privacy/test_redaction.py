"""A person or a message is taken out of everything: canaries in every field, and not one byte of them afterwards."""

import os
from pathlib import Path

import pytest
from sqlalchemy import JSON, LargeBinary, String, update

from gateway.config.privacy import Privacy
from gateway.desk.redacting import expected, redact
from gateway.store import schema
from gateway.store.audit import verify
from gateway.store.database import Database
from gateway.store.erasing import Removed, carry_out
from gateway.store.personal import PERSONAL, Treatment
from gateway.store.redaction import RedactionError, plan_message, plan_person
from gateway.store.schema import (
    audit,
    contacts,
    journal,
    messages,
)
from tests.support.accepted import accepted, mail
from tests.support.canaries import CANARY, HONG, OTHER, canaries, converse
from tests.support.office import TestOffice


def test_every_column_that_can_hold_text_is_classified() -> None:
    """A new table or column must say what redaction does with it (gateway/store/personal.py)."""
    found = {
        table.name: {it.name for it in table.c if isinstance(it.type, String | JSON | LargeBinary)}
        for table in schema.metadata.sorted_tables
    }
    found = {name: columns for name, columns in found.items() if columns}
    assert {name: set(columns) for name, columns in PERSONAL.items()} == found


def test_the_page_of_security_lists_every_table() -> None:
    page = (Path(__file__).parents[2] / "docs/security.md").read_text()
    for name, columns in PERSONAL.items():
        if set(columns.values()) - {Treatment.NONE, Treatment.KEEP}:
            assert f"| `{name}` |" in page, f"docs/security.md does not say what becomes of {name}"


@pytest.fixture
def office(sqlite_database: Database, tmp_path: Path) -> TestOffice:
    return TestOffice(sqlite_database, tmp_path, outbound={"smarthost": "127.0.0.1:2526"})


def in_files(directory: Path) -> list[str]:
    return [
        str(path)
        for path in sorted(directory.rglob("*"))
        if path.is_file() and CANARY.encode() in path.read_bytes().lower()
    ]


def test_a_person_is_gone_from_every_table_and_every_byte(office: TestOffice, tmp_path: Path) -> None:
    ticket, other = converse(office)
    before = {row.id: tuple(row) for row in office.messages(other) if row.direction == "in"}
    planted = {line.split(" ", 1)[0] for line in canaries(office)}
    expected_tables = {
        name for name, columns in PERSONAL.items() if set(columns.values()) - {Treatment.NONE, Treatment.KEEP}
    }
    assert expected_tables <= planted, "a canary for each table"
    assert in_files(tmp_path), "the database and a blob have them"
    balance = len(office.rows(journal))
    with office.database.read() as connection:
        plan = plan_person(connection, f"  {HONG.upper()} ")
    assert expected(plan)["messages"] >= 4
    assert canaries(office), "looking removes nothing"

    receipt = redact(
        office.database,
        office.journal.blobs,
        lambda connection: plan_person(connection, HONG),
        actor="root (command line)",
        origin="command line",
        why="asked by the person",
        now=office.now,
    )

    assert canaries(office) == []
    with office.database.engine.connect() as connection:
        connection.connection.driver_connection.execute("VACUUM")  # type: ignore[union-attr]
        connection.connection.driver_connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # type: ignore[union-attr]
    assert in_files(tmp_path) == []
    assert receipt.files == 1
    assert {row.id: tuple(row) for row in office.messages(other) if row.direction == "in"} == before
    assert b"Other people's words." in office.rows(journal)[0].raw
    assert len(office.rows(journal)) == balance
    assert {row.fate for row in office.rows(journal)} == {"opened", "appended", "deleted"}
    (told,) = office.rows(audit, audit.c.what == "redacted")
    assert told.data["hash"] == receipt.hash
    assert told.data["removed"]["messages"] >= 4
    assert (told.about, told.data["why"]) == (receipt.about, "asked by the person")
    assert receipt.pseudonym.startswith("redacted-")
    assert {row.address for row in office.rows(contacts)} >= {receipt.pseudonym, OTHER}
    with office.database.read() as connection:
        assert verify(connection).why == ""
        with pytest.raises(RedactionError, match="nothing is known"):
            plan_person(connection, HONG)
    assert not [row for row in office.outbox() if row.state == "queued" and row.ticket_id == ticket]


def test_one_letter_more_gives_another_hash(office: TestOffice) -> None:
    converse(office)

    def hash_after(**change: str) -> str:
        with office.database.engine.connect() as connection:
            transaction = connection.begin()
            if change:
                connection.execute(update(messages).where(messages.c.author == HONG).values(change))
            removed = Removed(office.now)
            carry_out(connection, plan_person(connection, HONG), removed, actor="a", now=office.now)
            transaction.rollback()
        return removed.hash

    assert hash_after() == hash_after()
    assert hash_after() != hash_after(text="one letter more")


def test_a_message_alone(office: TestOffice) -> None:
    ticket, _ = converse(office)
    second = office.messages(ticket)[1]
    (first, *_) = office.messages(ticket)
    redact(
        office.database,
        office.journal.blobs,
        lambda connection: plan_message(connection, first.id),
        actor="kim@example.com",
        origin="192.0.2.9",
        why="",
        now=office.now,
    )
    row = office.messages(ticket)[0]
    assert (row.text, row.reply_text, row.subject, row.html, row.attachments) == ("", "", "", None, [])
    assert office.rows(journal, journal.c.id == first.journal_id)[0].raw is None
    assert office.ticket(ticket).subject == ""
    assert office.messages(ticket)[1] == second


def test_agents_and_unknown_people_are_refused(office: TestOffice) -> None:
    with office.database.read() as connection:
        for address, why in (("kim@example.com", "is an agent"), ("nobody@x.example", "nothing is known")):
            with pytest.raises(RedactionError, match=why):
                plan_person(connection, address)
        with pytest.raises(RedactionError, match="no message"):
            plan_message(connection, 99)


def test_a_file_that_another_mail_shares_stays(office: TestOffice) -> None:
    same = mail("same bytes", sender=f"{CANARY} <{HONG}>", message_id="same@x.example")
    digest = office.journal.blobs.put(same)
    os.utime(office.journal.blobs.path(digest), (1, 1))
    for path in (HONG, OTHER):
        office.journal.append([accepted(same, at=office.now, reverse_path=path, in_blob=True)])
    office.work()
    receipt = redact(
        office.database,
        office.journal.blobs,
        lambda connection: plan_message(connection, 1),
        actor="a",
        origin="b",
        why="",
        now=office.now,
    )
    assert (receipt.files, receipt.files_later) == (0, 1)
    assert office.journal.blobs.exists(digest)
    assert Privacy().retention.sent_mail_days == 90
