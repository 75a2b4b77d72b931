"""Fixtures for every part: databases. A test that takes ``database`` runs on SQLite and on PostgreSQL."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from _pytest.nodeid import NodeId
from hypothesis import settings

from gateway.store.database import Database
from tests.support.databases import ENGINES, PostgresqlServer, SqliteFiles, postgresql_server
from tests.support.warm import keep_warm

# Hundreds of interpreters are started here, and thousands of small gateways: none of them does for itself what is the same for all.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False
keep_warm()
HERE = Path(__file__).parent

# The suite tries the same examples every time, so that it fails for a change and never for a throw of the dice. New ones are
# looked for with HYPOTHESIS_PROFILE=explore.
settings.register_profile("suite", derandomize=True, database=None)
settings.register_profile("explore", max_examples=1000, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "suite"))

# Long ones in the order in which they begin, so that no process works alone in the end. Group names, or files below tests/.
LONG = (
    *("durability", "app", "postfix", "xss", "docs-reader", "journey", "demo", "weapon", "hijack", "impersonation"),
    *("incidents/test_i28_secrets_in_errors.py", "starters/test_starters.py", "web/test_chromium.py"),
    *("pipeline/test_worker.py", "trust/test_pipeline.py", "trust/test_dead_dns.py"),
)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Under pytest-xdist, tests of a group, else of a file, go to one process: what they share is made once.

    The process that hands out work reads groups from the ends of names, where pytest-xdist 3.8 puts those of ``xdist_group`` in a way
    that pytest 9.1 and later do not see.
    """
    if not hasattr(config, "workerinput"):
        return
    places = {name: place for place, name in enumerate(LONG)}
    groups: dict[pytest.Item, str] = {}
    for item in items:
        mark = item.get_closest_marker("xdist_group")
        groups[item] = str(mark.args[0]) if mark is not None else item.path.relative_to(HERE).as_posix()
        item._id = NodeId.parse(f"{item.nodeid.removesuffix('@' + groups[item])}@{groups[item]}")
    items.sort(key=lambda item: places.get(groups[item], len(LONG)))


@pytest.fixture(scope="session")
def sqlite_files(tmp_path_factory: pytest.TempPathFactory) -> SqliteFiles:
    return SqliteFiles(tmp_path_factory.mktemp("sqlite"))


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgresqlServer]:
    """The PostgreSQL server of this pytest process."""
    with postgresql_server() as server:
        yield server


def _url(request: pytest.FixtureRequest, directory: Path, *, tables: bool) -> Iterator[str]:
    if request.param == "sqlite":
        files: SqliteFiles = request.getfixturevalue("sqlite_files")
        yield files.create(directory, tables=tables)
    else:
        server: PostgresqlServer = request.getfixturevalue("postgresql")
        with server.create(tables=tables) as url:
            yield url


@pytest.fixture(params=ENGINES)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """URL of a fresh database with all tables; for tests that start processes."""
    yield from _url(request, tmp_path, tables=True)


@pytest.fixture(params=ENGINES)
def empty_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """URL of a fresh database without any table; for tests of migrations."""
    yield from _url(request, tmp_path, tables=False)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A fresh database with all tables, on each engine."""
    database = Database(database_url)
    yield database
    database.dispose()


@pytest.fixture
def sqlite_database(sqlite_files: SqliteFiles, tmp_path: Path) -> Iterator[Database]:
    """A fresh SQLite database alone, for tests in which the engine makes no difference."""
    database = Database(sqlite_files.create(tmp_path))
    yield database
    database.dispose()
