"""The ledger of mail in: what was accepted, who works on it, and what became of it.

A mail is accepted when its row is committed; that is when the door says 250. Every row ends with exactly one fate, written in the
transaction that carries out the mail's effects, so ``accepted = sum of fates + pending`` at every instant.
"""

import base64
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import takewhile
from typing import Any

from sqlalchemy import Connection, Row, bindparam, func, insert, or_, select, update

from gateway.store.blobs import BlobStore
from gateway.store.database import Database
from gateway.store.schema import journal as table
from gateway.threading.causes import Cause

LEASE = timedelta(seconds=60)  # renewed by nobody: an entry takes at most ENTRY_SECONDS of the pipeline's time
MAX_CRASHES = 3
RETRY_AFTER_CRASH = (timedelta(seconds=1), timedelta(seconds=5))


_SETTLE = (
    update(table)
    .where(table.c.id == bindparam("entry"), table.c.fence == bindparam("claim"), table.c.state == "pending")
    .values(
        state="settled",
        fate=bindparam("new_fate"),
        cause=bindparam("new_cause"),
        ticket_id=bindparam("new_ticket"),
        trace=bindparam("new_trace"),
        settled_at=bindparam("at"),
        lease_owner=None,
        lease_until=None,
    )
)


class Fate(StrEnum):
    """How an accepted mail ended. One word for the ledger; the ticket and its trace have the details."""

    OPENED = "opened"
    APPENDED = "appended"
    FOLLOW_UP = "follow_up"
    JOIN_REQUEST = "join_request"
    BOUNCE = "bounce"
    SILENT = "silent"
    DUPLICATE = "duplicate"
    QUARANTINED = "quarantined"
    COMMAND = "command"  # an agent's orders were carried out; no message came of it
    DROPPED = "dropped"  # by a named rule of the admin
    DELETED = "deleted"  # from quarantine, by a person or after its time; the cause stays


@dataclass(frozen=True, slots=True)
class Accepted:
    """One SMTP transaction (or injected mail) at the moment of the final dot."""

    receipt: str  # from new_receipt: named in the 250
    received_at: datetime  # aware
    protocol: str  # smtp, esmtp, esmtps, lmtp, inject
    peer: str  # the client's address, "" where there is no network
    helo: str
    tls: str  # "TLSv1.3 TLS_AES_256_GCM_SHA384", "" in clear
    reverse_path: str  # "" is the null reverse-path <>
    forward_paths: tuple[str, ...]  # accepted recipients, at least one
    smtputf8: bool
    size: int  # octets
    digest: str  # SHA-256 of the raw mail, lower-case hexadecimal
    raw: bytes | None  # None: durable in the blob store under ``digest`` already
    shadow: bool = False  # learn from it, send nothing
    authenticated_as: str = ""  # an agent's address, "key:" and the name of an API key, "" where nobody logged in


@dataclass(frozen=True, slots=True)
class Entry:
    """A journal row in a worker's hands."""

    id: int
    receipt: str
    received_at: datetime
    protocol: str
    peer: str
    reverse_path: str
    forward_paths: tuple[str, ...]
    size: int
    digest: str
    raw: bytes | None
    fence: int
    crashes: int
    shadow: bool
    helo: str
    authenticated_as: str = ""  # as in Accepted


@dataclass(frozen=True, slots=True)
class Balance:
    accepted: int
    pending: int
    fates: Mapping[str, int]

    @property
    def adds_up(self) -> bool:
        return self.accepted == self.pending + sum(self.fates.values())


class LeaseLost(Exception):
    """Somebody else holds this entry now: whatever was done in this transaction must be rolled back."""


class Damaged(Exception):
    """The stored bytes are not the bytes that were accepted."""


def new_receipt(now: datetime, entropy: bytes) -> str:
    """A receipt that sorts by time: 48 bits of milliseconds and 52 of chance (7 bytes used) in 20 letters and digits.

    Lower case, so that it survives being read out on the telephone and typed into the search box.
    """
    milliseconds = int(now.timestamp() * 1000)
    return base64.b32hexencode(milliseconds.to_bytes(6, "big") + entropy[:7]).decode("ascii").rstrip("=").lower()


class Journal:
    """Append, claim, settle. Blocking; give it a thread of its own where an event loop must not wait."""

    def __init__(self, database: Database, blobs: BlobStore) -> None:
        self.database = database
        self.blobs = blobs

    def append(self, records: Sequence[Accepted]) -> None:
        """Commit all of them in one transaction. When this returns they are durable; when it raises none is."""
        if not records:
            return
        rows = [_row(record) for record in records]
        with self.database.write() as connection:
            connection.execute(insert(table), rows)

    def pending(self) -> int:
        with self.database.read() as connection:
            return _count_pending(connection)

    def claim(self, *, owner: str, limit: int, now: datetime) -> list[Entry]:
        """Take up to ``limit`` due entries, oldest first, for ``LEASE``.

        An entry whose worker died with it is handed out alone: when a batch dies, only the guilty mail is counted again.
        """
        due = select(table).where(
            table.c.state == "pending",
            or_(table.c.lease_until.is_(None), table.c.lease_until < now),
            or_(table.c.next_attempt_at.is_(None), table.c.next_attempt_at <= now),
        )
        due = due.order_by(table.c.id).limit(limit)
        if not self.database.is_sqlite:
            due = due.with_for_update(skip_locked=True)
        with self.database.write() as connection:
            rows = [row for row in connection.execute(due) if self._survived(connection, row, now)]
            if not rows:
                return []
            chosen = rows[:1] if _is_suspect(rows[0]) else list(takewhile(lambda row: not _is_suspect(row), rows))
            connection.execute(
                update(table)
                .where(table.c.id.in_([row.id for row in chosen]))
                .values(lease_owner=owner, lease_until=now + LEASE, fence=table.c.fence + 1)
            )
            return [_entry(row) for row in chosen]

    def _survived(self, connection: Connection, row: Row[Any], now: datetime) -> bool:
        """Count a crash for an entry whose worker died with it. True where the entry may be handed out now.

        The first death may have been another mail's of the same batch, so the next try follows at once; later ones wait a while,
        and the third quarantines.
        """
        if row.lease_owner is None:
            return True
        crashes = row.crashes + 1
        if crashes >= MAX_CRASHES:
            self._quarantine(connection, row.id, crashes, "the process that worked on this mail died each time", now)
            return False
        waits = crashes > 1
        until = now + RETRY_AFTER_CRASH[crashes - 1] if waits else None
        values: dict[str, Any] = {
            "crashes": crashes,
            "lease_owner": None,
            "lease_until": None,
            "next_attempt_at": until,
        }
        connection.execute(update(table).where(table.c.id == row.id).values(values))
        return not waits

    def _quarantine(self, connection: Connection, number: int, crashes: int, error: str, now: datetime) -> None:
        connection.execute(
            update(table)
            .where(table.c.id == number)
            .values(
                state="settled",
                fate=Fate.QUARANTINED.value,
                cause=Cause.CRASHED,
                crashes=crashes,
                last_error=error[-20_000:],
                settled_at=now,
                lease_owner=None,
                lease_until=None,
                fence=table.c.fence + 1,
            )
        )

    def entries(self, ids: Iterable[int]) -> list[Entry]:
        """Accepted mails by their ids, in order, for a look without a lease: nothing may be settled with them."""
        with self.database.read() as connection:
            rows = connection.execute(select(table).where(table.c.id.in_(list(ids))).order_by(table.c.id))
            return [_entry(row) for row in rows]

    def raw(self, entry: Entry) -> bytes:
        """The accepted bytes; Damaged where they changed on disk or are gone."""
        return checked_bytes(self.blobs, entry.raw, entry.digest)

    def settle(
        self,
        connection: Connection,
        entry: Entry,
        fate: Fate,
        *,
        now: datetime,
        ticket: int | None = None,
        cause: str | None = None,
        trace: Mapping[str, Any] | None = None,
    ) -> None:
        """Write the fate in the caller's transaction; LeaseLost where this worker's claim is no longer the last one.

        ``trace`` is for mail that leaves no message on a ticket; elsewhere the message carries it.
        """
        done = connection.execute(
            _SETTLE,
            {
                "entry": entry.id,
                "claim": entry.fence,
                "new_fate": fate.value,
                "new_cause": cause,
                "new_ticket": ticket,
                "new_trace": trace,
                "at": now,
            },
        )
        if done.rowcount != 1:
            raise LeaseLost(entry.receipt)

    def give_back(self, entries: Iterable[Entry], *, until: datetime | None = None) -> None:
        """Return entries untried (orderly stop, database trouble): no crash is counted. ``until``: not before then."""
        ids = {entry.id: entry.fence for entry in entries}
        if not ids:
            return
        with self.database.write() as connection:
            for number, fence in ids.items():
                connection.execute(
                    update(table)
                    .where(table.c.id == number, table.c.fence == fence, table.c.state == "pending")
                    .values(lease_owner=None, lease_until=None, next_attempt_at=until)
                )

    def give_back_all(self, owner: str) -> int:
        """Return whatever ``owner`` holds, untried; how many there were. For an owner that has nothing in hand any more.

        After database trouble: it could neither settle its entries nor give them back, and may hold some of which it never heard.
        """
        with self.database.write() as connection:
            held = update(table).where(table.c.state == "pending", table.c.lease_owner == owner)
            return connection.execute(held.values(lease_owner=None, lease_until=None)).rowcount

    def crashed(self, connection: Connection, entry: Entry, traceback: str, *, now: datetime) -> bool:
        """Count a crash; the third quarantines the mail with its traceback. True when that happened."""
        crashes = entry.crashes + 1
        held = connection.execute(
            select(table.c.id).where(table.c.id == entry.id, table.c.fence == entry.fence, table.c.state == "pending")
        ).first()
        if held is None:
            return False
        if crashes >= MAX_CRASHES:
            self._quarantine(connection, entry.id, crashes, traceback, now)
            return True
        connection.execute(
            update(table)
            .where(table.c.id == entry.id, table.c.fence == entry.fence)
            .values(
                crashes=crashes,
                last_error=traceback[-20_000:],
                lease_owner=None,
                lease_until=None,
                next_attempt_at=now + RETRY_AFTER_CRASH[crashes - 1],
            )
        )
        return False

    def release_dead(self, *, is_dead: Any, now: datetime) -> int:
        """At start: free the leases of workers that are gone, so that nobody waits for them to run out. Each counts as a crash."""
        with self.database.write() as connection:
            held = connection.execute(
                select(table.c.id, table.c.lease_owner, table.c.crashes).where(
                    table.c.state == "pending", table.c.lease_owner.is_not(None)
                )
            )
            dead = [row.id for row in held if is_dead(row.lease_owner)]
            for start in range(0, len(dead), 500):
                connection.execute(
                    update(table)
                    .where(table.c.id.in_(dead[start : start + 500]), table.c.state == "pending")
                    .values(lease_until=now - timedelta(seconds=1))
                )
            return len(dead)

    def balance(self) -> Balance:
        """The ledger's sum in one consistent view. The three figures are counted independently."""
        with self.database.read() as connection:
            return balance(connection)


def balance(connection: Connection) -> Balance:
    accepted = connection.execute(select(func.count()).select_from(table)).scalar_one()
    fates = connection.execute(
        select(table.c.fate, func.count())
        .where(table.c.state == "settled", table.c.fate.is_not(None))
        .group_by(table.c.fate)
    )
    return Balance(accepted, _count_pending(connection), {row[0]: row[1] for row in fates})


def checked_bytes(blobs: BlobStore, raw: bytes | None, digest: str) -> bytes:
    """A mail's bytes from its row or its blob, compared with what was accepted; Damaged where they differ."""
    if raw is None:
        try:
            raw = blobs.read(digest)
        except FileNotFoundError as error:
            raise Damaged(f"the blob {digest} is gone") from error
    if hashlib.sha256(raw).hexdigest() != digest:
        raise Damaged(f"the stored bytes do not have the digest {digest} that was accepted")
    return raw


def _count_pending(connection: Connection) -> int:
    return connection.execute(select(func.count()).select_from(table).where(table.c.state == "pending")).scalar_one()


def _is_suspect(row: Row[Any]) -> bool:
    return bool(row.crashes) or row.lease_owner is not None


def _row(record: Accepted) -> dict[str, Any]:
    return {
        "receipt": record.receipt,
        "received_at": record.received_at,
        "protocol": record.protocol,
        "peer": record.peer,
        "helo": record.helo,
        "tls": record.tls,
        "reverse_path": record.reverse_path,
        "forward_paths": list(record.forward_paths),
        "smtputf8": record.smtputf8,
        "size": record.size,
        "digest": record.digest,
        "state": "pending",
        "shadow": record.shadow,
        "authenticated_as": record.authenticated_as,
        "raw": record.raw,
    }


def _entry(row: Row[Any]) -> Entry:
    return Entry(
        id=row.id,
        receipt=row.receipt,
        received_at=row.received_at,
        protocol=row.protocol,
        peer=row.peer,
        reverse_path=row.reverse_path,
        forward_paths=tuple(row.forward_paths),
        size=row.size,
        digest=row.digest,
        raw=row.raw,
        fence=row.fence + 1,
        crashes=row.crashes + (row.lease_owner is not None),
        shadow=row.shadow,
        helo=row.helo,
        authenticated_as=row.authenticated_as,
    )
