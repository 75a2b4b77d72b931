"""Redaction as people ask for it: what would go, and doing it with a receipt in the audit log."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from gateway.store.audit import What, record
from gateway.store.blobs import BlobStore
from gateway.store.database import Database
from gateway.store.quarantine import file_removed, files_to_remove, is_file_used
from gateway.store.redaction import Plan, carry_out

FILES = 1000  # looked at in one go


@dataclass(frozen=True, slots=True)
class Receipt:
    """What proves a redaction."""

    about: str
    pseudonym: str
    by: str
    at: datetime
    why: str
    removed: dict[str, int]  # rows by table
    hash: str  # SHA-256 over all that was removed
    files: int  # that are gone
    files_later: int  # too young to be removed, or shared: the clock removes those that nobody needs within a day

    def fields(self) -> dict[str, Any]:
        return asdict(self) | {"at": self.at.isoformat()}


def expected(plan: Plan) -> dict[str, int]:
    """How much is theirs, without touching any of it."""
    return {
        "tickets": len(plan.tickets),
        "messages": len(plan.messages),
        "journal": len(plan.journal),
        "outbox": len(plan.outbox),
        "contacts": int(plan.contact is not None),
    }


def redact(
    database: Database,
    blobs: BlobStore,
    find: Callable[[Connection], Plan],
    *,
    actor: str,
    origin: str,
    why: str,
    now: datetime,
) -> Receipt:
    """Remove what ``find`` names, and write the receipt in the same transaction; files follow. RedactionError: nothing was done."""
    with database.write() as connection:
        plan = find(connection)
        done = carry_out(connection, plan, actor=actor, now=now)
        told = {"why": why[:500], "removed": dict(sorted(done.counts.items())), "hash": done.digest.hexdigest()}
        record(connection, What.REDACTED, plan.about, actor=actor, origin=origin, now=now, data=told)
        marked = {digest for entry, digest in files_to_remove(connection, limit=FILES) if entry in plan.journal}
    gone = remove_files(database, blobs, now)
    if database.is_sqlite:  # what was overwritten still stands in the write-ahead log
        raw = database.engine.raw_connection()
        try:
            raw.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
        finally:
            raw.close()
    removed = len(marked & gone)
    return Receipt(
        plan.about, plan.pseudonym, actor, now, why, told["removed"], told["hash"], removed, len(marked) - removed
    )


def remove_files(database: Database, blobs: BlobStore, now: datetime) -> set[str]:
    """Remove files of erased mail that no other mail shares; their digests. A file that is still young has its turn later."""
    with database.read() as connection:
        waiting = files_to_remove(connection, limit=FILES)
    done: set[str] = set()
    for entry, digest in waiting:

        def is_used(digest: str = digest) -> bool:
            with database.read() as connection:
                return is_file_used(connection, digest)

        removed = blobs.remove_unused(digest, now=now.timestamp(), is_used=is_used)
        if removed or is_used():
            with database.write() as connection:
                file_removed(connection, entry)
        if removed:
            done.add(digest)
    return done
