from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.store.database import Database
from tests.support.databases import SqliteFiles
from tests.support.gatehouse import Gatehouse
from tests.web.conftest import small

__all__ = ["gatehouse", "houses", "small"]


@pytest.fixture
def gatehouse(sqlite_database: Database, tmp_path: Path) -> Iterator[Gatehouse]:
    """A door with everything behind it, and budgets as shipped."""
    with Gatehouse(sqlite_database, tmp_path) as running:
        yield running


@pytest.fixture(scope="module")
def houses(sqlite_files: SqliteFiles, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Gatehouse]]:
    """One for each level that ``trust.unverified`` may give, without budgets; shared by all cells of a table."""
    running: dict[str, Gatehouse] = {}
    databases = []
    for level in ("none", "weak", "forwarded"):
        folder = tmp_path_factory.mktemp(level)
        databases.append(Database(sqlite_files.create(folder)))
        house = Gatehouse(databases[-1], folder, trust={"unverified": level}, limits={"enabled": False})
        running[level] = house.__enter__()
    yield running
    for house in running.values():
        house.__exit__(None, None, None)
    for database in databases:
        database.dispose()
