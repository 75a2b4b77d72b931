"""What a delivery report means for the ticket whose mail came back, and for the address to which it went."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select, update

from gateway.desk.undelivered import Undelivered, mail_of
from gateway.mail.dsn_cause import cause_of
from gateway.mail.model import Message
from gateway.notify.undelivered_words import by_report
from gateway.store.schema import contacts, participants
from gateway.store.tickets import GATEWAY, add_events
from gateway.threading.model import Decision, Evidence


def note_bounce(
    connection: Connection,
    ticket: Row[Any],
    message: Message,
    evidence: Evidence,
    decision: Decision,
    *,
    message_row: int,
    now: datetime,
) -> Undelivered | None:
    """Tell the ticket; stop automatic mail to an address that is no good. Returns the mail that did not arrive, unless it is only late.

    Only reached with a signature of ours (a token or Message-ID that we made): a stranger cannot silence an address. The address
    that is marked is the participant's to whom that mail went, whatever the report says.
    """
    bounce = message.bounce
    person = connection.execute(
        select(contacts.c.id, contacts.c.address, contacts.c.address_key)
        .join(participants, participants.c.contact_id == contacts.c.id)
        .where(participants.c.id == decision.participant)
    ).first()
    own = next(iter(evidence.own_ids), None)
    said = [text for text in (bounce.diagnostic, message.text) if text] if bounce is not None else []
    reason = cause_of(said, bounce.status if bounce is not None else None, message.text)
    data = {
        "message": message_row,
        "to": person.address if person else (bounce.recipient if bounce else None),
        "status": bounce.status if bounce else None,
        "hard": bounce.hard if bounce else False,
        "diagnostic": bounce.diagnostic if bounce else None,
        "notice": own.kind.value if own is not None else None,
        "reason": reason.value,
    }
    add_events(connection, ticket.id, now, ("bounced", GATEWAY, data))
    if bounce is not None and bounce.hard and person is not None:
        connection.execute(
            update(contacts)
            .where(contacts.c.id == person.id)
            .values(undeliverable_at=now, undeliverable_reason=(bounce.diagnostic or bounce.status or "")[:1000])
        )
    if own is None or (bounce is not None and (bounce.status or "").startswith("4") and not bounce.hard):
        return None
    mail = mail_of(connection, message_id=own.message_id)
    return None if mail is None else Undelivered(mail, by_report(reason))
