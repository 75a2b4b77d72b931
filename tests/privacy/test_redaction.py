"""A person or a message is taken out of everything: canaries in every field, and not one byte of them afterwards."""

import os
from pathlib import Path

import pytest
from sqlalchemy import JSON, LargeBinary, String, insert, select, update

from gateway.config.privacy import Privacy
from gateway.desk.redacting import expected, redact
from gateway.rules.sender_lists import Action
from gateway.store import schema
from gateway.store.audit import verify
from gateway.store.database import Database
from gateway.store.personal import PERSONAL, Treatment
from gateway.store.quarantine import HELD
from gateway.store.redaction import RedactionError, plan_message, plan_person
from gateway.store.schema import (
    audit,
    contacts,
    events,
    journal,
    login_failures,
    messages,
    outbox,
    quarantine,
    sender_counts,
    sender_lists,
    sender_mutes,
    settings,
    silences,
    ticket_tags,
    tickets,
)
from tests.support.accepted import accepted, mail
from tests.support.office import TestOffice

CANARY = "xyzzyhong"
HONG = f"{CANARY}@canary-customer.example"
OTHER = "lee@other.example"


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


def converse(office: TestOffice) -> tuple[int, int]:
    """A conversation with canaries wherever a person can leave words, and somebody else's; the two tickets."""
    other = int(
        office.take(
            mail("Other people's words.", sender=f"Lee <{OTHER}>", subject="Other"), reverse_path=OTHER
        ).ticket_id
    )
    first = mail(
        f"{CANARY} says the lamp is broken. " * 3,
        sender=f"{CANARY} Hong <{HONG}>",
        subject=f"{CANARY} lamp",
        message_id=f"{CANARY}.1@canary-customer.example",
        headers=(("X-Note", CANARY),),
    )
    ticket = int(office.take(first, reverse_path=HONG).ticket_id)
    big = mail(f"{CANARY} once more\r\n" * 3000, sender=f"{CANARY} <{HONG}>", subject=f"Re: {CANARY} lamp")
    office.journal.blobs.put(big)
    record = accepted(big, at=office.now, reverse_path=HONG, to=(office.reply_to(ticket),), in_blob=True)
    office.journal.append([record])
    office.work()
    os.utime(office.journal.blobs.path(record.digest), (1, 1))
    office.desk.reply(ticket, office.agent, f"Dear {CANARY}, we send a new one.")
    office.desk.note(ticket, office.agent, f"{CANARY} is angry")
    office.desk.tag(ticket, office.agent, add=["vip"], remove=[])
    office.desk.note(other, office.agent, f"see {HONG}")
    held = office.take(mail("x", sender=f"{CANARY} <{HONG}>", subject=f"{CANARY} held"), reverse_path=HONG)
    with office.database.write() as connection:
        connection.execute(
            update(journal).where(journal.c.id == held.id).values(fate=HELD, cause="held_by_rule", last_error=CANARY)
        )
        connection.execute(
            insert(quarantine).values(
                journal_id=held.id, author=HONG, author_key=HONG, subject=CANARY, preview=CANARY, released_from=[]
            )
        )
        connection.execute(
            update(outbox).where(outbox.c.kind == "ack").values(state="sent", last_reply=f"250 {HONG} ok")
        )
        connection.execute(
            insert(events).values(
                ticket_id=other, at=office.now, kind="odd", actor=HONG, data={"to": HONG.upper(), "list": [HONG]}
            )
        )
        connection.execute(
            insert(events).values(at=office.now, kind="alarm", actor="gateway", data={"why": f"too much from {HONG}"})
        )
        connection.execute(insert(login_failures).values(key=f"agent:{HONG}", at=office.now))
        connection.execute(insert(sender_counts).values(sender=f"{HONG} dkim", minute=1, mails=3))
        connection.execute(
            insert(sender_mutes).values(sender=f"{HONG} dkim", until=office.now, reason="loop", why=f"{HONG} loops")
        )
        connection.execute(
            insert(sender_lists).values(
                action=Action.BLOCK.value,
                kind="address",
                value=HONG,
                reason=f"{HONG} spams",
                author="kim@example.com",
                created_at=office.now,
            )
        )
        connection.execute(
            insert(silences).values(
                address_key=HONG,
                address=HONG,
                how="link",
                actor=HONG,
                ticket_id=ticket,
                since=office.now,
                until=office.now,
            )
        )
        connection.execute(insert(settings).values(key="test", value={"last": HONG}))
        connection.execute(update(tickets).where(tickets.c.id == ticket).values(fields={"name": CANARY}))
        connection.execute(
            update(contacts)
            .where(contacts.c.address_key == HONG)
            .values(undeliverable_reason=f"<{HONG}>: no such user")
        )
        connection.execute(insert(ticket_tags).values(ticket_id=other, tag=HONG))
    return ticket, other


def canaries(office: TestOffice) -> list[str]:
    """Every row with one of them, as text or base64 would be found too: raw mail here is 8bit."""
    found = []
    with office.database.read() as connection:
        for table in schema.metadata.sorted_tables:
            for row in connection.execute(select(table)):
                if CANARY in repr(tuple(row)).lower():
                    found.append(f"{table.name} {tuple(row)!r:.300}")
    return found


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
    assert expected_tables - planted <= {"ratings", "surveys", "webhook_calls", "personal_views"}, (
        "a canary for each table"
    )
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


def test_the_same_receipt_proves_the_same_content(office: TestOffice) -> None:
    """One letter more in what was removed gives another hash."""
    converse(office)
    found = []
    for change in (None, "one letter more"):
        with office.database.engine.connect() as connection:
            from gateway.store.redaction import carry_out

            transaction = connection.begin()
            if change:
                connection.execute(update(messages).where(messages.c.author == HONG).values(text=change))
            if True:
                found.append(
                    carry_out(connection, plan_person(connection, HONG), actor="a", now=office.now).digest.hexdigest()
                )
            transaction.rollback()
    assert found[0] != found[1]


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
