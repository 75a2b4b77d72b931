"""Rows of tickets for lists and pages: a fixed number of queries, however many there are. Reads only."""

from typing import Any

from sqlalchemy import Connection, Row, func, select

from gateway.store.schema import agents, contacts, messages, ticket_tags, tickets
from gateway.store.view_model import TicketRow
from gateway.threading.model import Status

_PREVIEW_LETTERS = 200


def ticket_rows(connection: Connection, numbers: list[int], *, with_preview: bool) -> tuple[TicketRow, ...]:
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
