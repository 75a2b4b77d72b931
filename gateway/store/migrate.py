"""Bring a database to this program's schema, or say why it cannot be used."""

from pathlib import Path

from sqlalchemy import Connection, inspect, text

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
    from alembic import command
    from alembic.config import Config

    with database.write() as connection:
        if not database.is_sqlite:
            connection.execute(text("SELECT pg_advisory_xact_lock(732117)"))
        if revision(connection) == HEAD:
            return
        configuration = Config()
        configuration.set_main_option("script_location", str(Path(__file__).with_name("migrations")))
        configuration.attributes["connection"] = connection
        command.upgrade(configuration, "head")
