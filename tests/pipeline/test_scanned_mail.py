"""What scanners say becomes of mail: held, tagged, marked as not scanned; through the pipeline, with real and broken scanners."""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gateway.desk.quarantine import Act
from gateway.rules.sender_lists import Action
from gateway.store.database import Database
from gateway.store.schema import ticket_tags
from tests.pipeline.test_release import do
from tests.pipeline.test_sender_standing import put
from tests.support.accepted import mail
from tests.support.office import TestOffice
from tests.support.scanner_programs import CHEAP, GTUBE, KINDS, VIRUS, running_scanners


@pytest.fixture(scope="module")
def addresses() -> Iterator[dict[str, str]]:
    with tempfile.TemporaryDirectory(prefix="scan") as folder, running_scanners(Path(folder), *KINDS) as started:
        yield {kind: scanner.address for kind, scanner in started.items()}


@pytest.fixture
def office(sqlite_database: Database, tmp_path: Path, addresses: dict[str, str]) -> Iterator[TestOffice]:
    scanners = [{"name": kind, "kind": kind, "address": address, "seconds": 20} for kind, address in addresses.items()]
    office = TestOffice(sqlite_database, tmp_path, scanners=scanners)
    yield office
    office.worker.scanning.panel.close()


def tags(office: TestOffice, number: int) -> set[str]:
    with office.database.read() as connection:
        rows = connection.execute(ticket_tags.select().where(ticket_tags.c.ticket_id == number))
        return {row.tag for row in rows}


def trace_of(office: TestOffice, row: Any) -> dict[str, Any]:
    return dict(row.trace if row.trace is not None else office.messages(row.ticket_id)[0].trace)


def test_a_virus_and_spam_are_held_and_the_trace_says_what_was_found(office: TestOffice) -> None:
    infected, spam, plain = office.take(mail(VIRUS)), office.take(mail(GTUBE)), office.take(mail("a lamp"))
    assert [(row.fate, row.cause) for row in (infected, spam, plain)] == [
        ("quarantined", "virus"),
        ("quarantined", "spam"),
        ("opened", None),
    ]
    assert infected.trace["reason"] == "clamav found the virus Gateway.Test.UNOFFICIAL"
    assert spam.trace["reason"].startswith("rspamd gives it the spam score 15, from 15 on mail is held (GTUBE)")
    told = {it["scanner"]: it for it in trace_of(office, plain)["scan"]}
    assert set(told) == {"rspamd", "spamassassin", "clamav"}
    assert told["rspamd"]["score"] == 0
    assert told["clamav"]["virus"] == ""
    assert tags(office, plain.ticket_id) == set()
    assert office.events(plain.ticket_id, "not_scanned") == []


def test_likely_spam_is_tagged(office: TestOffice) -> None:
    row = office.take(mail(f"{CHEAP} today"))
    assert (row.fate, tags(office, row.ticket_id)) == ("opened", {"spam"})


def test_who_is_allowed_is_never_held_for_a_score_but_for_a_virus(office: TestOffice) -> None:
    put(office, Action.ALLOW, "customer.example")
    row = office.take(mail(GTUBE))
    assert (row.fate, tags(office, row.ticket_id)) == ("opened", set())
    assert office.take(mail(VIRUS)).cause == "virus"


def test_a_person_lets_spam_go(office: TestOffice) -> None:
    row = office.take(mail(GTUBE))
    assert row.cause == "spam"
    assert do(office, Act.RELEASE) == 1
    office.work()
    assert tags(office, 1) == {"spam"}


def test_thresholds_are_the_admins(sqlite_database: Database, tmp_path: Path, addresses: dict[str, str]) -> None:
    rspamd = {"name": "one", "kind": "rspamd", "address": addresses["rspamd"], "hold_at": 7.0, "tag_at": None}
    clamav = {"name": "two", "kind": "clamav", "address": addresses["clamav"], "virus": "tag"}
    office = TestOffice(sqlite_database, tmp_path, scanners=[rspamd, clamav])
    assert office.take(mail(CHEAP)).cause == "spam"
    row = office.take(mail(VIRUS))
    assert (row.fate, tags(office, row.ticket_id)) == ("opened", {"virus"})
    office.worker.scanning.panel.close()


def test_broken_scanners_never_stop_mail_and_the_ticket_says_so(sqlite_database: Database, tmp_path: Path) -> None:
    scanners = [
        {"name": "gone", "kind": "clamav", "address": "unix:/nowhere/at/all.sock"},
        {"name": "small", "kind": "rspamd", "address": "unix:/nowhere/at/all.sock", "max_bytes": 1024},
    ]
    office = TestOffice(sqlite_database, tmp_path, scanners=scanners)
    row = office.take(mail("word " * 500))
    assert row.fate == "opened"
    assert [(event.data["scanner"], event.data["why"]) for event in office.events(row.ticket_id, "not_scanned")] == [
        ("gone", "cannot be reached: no such file or directory"),
        ("small", "the mail is larger than 1024 octets"),
    ]
    assert len(office.outbox("ack")) == 1
    for _ in range(4):
        row = office.take()
    assert row.fate == "opened"
    whys = [event.data["why"] for event in office.events(row.ticket_id, "not_scanned")]
    assert whys == ["failed too often just now and is left alone for a while"] * 2
    office.worker.scanning.panel.close()
