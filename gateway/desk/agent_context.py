"""What a mail to an agent shows of a ticket: its facts, the customer's other tickets, and the last that was said."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row, bindparam, select

from gateway.desk.agent_post import web_link
from gateway.desk.office import Office
from gateway.notify.agents import Card, Said
from gateway.store.schema import agents, contacts, messages, ticket_tags, tickets

HISTORY = 6  # messages
OTHERS = 5  # tickets
_UNTOLD = ("silent", "bounce")

# Built once: see gateway.store.tickets.
_TICKET = (
    select(
        tickets,
        contacts.c.address.label("customer"),
        contacts.c.name.label("customer_name"),
        agents.c.address.label("assignee"),
        agents.c.name.label("assignee_name"),
    )
    .join(contacts, contacts.c.id == tickets.c.requester_id)
    .outerjoin(agents, agents.c.id == tickets.c.assignee_id)
    .where(tickets.c.id == bindparam("ticket"))
)
_TAGS = (
    select(ticket_tags.c.tag)
    .where(ticket_tags.c.ticket_id == bindparam("ticket"))
    .order_by(ticket_tags.c.tag)
    .limit(50)
)
_OTHERS = (
    select(tickets.c.id, tickets.c.subject, tickets.c.status)
    .where(
        tickets.c.requester_id == bindparam("requester"),
        tickets.c.id != bindparam("ticket"),
        tickets.c.merged_into.is_(None),
    )
    .order_by(tickets.c.updated_at.desc())
    .limit(OTHERS)
)
_LAST = (
    select(messages)
    .where(messages.c.ticket_id == bindparam("ticket"), messages.c.kind.not_in(_UNTOLD))
    .order_by(messages.c.id.desc())
    .limit(HISTORY)
)


def card_of(connection: Connection, office: Office, number: int, now: datetime) -> Card:
    """The ticket as it is at this moment in the transaction."""
    row = connection.execute(_TICKET, {"ticket": number}).one()
    tags = connection.execute(_TAGS, {"ticket": number}).scalars()
    others = connection.execute(_OTHERS, {"requester": row.requester_id, "ticket": number})
    zone = ZoneInfo(office.addresses.brand(row.brand).time_zone)
    return Card(
        subject=row.subject,
        customer=row.customer,
        customer_name=row.customer_name,
        status=row.status,
        priority=row.priority,
        team=row.team,
        assignee=row.assignee_name or row.assignee,
        tags=tuple(tags),
        others=tuple((other.id, other.subject, other.status) for other in others),
        link=web_link(office, f"/tickets/{number}"),
        due=f"{row.due_at.astimezone(zone):%Y-%m-%d %H:%M} ({zone.key})" if row.due_at is not None else "",
        late=row.due_at is not None and row.due_at < now,
    )


def history_of(connection: Connection, office: Office, number: int, brand: str) -> tuple[Said, ...]:
    """The last messages, newest first, public and internal, each without what it quotes. Reports and automatic replies are left out."""
    zone = ZoneInfo(office.addresses.brand(brand).time_zone)
    rows = connection.execute(_LAST, {"ticket": number})
    return tuple(_said(row, zone) for row in rows)


def _rule(row: Row[Any]) -> str:
    """The rule that wrote a note, where nobody did."""
    return str(row.trace.get("rule") or "") if isinstance(row.trace, dict) else ""


def _said(row: Row[Any], zone: ZoneInfo) -> Said:
    new, whole = row.reply_text.strip(), row.text.strip()
    outside = row.direction == "in"
    told = row.trace.get("trust", {}) if outside and isinstance(row.trace, dict) else {}
    return Said(
        author=row.author_name or row.author or _rule(row),
        at=row.created_at.astimezone(zone),
        text=new or whole,
        public=row.public,
        folded=max(0, whole.count("\n") - new.count("\n")) if new and new != whole else 0,
        files=tuple(
            str(it.get("filename") or it.get("content_type")) for it in row.attachments if not it.get("inline")
        ),
        trust=row.trust if outside else None,
        trust_reason=str(told.get("reason") or ""),
    )
