"""Alarms: an event of the whole system, and a mail to the admin. One an hour for each reason; a flood must not bury either."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, select

from gateway.desk.office import Office
from gateway.mail.address import address_key
from gateway.notify.alarm import write_alarm
from gateway.store.outbox import NO_SMARTHOST, OutgoingMail, enqueue
from gateway.store.schema import agents, events
from gateway.store.tickets import GATEWAY, add_events
from gateway.threading.model import NoticeKind
from gateway.threading.tokens import mint_message_id


def raise_alarm(connection: Connection, office: Office, reason: str, why: str, now: datetime) -> bool:
    """Write the event and the mail; False where this reason was raised within the hour. The caller's transaction decides."""
    hour = now.replace(minute=0, second=0, microsecond=0)
    raised = connection.execute(select(events.c.data).where(events.c.kind == "alarm", events.c.at >= hour).limit(100))
    if any(data.get("reason") == reason for data in raised.scalars()):
        return False
    add_events(connection, None, now, ("alarm", GATEWAY, {"reason": reason, "why": why}))
    _tell_admin(connection, office, reason, why, now)
    return True


def _tell_admin(connection: Connection, office: Office, reason: str, why: str, now: datetime) -> None:
    configuration = office.configuration
    if office.addresses.is_ours(configuration.admin):
        return  # it would become a ticket
    language = connection.execute(
        select(agents.c.language).where(agents.c.address_key == address_key(configuration.admin))
    ).scalar_one_or_none()
    message_id = mint_message_id(
        office.keyring,
        ticket=0,
        participant=0,
        kind=NoticeKind.AGENT,
        nonce=office.entropy(8),
        domain=configuration.reply_domain,
    )
    brand = configuration.brands[0]
    subject, raw = write_alarm(
        reason,
        why,
        language=language or "en",
        brand=brand,
        to=configuration.admin,
        desk=configuration.web.base_url,
        message_id=message_id,
        date=now,
    )
    mail = OutgoingMail(
        kind=NoticeKind.AGENT.value,
        once_key=f"alarm:{reason}:{now:%Y-%m-%dT%H}",
        recipient=configuration.admin,
        reverse_path="",  # nobody reads a report about it, and it must never be answered
        message_id=message_id,
        subject=subject,
        raw=raw,
        created_at=now,
        expires_at=now + timedelta(hours=configuration.outbound.notice_lifetime_hours),
        automatic=False,
        hold_reason=None if configuration.outbound.smarthost else NO_SMARTHOST,
    )
    enqueue(connection, [mail])
