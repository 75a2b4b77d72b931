"""Bring a database to this program's schema, or say why it cannot be used."""

from pathlib import Path
from typing import Any

from sqlalchemy import Connection, event, inspect, text

from gateway.store.database import Database

HEAD = "0003"
"""The newest revision in ``migrations/versions``; a test compares them."""


class NewerDatabase(Exception):
    """The database was written by a newer version of this program. The text says which revisions."""


def revision(connection: Connection) -> str | None:
    """The schema revision that the database says it has, None where it is empty."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()


def prepare(database: Database) -> None:
    """Create or upgrade the schema; nothing is done where it is current.

    Raises NewerDatabase where the database has a revision that this program does not know, and the database's own errors.
    Two processes may call it at once: the second waits for the first.
    """
    with database.read() as connection:
        found = revision(connection)
    if found == HEAD:
        return
    if found is not None and found > HEAD:
        raise NewerDatabase(
            f"the database has schema {found}, this version of support-gateway knows schemas up to {HEAD}: "
            "install the newer version again, or restore a backup made before the upgrade"
        )
    if not database.is_sqlite:
        with database.write() as connection:
            connection.execute(text("SELECT pg_advisory_xact_lock(732117)"))
            _upgrade(connection)
        return
    rebuilding = Database(database.engine.url.render_as_string(hide_password=False))
    event.listen(rebuilding.engine, "connect", _without_foreign_keys)
    try:
        with rebuilding.write() as connection:
            _upgrade(connection)
            broken = connection.execute(text("PRAGMA foreign_key_check")).all()
            if broken:
                raise RuntimeError(f"the upgrade would leave rows that refer to nothing: {broken[:10]}")
    finally:
        rebuilding.dispose()


def _upgrade(connection: Connection) -> None:
    from alembic import command
    from alembic.config import Config

    if revision(connection) == HEAD:
        return
    configuration = Config()
    configuration.set_main_option("script_location", str(Path(__file__).with_name("migrations")))
    configuration.attributes["connection"] = connection
    command.upgrade(configuration, "head")


def _without_foreign_keys(connection: Any, _record: Any) -> None:
    # SQLite alters a table by making it anew: the old one could not be dropped while rows refer to it (sqlite.org/lang_altertable.html, 7).
    # Within a transaction the pragma would do nothing.
    connection.execute("PRAGMA foreign_keys=OFF")
