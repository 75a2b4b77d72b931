"""A redaction in small steps: killed after any of them, asked again; with mail coming in meanwhile; told of while it is unfinished."""

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, select

from gateway.desk.redacting import BATCH, Receipt, redact
from gateway.report.health import State, health
from gateway.store.blobs import BlobStore
from gateway.store.database import Database
from gateway.store.erasing import unfinished
from gateway.store.migrate import prepare
from gateway.store.redaction import Plan, RedactionError, plan_message, plan_person
from gateway.store.schema import audit, contacts, settings, webhook_calls
from tests.support.accepted import accepted, mail
from tests.support.canaries import CANARY, HONG, OTHER, canaries, converse
from tests.support.office import TestOffice


@pytest.fixture
def office(sqlite_database: Database, tmp_path: Path) -> TestOffice:
    office = TestOffice(sqlite_database, tmp_path, outbound={"smarthost": "127.0.0.1:2526"})
    converse(office)
    return office


def erase(
    office: TestOffice,
    database: Database,
    blobs: BlobStore,
    find: Callable[[Connection], Plan] = lambda connection: plan_person(connection, HONG),
    **more: Any,
) -> Receipt:
    return redact(database, blobs, find, actor="kim", origin="here", why="asked", now=office.now, **more)


def test_killed_after_any_step_and_asked_again(office: TestOffice, tmp_path: Path) -> None:
    """kill -9 in a process of its own, on a copy of everything; a second run ends it, with the receipt of both."""
    steps: list[int] = []
    whole = _elsewhere(office, tmp_path, tmp_path / "whole")
    receipt = erase(office, *whole, batch=4, on_progress=lambda done, _total: steps.append(done))
    whole[0].dispose()
    with office.database.read() as connection:
        parts = list(plan_person(connection, HONG).slices(4))
    lasts = [
        number for number, part in enumerate(parts, 1) if number == len(parts) or _kind(part) != _kind(parts[number])
    ]
    assert len(lasts) >= 4, "a step of each kind"
    for number in (*lasts, len(steps) - 2):
        database, blobs = _elsewhere(office, tmp_path, tmp_path / f"killed-{number}")
        database.dispose()
        if not (child := os.fork()):
            passed: list[int] = []

            def kill(done: int, _total: int, passed: list[int] = passed, number: int = number) -> None:
                passed.append(done)
                if len(passed) > number:
                    os.kill(os.getpid(), signal.SIGKILL)

            try:
                erase(office, *_opened(tmp_path / f"killed-{number}"), batch=4, on_progress=kill)
            finally:
                os._exit(1)
        assert os.WTERMSIG(os.waitpid(child, 0)[1]) == signal.SIGKILL
        database, blobs = _opened(tmp_path / f"killed-{number}")
        copy = _looking_at(office, database)
        assert copy.rows(audit, audit.c.what == "redacted") == [], "no receipt before the end"
        again = erase(office, database, blobs)
        assert canaries(copy) == []
        assert (again.removed, again.files + again.files_later) == (receipt.removed, 1), number
        assert again.pseudonym == receipt.pseudonym
        (told,) = copy.rows(audit, audit.c.what == "redacted")
        assert told.data["removed"] == again.removed
        with database.read() as connection:
            assert unfinished(connection) == []
        database.dispose()


def _kind(part: Plan) -> str:
    return next(name for name in ("outbox", "journal", "messages", "tickets", "subjects") if getattr(part, name))


def _elsewhere(office: TestOffice, source: Path, target: Path) -> tuple[Database, BlobStore]:
    target.mkdir()
    with closing(sqlite3.connect(str(office.database.engine.url.database))) as connection:
        connection.execute("VACUUM INTO ?", (str(target / "copy.db"),))
    shutil.copytree(source / "blobs", target / "blobs")
    return _opened(target)


def _opened(folder: Path) -> tuple[Database, BlobStore]:
    return Database(f"sqlite:///{folder / 'copy.db'}"), BlobStore(folder / "blobs")


def _looking_at(office: TestOffice, database: Database) -> Any:
    """The office's looks, at another database."""
    other = object.__new__(TestOffice)
    other.__dict__.update(office.__dict__, database=database)
    return other


def test_mail_that_comes_in_meanwhile_is_taken_along(office: TestOffice) -> None:
    came: list[str] = []

    def bring(done: int, total: int) -> None:
        if done >= total - 1 and not came:
            came.append(office.take(mail(f"{CANARY} again", sender=HONG, subject="New"), reverse_path=HONG).fate)

    receipt = erase(office, office.database, office.journal.blobs, on_progress=bring)
    assert came == ["opened"]
    assert canaries(office) == []
    assert receipt.removed["tickets"] == 3, "one of them new"
    with office.database.read() as connection:
        assert unfinished(connection) == []
    later = office.take(mail("Hello, me again", sender=HONG, subject="Later"), reverse_path=HONG)
    assert later.fate == "opened", "who writes afterwards is somebody new"
    assert {row.address for row in office.rows(contacts)} == {OTHER, HONG, receipt.pseudonym}


def test_mail_that_is_not_worked_on_yet_stops_it_and_it_goes_on(office: TestOffice) -> None:
    came: list[int] = []

    def bring(done: int, total: int) -> None:
        if done == total and not came:
            came.append(done)
            office.journal.append([accepted(mail("x", sender=HONG), at=office.now, reverse_path=HONG)])

    with pytest.raises(RedactionError, match="is not worked on yet"):
        erase(office, office.database, office.journal.blobs, on_progress=bring)
    office.later(minutes=11)
    with office.database.read() as connection:
        ((about, _),) = unfinished(connection)
        assert about.startswith("person ")
        remembered = connection.execute(select(settings)).all()
        assert HONG not in repr(remembered), "what is remembered names nobody"
        light = {it.name: it for it in health(connection, office.now).checks}["redactions_unfinished"]
        assert (light.state, light.value) == (State.WARNING, 1)
        assert about in light.text
    office.work()
    erase(office, office.database, office.journal.blobs)
    assert canaries(office) == []
    with office.database.read() as connection:
        assert {it.name: it for it in health(connection, office.now).checks}["redactions_unfinished"].state is State.OK


def test_no_transaction_is_larger_than_it_may_be(office: TestOffice, tmp_path: Path) -> None:
    for number in range(12):
        office.take(mail(f"{CANARY} {number}", sender=HONG, subject=f"Number {number}"), reverse_path=HONG)
    with office.database.read() as connection:
        plan = plan_person(connection, HONG)
    assert plan.size > 40
    for size in (1, 7, BATCH):
        parts = list(plan.slices(size))
        assert all(0 < part.size <= size and not part.address for part in parts)
        assert sum(part.size for part in parts) == plan.size
    seen: list[tuple[int, int]] = []
    erase(office, office.database, office.journal.blobs, batch=7, on_progress=lambda *it: seen.append(it))
    assert all(0 <= later - sooner <= 7 for (sooner, _), (later, _) in pairwise(seen))
    assert seen[-1][0] == seen[-1][1], "it ends at all of them"


def test_a_message_is_asked_again_too(office: TestOffice) -> None:
    def stop(done: int, _total: int) -> None:
        if done:
            raise KeyboardInterrupt

    def find(connection: Connection) -> Plan:
        return plan_message(connection, office.messages(2)[0].id)

    with pytest.raises(KeyboardInterrupt):
        erase(office, office.database, office.journal.blobs, find, on_progress=stop)
    assert erase(office, office.database, office.journal.blobs, find).removed["messages"] == 2, (
        "its words, its Message-ID"
    )


def test_a_call_that_waits_is_not_made_with_nothing_in_it(office: TestOffice) -> None:
    erase(office, office.database, office.journal.blobs)
    (call,) = office.rows(webhook_calls)
    assert (call.state, call.payload, call.next_attempt_at) == ("failed", {}, None)


def test_the_command_shows_how_far_it_is(tmp_path: Path) -> None:
    """On a terminal (a real one); the receipt alone stands on standard output."""
    database = Database(f"sqlite:///{tmp_path / 'gateway.db'}")
    prepare(database)
    office = TestOffice(database, tmp_path)
    converse(office)
    (tmp_path / "gateway.yaml").write_text(
        f"data_dir: {tmp_path}\nreply_domain: reply.example.com\nadmin: kim@example.com\n"
        "brands:\n  - {id: example, name: Example Support, addresses: [support@example.com]}\n"
    )
    master, terminal = os.openpty()
    command = [sys.executable, "-m", "gateway", "redact", "person", HONG, "--yes", "--json"]
    ran = subprocess.run(
        [*command, "-c", str(tmp_path / "gateway.yaml")],
        stdout=subprocess.PIPE,
        stderr=terminal,
        check=False,
        cwd=Path(__file__).parents[2],
    )
    os.close(terminal)
    shown = os.read(master, 65536).decode()
    os.close(master)
    assert ran.returncode == 0, shown
    assert "rows" in shown
    assert "100%" in shown
    assert json.loads(ran.stdout)["done"] is True
    assert canaries(office) == []
    with pytest.raises(RedactionError, match="nothing is known"):
        erase(office, database, office.journal.blobs)
    database.dispose()
