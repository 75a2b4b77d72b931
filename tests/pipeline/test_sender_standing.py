"""Lists, floods and important people in the pipeline: what becomes of mail, and what can be read about it afterwards."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Row

from gateway.desk.quarantine import Act
from gateway.rules.sender_lists import Action
from gateway.store.database import Database
from gateway.store.schema import journal, ticket_tags
from gateway.store.sender_lists import add_entry, remove_entry
from tests.pipeline.test_release import do
from tests.support.accepted import accepted, mail
from tests.support.office import TestOffice

HONG = "Hong <hong@customer.example>"
LEE = "Lee <lee@other.example>"


def put(office: TestOffice, action: Action, value: str, **more: Any) -> int:
    with office.database.write() as connection:
        added = add_entry(
            connection, action, value, reason="insults", author="admin@example.com", now=office.now, **more
        )
    return int(added.entry.id)


def send(office: TestOffice, sender: str = HONG, *, count: int = 1, **changes: Any) -> list[Row[Any]]:
    """That many different mails of one sender in one batch; their journal rows."""
    address = sender.rpartition("<")[2].rstrip(">")
    envelope = {"reverse_path": changes.pop("reverse_path", address), "shadow": changes.pop("shadow", False)}
    headers = changes.pop("headers", ())
    records = [
        replace(accepted(mail(f"Lamp {number}", sender=sender, headers=headers), at=office.now, **envelope), **changes)
        for number in range(count)
    ]
    office.journal.append(records)
    office.work()
    receipts = [record.receipt for record in records]
    rows = {row.receipt: row for row in office.rows(journal, journal.c.receipt.in_(receipts))}
    return [rows[receipt] for receipt in receipts]


def fate(row: Row[Any]) -> tuple[str, str | None]:
    return row.fate, row.cause


def trace_of(office: TestOffice, row: Row[Any]) -> dict[str, Any]:
    return dict(row.trace if row.trace is not None else office.messages(row.ticket_id)[0].trace)


@pytest.mark.parametrize(
    ("action", "becomes"),
    [
        (Action.BLOCK, ("quarantined", "blocked_sender")),
        (Action.SUSPEND, ("quarantined", "suspended_sender")),
        (Action.REJECT, ("dropped", "list entry #1")),
        (Action.ALLOW, ("opened", None)),
    ],
)
def test_a_listed_sender_has_the_fate_of_the_list_and_the_trace_says_why(
    office: TestOffice, action: Action, becomes: tuple[str, str | None]
) -> None:
    put(office, action, "customer.example")
    (row,) = send(office)
    assert fate(row) == becomes
    words = f"From hong@customer.example is on the list `{action.value}` (list entry #1: insults)"
    assert trace_of(office, row)["standing"] == {"listed": words}
    if action is not Action.ALLOW:
        assert row.trace["reason"] == words
        assert office.outbox() == []
    assert fate(send(office, LEE)[0]) == ("opened", None), "nobody else is touched"
    assert office.journal.balance().adds_up


def test_the_envelope_and_the_client_count_too(office: TestOffice) -> None:
    put(office, Action.BLOCK, "bulk.example")
    put(office, Action.BLOCK, "198.51.100.0/24")
    assert fate(send(office, reverse_path="bounce@bulk.example")[0])[1] == "blocked_sender"
    assert fate(send(office, LEE, peer="198.51.100.9")[0])[1] == "blocked_sender"
    assert fate(send(office, LEE)[0]) == ("opened", None)


def test_a_change_of_the_lists_holds_for_the_next_mail(office: TestOffice) -> None:
    assert fate(send(office)[0]) == ("opened", None)
    entry = put(office, Action.BLOCK, "hong@customer.example", expires_at=office.now + timedelta(hours=1))
    assert fate(send(office)[0])[1] == "blocked_sender"
    put(office, Action.ALLOW, "customer.example")
    (row,) = send(office)
    assert fate(row) == ("opened", None), "allow beats block"
    assert "allow wins" in trace_of(office, row)["standing"]["listed"]
    with office.database.write() as connection:
        remove_entry(connection, entry + 1, author="admin@example.com", now=office.now)
    assert fate(send(office)[0])[1] == "blocked_sender"
    office.later(hours=1)
    assert fate(send(office)[0]) == ("opened", None), "the entry has ended by itself"


def test_a_suspended_person_gets_no_automatic_mail_even_where_a_mail_is_let_through(office: TestOffice) -> None:
    number = office.take().ticket_id
    assert len(office.outbox("ack")) == 1
    put(office, Action.SUSPEND, "hong@customer.example")
    office.desk.solve(number, agent=office.agent)
    assert office.outbox("resolution") == []
    assert [event.data["reason"] for event in office.events(number, "suppressed")] == ["suspended"]


# --- the flood ladder -------------------------------------------------------------------------------------------------


def test_the_ladder_silences_then_holds_and_says_so_once_a_rung(office: TestOffice) -> None:
    rows = send(office, count=52)
    assert [row.fate for row in rows] == ["opened"] * 50 + ["quarantined"] * 2
    assert {row.cause for row in rows[50:]} == {"flood"}
    assert rows[50].trace["reason"] == "51 mails of this sender came within 60 minutes"
    silent = [office.events(row.ticket_id, "suppressed") for row in rows[:50]]
    reasons = [events[0].data["reason"] if events else None for events in silent]
    assert set(reasons[15:]) == {"flood"}, "from the 16th mail on no acknowledgement because of the flood"
    assert "flood" not in reasons[:15]
    assert [(event.data["rung"], event.data["why"]) for event in office.events(None, "flood")] == [
        ("silent", "16 mails of this sender came within 10 minutes"),
        ("hold", "51 mails of this sender came within 60 minutes"),
    ]
    assert fate(send(office, LEE)[0]) == ("opened", None), "others are not touched"


def test_the_ladder_is_climbed_down_when_time_passes(office: TestOffice) -> None:
    assert send(office, count=51)[-1].cause == "flood"
    office.later(minutes=30)
    assert send(office)[0].cause == "flood"
    office.later(minutes=31)
    (row,) = send(office)
    assert fate(row) == ("opened", None)
    assert [event.data["reason"] for event in office.events(row.ticket_id, "suppressed")] != ["flood"]


@pytest.fixture
def narrow(sqlite_database: Database, tmp_path: Path) -> TestOffice:
    """The third mail is not acknowledged, the fourth is held, the fifth shuts the door."""
    return TestOffice(
        sqlite_database,
        tmp_path,
        floods={"silent": (2, 10), "hold": (3, 60), "refuse": (4, 60), "exempt": ("monitor.example", "203.0.113.7")},
        forms=({"name": "Shop form", "sender": "wordpress@www.shop.example"},),
    )


@pytest.mark.parametrize(
    "exempt",
    [
        {"sender": "Probe <probe@monitor.example>"},
        {"peer": "203.0.113.7"},
        {"protocol": "inject", "peer": ""},
        {"shadow": True},
        {"authenticated_as": "key:script"},
        {"sender": "Shop <wordpress@www.shop.example>"},
    ],
    ids=str,
)
def test_our_own_programs_and_monitors_are_never_held_for_their_number(
    narrow: TestOffice, exempt: dict[str, Any]
) -> None:
    rows = send(narrow, **{"sender": HONG, **exempt}, count=8)
    assert [row.fate for row in rows] == ["opened"] * 8
    assert narrow.events(None, "flood") == []


def test_whoever_is_allowed_is_never_held_for_their_number(narrow: TestOffice) -> None:
    put(narrow, Action.ALLOW, "customer.example")
    assert {row.fate for row in send(narrow, count=8)} == {"opened"}


def test_delivery_reports_are_not_counted(narrow: TestOffice) -> None:
    raw = (
        b"From: MAILER-DAEMON@customer.example\r\nTo: support@example.com\r\nSubject: failed\r\n"
        b"Content-Type: multipart/report; report-type=delivery-status; boundary=x\r\n\r\n--x\r\n\r\nno\r\n--x\r\n"
        b"Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; a.example\r\n\r\n"
        b"Final-Recipient: rfc822; nobody@customer.example\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n--x--\r\n"
    )
    fates = [narrow.take(raw + bytes([10]) * number, reverse_path="").fate for number in range(6)]
    assert "quarantined" not in fates


def test_limits_that_are_off_count_nothing(sqlite_database: Database, tmp_path: Path) -> None:
    office = TestOffice(sqlite_database, tmp_path, limits={"enabled": False}, floods={"hold": (1, 60)})
    assert {row.fate for row in send(office, count=5)} == {"opened"}
    put(office, Action.BLOCK, "customer.example")
    assert fate(send(office)[0])[1] == "blocked_sender", "a list is no limit"


def test_a_released_mail_is_judged_by_a_person_not_by_its_number(narrow: TestOffice) -> None:
    rows = send(narrow, count=5)
    assert [row.cause for row in rows[3:]] == ["flood", "flood"]
    assert do(narrow, Act.RELEASE, causes=("flood",)) == 2
    narrow.work()
    assert {row.fate for row in narrow.rows(journal)} == {"opened"}


# --- after a loop -----------------------------------------------------------------------------------------------------


def test_who_sends_our_own_mail_back_is_held_for_an_hour(office: TestOffice) -> None:
    office.take()
    (ack,) = office.outbox("ack")
    back = mail("came back", sender=HONG, message_id=ack.message_id)
    assert fate(office.take(back)) == ("quarantined", "loop")
    (row,) = send(office)
    assert fate(row) == ("quarantined", "muted")
    assert "a mail of ours came back from this sender; all mail of this sender is held until" in row.trace["reason"]
    assert fate(send(office, peer="198.51.100.9")[0]) == ("opened", None), "the same name from elsewhere may be another"
    assert fate(send(office, LEE)[0]) == ("opened", None)
    assert office.events(None, "flood")[0].data["rung"] == "loop"
    office.later(minutes=61)
    assert fate(send(office)[0]) == ("opened", None)


# --- important people -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("trust", ["forwarded", "none"])
def test_an_important_customer_is_marked_and_a_forger_is_not(
    sqlite_database: Database, tmp_path: Path, trust: str
) -> None:
    office = TestOffice(
        sqlite_database,
        tmp_path,
        vip={"senders": ["customer.example"], "priority": "high"},
        trust={"verify": False, "unverified": trust},
    )
    number = send(office)[0].ticket_id
    with sqlite_database.read() as connection:
        tags = list(connection.execute(ticket_tags.select().where(ticket_tags.c.ticket_id == number)).all())
    proven = trust == "forwarded"
    assert [row.tag for row in tags] == (["vip"] if proven else [])
    assert office.ticket(number).priority == ("high" if proven else "normal")
    assert ("vip" in office.messages(number)[0].trace.get("standing", {})) is proven
