"""What a held mail asks for: its code and its links, read from the raw mail whenever an admin looks; kept nowhere else."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, select

from gateway.journal import Damaged, checked_bytes
from gateway.mail.read import read
from gateway.mail.verification import Asked, Service, verification_of
from gateway.store.blobs import BlobStore
from gateway.store.schema import journal
from gateway.threading.causes import CARRY_SECRETS


@dataclass(frozen=True, slots=True)
class AskedForUse:
    """``is_proven``: the mail is from whom it says. If not, a forger may want the admin to confirm something."""

    asked: Asked
    is_proven: bool
    trust: str  # in words


def asked_of(connection: Connection, blobs: BlobStore, services: Sequence[Service], entry: int) -> AskedForUse | None:
    """For the journal's entry; None where it was held for another cause, or its bytes are gone."""
    row = connection.execute(
        select(journal.c.cause, journal.c.raw, journal.c.digest, journal.c.trace).where(journal.c.id == entry)
    ).one_or_none()
    if row is None or row.cause not in CARRY_SECRETS:
        return None
    try:
        message = read(checked_bytes(blobs, row.raw, row.digest))
    except Damaged:
        return None
    asked = verification_of(message, services)
    told = (row.trace or {}).get("trust", {})
    is_proven = told.get("proof") == "passed"
    return None if asked is None else AskedForUse(asked, is_proven, str(told.get("reason", "")))
