"""From configuration to database: where it is, and with which password."""

from sqlalchemy import select

from gateway.config.model import Configuration
from gateway.store.database import Database
from gateway.store.schema import journal, outbox, tickets


def database_url(configuration: Configuration) -> str:
    """The SQLAlchemy URL; SQLite in the data directory unless the configuration names another."""
    return configuration.database.url or f"sqlite:///{configuration.data_dir.absolute() / 'gateway.db'}"


def open_database(configuration: Configuration) -> Database:
    password = configuration.database.password
    return Database(database_url(configuration), password=password.get_secret_value() if password is not None else None)


def is_unused(database: Database) -> bool:
    """True where no mail was ever accepted or written: then no reply address exists that a signing key must still verify."""
    with database.read() as connection:
        return not any(connection.execute(select(table.c.id).limit(1)).first() for table in (journal, outbox, tickets))
