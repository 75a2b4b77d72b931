"""Reading tickets, for the web view and the commands. Nothing here writes.

Every function takes a connection inside a transaction and returns frozen values (``gateway.store.view_model``). A page
costs a fixed number of queries, however many rows it shows; lists are paged by key, so page 1,000 costs what page 1 costs.
Mail on its way in and out is read by ``gateway.store.mail_views``.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, case, func, or_, select, union_all

from gateway.store.mail_views import (
    find_outbox_mail,
    list_outbox,
    message_source,
    queue_ages,
)
from gateway.store.quarantine_views import find_quarantined, list_quarantine
from gateway.store.schema import (
    agents,
    contacts,
    events,
    journal,
    messages,
    outbox,
    participants,
    ticket_tags,
    tickets,
)
from gateway.store.view_model import (
    A_DAY,
    UNSOLVED,
    VIEWS,
    AttachmentRow,
    Conditions,
    DeliveryRow,
    EventRow,
    MessageRow,
    Order,
    ParticipantRow,
    TicketFilter,
    TicketList,
    TicketPage,
    TicketRow,
    ViewCounts,
)
from gateway.threading.model import Status

__all__ = [
    "UNSOLVED",
    "VIEWS",
    "TicketFilter",
    "count_tickets",
    "count_views",
    "find_message",
    "find_outbox_mail",
    "find_quarantined",
    "find_ticket",
    "list_outbox",
    "list_quarantine",
    "list_tickets",
    "message_html",
    "message_source",
    "newest_message",
    "queue_ages",
    "ticket_page",
]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_PREVIEW_LETTERS = 200
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
    rows = _ticket_rows(connection, [row.id for row in chosen], with_preview=True)
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


def find_ticket(connection: Connection, number: int) -> TicketRow | None:
    rows = _ticket_rows(connection, [number], with_preview=False)
    return rows[0] if rows else None


def ticket_page(
    connection: Connection, number: int, *, limit: int | None = None, before: int | None = None
) -> TicketPage | None:
    """Everything about one ticket; None where there is no such ticket.

    ``limit`` keeps the newest messages alone; ``before`` (a message id) asks for those older than it.
    """
    ticket = find_ticket(connection, number)
    if ticket is None:
        return None
    found, has_earlier = _messages(connection, number, limit, before)
    return TicketPage(
        ticket=ticket,
        participants=_participants(connection, number),
        messages=found,
        events=_events(connection, number),
        has_earlier=has_earlier,
        others=_others(connection, ticket),
    )


def newest_message(connection: Connection, number: int) -> int:
    """The id of the ticket's newest message, 0 where it has none: tells whether somebody wrote in the meantime."""
    newest = connection.execute(select(func.max(messages.c.id)).where(messages.c.ticket_id == number)).scalar()
    return int(newest or 0)


def find_message(connection: Connection, message: int) -> MessageRow | None:
    row = connection.execute(_message_query().where(messages.c.id == message)).one_or_none()
    return None if row is None else _message_row(row, _deliveries(connection, outbox.c.ticket_id == row.ticket_id))


def message_html(connection: Connection, message: int) -> str | None:
    """The sanitised HTML body, or None."""
    found: str | None = connection.execute(select(messages.c.html).where(messages.c.id == message)).scalar()
    return found


# --- lists ---------------------------------------------------------------------------------------------------------


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


# --- rows ----------------------------------------------------------------------------------------------------------


def _ticket_rows(connection: Connection, numbers: list[int], *, with_preview: bool) -> tuple[TicketRow, ...]:
    """Rows in the order of ``numbers``; numbers without a ticket are left out."""
    if not numbers:
        return ()
    found = connection.execute(
        select(
            tickets,
            contacts.c.address.label("requester"),
            contacts.c.name.label("requester_name"),
            agents.c.address.label("assignee"),
            agents.c.name.label("assignee_name"),
        )
        .join(contacts, contacts.c.id == tickets.c.requester_id)
        .outerjoin(agents, agents.c.id == tickets.c.assignee_id)
        .where(tickets.c.id.in_(numbers))
    ).all()
    tags: dict[int, list[str]] = {}
    for row in connection.execute(
        select(ticket_tags).where(ticket_tags.c.ticket_id.in_(numbers)).order_by(ticket_tags.c.tag)
    ):
        tags.setdefault(row.ticket_id, []).append(row.tag)
    previews = _previews(connection, numbers) if with_preview else {}
    rows = {row.id: _ticket_row(row, tuple(tags.get(row.id, ())), previews.get(row.id, "")) for row in found}
    return tuple(rows[number] for number in numbers if number in rows)


def _ticket_row(row: Row[Any], tags: tuple[str, ...], preview: str) -> TicketRow:
    return TicketRow(
        number=row.id,
        brand=row.brand,
        address=row.address,
        status=Status(row.status),
        subject=row.subject,
        requester=row.requester,
        requester_name=row.requester_name,
        requester_id=row.requester_id,
        assignee_id=row.assignee_id,
        assignee=row.assignee,
        assignee_name=row.assignee_name or "",
        team=row.team,
        priority=row.priority,
        language=row.language,
        created_at=row.created_at,
        updated_at=row.updated_at,
        waiting_since=row.waiting_since,
        solved_at=row.solved_at,
        closed_at=row.closed_at,
        merged_into=row.merged_into,
        follow_up_of=row.follow_up_of,
        due_at=row.due_at,
        tags=tags,
        preview=preview,
        type=row.type,
        own_status=row.substatus,
        fields=row.fields,
        problem=row.problem_id,
    )


def _previews(connection: Connection, numbers: list[int]) -> dict[int, str]:
    last = (
        select(func.max(messages.c.id))
        .where(messages.c.ticket_id.in_(numbers), messages.c.public, messages.c.kind.in_(("mail", "answer")))
        .group_by(messages.c.ticket_id)
    )
    found = connection.execute(
        select(messages.c.ticket_id, func.substr(messages.c.reply_text, 1, _PREVIEW_LETTERS).label("preview")).where(
            messages.c.id.in_(last)
        )
    )
    return {row.ticket_id: " ".join(row.preview.split()) for row in found}


def _participants(connection: Connection, number: int) -> tuple[ParticipantRow, ...]:
    found = connection.execute(
        select(participants, contacts.c.address, contacts.c.name)
        .join(contacts, contacts.c.id == participants.c.contact_id)
        .where(participants.c.ticket_id == number)
        .order_by(participants.c.id)
    )
    return tuple(
        ParticipantRow(row.id, row.contact_id, row.address, row.name, row.role, row.revoked_at is not None)
        for row in found
    )


def _message_query() -> Select[Any]:
    columns = [column for column in messages.c if column.name not in ("html", "fingerprint")]
    return select(
        *columns,
        messages.c.html.is_not(None).label("has_html"),
        journal.c.receipt,
    ).outerjoin(journal, journal.c.id == messages.c.journal_id)


def _messages(
    connection: Connection, number: int, limit: int | None, before: int | None
) -> tuple[tuple[MessageRow, ...], bool]:
    query = _message_query().where(messages.c.ticket_id == number).order_by(messages.c.id.desc())
    if before is not None:
        query = query.where(messages.c.id < before)
    if limit is not None:
        query = query.limit(limit + 1)
    found = connection.execute(query).all()
    has_earlier = limit is not None and len(found) > limit
    if limit is not None:
        found = found[:limit]
    deliveries = _deliveries(connection, outbox.c.ticket_id == number)
    return tuple(_message_row(row, deliveries) for row in reversed(found)), has_earlier


def _message_row(row: Row[Any], deliveries: dict[int, list[DeliveryRow]]) -> MessageRow:
    return MessageRow(
        id=row.id,
        ticket=row.ticket_id,
        journal_id=row.journal_id,
        direction=row.direction,
        kind=row.kind,
        public=row.public,
        author=row.author,
        author_name=row.author_name,
        to=tuple((row.recipients or {}).get("to", ())),
        cc=tuple((row.recipients or {}).get("cc", ())),
        agent_id=row.agent_id,
        message_id=row.message_id,
        subject=row.subject,
        text=row.text,
        reply_text=row.reply_text,
        has_html=bool(row.has_html),
        attachments=tuple(_attachment(entry) for entry in row.attachments or ()),
        trust=row.trust,
        trace=row.trace,
        created_at=row.created_at,
        receipt=row.receipt,
        deliveries=tuple(deliveries.get(row.id, ())),
    )


def _attachment(entry: dict[str, Any]) -> AttachmentRow:
    return AttachmentRow(
        part=str(entry.get("part", "")),
        filename=entry.get("filename"),
        content_type=str(entry.get("content_type") or "application/octet-stream"),
        size=int(entry.get("size") or 0),
        sha256=str(entry.get("sha256", "")),
        inline=bool(entry.get("inline")),
        content_id=entry.get("content_id"),
        signature=bool(entry.get("signature")),
    )


def _deliveries(connection: Connection, condition: ColumnElement[bool]) -> dict[int, list[DeliveryRow]]:
    query = select(
        outbox.c.id,
        outbox.c.message_row,
        outbox.c.recipient,
        outbox.c.kind,
        outbox.c.state,
        outbox.c.hold_reason,
        outbox.c.attempts,
        outbox.c.last_reply,
    )
    found: dict[int, list[DeliveryRow]] = {}
    for row in connection.execute(query.where(condition, outbox.c.message_row.is_not(None)).order_by(outbox.c.id)):
        found.setdefault(row.message_row, []).append(DeliveryRow(*row))
    return found


def _events(connection: Connection, number: int) -> tuple[EventRow, ...]:
    newest = connection.execute(
        select(events).where(events.c.ticket_id == number).order_by(events.c.id.desc()).limit(200)
    ).all()
    return tuple(EventRow(row.id, row.at, row.kind, row.actor, row.data) for row in reversed(newest))


def _others(connection: Connection, ticket: TicketRow) -> tuple[TicketRow, ...]:
    numbers = connection.execute(
        select(tickets.c.id)
        .where(tickets.c.requester_id == ticket.requester_id, tickets.c.id != ticket.number)
        .order_by(tickets.c.updated_at.desc(), tickets.c.id.desc())
        .limit(5)
    ).scalars()
    return _ticket_rows(connection, list(numbers), with_preview=False)
