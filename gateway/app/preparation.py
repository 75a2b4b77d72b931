"""What must be there before the first role starts: folders, signing keys, a database of this version, the first admin."""

import hashlib
import os
from datetime import UTC, datetime

from sqlalchemy import Connection, insert, select, update
from sqlalchemy.exc import DBAPIError

from gateway.app.faults import CannotStart
from gateway.app.reading import Prepared
from gateway.config.keys import load_keyring
from gateway.config.load import Loaded
from gateway.config.mistakes import ConfigurationError, Mistake
from gateway.notify.check import check_templates
from gateway.store.agents import ensure_first_admin
from gateway.store.blobs import BlobStore
from gateway.store.database import Database, reason_of
from gateway.store.migrate import NewerDatabase
from gateway.store.migrate import prepare as prepare_schema
from gateway.store.open import is_unused, open_database
from gateway.store.schema import journal, settings
from gateway.threading.tokens import Keyring


def prepare(loaded: Loaded) -> Prepared:
    """Templates, keys, schema, admin. ConfigurationError or CannotStart where one of them is not as it must be.

    Signing keys are made only where no mail was ever accepted: later, missing keys are lost keys, and none are made in their place.
    """
    configuration = loaded.configuration
    faulty = check_templates(configuration)
    if faulty:
        raise ConfigurationError([_template_mistake(line) for line in faulty])
    database = open_database(configuration)
    try:
        BlobStore(configuration.data_dir / "blobs")
        prepare_schema(database)
        _agree_on_keys(database, load_keyring(configuration, may_create=is_unused(database)))
        with database.write() as connection:
            password = ensure_first_admin(connection, configuration.admin, datetime.now(UTC), os.urandom(16))
            return Prepared(password, _is_empty(connection))
    except NewerDatabase as error:
        raise CannotStart(str(error)) from error
    except (DBAPIError, OSError) as error:
        raise CannotStart(f"the database cannot be used: {reason_of(error)}; see `database` and `data_dir`") from error
    finally:
        database.dispose()


def check_to_take_over(loaded: Loaded) -> None:
    """ConfigurationError where a running gateway could not work with it: faulty templates, keys that cannot be used."""
    load_keyring(loaded.configuration, may_create=False)
    faulty = check_templates(loaded.configuration)
    if faulty:
        raise ConfigurationError([_template_mistake(line) for line in faulty])


def _agree_on_keys(database: Database, keyring: Keyring) -> None:
    """All nodes of one database sign with the same keys. CannotStart where this node's key is another one of the same number."""
    ours = {
        str(number): hashlib.sha256(b"fingerprint:" + secret).hexdigest()[:16]
        for number, secret in keyring.keys.items()
    }
    with database.write() as connection:
        row = connection.execute(select(settings.c.value).where(settings.c.key == "reply_keys")).first()
        known: dict[str, str] = dict(row.value) if row is not None else {}
        strange = [number for number, fingerprint in ours.items() if known.get(number, fingerprint) != fingerprint]
        if strange:
            raise CannotStart(
                f"reply-{strange[0]}.key is not the key with which reply addresses of this database were signed;"
                " copy it from another node, or restore it from your backup"
            )
        if row is None:
            connection.execute(insert(settings).values(key="reply_keys", value=ours))
        elif known != known | ours:
            connection.execute(update(settings).where(settings.c.key == "reply_keys").values(value=known | ours))


def _is_empty(connection: Connection) -> bool:
    return connection.execute(select(journal.c.id).limit(1)).first() is None


def _template_mistake(line: str) -> Mistake:
    return Mistake("templates", 0, 0, line)
