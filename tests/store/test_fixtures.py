"""The databases that all other tests stand on."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import func, insert, inspect, select

from gateway.store import schema
from gateway.store.agents import create_agent
from gateway.store.database import Database

NOW = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)


@pytest.mark.parametrize("again", range(2))
def test_each_test_has_a_database_of_its_own(database: Database, again: int) -> None:
    with database.write() as connection:
        connection.execute(insert(schema.settings).values(key="only", value={"again": again}))
        agent = create_agent(connection, address="a@b.test", name="A", role="agent", language="en", now=NOW)
        assert agent.id == 1, "numbers begin anew"
    with database.read() as connection:
        assert connection.scalar(select(func.count()).select_from(schema.settings)) == 1


def test_times_come_back_aware(database: Database) -> None:
    with database.write() as connection:
        connection.execute(insert(schema.login_failures).values(key="peer:192.0.2.1", at=NOW))
    with database.read() as connection:
        assert connection.scalar(select(schema.login_failures.c.at)) == NOW


def test_an_empty_database_is_empty(empty_database_url: str) -> None:
    database = Database(empty_database_url)
    with database.read() as connection:
        assert inspect(connection).get_table_names() == []
    database.dispose()
