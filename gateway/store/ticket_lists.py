"""Lists of tickets: filtered, in an order, paged by key, so that page 1,000 costs what page 1 costs. Reads only."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, case, func, or_, select, union_all

from gateway.store.schema import contacts, ticket_tags, tickets
from gateway.store.ticket_rows import ticket_rows
from gateway.store.view_model import A_DAY, UNSOLVED, Conditions, Order, TicketFilter, TicketList, ViewCounts
from gateway.threading.model import Status

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_KEYS = {Order.UPDATED: tickets.c.updated_at, Order.WAITING: tickets.c.waiting_since, Order.DUE: tickets.c.due_at} | {
    Order.PRIORITY: case({"urgent": 3, "high": 2, "normal": 1}, value=tickets.c.priority, else_=0)
}


def list_tickets(
    connection: Connection, wanted: TicketFilter | None = None, *, limit: int = 50, before: str | None = None
) -> TicketList:
    """One page of tickets. ``before`` is the cursor of the page before; one that we did not write is ValueError.

    Merged tickets are left out, unless something is searched for.
    """
    wanted = wanted or TicketFilter()
    cursor = _read_cursor(before, wanted.order) if before else None
    statuses = wanted.statuses or tuple(Status)
    # One index walk a status, each already in order and cut at the limit; a plain IN would sort all tickets ever solved.
    branches = [_branch(wanted, status, cursor, limit + 1).subquery() for status in statuses]
    merged = union_all(*(select(branch) for branch in branches)).subquery()
    chosen = connection.execute(
        select(merged.c.id, merged.c.key).order_by(*_ordering(wanted.order, merged.c.key, merged.c.id)).limit(limit + 1)
    ).all()
    has_more = len(chosen) > limit
    chosen = chosen[:limit]
    rows = ticket_rows(connection, [row.id for row in chosen], with_preview=True)
    last = chosen[-1] if has_more else None
    return TicketList(rows=rows, before=_write_cursor(last.key, last.id) if last is not None else None)


def count_tickets(connection: Connection, wanted: TicketFilter, *, most: int = 1000) -> int:
    """How many tickets there are, counted up to ``most``: who reads the side bar learns no more from a larger number."""
    found = [_matching(wanted, status, None)[0].limit(most) for status in wanted.statuses or tuple(Status)]
    every = union_all(*(select(branch.subquery().c.id) for branch in found)).limit(most).subquery()
    return int(connection.execute(select(func.count()).select_from(every)).scalar_one())


def count_views(connection: Connection, agent_id: int, now: datetime) -> ViewCounts:
    """How many tickets each unsolved view holds. Reads unsolved tickets alone, through the index on status."""
    unsolved = and_(tickets.c.status.in_(UNSOLVED), tickets.c.merged_into.is_(None))
    row = connection.execute(
        select(
            func.count(),
            func.count().filter(tickets.c.assignee_id.is_(None)),
            func.count().filter(tickets.c.assignee_id.is_(None), tickets.c.created_at <= now - A_DAY),
            func.count().filter(tickets.c.assignee_id == agent_id),
            func.count().filter(tickets.c.waiting_since.is_not(None)),
            func.count().filter(tickets.c.due_at.is_not(None)),
        ).where(unsolved)
    ).one()
    return ViewCounts(*row)


def _branch(wanted: TicketFilter, status: Status, cursor: tuple[Any, int] | None, limit: int) -> Select[Any]:
    query, key = _matching(wanted, status, cursor)
    return query.order_by(*_ordering(wanted.order, key, tickets.c.id)).limit(limit)


def _matching(
    wanted: TicketFilter, status: Status, cursor: tuple[Any, int] | None
) -> tuple[Select[Any], ColumnElement[Any]]:
    """Tickets of one status that are wanted, with what they are ordered by."""
    key = _KEYS[wanted.order]
    query = select(tickets.c.id, key.label("key")).where(tickets.c.status == status)
    if wanted.order in (Order.WAITING, Order.DUE):
        query = query.where(key.is_not(None))
    if wanted.unassigned:
        query = query.where(tickets.c.assignee_id.is_(None))
    if wanted.assignee is not None:
        query = query.where(tickets.c.assignee_id == wanted.assignee)
    if wanted.team is not None:
        query = query.where(tickets.c.team == wanted.team)
    if wanted.brand is not None:
        query = query.where(tickets.c.brand == wanted.brand)
    if wanted.search.strip():
        query = query.join(contacts, contacts.c.id == tickets.c.requester_id).where(_matches(wanted.search.strip()))
    else:
        query = query.where(tickets.c.merged_into.is_(None))
    if cursor is not None:
        query = query.where(_after(wanted.order, key, cursor))
    return query.where(*_conditions(wanted.view)), key


def _conditions(view: Conditions) -> Iterator[ColumnElement[bool]]:
    if view.agents:
        yield _one_of(tickets.c.assignee_id, view.agents)
    if view.teams:
        yield _one_of(tickets.c.team, view.teams)
    if view.priorities:
        yield tickets.c.priority.in_(view.priorities)
    if view.brands:
        yield tickets.c.brand.in_(view.brands)
    if view.tags:
        yield tickets.c.id.in_(select(ticket_tags.c.ticket_id).where(ticket_tags.c.tag.in_(view.tags)))
    if view.waiting_before is not None:
        yield tickets.c.waiting_since <= view.waiting_before
    if view.created_before is not None:
        yield tickets.c.created_at <= view.created_before
    if view.due_before is not None:
        yield tickets.c.due_at <= view.due_before


def _one_of(column: ColumnElement[Any], values: tuple[Any, ...]) -> ColumnElement[bool]:
    """Like IN, with None among the values."""
    named = column.in_([value for value in values if value is not None])
    return or_(named, column.is_(None)) if None in values else named


def _ordering(order: Order, key: ColumnElement[Any], number: ColumnElement[Any]) -> tuple[ColumnElement[Any], ...]:
    if order is Order.PRIORITY:
        return key.desc(), number.asc()
    return (key.desc(), number.desc()) if order is Order.UPDATED else (key.asc(), number.asc())


def _after(order: Order, key: ColumnElement[Any], cursor: tuple[Any, int]) -> ColumnElement[bool]:
    when, number = cursor
    if order is Order.PRIORITY:
        return or_(key < when, and_(key == when, tickets.c.id > number))
    if order is Order.UPDATED:
        return and_(key <= when, or_(key < when, tickets.c.id < number))
    return and_(key >= when, or_(key > when, tickets.c.id > number))


def _matches(search: str) -> ColumnElement[bool]:
    found = [
        tickets.c.subject.icontains(search, autoescape=True),
        contacts.c.address.icontains(search, autoescape=True),
        contacts.c.name.icontains(search, autoescape=True),
    ]
    digits = search.removeprefix("#")
    if digits.isascii() and digits.isdigit() and len(digits) <= 18:
        found.append(tickets.c.id == int(digits))
    return or_(*found)


def _write_cursor(when: datetime | int, number: int) -> str:
    if isinstance(when, int):
        return f"{when}-{number}"
    return f"{(when.astimezone(UTC) - _EPOCH) // timedelta(microseconds=1)}-{number}"


def _read_cursor(text: str, order: Order) -> tuple[datetime | int, int]:
    moment, _, number = text.partition("-")
    if not (moment.isascii() and moment.isdigit() and number.isascii() and number.isdigit() and len(text) <= 40):
        raise ValueError(f"{text!r} is not the end of a page")
    if order is Order.PRIORITY:
        return int(moment[:1]), int(number[:18])
    try:
        return _EPOCH + timedelta(microseconds=int(moment)), int(number)
    except OverflowError as error:
        raise ValueError(f"{text!r} is not the end of a page") from error
