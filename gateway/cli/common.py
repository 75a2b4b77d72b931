"""What most commands need: the configuration and the store behind it, and one way to print.

The store is imported when it is first opened: a command that only reads the configuration should not wait for a database driver.
"""

import getpass
import json
import os
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from gateway.config.mistakes import ConfigurationError
from gateway.mail.masking import Sensitive, masked

if TYPE_CHECKING:
    from gateway.config.load import Loaded
    from gateway.desk.actions import Desk
    from gateway.journal import Journal
    from gateway.store.audit import What
    from gateway.store.blobs import BlobStore
    from gateway.store.database import Database

F = TypeVar("F", bound=Callable[..., Any])
T = TypeVar("T")

config_option = click.option(
    "-c",
    "--config",
    "config_path",
    type=click.Path(path_type=Path),
    default=Path("config/gateway.yaml"),
    envvar="GATEWAY_CONFIG",
    show_default=True,
    help="The configuration file.",
)
json_option = click.option("--json", "as_json", is_flag=True, help="One JSON object a line, for scripts.")


class Failed(click.ClickException):
    """One clear sentence and an exit status; 1 unless said otherwise."""

    def __init__(self, message: str, exit_code: int = 1) -> None:
        super().__init__(message)
        self.exit_code = exit_code  # type: ignore[misc] # click reads it from the instance


@dataclass(frozen=True)
class Place:
    """A configuration and what lies behind it, opened when first used."""

    loaded: "Loaded"

    @cached_property
    def database(self) -> "Database":
        """The store, with its schema made or brought up to date."""
        from sqlalchemy.exc import DBAPIError

        from gateway.store.migrate import NewerDatabase, prepare
        from gateway.store.open import open_database

        configuration = self.loaded.configuration
        path = None if configuration.database.url else configuration.data_dir / "gateway.db"
        is_new = path is not None and not path.exists()
        try:
            configuration.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
            database = open_database(configuration)
            prepare(database)
        except NewerDatabase as error:
            raise Failed(str(error)) from error
        except (DBAPIError, OSError) as error:
            raise Failed(f"the database cannot be used: {getattr(error, 'orig', None) or error}", 75) from error
        if is_new and sys.stderr.isatty():  # perhaps the wrong folder: an empty answer alone would not tell
            click.echo(f"note: there was no database; an empty one was made at {path}", err=True)
        return database

    @cached_property
    def blobs(self) -> "BlobStore":
        from gateway.store.blobs import BlobStore

        return BlobStore(self.loaded.configuration.data_dir / "blobs")

    @cached_property
    def journal(self) -> "Journal":
        from gateway.journal import Journal

        return Journal(self.database, self.blobs)

    @cached_property
    def desk(self) -> "Desk":
        """What people do, under this configuration and its signing keys."""
        from gateway.bell import Ropes
        from gateway.config.keys import load_keyring
        from gateway.desk.actions import Desk
        from gateway.desk.office import Office
        from gateway.store.open import is_unused

        try:
            keyring = load_keyring(self.loaded.configuration, may_create=is_unused(self.database))
        except ConfigurationError as error:
            raise Failed("\n".join(map(str, error.mistakes)), 2) from error
        office = Office(self.loaded, keyring, os.urandom)
        ropes = Ropes(self.loaded.configuration.data_dir, {"delivery": 1})
        return Desk(self.database, lambda: office, now, on_outgoing=lambda: ropes.ring("delivery"))


_hidden: list[tuple[Sensitive, ...]] = [tuple(Sensitive)]  # by the configuration that was opened last


_opened: list[tuple[Place, str, Mapping[str, Any]]] = []


def opened() -> list[tuple[Place, str, Mapping[str, Any]]]:
    """What this command has opened, its full name, and its options; once."""
    found = list(_opened)
    _opened.clear()
    return found


def shown(value: T) -> T:
    """``value`` as the configuration lets it be seen: card and resident numbers hidden in every text in it."""
    return masked(value, _hidden[-1])


def write_down(place: Place, what: "What", about: str, **data: Any) -> None:
    """Add a row to the audit log: who sits at the command line did or saw this."""
    from gateway.store.audit import record

    with place.database.write() as connection:
        record(connection, what, about, actor=operator(), origin="command line", now=now(), data=data)


def write_down_look(place: Place, what: "What", about: str, **data: Any) -> None:
    """Add a row for something that was looked at, unless it was looked at within this hour: scripts look all the time.

    A disk that is full must not keep anybody from looking for the reason: then a warning says that no row was written.
    """
    from sqlalchemy.exc import DBAPIError

    from gateway.store.audit import is_written, once_an_hour, record

    once = once_an_hour(what, operator(), about, now())
    try:
        with place.database.read() as connection:
            if is_written(connection, once):
                return
        with place.database.write() as connection:
            record(connection, what, about, actor=operator(), origin="command line", now=now(), data=data, once=once)
    except (DBAPIError, OSError) as error:
        click.echo(f"warning: not written to the audit log: {getattr(error, 'orig', None) or error}", err=True)


def open_place(config_path: Path) -> Place:
    """Load the configuration; all mistakes on standard error and exit 2 where there are any."""
    from gateway.config.load import load_all  # ``gateway serve`` has a process of its own read it

    try:
        place = Place(load_all(config_path, os.environ))
    except ConfigurationError as error:
        raise Failed("\n".join(map(str, error.mistakes)), 2) from error
    _hidden[-1] = place.loaded.configuration.privacy.mask
    context = click.get_current_context(silent=True)
    if context is not None:
        _opened.append((place, context.command_path, context.params))
    return place


def print_json(rows: Iterable[Mapping[str, Any]], *, hide: bool = True) -> None:
    """One object a line, UTF-8; times as ISO 8601. Card and resident numbers are hidden, unless somebody asked for them."""
    for row in rows:
        sys.stdout.write(json.dumps(shown(row) if hide else row, ensure_ascii=False, default=_plain) + "\n")
    sys.stdout.flush()


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def now() -> datetime:
    return datetime.now(UTC)


def operator() -> str:
    """Who sits at the command line, for events."""
    try:
        return f"{getpass.getuser()} (command line)"
    except (KeyError, OSError):  # a container's user needs no name
        return "command line"
