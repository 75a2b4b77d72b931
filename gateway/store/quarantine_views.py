"""Reading held mail: lists for people, sums for mails and figures. Nothing here writes."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, select

from gateway.store.quarantine import HELD, Selection, conditions
from gateway.store.schema import journal, quarantine
from gateway.store.view_model import QuarantineRow

EVERYTHING = Selection()

_COLUMNS = (
    *(column for column in journal.c if column.name not in ("raw", "trace")),
    quarantine.c.author,
    quarantine.c.subject,
    quarantine.c.preview,
    quarantine.c.last_call,
)
_FROM = journal.outerjoin(quarantine, quarantine.c.journal_id == journal.c.id)


@dataclass(frozen=True, slots=True)
class CauseSum:
    """How much mail one cause holds."""

    cause: str
    mails: int
    oldest_at: datetime  # since when the oldest of them is held


def list_quarantine(
    connection: Connection,
    *,
    selection: Selection = EVERYTHING,
    limit: int = 50,
    before: int | None = None,
    fate: str = HELD,
) -> tuple[QuarantineRow, ...]:
    """Held mail, newest first; ``before`` is the id of the last row of the page before."""
    query = select(*_COLUMNS).select_from(_FROM).where(*conditions(selection, fate))
    if before is not None:
        query = query.where(journal.c.id < before)
    return tuple(_quarantined(row) for row in connection.execute(query.order_by(journal.c.id.desc()).limit(limit)))


def find_quarantined(connection: Connection, number: int, *, fate: str = HELD) -> QuarantineRow | None:
    """The entry, None where there is none or it is not in quarantine."""
    found = list_quarantine(connection, selection=Selection(ids=(number,)), limit=1, fate=fate)
    return found[0] if found else None


def longest_held(
    connection: Connection, *, limit: int, held_before: datetime | None = None, unannounced: bool = False
) -> tuple[QuarantineRow, ...]:
    """Held mail, the longest held first; ``unannounced``: of whose deletion nobody was told."""
    query = select(*_COLUMNS).select_from(_FROM).where(*conditions(Selection(held_before=held_before)))
    if unannounced:
        query = query.where(quarantine.c.last_call.is_(None))
    ordered = query.order_by(journal.c.settled_at, journal.c.id).limit(limit)
    return tuple(_quarantined(row) for row in connection.execute(ordered))


def sums_by_cause(connection: Connection, causes: Collection[str] | None = None) -> tuple[CauseSum, ...]:
    """How many mails each cause holds, most first; ``causes``: of these alone."""
    cause = func.coalesce(journal.c.cause, "")
    count = func.count()
    query = select(cause, count, func.min(journal.c.settled_at)).where(journal.c.fate == HELD)
    if causes is not None:
        query = query.where(cause.in_(causes))
    return tuple(CauseSum(*row) for row in connection.execute(query.group_by(cause).order_by(count.desc(), cause)))


def _quarantined(row: Row[Any]) -> QuarantineRow:
    return QuarantineRow(
        id=row.id,
        receipt=row.receipt,
        received_at=row.received_at,
        settled_at=row.settled_at,
        protocol=row.protocol,
        peer=row.peer,
        helo=row.helo,
        tls=row.tls,
        reverse_path=row.reverse_path,
        forward_paths=tuple(row.forward_paths),
        size=row.size,
        digest=row.digest,
        cause=row.cause,
        crashes=row.crashes,
        last_error=row.last_error,
        author=row.author or "",
        subject=row.subject or "",
        preview=row.preview or "",
        last_call=row.last_call,
    )
