"""Held mail in the ledger: what is kept of it, which entries are meant, and how each leaves.

A held mail is a settled journal entry with the fate ``quarantined``. Releasing makes it pending again, deleting gives it the fate
``deleted``; both are one statement on the entry, so the ledger adds up at every instant whoever else works on it.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, func, insert, or_, select, update

from gateway.mail.address import address_key, domain_key
from gateway.store.schema import journal, outbox, quarantine

HELD = "quarantined"
DELETED = "deleted"

PREVIEW_LETTERS = 280
_SUBJECT_LETTERS = 500


@dataclass(frozen=True, slots=True)
class Held:
    """What identifies a held mail to people and to the ledger."""

    id: int
    receipt: str
    cause: str
    received_at: datetime
    held_at: datetime
    author: str  # as From says; "" where nothing was read of it
    reverse_path: str
    last_call: str | None = None  # day (ISO 8601) of the mail that announced its deletion

    @property
    def sender(self) -> str:
        """Whom the mail says it is from; the envelope's word where From names nobody."""
        return self.author or self.reverse_path


@dataclass(frozen=True, slots=True)
class Selection:
    """Which held mails are meant. Conditions that are given must all hold; none given means all of them."""

    ids: tuple[int, ...] | None = None
    receipts: tuple[str, ...] | None = None
    causes: tuple[str, ...] | None = None
    sender: str | None = None  # an address, or a domain with all domains below it
    held_before: datetime | None = None


def note_held(connection: Connection, entry: int, *, author: str, subject: str, preview: str) -> None:
    """Keep what a list shows of a held mail. Strangers' words: shown as text, cut to a few lines."""
    _keep(
        connection,
        entry,
        author=author[:320],
        author_key=address_key(author)[:320],
        subject=_storable(subject, _SUBJECT_LETTERS),
        preview=_storable(preview, PREVIEW_LETTERS),
    )


def released_from(connection: Connection, entry: int) -> frozenset[str]:
    """The causes from which a person let this mail go: it is not held for them again."""
    causes = connection.execute(
        select(quarantine.c.released_from).where(quarantine.c.journal_id == entry)
    ).scalar_one_or_none()
    return frozenset(causes or ())


def was_released(connection: Connection, entry: int) -> bool:
    """Whether a person ever let this mail go."""
    return bool(released_from(connection, entry))


def written_since(connection: Connection, address: str, since: datetime) -> bool:
    """Whether any mail of ours to this address was written since then and is not known to have failed."""
    found = select(outbox.c.id).where(
        outbox.c.recipient_key == address_key(address),
        outbox.c.created_at >= since,
        outbox.c.state.not_in(("failed", "discarded")),
    )
    return connection.execute(found.limit(1)).first() is not None


def matching(
    connection: Connection, selection: Selection, *, after: int = 0, limit: int = 200, fate: str = HELD
) -> list[Held]:
    """The mails that are meant, by id, from behind ``after``."""
    rows = connection.execute(
        _held().where(journal.c.id > after, *conditions(selection, fate)).order_by(journal.c.id).limit(limit)
    )
    return [_read(row) for row in rows]


def count_matching(connection: Connection, selection: Selection, *, fate: str = HELD) -> int:
    return connection.execute(
        select(func.count())
        .select_from(journal.outerjoin(quarantine, quarantine.c.journal_id == journal.c.id))
        .where(*conditions(selection, fate))
    ).scalar_one()


def release(connection: Connection, ids: Collection[int], *, actor: str, now: datetime) -> list[Held]:
    """Put held mails back before the pipeline, as if they had just come in; those that were still held."""
    return _leave(
        connection,
        ids,
        {
            "state": "pending",
            "fate": None,
            "cause": None,
            "settled_at": None,
            "crashes": 0,
            "next_attempt_at": now,
            "lease_owner": None,
            "lease_until": None,
            "fence": journal.c.fence + 1,
        },
        lambda held, known: {
            "released_from": sorted({*known, held.cause}),
            "released_at": now,
            "released_by": actor,
            "last_call": None,
        },
    )


def delete(connection: Connection, ids: Collection[int], *, actor: str, now: datetime) -> list[Held]:
    """Give held mails the fate ``deleted``, with the cause they had; those that were still held. The bytes stay for a while."""
    return _leave(
        connection,
        ids,
        {"fate": DELETED, "settled_at": now},
        lambda _held, _known: {"deleted_at": now, "deleted_by": actor, "erased_at": None},
    )


def restore(connection: Connection, ids: Collection[int], *, now: datetime) -> list[Held]:
    """Take deletion back where the bytes are still there; held mails again, from now on."""
    back: list[Held] = []
    for held in _locked(connection, ids, DELETED):
        kept = quarantine.c.journal_id == held.id, quarantine.c.erased_at.is_(None)
        values = {"deleted_at": None, "deleted_by": None, "last_call": None}
        if connection.execute(update(quarantine).where(*kept).values(values)).rowcount:
            connection.execute(update(journal).where(journal.c.id == held.id).values(fate=HELD, settled_at=now))
            back.append(held)
    return back


def announced(connection: Connection, ids: Iterable[int], day: str) -> None:
    """Remember on which day's mail these were announced for deletion."""
    for entry in ids:
        _keep(connection, entry, last_call=day)


def is_erased(connection: Connection, entry: int) -> datetime | None:
    """When the mail's bytes were removed for good; None where they are there."""
    return connection.execute(
        select(quarantine.c.erased_at).where(quarantine.c.journal_id == entry)
    ).scalar_one_or_none()


def erase(connection: Connection, *, deleted_before: datetime, now: datetime, limit: int) -> int:
    """Drop the bytes and words of mails that were deleted before then; how many. Files are only marked: see ``files_to_remove``.

    The entry stays in the ledger with its digest: what was accepted and who deleted it remains known.
    """
    rows = connection.execute(
        select(journal.c.id, journal.c.digest, journal.c.raw.is_(None).label("is_file"))
        .join(quarantine, quarantine.c.journal_id == journal.c.id)
        .where(
            journal.c.fate == DELETED,
            quarantine.c.deleted_at <= deleted_before,
            quarantine.c.erased_at.is_(None),
        )
        .order_by(journal.c.id)
        .limit(limit)
        .with_for_update(of=quarantine, skip_locked=True)
    ).all()
    for row in rows:
        connection.execute(update(journal).where(journal.c.id == row.id).values(raw=None, last_error=None))
        _keep(
            connection,
            row.id,
            author="",
            author_key="",
            subject="",
            preview="",
            erased_at=now,
            blob=row.digest if row.is_file else None,
        )
    return len(rows)


def files_to_remove(connection: Connection, *, limit: int) -> list[tuple[int, str]]:
    """Entries whose bytes were a file that may still be there, with its digest."""
    rows = connection.execute(
        select(quarantine.c.journal_id, quarantine.c.blob)
        .where(quarantine.c.blob.is_not(None))
        .order_by(quarantine.c.journal_id)
        .limit(limit)
    )
    return [(row.journal_id, row.blob) for row in rows]


def files_erased_at(connection: Connection, moment: datetime) -> list[tuple[int, str]]:
    """The same for entries that were erased at this very moment, all of them."""
    rows = connection.execute(
        select(quarantine.c.journal_id, quarantine.c.blob).where(
            quarantine.c.blob.is_not(None), quarantine.c.erased_at == moment
        )
    )
    return [(row.journal_id, row.blob) for row in rows]


def is_file_used(connection: Connection, digest: str) -> bool:
    """Whether an entry that was not erased has its bytes in this file."""
    found = (
        select(journal.c.id)
        .select_from(journal.outerjoin(quarantine, quarantine.c.journal_id == journal.c.id))
        .where(journal.c.digest == digest, journal.c.raw.is_(None), quarantine.c.erased_at.is_(None))
    )
    return connection.execute(found.limit(1)).first() is not None


def file_removed(connection: Connection, entry: int) -> None:
    """The file is gone, or belongs to another entry now."""
    connection.execute(update(quarantine).where(quarantine.c.journal_id == entry).values(blob=None))


def _leave(connection: Connection, ids: Collection[int], entry_values: dict[str, Any], kept: Any) -> list[Held]:
    left = _locked(connection, ids, HELD)
    known = {
        row.journal_id: row.released_from
        for row in connection.execute(
            select(quarantine.c.journal_id, quarantine.c.released_from).where(
                quarantine.c.journal_id.in_([held.id for held in left])
            )
        )
    }
    if left:
        connection.execute(update(journal).where(journal.c.id.in_([held.id for held in left])).values(entry_values))
    for held in left:
        _keep(connection, held.id, **kept(held, known.get(held.id, ())))
    return left


def _locked(connection: Connection, ids: Collection[int], fate: str) -> list[Held]:
    """Those of ``ids`` that have this fate, kept from other writers until the transaction ends."""
    query = _held().where(journal.c.id.in_(sorted(ids)), journal.c.fate == fate).order_by(journal.c.id)
    return [_read(row) for row in connection.execute(query.with_for_update(of=journal))]


def _held() -> Any:
    return select(
        journal.c.id,
        journal.c.receipt,
        func.coalesce(journal.c.cause, "").label("cause"),
        journal.c.received_at,
        journal.c.settled_at,
        func.coalesce(quarantine.c.author, "").label("author"),
        journal.c.reverse_path,
        quarantine.c.last_call,
    ).select_from(journal.outerjoin(quarantine, quarantine.c.journal_id == journal.c.id))


def _read(row: Any) -> Held:
    return Held(*row)


def conditions(selection: Selection, fate: str = HELD) -> Sequence[ColumnElement[bool]]:
    """What a query over the ledger, with what is kept of held mail joined to it, must ask for."""
    conditions: list[ColumnElement[bool]] = [journal.c.fate == fate]
    if selection.ids is not None:
        conditions.append(journal.c.id.in_(selection.ids))
    if selection.receipts is not None:
        conditions.append(journal.c.receipt.in_(selection.receipts))
    if selection.causes is not None:
        conditions.append(func.coalesce(journal.c.cause, "").in_(selection.causes))
    if selection.sender is not None:
        conditions.append(_is_from(selection.sender))
    if selection.held_before is not None:
        conditions.append(journal.c.settled_at < selection.held_before)
    return conditions


def _is_from(sender: str) -> ColumnElement[bool]:
    """By the author; by the envelope where no author is known."""
    written = quarantine.c.author_key
    envelope = and_(
        func.coalesce(written, "") == "",
        _fits(func.lower(journal.c.reverse_path), sender),
    )
    return or_(_fits(written, sender), envelope)


def _fits(column: Any, sender: str) -> ColumnElement[bool]:
    if "@" in sender.lstrip("@"):
        is_it: ColumnElement[bool] = column == address_key(sender)
        return is_it
    domain = domain_key(sender.lstrip("@"))
    return or_(column.endswith(f"@{domain}", autoescape=True), column.endswith(f".{domain}", autoescape=True))


def _keep(connection: Connection, entry: int, **values: Any) -> None:
    done = connection.execute(update(quarantine).where(quarantine.c.journal_id == entry).values(values))
    if not done.rowcount:
        connection.execute(insert(quarantine).values(journal_id=entry, **values))


def _storable(text: str, most: int) -> str:
    """One paragraph without what a database or a page could stumble over."""
    return " ".join(text.replace("\x00", "").encode("utf-8", "replace").decode().split())[:most]
