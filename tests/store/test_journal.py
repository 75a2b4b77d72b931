"""The ledger: every accepted mail has one fate, whoever dies in between."""

import asyncio
import threading
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import DBAPIError, OperationalError

from gateway.group_commit import GroupCommit
from gateway.journal import (
    LEASE,
    MAX_CRASHES,
    Damaged,
    Fate,
    Journal,
    LeaseLost,
    new_receipt,
)
from gateway.store.blobs import BlobStore
from gateway.store.database import Database, is_temporary, reason_of
from gateway.store.schema import journal as table
from tests.support.accepted import NOW, accepted, mail


@pytest.fixture
def journal(database: Database, tmp_path: Path) -> Journal:
    return Journal(database, BlobStore(tmp_path / "blobs"))


def _settle(journal: Journal, entry, fate: Fate = Fate.OPENED) -> None:
    with journal.database.write() as connection:
        journal.settle(connection, entry, fate, now=NOW)


def test_bytes_come_back_as_they_were_accepted(journal: Journal) -> None:
    raw = mail("한글 " + "\x00\x7f")
    journal.append([accepted(raw)])
    (entry,) = journal.claim(owner="a", limit=5, now=NOW)
    assert journal.raw(entry) == raw
    assert entry.forward_paths == ("support@example.com",)
    assert entry.received_at == NOW


def test_large_bodies_come_from_the_blob_store(journal: Journal) -> None:
    raw = mail("x" * 300_000)
    journal.blobs.put(raw)
    journal.append([accepted(raw, in_blob=True)])
    (entry,) = journal.claim(owner="a", limit=5, now=NOW)
    assert entry.raw is None
    assert journal.raw(entry) == raw


def test_a_changed_or_missing_blob_is_seen(journal: Journal) -> None:
    raw = mail("x" * 1000)
    digest = journal.blobs.put(raw)
    journal.append([accepted(raw, in_blob=True)])
    (entry,) = journal.claim(owner="a", limit=5, now=NOW)
    path = journal.blobs.path(digest)
    path.write_bytes(raw.replace(b"x", b"y", 1))
    with pytest.raises(Damaged):
        journal.raw(entry)
    path.unlink()
    with pytest.raises(Damaged):
        journal.raw(entry)


def test_balance_counts_each_mail_once(journal: Journal) -> None:
    journal.append([accepted(mail()) for _ in range(5)])
    entries = journal.claim(owner="a", limit=3, now=NOW)
    _settle(journal, entries[0])
    _settle(journal, entries[1], Fate.APPENDED)
    balance = journal.balance()
    assert (balance.accepted, balance.pending, dict(balance.fates)) == (5, 3, {"opened": 1, "appended": 1})
    assert balance.adds_up


def test_balance_shows_a_row_without_a_fate(journal: Journal) -> None:
    """The negative control: a settled row whose fate is missing must not go unnoticed."""
    journal.append([accepted(mail())])
    with journal.database.write() as connection:
        connection.execute(update(table).values(state="settled", fate=None))
    assert not journal.balance().adds_up


def test_two_workers_never_hold_the_same_mail(journal: Journal) -> None:
    journal.append([accepted(mail()) for _ in range(60)])
    held: list[int] = []
    lock = threading.Lock()

    def work(name: str) -> None:
        while entries := journal.claim(owner=name, limit=7, now=NOW):
            with lock:
                held.extend(entry.id for entry in entries)

    threads = [threading.Thread(target=work, args=(f"worker-{number}",)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(held) == sorted(set(held))
    assert len(held) == 60


def test_oldest_first(journal: Journal) -> None:
    records = [accepted(mail()) for _ in range(4)]
    journal.append(records)
    assert [entry.receipt for entry in journal.claim(owner="a", limit=9, now=NOW)] == [
        record.receipt for record in records
    ]


def test_a_worker_that_slept_cannot_write_late(journal: Journal) -> None:
    journal.append([accepted(mail())])
    (slept,) = journal.claim(owner="a", limit=1, now=NOW)
    assert journal.claim(owner="b", limit=1, now=NOW + LEASE / 2) == []
    (taken_over,) = journal.claim(owner="b", limit=1, now=NOW + LEASE + timedelta(seconds=1))
    _settle(journal, taken_over)
    with pytest.raises(LeaseLost):
        _settle(journal, slept, Fate.APPENDED)
    assert dict(journal.balance().fates) == {"opened": 1}


def test_a_batch_that_died_is_handed_out_one_by_one(journal: Journal) -> None:
    journal.append([accepted(mail()) for _ in range(3)])
    journal.claim(owner="died", limit=3, now=NOW)
    later = NOW + LEASE + timedelta(seconds=1)
    for _ in range(3):
        (entry,) = journal.claim(owner="next", limit=3, now=later)
        assert entry.crashes == 1
        _settle(journal, entry)
    assert journal.balance().pending == 0


def test_fresh_mail_in_front_of_a_suspect_is_handed_out_without_it(journal: Journal) -> None:
    journal.append([accepted(mail()) for _ in range(3)])
    with journal.database.write() as connection:
        last = connection.execute(select(table.c.id).order_by(table.c.id.desc())).scalars().first()
        connection.execute(update(table).where(table.c.id == last).values(crashes=1))
    assert len(journal.claim(owner="a", limit=3, now=NOW)) == 2


def test_the_third_crash_quarantines_with_the_traceback(journal: Journal) -> None:
    journal.append([accepted(mail())])
    now = NOW
    for crash in range(1, MAX_CRASHES + 1):
        (entry,) = journal.claim(owner="a", limit=1, now=now)
        with journal.database.write() as connection:
            assert journal.crashed(connection, entry, f"Traceback {crash}", now=now) is (crash == MAX_CRASHES)
        now += timedelta(minutes=1)
    assert journal.claim(owner="a", limit=1, now=now) == []
    with journal.database.read() as connection:
        row = connection.execute(select(table)).one()
    assert (row.fate, row.cause, row.last_error) == ("quarantined", "crashed", "Traceback 3")
    assert journal.balance().adds_up


def test_given_back_untried_counts_no_crash(journal: Journal) -> None:
    journal.append([accepted(mail())])
    entries = journal.claim(owner="a", limit=1, now=NOW)
    journal.give_back(entries)
    (entry,) = journal.claim(owner="b", limit=1, now=NOW)
    assert entry.crashes == 0


def test_leases_of_dead_workers_are_free_at_once(journal: Journal) -> None:
    journal.append([accepted(mail()) for _ in range(2)])
    journal.claim(owner="dead", limit=1, now=NOW)
    journal.claim(owner="alive", limit=1, now=NOW)
    assert journal.release_dead(is_dead=lambda owner: owner == "dead", now=NOW) == 1
    (entry,) = journal.claim(owner="next", limit=5, now=NOW)
    assert entry.crashes == 1


async def test_many_sessions_share_commits(journal: Journal) -> None:
    group = GroupCommit(journal)
    commits = 0
    append = journal.append

    def counting(records) -> None:
        nonlocal commits
        commits += 1
        append(records)

    journal.append = counting  # type: ignore[method-assign]
    try:
        await asyncio.gather(*(group.append(accepted(mail())) for _ in range(100)))
    finally:
        group.close()
    assert journal.balance().accepted == 100
    assert commits < 50


async def test_one_bad_record_refuses_only_itself(journal: Journal) -> None:
    group = GroupCommit(journal)
    twin = accepted(mail())
    try:
        results = await asyncio.gather(
            *(group.append(record) for record in (accepted(mail()), twin, twin, accepted(mail()))),
            return_exceptions=True,
        )
    finally:
        group.close()
    assert [isinstance(result, Exception) for result in results].count(True) == 1
    assert journal.balance().accepted == 3


def test_receipts_sort_by_time_and_do_not_repeat() -> None:
    receipts = [new_receipt(NOW + timedelta(milliseconds=number), bytes([255 - number] * 7)) for number in range(100)]
    assert receipts == sorted(receipts)
    assert all(receipt.isalnum() and receipt == receipt.lower() and len(receipt) <= 32 for receipt in receipts)


def test_a_failed_transaction_leaves_nothing(journal: Journal) -> None:
    def fail_after_settling() -> None:
        with journal.database.write() as connection:
            journal.settle(connection, entry, Fate.OPENED, now=NOW)
            raise ZeroDivisionError

    journal.append([accepted(mail())])
    (entry,) = journal.claim(owner="a", limit=1, now=NOW)
    with pytest.raises(ZeroDivisionError):
        fail_after_settling()
    assert journal.balance().pending == 1


def test_nothing_is_written_for_no_mail(journal: Journal) -> None:
    journal.append([])
    assert journal.balance().accepted == 0


def test_what_waiting_mends_and_what_not(database: Database) -> None:
    def ask(question: str) -> Exception:
        with database.read() as connection, pytest.raises(DBAPIError) as caught:
            connection.exec_driver_sql(question)
        return caught.value

    fault = ask("SELECT no_such_column FROM journal")
    assert not is_temporary(fault)
    assert "no_such_column" in reason_of(fault)
    assert is_temporary(OSError("disk"))
    assert is_temporary(OperationalError("SELECT 1", {}, Exception("server closed the connection")))
