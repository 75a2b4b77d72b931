"""Health turns red before mail is refused, and the figures for Prometheus say what is stored."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from gateway.journal import Fate, Journal
from gateway.report.health import Health, State, Thresholds, examine
from gateway.report.metrics import exposition
from gateway.store.blobs import BlobStore
from gateway.store.database import Database
from gateway.store.outbox import enqueue
from gateway.store.schema import journal
from tests.support.accepted import accepted
from tests.support.accepted import mail as mail_in
from tests.support.outgoing import mail as mail_out

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
PLENTY = 10**12
USUAL = Thresholds()


@pytest.fixture
def book(database: Database, tmp_path: Path) -> Journal:
    return Journal(database, BlobStore(tmp_path / "blobs"))


def look(database: Database, thresholds: Thresholds = USUAL, free: Callable[[], int] = lambda: PLENTY) -> Health:
    return examine(database, NOW, free_bytes=free, thresholds=thresholds)


def light(found: Health, name: str) -> State:
    return next(check.state for check in found.checks if check.name == name)


def test_an_idle_gateway_is_well(database: Database) -> None:
    found = look(database)
    assert found.ok
    assert {check.state for check in found.checks} == {State.OK}
    assert found.as_json()["checks"][0] == {"name": "database", "state": "ok", "value": None, "text": "answers"}


@pytest.mark.parametrize(("seconds", "state"), [(0, "ok"), (14, "ok"), (15, "warning"), (119, "warning"), (120, "red")])
def test_mail_that_waits_for_the_pipeline(book: Journal, seconds: int, state: str) -> None:
    book.append([accepted(mail_in(), at=NOW - timedelta(seconds=seconds)), accepted(mail_in(), at=NOW)])
    found = look(book.database)
    assert light(found, "pending_age_seconds") == state
    assert found.ok == (state != "red")


@pytest.mark.parametrize(("limit", "state"), [(20, "ok"), (7, "warning"), (5, "red"), (4, "red")])
def test_it_is_red_before_the_door_refuses_for_the_number_of_waiting_mails(
    book: Journal, limit: int, state: str
) -> None:
    book.append([accepted(mail_in(), at=NOW) for _ in range(4)])
    assert light(look(book.database, Thresholds(pending_entries=limit)), "pending_entries") == state


@pytest.mark.parametrize(("free", "state"), [(8_000, "ok"), (7_999, "warning"), (2_000, "warning"), (1_999, "red")])
def test_it_is_red_before_the_door_refuses_for_want_of_space(database: Database, free: int, state: str) -> None:
    assert light(look(database, Thresholds(free_bytes=1000), lambda: free), "free_disk_bytes") == state


def test_a_data_directory_that_is_gone_is_red(database: Database) -> None:
    def gone() -> int:
        raise FileNotFoundError("/secret/place")

    found = look(database, free=gone)
    assert not found.ok
    assert "/secret/place" not in str(found.as_json())


@pytest.mark.parametrize(("minutes", "state"), [(0, "ok"), (15, "warning"), (60, "red")])
def test_mail_that_waits_for_the_smarthost(database: Database, minutes: int, state: str) -> None:
    with database.write() as connection:
        enqueue(connection, [mail_out(created_at=NOW - timedelta(minutes=minutes))])
        enqueue(connection, [mail_out(created_at=NOW - timedelta(days=9), hold_reason="no_smarthost")])
    assert light(look(database), "outbox_age_seconds") == state


@pytest.mark.parametrize(("count", "hours", "state"), [(0, 0, "ok"), (1, 1, "warning"), (3, 1, "red"), (3, 25, "ok")])
def test_mail_in_quarantine_today(book: Journal, count: int, hours: int, state: str) -> None:
    if count:
        quarantine(book, count, NOW - timedelta(hours=hours))
    assert light(look(book.database, Thresholds(quarantined=(1, 3))), "quarantined_today") == state


def quarantine(book: Journal, count: int, at: datetime) -> None:
    book.append([accepted(mail_in(), at=at) for _ in range(count)])
    with book.database.write() as connection:
        connection.execute(
            update(journal).values(state="settled", fate=Fate.QUARANTINED.value, cause="no_author", settled_at=at)
        )


def test_a_database_that_is_away_is_red_and_shows_nothing_of_itself(tmp_path: Path) -> None:
    (tmp_path / "gateway.db").write_bytes(b"no database" * 1000)
    found = look(Database(f"sqlite:///{tmp_path / 'gateway.db'}"))
    assert not found.ok
    assert found.checks[0].state is State.RED
    assert str(tmp_path) not in str(found.as_json())
    assert found.checks[-1].name == "free_disk_bytes"


def figures(database: Database) -> dict[str, float]:
    with database.read() as connection:
        text = exposition(connection, NOW, free_bytes=123).decode()
    return {match[1]: float(match[2]) for match in re.finditer(r"^([a-z_]+(?:\{.*\})?) (\S+)$", text, re.MULTILINE)}


def test_the_figures_say_what_is_stored(book: Journal) -> None:
    quarantine(book, 2, NOW)
    book.append([accepted(mail_in(), at=NOW - timedelta(seconds=30))])
    with book.database.write() as connection:
        enqueue(connection, [mail_out(created_at=NOW - timedelta(seconds=40)), mail_out(hold_reason="agent")])
    found = figures(book.database)
    assert found["gateway_journal_accepted_total"] == 3
    assert found["gateway_journal_pending"] == 1
    assert found['gateway_journal_fates{fate="quarantined"}'] == 2
    assert found['gateway_journal_fates{fate="opened"}'] == 0
    assert found['gateway_quarantine_mails{cause="no_author"}'] == 2
    assert found['gateway_quarantine_mails{cause="loop"}'] == 0
    assert found["gateway_quarantine_oldest_seconds"] == 0
    assert found["gateway_journal_balanced"] == 1
    assert found["gateway_journal_oldest_pending_seconds"] == 30
    assert found['gateway_outbox_mails{state="queued"}'] == 1
    assert found['gateway_outbox_mails{state="held"}'] == 1
    assert found['gateway_outbox_oldest_seconds{state="queued"}'] == 40
    assert found['gateway_tickets{status="open"}'] == 0
    assert found["gateway_free_disk_bytes"] == 123


def test_a_ledger_that_does_not_add_up_is_seen(book: Journal) -> None:
    book.append([accepted(mail_in(), at=NOW)])
    with book.database.write() as connection:
        connection.execute(update(journal).values(state="settled"))  # without a fate: it must never happen
    assert figures(book.database)["gateway_journal_balanced"] == 0
