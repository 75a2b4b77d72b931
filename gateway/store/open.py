"""From configuration to database: where it is, and with which password."""

from gateway.config.model import Configuration
from gateway.store.database import Database


def database_url(configuration: Configuration) -> str:
    """The SQLAlchemy URL; SQLite in the data directory unless the configuration names another."""
    return configuration.database.url or f"sqlite:///{configuration.data_dir.absolute() / 'gateway.db'}"


def open_database(configuration: Configuration) -> Database:
    password = configuration.database.password
    return Database(database_url(configuration), password=password.get_secret_value() if password is not None else None)
