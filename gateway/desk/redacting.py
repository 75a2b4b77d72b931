"""Redaction as people ask for it: what would go, and doing it in small steps with a receipt in the audit log at the end.

Between two steps others may write, and the process may die: what was removed is written down with each step, and the same question goes
on from there. The receipt is written with the last step, under a lock that shows that nothing of theirs has come in since.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from gateway.store.audit import What, record
from gateway.store.blobs import BlobStore
from gateway.store.database import Database
from gateway.store.erasing import (
    Removed,
    carry_out,
    erase_contact,
    finish,
    newest,
    resume,
    rows_naming,
    scrub_newer,
    scrub_rows,
    write_progress,
)
from gateway.store.quarantine import file_removed, files_erased_at, files_to_remove, is_file_used
from gateway.store.redaction import Plan, RedactionError, has_newer

FILES = 1000  # looked at in one go
BATCH = 100  # rows a transaction: other writers wait for it
ROUNDS = 10  # how often what came in meanwhile is looked for

Find = Callable[[Connection], Plan]
OnProgress = Callable[[int, int], None]  # rows that were dealt with, and how many are known of


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
    find: Find,
    *,
    actor: str,
    origin: str,
    why: str,
    now: datetime,
    batch: int = BATCH,
    on_progress: OnProgress = lambda _done, _total: None,
) -> Receipt:
    """Remove what ``find`` names, ``batch`` rows a transaction, and write the receipt with the last one; files follow.

    RedactionError before anything was done, or because mail of theirs keeps coming in: then asking again goes on.
    """
    work = _Work(database, batch, actor, now, on_progress)
    for _ in range(ROUNDS):
        plan, after = work.round(find)
        with database.write() as connection:
            if plan.address and has_newer(connection, plan, after):
                continue
            removed = resume(connection, plan, now)
            if plan.address:
                erase_contact(connection, plan, removed)
                scrub_newer(connection, plan, removed, after)
            told = {"why": why[:500], "removed": dict(sorted(removed.counts.items())), "hash": removed.hash}
            record(connection, What.REDACTED, plan.about, actor=actor, origin=origin, now=now, data=told)
            finish(connection, plan)
        break
    else:
        raise RedactionError(
            f"mail of {plan.about} keeps coming in; what was removed stays removed, and the same again goes on"
        )
    later = _remove_all_files(database, blobs, now, removed)
    if database.is_sqlite:  # what was overwritten still stands in the write-ahead log
        raw = database.engine.raw_connection()
        try:
            raw.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
        finally:
            raw.close()
    counts = dict(sorted(removed.counts.items()))
    return Receipt(plan.about, plan.pseudonym, actor, now, why, counts, removed.hash, removed.files - later, later)


@dataclass
class _Work:
    """Going through what is theirs, slice by slice."""

    database: Database
    batch: int
    actor: str
    now: datetime
    on_progress: OnProgress
    done: int = 0

    def round(self, find: Find) -> tuple[Plan, dict[str, int]]:
        """Remove all that is there now but the contact; the plan, and what was the newest when it was made."""
        with self.database.read() as connection:
            after = newest(connection)
            plan = find(connection)
            plan = replace(plan, pseudonym=resume(connection, plan, self.now).pseudonym)
        total = self.done + plan.size
        self.on_progress(self.done, total)
        for part in plan.slices(self.batch):

            def carry(connection: Connection, removed: Removed, part: Plan = part) -> None:
                carry_out(connection, part, removed, actor=self.actor, now=self.now)

            self._step(plan, part.size, total, carry)
        if plan.address:
            with self.database.read() as connection:
                naming = list(rows_naming(connection, plan.address, self.batch, after))
            total = self.done + sum(len(keys) for _, keys in naming)
            for table, keys in naming:

                def scrub(connection: Connection, removed: Removed, table: Any = table, keys: Any = keys) -> None:
                    scrub_rows(connection, table, keys, plan, removed)

                self._step(plan, len(keys), total, scrub)
        return plan, after

    def _step(self, plan: Plan, size: int, total: int, work: Callable[[Connection, Removed], None]) -> None:
        with self.database.write() as connection:
            removed = resume(connection, plan, self.now)
            work(connection, removed)
            write_progress(connection, plan, removed)
        self.done += size
        self.on_progress(self.done, max(total, self.done))


def _remove_all_files(database: Database, blobs: BlobStore, now: datetime, removed: Removed) -> int:
    """Remove the files of this redaction that can be; how many of its mails' files are still there, because they are young or shared."""
    with database.read() as connection:
        waiting = files_erased_at(connection, removed.began)
    gone: set[str] = set()
    while waiting and (found := remove_files(database, blobs, now)):
        gone |= found
    return sum(digest not in gone for _, digest in waiting)


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
