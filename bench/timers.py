"""What a tick of automation costs beside a million tickets that each have a promise and a timed rule."""

import os
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, insert, text

from gateway.automation.worker import STAMP_KEY, Automaton
from gateway.config.load import load_all
from gateway.desk.office import Office
from gateway.store.database import Database
from gateway.store.migrate import prepare
from gateway.store.schema import contacts, settings
from gateway.store.schema.base import UtcDateTime
from gateway.threading.tokens import Keyring

TICKETS = 1_000_000
DUE = 200
"""Tickets whose time comes in the measured tick: half of them promises, half of them timers."""
NOW = datetime(2026, 11, 22, 4, 5, tzinfo=UTC)

_FILES = {
    "gateway": "reply_domain: reply.example.com\nadmin: admin@example.com\n"
    "brands: [{id: example, name: Example, addresses: [support@example.com]}]\ntrust: {verify: false}\n",
    "sla": "policies: [{id: standard, targets: {any: {first_reply: 4h}}}]\n",
    "rules": "timers: [{name: Unanswered, when: {waiting: {over: 8h}}, then: {priority: high}}]\n",
}
_NUMBERS = {
    "sqlite": "WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {count}) ",
    "postgresql": "WITH numbers(n) AS (SELECT generate_series(1, {count})) ",
}


def measure(folder: Path, count: int = TICKETS, url: str | None = None) -> list[dict[str, Any]]:
    """Seconds of filling, of a tick that finds nothing due, and of one that finds ``DUE`` tickets. The database is made anew."""
    write_files(folder)
    office = Office(
        load_all(folder / "gateway.yaml", {"GATEWAY__DATA_DIR": str(folder)}), Keyring({1: bytes(32)}), os.urandom
    )
    database = Database(url or f"sqlite:///{folder / 'gateway.db'}")
    try:
        prepare(database)
        began = time.perf_counter()
        with database.write() as connection:
            fill(connection, office, count)
        filled = time.perf_counter() - began
        clock = [NOW]
        automaton = Automaton(database, lambda: office, lambda: clock[0])
        automaton.once()  # everything imported and compiled
        idle, _, found_nothing = _timed(automaton)
        clock[0] = NOW + timedelta(hours=2)
        busy, processor, found = _timed(automaton)
    finally:
        database.dispose()
    return [
        {
            "what": f"a tick beside {count:,} tickets with a promise and a timer each, nothing due",
            "seconds": idle,
            "looked_at": found_nothing,
            "filling_seconds": filled,
            "target": "<= 1 s",
            "met": idle <= 1 and found_nothing == 0,
        },
        {
            "what": f"a tick beside {count:,} tickets, {DUE} of them due",
            "seconds": busy,
            "looked_at": found,
            "cpu_seconds": processor,
            "target": "<= 1 s",
            "met": busy <= 1 and found >= DUE,
        },
    ]


def write_files(folder: Path) -> None:
    """The configuration: one promise, one timed rule."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, words in _FILES.items():
        (folder / f"{name}.yaml").write_text(words, "utf-8")


def _timed(automaton: Automaton) -> tuple[float, float, int]:
    """Seconds on the clock and of the processor, and tickets looked at."""
    began, began_cpu = time.perf_counter(), time.process_time()
    done, _ = automaton.once()
    return time.perf_counter() - began, time.process_time() - began_cpu, done


def fill(connection: Connection, office: Office, count: int) -> None:
    """Tickets 1 to ``count``, open and waiting; the first ``DUE`` are due an hour after ``NOW``, the others far later."""
    person = connection.execute(
        insert(contacts).values(
            address="hong@customer.example", address_key="hong@customer.example", name="Hong", created_at=NOW
        )
    ).inserted_primary_key
    assert person is not None
    values = {
        "person": person[0],
        "created": _stored(connection, NOW - timedelta(hours=3)),
        "soon": _stored(connection, NOW + timedelta(hours=1)),
        "late": _stored(connection, NOW + timedelta(days=30)),
    }
    numbers = _NUMBERS[connection.dialect.name].format(count=count)
    due = f"CASE WHEN n <= {DUE // 2} THEN :soon ELSE :late END"
    timer = f"CASE WHEN n > {DUE // 2} AND n <= {DUE} THEN :soon ELSE :late END"
    if connection.dialect.name == "postgresql":
        due, timer = f"CAST({due} AS timestamptz)", f"CAST({timer} AS timestamptz)"
    for statement in (
        "INSERT INTO tickets (id, brand, address, status, subject, requester_id, priority, language, created_at, updated_at,"
        f" waiting_since, due_at) {numbers} SELECT n, 'example', 'support@example.com', 'open', 'Lamp', :person, 'normal', 'en',"
        f" :created, :created, :created, {due} FROM numbers",
        "INSERT INTO promises (ticket_id, metric, round, policy, started_at, target_seconds, spent_seconds, running, due_at, next_at)"
        f" {numbers} SELECT n, 'first_reply', 1, 'standard', :created, 14400, 0, true, {due}, {due} FROM numbers",
        f"INSERT INTO rule_timers (ticket_id, rule, due_at) {numbers} SELECT n, 'Unanswered', {timer} FROM numbers",
        "INSERT INTO messages (id, ticket_id, direction, kind, public, author, author_name, subject, text, reply_text, recipients,"
        f" attachments, trust, trace, created_at) {numbers} SELECT n, n, 'in', 'mail', true, 'hong@customer.example', 'Hong',"
        f" 'Lamp', 'Dark.', 'Dark.', '{{}}', '[]', 'none', '{{}}', :created FROM numbers WHERE n <= {DUE}",
    ):
        used = {name: value for name, value in values.items() if f":{name}" in statement}
        connection.execute(text(statement), used)
    stamp = {"stamp": office.loaded.stamp, "next": None, "wanted": True}
    connection.execute(insert(settings).values(key=STAMP_KEY, value=stamp))
    connection.execute(text("ANALYZE"))


def _stored(connection: Connection, moment: datetime) -> Any:
    """As ``UtcDateTime`` writes it."""
    kind = UtcDateTime(timezone=True)
    bind = kind.bind_processor(connection.dialect)
    return bind(moment) if bind is not None else moment
