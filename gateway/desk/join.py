"""Requests to join: somebody's mail that is kept on a ticket, internal, until an agent lets it in, declines it, or gives it a ticket.

Every function works inside the caller's transaction, leaves events, and says by DeskError what cannot be done. ``message`` is the id
of the stored mail, ``who`` the acting agent's row.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, exists, select, update

from gateway.desk.actions import DeskError, any_ticket, open_ticket
from gateway.desk.office import Office
from gateway.desk.participants import Joined, add_contact, joinable
from gateway.desk.telling import tell
from gateway.mail.address import address_key
from gateway.store.participants import change_message, message_row, participant_by_address
from gateway.store.schema import messages, thread_ids
from gateway.store.tickets import (
    add_events,
    add_participant,
    change_status,
    change_ticket,
    create_ticket,
    ensure_contact,
)
from gateway.threading.model import Status

JOIN_REQUEST, DECLINED = "join_request", "declined"
_WAKES = (Status.PENDING, Status.ON_HOLD, Status.SOLVED)


def join(connection: Connection, office: Office, message: int, who: Row[Any], *, now: datetime) -> Joined:
    """Let a request in: its author takes part from now on, and the mail becomes a public part of the ticket, which wakes up."""
    asked = _request(connection, message)
    row = open_ticket(connection, asked.ticket_id)
    key = address_key(asked.author)
    member = participant_by_address(connection, row.id, key)
    if member is not None and member.revoked_at is None:
        joined = Joined(row.id, member.id, member.address, is_new=False)
    else:
        address = joinable(connection, office, asked.author)
        joined = add_contact(connection, row.id, address, asked.author_name, now)
    change_message(connection, message, kind="mail", public=True)
    data = {"message": message, "participant": joined.participant, "address": joined.address, "is_new": joined.is_new}
    add_events(connection, row.id, now, ("join_accepted", who.address, data))
    if Status(row.status) in _WAKES:
        why = "a request to join was let in"
        change_status(connection, row, Status.OPEN, actor=who.address, now=now, why=why, close_at=None)
    change_ticket(connection, row.id, now, waiting_since=row.waiting_since or asked.created_at)
    if joined.is_new:
        tell(connection, office, row, [joined.participant], by="", occasion=f"join-{message}", now=now)
    return joined


def decline(connection: Connection, message: int, who: Row[Any], *, now: datetime) -> int:
    """Leave a request outside for good; the mail stays on the ticket, internal. Nobody is told. Returns the ticket's number."""
    asked = _request(connection, message)
    row = any_ticket(connection, asked.ticket_id)
    change_message(connection, message, kind=DECLINED)
    add_events(connection, row.id, now, ("join_declined", who.address, {"message": message, "address": asked.author}))
    change_ticket(connection, row.id, now)
    return int(row.id)


def split(connection: Connection, office: Office, message: int, who: Row[Any], *, now: datetime) -> int:
    """Give a mail that came in a ticket of its own, where later replies to it follow; returns the new number.

    Its author becomes the requester and is told nothing until somebody answers. DeskError for the mail that opened the ticket.
    """
    mail = message_row(connection, message)
    if mail is None or mail.direction != "in":
        raise DeskError(f"message {message} is no mail that came in")
    row = any_ticket(connection, mail.ticket_id)
    if mail.kind not in ("mail", JOIN_REQUEST, DECLINED):
        raise DeskError(f"message {message} was written by a machine; it stays where it is")
    if mail.kind == "mail" and not _has_earlier_mail(connection, mail):
        raise DeskError(f"message {message} opened ticket {row.id}: there would be nothing left of it")
    contact = ensure_contact(connection, mail.author, name=mail.author_name, language=None, now=now)
    number = create_ticket(
        connection,
        brand=row.brand,
        address=row.address,
        subject=mail.subject,
        requester=contact.id,
        language=contact.language or row.language,
        now=now,
        team=row.team,
        configuration_stamp=office.loaded.stamp,
    )
    add_participant(connection, number, contact.id, "requester", now, is_new_ticket=True)
    change_message(connection, message, ticket_id=number, kind="mail", public=True)
    connection.execute(update(thread_ids).where(thread_ids.c.message_row == message).values(ticket_id=number))
    change_ticket(connection, number, now, waiting_since=mail.created_at)
    why = f"split off ticket {row.id}"
    add_events(
        connection,
        number,
        now,
        ("created", mail.author, {"message": message, "why": why}),
        ("split_from", who.address, {"ticket": row.id, "message": message, "why": why}),
    )
    add_events(connection, row.id, now, ("split", who.address, {"ticket": number, "message": message}))
    change_ticket(connection, row.id, now)
    return number


def _request(connection: Connection, message: int) -> Row[Any]:
    asked = message_row(connection, message)
    if asked is None or asked.kind != JOIN_REQUEST:
        raise DeskError(f"message {message} is no request to join that waits for an answer")
    return asked


def _has_earlier_mail(connection: Connection, mail: Row[Any]) -> bool:
    earlier = select(messages.c.id).where(
        messages.c.ticket_id == mail.ticket_id, messages.c.direction == "in", messages.c.public, messages.c.id < mail.id
    )
    return bool(connection.execute(select(exists(earlier))).scalar_one())
