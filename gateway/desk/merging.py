"""Two tickets made one, and the way back. Inside the caller's transaction; DeskError says what cannot be done.

A merge moves the conversation and lets the people of the one take part in the other. It writes down what it moved and how
both tickets were, so that it can be undone as far as nobody has built on it: what came later stays where it came.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, exists, func, insert, select, update

from gateway.desk.acting import DeskError, open_ticket
from gateway.store.participants import leave
from gateway.store.schema import contacts, events, messages, outbox, participants, surveys, thread_ids, timers
from gateway.store.tickets import add_events, add_participant, change_status, change_ticket, ticket_row
from gateway.threading.model import Status

_WAKES = (Status.PENDING, Status.ON_HOLD, Status.SOLVED)
_AT_ONCE = 500  # rows a statement: SQLite takes 32,766 values, PostgreSQL 65,535


@dataclass(frozen=True, slots=True)
class Unmerged:
    """What came of an undoing: ``source`` is a ticket of its own again."""

    source: int
    target: int
    messages: int  # that went back
    left: tuple[str, ...]  # addresses of people who had got mail of the target, and take part in it no more


def merge(connection: Connection, source: int, target: int, who: Row[Any], now: datetime) -> None:
    """Make ``source`` part of ``target``: its conversation moves, its people take part, later replies follow.

    Where somebody waits for an answer in the one, the other wakes up, as it does by a reply.
    """
    if source == target:
        raise DeskError("a ticket cannot be merged into itself")
    first, second = sorted((source, target))  # one order for all, so that two merges never wait for each other
    rows = {number: open_ticket(connection, number) for number in (first, second)}
    there = _people(connection, target)
    moved = list(connection.execute(select(messages.c.id).where(messages.c.ticket_id == source)).scalars())
    for person in _people(connection, source).values():
        role = "agent" if person.role == "agent" else "cc"  # the target has its requester
        if person.revoked_at is None:
            add_participant(connection, target, person.contact_id, role, now)
    added = [person.id for contact, person in _people(connection, target).items() if contact not in there]
    waiting = [row.waiting_since for row in rows.values() if row.waiting_since is not None]
    data: dict[str, Any] = {
        "messages": moved,
        "status": rows[source].status,
        "into": target,
        "before": _before(connection, rows[source]),
        "added": added,
        "waited": _written(rows[target].waiting_since),
        "waits": _written(min(waiting, default=None)),
    }
    if rows[source].waiting_since is not None and Status(rows[target].status) in _WAKES:
        data["woke"] = _before(connection, rows[target])
        why = f"ticket {source}, in which somebody waits, was merged into it"
        change_status(connection, rows[target], Status.OPEN, actor=who.address, now=now, why=why, close_at=None)
    connection.execute(update(messages).where(messages.c.ticket_id == source).values(ticket_id=target))
    connection.execute(update(thread_ids).where(thread_ids.c.ticket_id == source).values(ticket_id=target))
    change_status(connection, rows[source], Status.CLOSED, actor=who.address, now=now, why="merged", close_at=None)
    change_ticket(connection, source, now, merged_into=target)
    change_ticket(connection, target, now, waiting_since=min(waiting, default=None))
    add_events(connection, source, now, ("merged_into", who.address, data))
    add_events(connection, target, now, ("merged", who.address, {"from": source, "messages": moved}))


def unmerge(connection: Connection, source: int, who: Row[Any], now: datetime) -> Unmerged:
    """Make a merged ticket one of its own again, as it was, with the messages that it brought.

    Messages that somebody moved on since stay there, and so does what came after the merge. People who take part in the target by
    the merge alone leave it, with the reply addresses that they got there.
    """
    row, target = _merged(connection, source)
    data, merged_at = _record(connection, source, target.id)
    back = _move_back(connection, data["messages"], source, target.id)
    left = _send_away(connection, data.get("added", ()), now)
    before = data.get("before") or {"status": data["status"]}
    _restore(connection, row, before, now)
    _let_wait(connection, target, data, merged_at, now)
    _let_sleep(connection, target, data, who, now)
    told = {"source": source, "target": target.id, "messages": back, "left": list(left)}
    status = {"from": row.status, "to": before["status"], "why": "the merge was undone", "undoes": "merge"}
    add_events(connection, source, now, ("status", who.address, status), ("merge_undone", who.address, told))
    add_events(connection, target.id, now, ("merge_undone", who.address, told))
    return Unmerged(source, target.id, len(back), left)


def _merged(connection: Connection, source: int) -> tuple[Row[Any], Row[Any]]:
    """Both tickets, locked in the order of a merge."""
    seen = ticket_row(connection, source)
    if seen is None:
        raise DeskError(f"there is no ticket {source}")
    if seen.merged_into is None:
        raise DeskError(f"ticket {source} was not merged into another, or somebody undid it")
    first, second = sorted((source, seen.merged_into))
    rows = {number: ticket_row(connection, number, lock=True) for number in (first, second)}
    row, target = rows[source], rows[seen.merged_into]
    assert row is not None
    assert target is not None
    if row.merged_into != target.id:
        raise DeskError(f"somebody works on ticket {source} at this moment; look again")
    if target.merged_into is not None:
        raise DeskError(
            f"ticket {target.id}, of which {source} is a part, was merged into ticket {target.merged_into} later; undo that first"
        )
    if target.status == Status.CLOSED.value:
        raise DeskError(f"ticket {target.id} is closed; reopen it first, then undo the merge")
    if _is_redacted(connection, row.requester_id):
        raise DeskError(f"the customer of ticket {source} was redacted; what is left of it stays in ticket {target.id}")
    return row, target


def _is_redacted(connection: Connection, contact: int) -> bool:
    address: str = connection.execute(select(contacts.c.address).where(contacts.c.id == contact)).scalar_one()
    return address.endswith("@invalid")


def _record(connection: Connection, source: int, target: int) -> tuple[Mapping[str, Any], datetime]:
    """What the latest merge of the one into the other wrote down, and when."""
    event = connection.execute(
        select(events.c.data, events.c.at)
        .where(events.c.ticket_id == source, events.c.kind == "merged_into")
        .order_by(events.c.id.desc())
        .limit(1)
    ).one_or_none()
    told = event.data if event is not None else None
    if event is None or not isinstance(told, Mapping) or told.get("into") != target or "messages" not in told:
        raise DeskError(
            f"what ticket {source} brought into ticket {target} is not on record any more: it was removed or has expired; "
            "split off the mails that belong elsewhere"
        )
    return told, event.at


def _move_back(connection: Connection, moved: Iterable[int], source: int, target: int) -> list[int]:
    """The messages that still are where the merge brought them."""
    back: list[int] = []
    for some in _pieces(list(moved)):
        here = messages.c.ticket_id == target
        back += connection.execute(select(messages.c.id).where(messages.c.id.in_(some), here)).scalars()
    for some in _pieces(back):
        connection.execute(update(messages).where(messages.c.id.in_(some)).values(ticket_id=source))
        connection.execute(update(thread_ids).where(thread_ids.c.message_row.in_(some)).values(ticket_id=source))
    return back


def _send_away(connection: Connection, added: Iterable[int], now: datetime) -> tuple[str, ...]:
    """End participations that only the merge made; addresses of those to whom mail went by it."""
    left = []
    for number in added:
        address = connection.execute(
            select(contacts.c.address)
            .join(participants, participants.c.contact_id == contacts.c.id)
            .where(participants.c.id == number, participants.c.revoked_at.is_(None))
        ).scalar_one_or_none()
        if address is None:
            continue
        is_named = [select(exists().where(table.c.participant_id == number)) for table in (outbox, surveys)]
        if any(connection.execute(query).scalar_one() for query in is_named):
            leave(connection, number, now)
            left.append(str(address))
        else:
            connection.execute(delete(participants).where(participants.c.id == number))
    return tuple(left)


def _restore(connection: Connection, row: Row[Any], before: Mapping[str, Any], now: datetime) -> None:
    """The ticket's own row and timers as the merge found them."""
    own = {name: _read(before.get(name)) for name in ("waiting_since", "solved_at")}
    change_ticket(
        connection,
        row.id,
        now,
        status=before["status"],
        substatus=before.get("own_status", ""),
        merged_into=None,
        closed_at=None,
        **own,
    )
    for kind, due_at in before.get("timers", ()):
        connection.execute(insert(timers).values(ticket_id=row.id, kind=kind, due_at=_read(due_at)))


def _let_wait(
    connection: Connection, target: Row[Any], data: Mapping[str, Any], merged_at: datetime, now: datetime
) -> None:
    """Since when the target's own customers wait, where nobody has answered since the merge."""
    since = target.waiting_since
    if since is not None and "waits" in data and since == _read(data["waits"]):
        since = _read(data["waited"]) or _wrote_first(connection, target.id, merged_at)
    change_ticket(connection, target.id, now, waiting_since=since)


def _let_sleep(connection: Connection, target: Row[Any], data: Mapping[str, Any], who: Row[Any], now: datetime) -> None:
    """The target is again what it was before it woke up by the merge, unless somebody did something about it or wrote since."""
    woke = data.get("woke")
    row = ticket_row(connection, target.id)
    assert row is not None
    if woke is None or (row.status, row.substatus) != (Status.OPEN.value, "") or row.waiting_since is not None:
        return
    _restore(connection, row, woke, now)
    status = {"from": row.status, "to": woke["status"], "why": "the merge was undone"}
    add_events(connection, row.id, now, ("status", who.address, status))


def _wrote_first(connection: Connection, number: int, since: datetime) -> datetime | None:
    """The oldest word of customers after a moment."""
    first: datetime | None = connection.execute(
        select(func.min(messages.c.created_at)).where(
            messages.c.ticket_id == number,
            messages.c.direction == "in",
            messages.c.kind == "mail",
            messages.c.public,
            messages.c.created_at > since,
        )
    ).scalar_one()
    return first


def _people(connection: Connection, number: int) -> dict[int, Row[Any]]:
    """Everybody who takes or took part, by contact."""
    found = connection.execute(
        select(participants).where(participants.c.ticket_id == number).order_by(participants.c.id)
    )
    return {row.contact_id: row for row in found}


def _before(connection: Connection, row: Row[Any]) -> dict[str, Any]:
    """What a merge ends in the ticket's own row, and the timers that end with it."""
    ends = connection.execute(
        select(timers.c.kind, timers.c.due_at).where(timers.c.ticket_id == row.id).order_by(timers.c.id)
    )
    return {
        "status": row.status,
        "own_status": row.substatus,
        "waiting_since": _written(row.waiting_since),
        "solved_at": _written(row.solved_at),
        "timers": [[timer.kind, _written(timer.due_at)] for timer in ends],
    }


def _written(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


def _read(written: str | None) -> datetime | None:
    return None if written is None else datetime.fromisoformat(written)


def _pieces(numbers: list[int]) -> list[list[int]]:
    return [numbers[start : start + _AT_ONCE] for start in range(0, len(numbers), _AT_ONCE)]
