"""One mail never stops the others: crashes, hangs and deaths of the worker."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

import gateway.mail.read as reader
from gateway.journal import LEASE
from gateway.pipeline import worker
from gateway.pipeline.worker import Watchdog, is_dead, process_owner
from gateway.store.database import Database
from gateway.store.quarantine import release
from gateway.store.schema import journal, tickets
from tests.support.accepted import accepted, mail
from tests.support.office import TestOffice
from tests.support.waiting import wait_until

POISON = b"poison"


def _crash_on_poison(monkeypatch: pytest.MonkeyPatch) -> None:
    original = worker.carry_out

    def carry_out(connection, ledger, case, office, *, now):
        if POISON in (case.entry.raw or b""):
            raise RuntimeError("this mail is poison")
        return original(connection, ledger, case, office, now=now)

    monkeypatch.setattr(worker, "carry_out", carry_out)


def test_poison_is_quarantined_and_all_others_pass(office: TestOffice, monkeypatch: pytest.MonkeyPatch) -> None:
    _crash_on_poison(monkeypatch)
    records = [accepted(mail(f"good {number}", sender=f"p{number}@a.example"), at=office.now) for number in range(20)]
    records.insert(7, accepted(mail("poison"), at=office.now))
    office.journal.append(records)
    for _ in range(4):
        office.work()
        office.later(seconds=30)
    with office.database.read() as connection:
        rows = {row.receipt: row for row in connection.execute(select(journal))}
    poisoned = rows.pop(records[7].receipt)
    assert (poisoned.fate, poisoned.cause, poisoned.crashes) == ("quarantined", "crashed", 3)
    assert "this mail is poison" in poisoned.last_error
    assert {row.fate for row in rows.values()} == {"opened"}
    monkeypatch.undo()
    with office.database.write() as connection:
        assert release(connection, [poisoned.id], actor="kim@example.com", now=office.now)
    office.work()
    assert office.journal.balance().fates == {"opened": 21}


def test_a_crash_leaves_nothing_behind(office: TestOffice, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ticket, message, acknowledgement and fate are one transaction: the last step fails, so nothing of it is there."""

    def settle(*_arguments, **_options) -> None:
        raise RuntimeError("the last step fails")

    monkeypatch.setattr(type(office.journal), "settle", settle)
    office.take()
    assert office.outbox() == []
    assert office.rows(tickets) == []
    monkeypatch.undo()
    office.later(minutes=1)
    office.work()
    assert len(office.outbox()) == 1


def test_a_mail_that_our_reader_cannot_read_is_a_ticket_with_its_raw_bytes(
    office: TestOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_raw: bytes):
        raise ValueError("no idea")

    monkeypatch.setattr(reader, "_read", broken)
    row = office.take(mail("unreadable", sender="Hong <hong@customer.example>"))
    assert row.fate == "opened"
    assert office.ticket(1).subject == "(unreadable mail)"
    (message,) = office.messages(1)
    assert message.author == "hong@customer.example"
    assert message.journal_id == row.id
    assert office.outbox() == [], "it is not answered by itself"


def test_a_damaged_mail_is_quarantined_at_once_with_an_alarm(office: TestOffice) -> None:
    record = accepted(mail(), at=office.now)
    office.journal.append([record])
    with office.database.write() as connection:
        connection.execute(journal.update().values(raw=mail("bits were flipped")))
    office.work()
    with office.database.read() as connection:
        row = connection.execute(select(journal)).one()
    assert (row.fate, row.cause) == ("quarantined", "damaged")
    assert office.events(None, "alarm")[0].data["reason"] == "damaged"


def test_database_trouble_counts_no_crash(office: TestOffice, monkeypatch: pytest.MonkeyPatch) -> None:
    original = worker.carry_out

    def gone(*_arguments, **_options):
        raise OperationalError("SELECT 1", {}, Exception("server closed the connection unexpectedly"))

    monkeypatch.setattr(worker, "carry_out", gone)
    office.journal.append([accepted(mail(), at=office.now)])
    with pytest.raises(OperationalError):
        office.worker.work_once()
    monkeypatch.setattr(worker, "carry_out", original)
    office.work()
    with office.database.read() as connection:
        row = connection.execute(select(journal)).one()
    assert (row.fate, row.crashes) == ("opened", 0)


def test_what_could_not_be_given_back_is_taken_up_at_once_when_the_database_is_back(
    office: TestOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No waiting for the lease of a minute, and no crash counted: the database was away, not the mail at fault."""
    original = worker.carry_out

    def gone(*_arguments, **_options):
        raise OperationalError("SELECT 1", {}, Exception("server closed the connection unexpectedly"))

    def back(_seconds):
        monkeypatch.setattr(worker, "carry_out", original)
        if not office.journal.pending():
            office.worker.stop()

    monkeypatch.setattr(worker, "carry_out", gone)
    monkeypatch.setattr(office.journal, "give_back", gone)
    monkeypatch.setattr(office.worker, "wait", back)
    office.journal.append([accepted(mail(), at=office.now)])
    office.worker.run()
    with office.database.read() as connection:
        row = connection.execute(select(journal)).one()
    assert (row.fate, row.crashes) == ("opened", 0)


def test_an_entry_taken_over_by_another_worker_is_left_to_it(
    office: TestOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.journal.append([accepted(mail(), at=office.now)])
    original = worker.understand

    def slow(entry, ledger, current):
        office.later(seconds=LEASE.total_seconds() + 1)
        (stolen,) = office.journal.claim(owner="elsewhere", limit=1, now=office.now)
        with office.database.write() as connection:
            office.journal.settle(connection, stolen, worker.Fate.SILENT, now=office.now)
        return original(entry, ledger, current)

    monkeypatch.setattr(worker, "understand", slow)
    office.worker.work_once()
    assert office.journal.balance().fates == {"silent": 1}
    assert office.outbox() == []


def test_stop_gives_back_what_was_not_begun(office: TestOffice) -> None:
    office.journal.append([accepted(mail(sender=f"p{number}@a.example"), at=office.now) for number in range(5)])
    office.worker.stop()
    office.worker.work_once()
    assert office.journal.balance().pending == 5
    with office.database.read() as connection:
        assert {row.lease_owner for row in connection.execute(select(journal))} == {None}


def test_owners_of_dead_processes_are_known() -> None:
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    try:
        owner = process_owner(child.pid)
        assert not is_dead(owner)
    finally:
        child.kill()
        child.wait()
    assert is_dead(owner)
    assert not is_dead(process_owner())
    assert not is_dead("another-host/1/1"), "nothing is known of other machines"


def test_the_watchdog_kills_what_hangs_and_nothing_else() -> None:
    killed: list[float] = []
    watchdog = Watchdog(0.2, kill=lambda: killed.append(time.monotonic()))
    watchdog.start("quick")
    watchdog.stop()
    time.sleep(0.4)
    assert killed == []
    watchdog.start("slow")
    deadline = time.monotonic() + 10
    while not killed and time.monotonic() < deadline:
        time.sleep(0.01)
    assert len(killed) == 1


DRIVER = """
import os, sys, time
from datetime import UTC, datetime
from pathlib import Path
from gateway.pipeline import worker
from gateway.store.database import Database
from tests.support import office as support

url, directory, how = sys.argv[1:]
original = worker.understand

def understand(entry, journal, current):
    if b"poison" in entry.raw:
        if how == "hang":
            time.sleep(300)
        elif how == "exit":
            os._exit(1)
        else:
            hoard = bytearray(1 << 40)
    return original(entry, journal, current)

worker.understand = understand
class Running(support.TestOffice):
    def __init__(self, database, directory):
        self.database = database
        settings = support.configuration(data_dir=directory)
        loaded = support.Loaded(settings, support.Ruleset(), support.AddressBook(settings), "test", directory)
        self.office = support.Office(loaded, support.KEYRING, os.urandom)
        self.journal = support.Journal(database, support.BlobStore(directory / "blobs"))
while True:
    process = os.fork()
    if process == 0:
        running = Running(Database(url), Path(directory))
        worker.Worker(running.journal, lambda: running.office, lambda: datetime.now(UTC), wait=time.sleep,
                      on_outgoing=lambda: None, entry_seconds=2).run()
        os._exit(1)
    os.waitpid(process, 0)
"""


@pytest.mark.parametrize("how", ["hang", "memory"])
def test_a_mail_that_kills_its_process_three_times_is_quarantined(
    sqlite_database: Database, tmp_path: Path, how: str
) -> None:
    """A real process that dies with the mail and is started again, as the supervisor does."""
    dies_three_times(sqlite_database, tmp_path, how)


def test_what_a_dead_process_held_is_free_again_on_each_engine(database: Database, tmp_path: Path) -> None:
    dies_three_times(database, tmp_path, "exit")


def dies_three_times(database: Database, tmp_path: Path, how: str) -> None:
    office = TestOffice(database, tmp_path)
    url = database.engine.url.render_as_string(hide_password=False)
    records = [accepted(mail(f"good {number}", sender=f"p{number}@a.example")) for number in range(10)]
    records.insert(3, accepted(mail("poison")))
    office.journal.append(records)
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    supervisor = subprocess.Popen(
        [sys.executable, "-c", DRIVER, url, str(tmp_path), how], env=environment, start_new_session=True
    )
    try:
        wait_until(lambda: not office.journal.balance().pending, timeout=100)
    finally:
        os.killpg(supervisor.pid, signal.SIGKILL)
        supervisor.wait()
    balance = office.journal.balance()
    assert balance.adds_up
    assert dict(balance.fates) == {"opened": 10, "quarantined": 1}


def test_waiting_for_other_writers_is_no_fault_of_the_mail(sqlite_database: Database, tmp_path: Path) -> None:
    office = TestOffice(sqlite_database, tmp_path)
    office.journal.append([accepted(mail(), at=office.now)])
    killed: list[float] = []
    watchdog = Watchdog(0.2, kill=lambda: killed.append(time.monotonic()))
    elsewhere = Database(str(sqlite_database.engine.url))
    claimed = office.journal.claim(owner=office.worker.owner, limit=5, now=office.now)
    office.journal.claim = lambda **_: claimed  # type: ignore[method-assign] # only what follows the claim is to wait
    working = threading.Thread(target=office.worker.work_once, args=(watchdog,))
    with elsewhere.write():
        working.start()
        time.sleep(1.0)
    working.join(20)
    elsewhere.dispose()
    assert killed == []
    assert office.journal.balance().fates == {"opened": 1}
