"""An answer or a solution that did not arrive: its ticket goes back to its agent, with the reason, as if it had not been sent.

Nobody waits for a customer who never read the answer, and no solved ticket closes over one.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, select

from gateway.desk.agent_notices import tell_undelivered
from gateway.desk.office import Office
from gateway.desk.sending_instead import proposals
from gateway.notify.undelivered_words import why_undelivered
from gateway.store.schema import events, messages, outbox, participants
from gateway.store.tickets import GATEWAY, add_events, change_status, change_ticket, ticket_row
from gateway.threading.model import NoticeKind, Status

_WAITS_FOR_CUSTOMER = (Status.PENDING, Status.SOLVED, Status.CLOSED)
_DONE = (Status.SOLVED, Status.CLOSED)
GIVEN_BACK = (NoticeKind.ANSWER.value, NoticeKind.RESOLUTION.value)
"""Mail whose loss gives the ticket back. Nobody needs to act where an acknowledgement or a reminder did not arrive."""


@dataclass(frozen=True, slots=True)
class Undelivered:
    """One mail of ours that did not reach one person."""

    mail: Row[*tuple[Any, ...]]  # of the outbox
    reason: str  # a key of gateway.notify.undelivered_words


def give_back(connection: Connection, office: Office, lost: Undelivered, now: datetime) -> bool:
    """Return the ticket to its agent; whether mail goes out. Told twice of one mail, it does nothing more."""
    mail = lost.mail
    ticket = None if mail.ticket_id is None else ticket_row(connection, mail.ticket_id, lock=True)
    if mail.kind not in GIVEN_BACK or ticket is None or _is_told(connection, ticket.id, mail.id):
        return False
    status = Status(ticket.status)
    if mail.kind == NoticeKind.RESOLUTION and status not in _DONE:
        return False  # somebody works on it again already
    gone = mail.message_row if lost.reason != "unconfirmed" and _was_for_requester(connection, ticket, mail) else None
    data = {"message": gone, "outbox": mail.id, "notice": mail.kind, "to": mail.recipient, "reason": lost.reason}
    add_events(connection, ticket.id, now, ("undelivered", GATEWAY, data))
    if ticket.merged_into is None:
        if status in _WAITS_FOR_CUSTOMER:
            why = f"{'an answer' if mail.kind == NoticeKind.ANSWER else 'the solution'} did not arrive"
            change_status(connection, ticket, Status.OPEN, actor=GATEWAY, now=now, why=why, close_at=None)
        change_ticket(connection, ticket.id, now, waiting_since=_unanswered_since(connection, ticket.id) or now)
    others = [other.address for one in proposals(connection, office, ticket.id) for other in one.others]
    key = str(mail.id)
    return tell_undelivered(connection, office, ticket.id, mail.recipient, lost.reason, key, now, others=others)


def _is_told(connection: Connection, ticket: int, mail: int) -> bool:
    told = connection.execute(select(events.c.data).where(events.c.ticket_id == ticket, events.c.kind == "undelivered"))
    return any(data.get("outbox") == mail for data in told.scalars())


def _was_for_requester(connection: Connection, ticket: Row[Any], mail: Row[*tuple[Any, ...]]) -> bool:
    """Of people in copy, one more or less does not make an answer unsaid."""
    contact = connection.execute(
        select(participants.c.contact_id).where(participants.c.id == mail.participant_id)
    ).scalar_one_or_none()
    return bool(contact == ticket.requester_id)


def _unanswered_since(connection: Connection, ticket: int) -> datetime | None:
    """The customer's oldest word after the last answer that arrived."""
    told = connection.execute(select(events.c.data).where(events.c.ticket_id == ticket, events.c.kind == "undelivered"))
    lost = [data["message"] for data in told.scalars() if data.get("message") is not None]
    arrived = (
        select(func.max(messages.c.id))
        .where(
            messages.c.ticket_id == ticket,
            messages.c.direction == "out",
            messages.c.kind == "answer",
            messages.c.id.not_in(lost),
        )
        .scalar_subquery()
    )
    since: datetime | None = connection.execute(
        select(func.min(messages.c.created_at)).where(
            messages.c.ticket_id == ticket,
            messages.c.direction == "in",
            messages.c.kind == "mail",
            messages.c.public,
            messages.c.id > func.coalesce(arrived, 0),
        )
    ).scalar_one()
    return since


def mail_of(
    connection: Connection, *, row: int | None = None, message_id: str | None = None
) -> Row[*tuple[Any, ...]] | None:
    """The mail of ours with this number in the outbox, or with this Message-ID."""
    where = outbox.c.id == row if row is not None else outbox.c.message_id == message_id
    return connection.execute(
        select(
            outbox.c.id,
            outbox.c.ticket_id,
            outbox.c.message_row,
            outbox.c.participant_id,
            outbox.c.kind,
            outbox.c.recipient,
        ).where(where)
    ).first()


def reason_in_words(reason: str, language: str) -> str:
    """Why a mail did not arrive, for the pages."""
    return why_undelivered(reason, language)
