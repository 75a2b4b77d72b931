"""Reading tickets, for the web view and the commands. Nothing here writes.

Every function takes a connection inside a transaction and returns frozen values (``gateway.store.view_model``). A page
costs a fixed number of queries, however many rows it shows; lists are paged by key, so page 1,000 costs what page 1 costs.
Mail on its way in and out is read by ``gateway.store.mail_views``.
"""

from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, func, select

from gateway.store.mail_views import (
    find_outbox_mail,
    list_outbox,
    message_source,
    queue_ages,
)
from gateway.store.quarantine_views import find_quarantined, list_quarantine
from gateway.store.schema import (
    contacts,
    events,
    journal,
    messages,
    outbox,
    participants,
    tickets,
)
from gateway.store.ticket_lists import count_tickets, count_views, list_tickets
from gateway.store.ticket_rows import ticket_rows
from gateway.store.view_model import (
    UNSOLVED,
    VIEWS,
    AttachmentRow,
    DeliveryRow,
    EventRow,
    MessageRow,
    ParticipantRow,
    TicketFilter,
    TicketPage,
    TicketRow,
)

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


def find_ticket(connection: Connection, number: int) -> TicketRow | None:
    rows = ticket_rows(connection, [number], with_preview=False)
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


# --- rows ----------------------------------------------------------------------------------------------------------


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
    return ticket_rows(connection, list(numbers), with_preview=False)
