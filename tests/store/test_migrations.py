"""The schema as migrations make it: what the program's tables say, from every earlier revision, with rows in it, on each engine."""

import re
import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, MetaData, Table, insert, inspect, select, text

from gateway.store import migrate
from gateway.store.database import Database
from gateway.store.migrate import HEAD, NewerDatabase, prepare, revision
from tests.support.databases import create_tables

FOLDER = Path(migrate.__file__).with_name("migrations")
REVISIONS = sorted(path.name.partition("_")[0] for path in (FOLDER / "versions").glob("[0-9]*.py"))
NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


@pytest.fixture
def database(empty_database_url: str) -> Iterator[Database]:
    database = Database(empty_database_url)
    yield database
    database.dispose()


def upgrade(database: Database, target: str) -> None:
    """As an earlier version of the program left it."""
    configuration = Config()
    configuration.set_main_option("script_location", str(FOLDER))
    with database.write() as connection:
        configuration.attributes["connection"] = connection
        command.upgrade(configuration, target)


def shape(database: Database) -> dict[str, Any]:
    """Everything that an engine tells of its tables."""
    with database.read() as connection:
        look = inspect(connection)
        return {
            name: {
                "columns": {
                    column["name"]: (str(column["type"]), column["nullable"], column["default"])
                    for column in look.get_columns(name)
                },
                "key": look.get_pk_constraint(name)["constrained_columns"],
                "unique": sorted(sorted(it["column_names"]) for it in look.get_unique_constraints(name)),
                "foreign": sorted(
                    (
                        it["constrained_columns"],
                        it["referred_table"],
                        it["referred_columns"],
                        sorted(it["options"].items()),
                    )
                    for it in look.get_foreign_keys(name)
                ),
                "checks": sorted(it["sqltext"] for it in look.get_check_constraints(name)),
                "indexes": sorted(
                    (
                        it["name"],
                        it["column_names"],
                        bool(it["unique"]),
                        sorted((key, str(value)) for key, value in it["dialect_options"].items()),
                    )
                    for it in look.get_indexes(name)
                    if not it.get("duplicates_constraint")
                ),
            }
            for name in look.get_table_names()
            if name != "alembic_version"
        }


def filled(connection: Connection) -> dict[str, list[dict[str, Any]]]:
    """One row in every table, with something in every column; the rows by table."""
    tables = MetaData()
    tables.reflect(connection)
    rows = {}
    for table in tables.sorted_tables:
        if table.name == "alembic_version":
            continue
        connection.execute(insert(table).values({column.name: something(column) for column in table.columns}))
        rows[table.name] = content(connection, table)
    return rows


def something(column: Any) -> object:
    if column.foreign_keys:
        (key,) = column.foreign_keys
        return None if key.column.table is column.table and column.nullable else something(key.column)
    kind = column.type.python_type
    values: dict[type, object] = {
        int: 1,
        float: 1.0,
        date: NOW.date(),
        bool: True,
        bytes: b"x",
        datetime: NOW,
        dict: {},
        str: "x",
    }
    return values.get(kind, [])


def content(connection: Connection, table: Table) -> list[dict[str, Any]]:
    return [dict(row._mapping) for row in connection.execute(select(table))]


def test_each_revision_follows_the_one_before_and_the_last_is_what_the_program_wants() -> None:
    assert [f"{number:04}" for number in range(1, len(REVISIONS) + 1)] == REVISIONS
    assert REVISIONS[-1] == HEAD


def test_migrations_make_the_tables_of_the_program(database: Database) -> None:
    prepare(database)
    with database.read() as connection:
        assert revision(connection) == HEAD
    migrated = shape(database)
    with database.write() as connection:
        tables = MetaData()
        tables.reflect(connection)
        tables.drop_all(connection)
    create_tables(database.engine.url.render_as_string(hide_password=False))
    assert migrated == shape(database)


@pytest.mark.parametrize("earlier", REVISIONS[:-1])
def test_rows_of_an_earlier_version_stay(database: Database, earlier: str) -> None:
    upgrade(database, earlier)
    with database.write() as connection:
        before = filled(connection)
    prepare(database)
    with database.read() as connection:
        assert revision(connection) == HEAD
        tables = MetaData()
        tables.reflect(connection)
        for name, rows in before.items():
            after = content(connection, tables.tables[name])
            assert [{key: row[key] for key in rows[0]} for row in after] == rows, name


def test_whoever_comes_second_finds_it_done(database: Database) -> None:
    url = database.engine.url.render_as_string(hide_password=False)
    others = [Database(url) for _ in range(2)]
    threads = [threading.Thread(target=prepare, args=(other,)) for other in others]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    prepare(database)
    with database.read() as connection:
        assert connection.execute(text("SELECT version_num FROM alembic_version")).scalars().all() == [HEAD]
    for other in others:
        other.dispose()


def test_the_database_of_a_newer_version_is_left_alone(database: Database) -> None:
    prepare(database)
    with database.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(
        NewerDatabase, match=re.escape(f"schema 9999, this version of support-gateway knows schemas up to {HEAD}")
    ):
        prepare(database)
