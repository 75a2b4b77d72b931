"""What a delivery report means for the ticket whose mail came back."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select, update

from gateway.mail.model import Message
from gateway.store.schema import contacts, participants
from gateway.store.tickets import GATEWAY, add_events, change_status
from gateway.threading.model import Decision, Evidence, NoticeKind, Status

_ENDED = (Status.PENDING, Status.SOLVED)


def note_bounce(
    connection: Connection,
    ticket: Row[Any],
    message: Message,
    evidence: Evidence,
    decision: Decision,
    *,
    message_row: int,
    now: datetime,
) -> None:
    """Tell the ticket; stop automatic mail to an address that is no good; give an answer that came back to its agent.

    Only reached with a signature of ours (a token or Message-ID that we made): a stranger cannot silence an address. The address
    that is marked is the participant's to whom that mail went, whatever the report says.
    """
    bounce = message.bounce
    person = connection.execute(
        select(contacts.c.id, contacts.c.address, contacts.c.address_key)
        .join(participants, participants.c.contact_id == contacts.c.id)
        .where(participants.c.id == decision.participant)
    ).first()
    kind = next((own.kind for own in evidence.own_ids if own.ticket is not None), None)
    data = {
        "message": message_row,
        "to": person.address if person else (bounce.recipient if bounce else None),
        "status": bounce.status if bounce else None,
        "hard": bounce.hard if bounce else False,
        "diagnostic": bounce.diagnostic if bounce else None,
        "notice": kind.value if kind else None,
    }
    add_events(connection, ticket.id, now, ("bounced", GATEWAY, data))
    if bounce is not None and bounce.hard and person is not None:
        connection.execute(
            update(contacts)
            .where(contacts.c.id == person.id)
            .values(undeliverable_at=now, undeliverable_reason=(bounce.diagnostic or bounce.status or "")[:1000])
        )
    delayed = bounce is not None and (bounce.status or "").startswith("4") and not bounce.hard
    if kind is NoticeKind.ANSWER and not delayed and Status(ticket.status) in _ENDED:
        why = "an answer did not arrive"
        change_status(connection, ticket, Status.OPEN, actor=GATEWAY, now=now, why=why, close_at=None)
