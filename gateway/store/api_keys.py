"""Keys with which programs log in. The secret is shown once; the table holds its digest, which opens nothing."""

import base64
import hashlib
import hmac
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from gateway.store.schema import api_keys

PREFIX = "gwk_"  # lets scanners of source code find secrets that were checked in
ENTROPY_OCTETS = 20
USED_EVERY = timedelta(minutes=1)  # how exactly the last use is known

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")


class ApiKeyError(Exception):
    """The message is for the person who asked."""


@dataclass(frozen=True, slots=True)
class ApiKey:
    name: str
    created_at: datetime
    used_at: datetime | None
    revoked_at: datetime | None


def add_key(connection: Connection, name: str, entropy: bytes, *, now: datetime) -> str:
    """Make a key and return its secret. ``entropy``: 20 random octets or more. ApiKeyError where the name is unfit or taken."""
    if len(entropy) < ENTROPY_OCTETS:
        raise ValueError(f"a key needs {ENTROPY_OCTETS} random octets")
    if not _NAME.fullmatch(name):
        raise ApiKeyError(
            f"{name!r} is no name for a key; use a-z, 0-9, dot, hyphen and underscore, as in billing-script"
        )
    if _row(connection, name) is not None:
        raise ApiKeyError(f"there is, or was, a key {name} already; take another name")
    secret = PREFIX + base64.b32encode(entropy[:ENTROPY_OCTETS]).decode("ascii").lower()
    connection.execute(insert(api_keys).values(name=name, digest=_digest(secret), created_at=now))
    return secret


def list_keys(connection: Connection) -> tuple[ApiKey, ...]:
    """All keys by name, the revoked ones too: their names stay in the ledger."""
    rows = connection.execute(select(api_keys).order_by(api_keys.c.name))
    return tuple(ApiKey(row.name, row.created_at, row.used_at, row.revoked_at) for row in rows)


def revoke_key(connection: Connection, name: str, *, now: datetime) -> None:
    """Nobody logs in with it any more. ApiKeyError where there is none; a second time changes nothing."""
    if _row(connection, name) is None:
        raise ApiKeyError(f"there is no key {name}; `gateway apikeys list` shows them")
    connection.execute(
        update(api_keys).where(api_keys.c.name == name, api_keys.c.revoked_at.is_(None)).values(revoked_at=now)
    )


def holds_key(connection: Connection, name: str, secret: str) -> bool:
    """Whether this is the secret of the key, and the key is not revoked."""
    row = _row(connection, name)
    digest = row.digest if row is not None and row.revoked_at is None else ""
    return hmac.compare_digest(digest.encode(), _digest(secret).encode())


def mark_used(connection: Connection, name: str, *, now: datetime) -> None:
    connection.execute(
        update(api_keys)
        .where(api_keys.c.name == name, (api_keys.c.used_at.is_(None)) | (api_keys.c.used_at <= now - USED_EVERY))
        .values(used_at=now)
    )


def _row(connection: Connection, name: str) -> Row[Any] | None:
    return connection.execute(select(api_keys).where(api_keys.c.name == name)).one_or_none()


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
