"""What one transaction of the pipeline remembers, and that the next one asks anew."""

from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import event

from gateway.rules.sender_lists import Action
from gateway.store.agents import create_agent, set_active
from gateway.store.breaker import close_breaker, open_breaker, read_breaker
from gateway.store.database import Database
from gateway.store.lookups import is_agent
from gateway.store.memo import once, remembering
from gateway.store.sender_lists import CurrentLists, add_entry
from tests.support.accepted import NOW, accepted, mail
from tests.support.office import TestOffice


def test_nothing_is_kept_without_saying_so(sqlite_database: Database) -> None:
    answers = iter(range(9))
    with sqlite_database.read() as connection:
        assert [once(connection, "number", lambda: next(answers)) for _ in range(3)] == [0, 1, 2]
        with remembering(connection):
            assert [once(connection, "number", lambda: next(answers)) for _ in range(3)] == [3, 3, 3]
        assert once(connection, "number", lambda: next(answers)) == 4
    with sqlite_database.read() as connection, remembering(connection):
        assert once(connection, "number", lambda: next(answers)) == 5, "kept beyond its transaction"


def test_a_change_of_ones_own_is_seen_at_once(sqlite_database: Database) -> None:
    lists = CurrentLists()
    with sqlite_database.write() as connection, remembering(connection):
        assert not lists.read(connection, now=NOW).entries
        add_entry(connection, Action.BLOCK, "kim@customer.example", reason="insults", author="admin", now=NOW)
        assert lists.read(connection, now=NOW).entries
        assert not read_breaker(connection).is_open(NOW)
        open_breaker(connection, NOW, timedelta(minutes=5))
        assert read_breaker(connection).is_open(NOW)
        close_breaker(connection, NOW)
        assert not read_breaker(connection).is_open(NOW)


def test_an_agent_who_left_is_no_agent_in_the_next_batch(sqlite_database: Database, tmp_path: Path) -> None:
    office = TestOffice(sqlite_database, tmp_path)
    with sqlite_database.write() as connection, remembering(connection):
        assert is_agent(connection, "Kim@example.com")
        assert not is_agent(connection, "lee@example.com")
    with sqlite_database.write() as connection:
        create_agent(connection, address="choi@example.com", name="Choi", role="admin", language="ko", now=NOW)
        set_active(connection, office.agent, active=False)
    with sqlite_database.write() as connection, remembering(connection):
        assert not is_agent(connection, "kim@example.com")


def test_a_batch_asks_once_what_holds_for_all_its_mails(
    sqlite_database: Database, tmp_path: Path, monkeypatch: Any
) -> None:
    monkeypatch.setattr("gateway.pipeline.worker.HOLD_SECONDS", 60)  # one transaction, however busy this machine is
    office = TestOffice(sqlite_database, tmp_path)
    office.journal.append([accepted(mail(sender=f"c{number}@customer.example"), at=office.now) for number in range(20)])
    asked: list[str] = []
    event.listen(sqlite_database.engine, "before_cursor_execute", lambda *given: asked.append(given[2]))
    office.work()
    assert sum("FROM settings" in statement for statement in asked) <= 2
    assert sum("FROM agents" in statement for statement in asked) <= 3
    assert len(asked) <= 20 * 21, "statements a mail"
