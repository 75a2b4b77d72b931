"""Each agent's daily summary: for who asked for it, at most once a day by their own clock, and never about nothing."""

from collections.abc import Callable, Sequence
from datetime import datetime, time, timedelta, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row, select

from gateway.delivery.signed import signed
from gateway.desk.office import Office
from gateway.desk.quarantine_calls import latest_turn
from gateway.mail.address import address_key
from gateway.mail.masking import masked
from gateway.notify.daily import Line, Summary, write_summary
from gateway.store.database import Database
from gateway.store.notifications import chosen
from gateway.store.outbox import NO_SMARTHOST, OutgoingMail, enqueue
from gateway.store.quarantine_calls import advance
from gateway.store.schema import agents, contacts, events, tickets
from gateway.threading.model import NoticeKind, Status
from gateway.threading.tokens import mint_message_id

LIFETIME = timedelta(hours=12)
"""Yesterday's summary is of no use."""

_IN_HAND = (Status.NEW.value, Status.OPEN.value, Status.PENDING.value, Status.ON_HOLD.value)
_MOST = 500  # tickets of one agent that are looked at


def send_summaries(database: Database, office: Office, now: datetime) -> int:
    """Write the summaries whose turn has come; how many. After downtime one mail catches up, not one a day."""
    with database.read() as connection:
        rows = connection.execute(select(agents).where(agents.c.active).order_by(agents.c.id)).all()
    written = 0
    for agent in rows:
        if "daily" not in chosen(agent.notifications) or office.addresses.is_ours(agent.address):
            continue
        zone = zone_of(office, agent.address)
        day = latest_turn(now, zone, office.configuration.agents.summary_hour)
        with database.write() as connection:
            if advance(connection, f"daily_summary:{agent.id}", day.isoformat()):
                written += _send(connection, office, agent, zone, day.isoformat(), now)
    return written


def zone_of(office: Office, address: str) -> ZoneInfo:
    """Where the agent's own calendar hangs (``teams.yaml``), else the first brand's."""
    key = address_key(address)
    own = next((one for one in office.loaded.side.teams.agents if address_key(one.address) == key), None)
    if own is not None and own.calendar != "always":
        return office.calendars[own.calendar].zone
    return ZoneInfo(office.configuration.brands[0].time_zone)


def _send(connection: Connection, office: Office, agent: Row[Any], zone: tzinfo, day: str, now: datetime) -> int:
    summary = summary_of(connection, agent.id, zone, now)
    if summary.is_empty:
        return 0
    brand, desk = office.configuration.brands[0], office.configuration.web.base_url

    def write(message_id: str) -> tuple[str, bytes]:
        return write_summary(
            masked(summary, office.configuration.privacy.mask),
            language=agent.language,
            brand=brand,
            zone=zone,
            to=agent.address,
            desk=desk,
            message_id=message_id,
            date=now,
        )

    return post_to_agent(connection, office, agent, f"agent:daily:{day}:{agent.id}", write, LIFETIME, now)


def post_to_agent(
    connection: Connection,
    office: Office,
    agent: Row[Any],
    once_key: str,
    write: Callable[[str], tuple[str, bytes]],
    lifetime: timedelta,
    now: datetime,
) -> int:
    """Lay a mail that is about no ticket into the outbox; how many: 1, or 0 where it was sent before.

    ``write`` makes subject and bytes, given its Message-ID.
    """
    configuration = office.configuration
    message_id = mint_message_id(
        office.keyring,
        ticket=0,
        participant=0,
        kind=NoticeKind.AGENT,
        nonce=once_key.encode(),
        domain=configuration.reply_domain,
    )
    subject, raw = write(message_id)
    mail = OutgoingMail(
        kind=NoticeKind.AGENT.value,
        once_key=once_key,
        recipient=agent.address,
        reverse_path="",  # nobody reads a report about it, and it must never be answered
        message_id=message_id,
        subject=subject,
        raw=signed(raw, configuration.brands[0].dkim, now),
        created_at=now,
        expires_at=now + lifetime,
        automatic=False,
        hold_reason=None if configuration.outbound.smarthost else NO_SMARTHOST,
    )
    return sum(row is not None for row in enqueue(connection, [mail]))


def summary_of(connection: Connection, agent: int, zone: tzinfo, now: datetime) -> Summary:
    """What the agent has in hand now; a day ends at midnight in ``zone``."""
    about = select(tickets, contacts.c.name, contacts.c.address.label("requester")).join(
        contacts, contacts.c.id == tickets.c.requester_id
    )
    mine = connection.execute(
        about.where(tickets.c.assignee_id == agent, tickets.c.status.in_(_IN_HAND)).order_by(tickets.c.id).limit(_MOST)
    ).all()
    tomorrow = datetime.combine(now.astimezone(zone).date() + timedelta(days=1), time(), zone)
    thanked = connection.execute(
        about.where(
            tickets.c.assignee_id == agent,
            tickets.c.status.in_((Status.SOLVED.value, Status.CLOSED.value)),
            tickets.c.id.in_(
                select(events.c.ticket_id).where(events.c.kind == "thanked", events.c.at > now - timedelta(days=1))
            ),
        ).order_by(tickets.c.id)
    ).all()
    return Summary(
        len(mine),
        _lines([row for row in mine if row.due_at is not None and row.due_at < tomorrow], "due_at"),
        _lines([row for row in mine if row.waiting_since is not None], "waiting_since"),
        tuple(Line(row.id, row.subject, row.name or row.requester) for row in thanked),
    )


def _lines(rows: Sequence[Row[Any]], moment: str) -> tuple[Line, ...]:
    found = [Line(row.id, row.subject, row.name or row.requester, getattr(row, moment)) for row in rows]
    return tuple(sorted(found, key=lambda line: (line.moment, line.number)))
