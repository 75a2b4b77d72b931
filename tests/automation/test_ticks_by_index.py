"""What a tick asks beside a million tickets is found by index, on each engine."""

import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, text

from bench.timers import NOW, fill, write_files
from gateway.automation.worker import Automaton
from gateway.config.load import load_all
from gateway.desk.office import Office
from gateway.store.database import Database
from gateway.store.promise_views import standings
from gateway.store.view_model import UNSOLVED, Order, TicketFilter
from gateway.store.views import list_tickets
from tests.support.office import KEYRING

LARGE = ("tickets", "promises", "rule_timers", "events", "messages")


@pytest.fixture
def office(tmp_path: Path) -> Office:
    write_files(tmp_path)
    return Office(load_all(tmp_path / "gateway.yaml", {"GATEWAY__DATA_DIR": str(tmp_path)}), KEYRING, os.urandom)


@pytest.fixture
def asked(database: Database) -> Iterator[list[tuple[str, Any]]]:
    """Every question that is put, with its values."""
    found: list[tuple[str, Any]] = []

    def note(_connection: object, _cursor: object, statement: str, values: Any, *_rest: object) -> None:
        if statement.lstrip().upper().startswith(("SELECT", "WITH")):
            found.append((statement, values))

    event.listen(database.engine, "before_cursor_execute", note)
    yield found
    event.remove(database.engine, "before_cursor_execute", note)


def scanned(database: Database, asked: list[tuple[str, Any]]) -> list[str]:
    """Questions that read one of the large tables from end to end."""
    found = []
    with database.read() as connection:
        sqlite = connection.dialect.name == "sqlite"
        if not sqlite:
            connection.execute(text("SET enable_seqscan = off"))  # then it is read so only where no index serves
        for statement, values in dict.fromkeys((words, repr(values)) for words, values in asked):
            plan = connection.exec_driver_sql(
                f"EXPLAIN {'QUERY PLAN ' if sqlite else ''}{statement}",
                next(given for words, given in asked if (words, repr(given)) == (statement, values)),
            )
            for line in (str(row[-1]).strip() for row in plan):
                if line.startswith("SCAN") if sqlite else "Seq Scan on" in line:
                    words = line.split()
                    if any(name in words for name in LARGE) and "INDEX" not in words:
                        found.append(f"{line}: {statement}")
    return found


def test_a_tick_reads_no_table_from_end_to_end(
    database: Database, office: Office, asked: list[tuple[str, Any]]
) -> None:
    with database.write() as connection:
        fill(connection, office, 3_000)
    clock = [NOW]
    automaton = Automaton(database, lambda: office, lambda: clock[0])
    automaton.once()
    asked.clear()
    assert automaton.once()[0] == 0
    clock[0] = NOW + timedelta(hours=2)
    assert automaton.once()[0] >= 200
    with database.read() as connection:
        assert len(list_tickets(connection, TicketFilter(statuses=UNSOLVED, order=Order.DUE)).rows) == 50
        assert sum(one.running for one in standings(connection, NOW)) == 3_000
    assert len(asked) > 100
    assert scanned(database, asked) == []
