"""Mail about deadlines without a storm: an agent gets so many of their own in a while, and one summary of all further ones.

After downtime, or when a whole queue becomes due at once, what was not mailed is an event on its ticket and a line of the summary.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select

from gateway.delivery.signed import signed
from gateway.desk.agent_post import web_link
from gateway.desk.office import Office
from gateway.mail.masking import masked
from gateway.notify.promise_summary import Summed, write_summary
from gateway.store.outbox import NO_SMARTHOST, OutgoingMail, enqueue
from gateway.store.schema import agents, events, outbox, tickets, timers
from gateway.store.tickets import GATEWAY, add_events
from gateway.threading.model import NoticeKind
from gateway.threading.tokens import mint_message_id

MOST = 10
"""Mails about promises to one agent ..."""
WINDOW = timedelta(minutes=15)
"""... in so long; after that, one summary."""

SUMMARY = "promise_summary"
"""Kind of timer."""
_AT_ONCE = 5_000
_CHUNK = 500


def leave_room(
    connection: Connection, ticket: int, wanted: Iterable[Row[Any]], due: str, *, late: bool, now: datetime
) -> list[Row[Any]]:
    """Those of ``wanted`` who get a mail of their own about this promise; for the others it waits for their summary."""
    people = list(wanted)
    had = {} if not people else _had(connection, [agent.address_key for agent in people], now)
    crowded = [agent for agent in people if had.get(agent.address_key, 0) >= MOST]
    if crowded:
        data = {"agents": [agent.address for agent in crowded], "due": due, "late": late}
        add_events(connection, ticket, now, ("promise_summed", GATEWAY, data), handled=True)
        waits = select(timers.c.id).where(timers.c.ticket_id == ticket, timers.c.kind == SUMMARY)
        if connection.execute(waits).first() is None:
            connection.execute(insert(timers).values(ticket_id=ticket, kind=SUMMARY, due_at=_window_end(now)))
    return [agent for agent in people if agent not in crowded]


def _had(connection: Connection, keys: list[str], now: datetime) -> dict[str, int]:
    """Mails about promises in the last while, by address key."""
    found = connection.execute(
        select(outbox.c.recipient_key, func.count())
        .where(
            outbox.c.recipient_key.in_(keys),
            outbox.c.created_at > now - WINDOW,
            outbox.c.once_key.startswith("agent:sla", autoescape=True),
        )
        .group_by(outbox.c.recipient_key)
    )
    return {row[0]: row[1] for row in found}


def _window_end(now: datetime) -> datetime:
    """The same for all tickets, so that there is one summary."""
    start = now.replace(minute=0, second=0, microsecond=0)
    return start + WINDOW * ((now - start) // WINDOW + 1)


def send_summaries(connection: Connection, office: Office, now: datetime) -> tuple[int, bool]:
    """Write to each agent who has some what was not mailed; whether there was anything, and whether mail goes out."""
    due = connection.execute(
        select(timers.c.id, timers.c.ticket_id)
        .where(timers.c.kind == SUMMARY, timers.c.due_at <= now)
        .order_by(timers.c.due_at, timers.c.ticket_id)
        .limit(_AT_ONCE)
        .with_for_update(skip_locked=True)
    ).all()
    by_agent: dict[str, dict[int, Summed]] = {}
    for start in range(0, len(due), _CHUNK):
        part = due[start : start + _CHUNK]
        for address, summed in _summed(connection, [row.ticket_id for row in part], now):
            by_agent.setdefault(address, {})[summed.ticket] = summed
        connection.execute(delete(timers).where(timers.c.id.in_([row.id for row in part])))
    outgoing = False
    for agent in connection.execute(select(agents).where(agents.c.address.in_(sorted(by_agent)), agents.c.active)):
        outgoing |= _post(connection, office, agent, list(by_agent[agent.address].values()), now)
    return (1 if due else 0), outgoing


def _summed(connection: Connection, numbers: list[int], now: datetime) -> Iterable[tuple[str, Summed]]:
    """The last word of each ticket to each agent, unless the ticket is solved by now."""
    rows = connection.execute(
        select(events.c.ticket_id, events.c.data, tickets.c.subject)
        .join(tickets, tickets.c.id == events.c.ticket_id)
        .where(
            events.c.ticket_id.in_(numbers),
            events.c.kind == "promise_summed",
            events.c.at > now - timedelta(days=1),
            tickets.c.status.not_in(("solved", "closed")),
        )
        .order_by(events.c.id)
    )
    for row in rows:
        for address in row.data.get("agents", ()):
            yield address, Summed(row.ticket_id, row.subject, str(row.data.get("due", "")), bool(row.data.get("late")))


def _post(connection: Connection, office: Office, agent: Row[Any], summed: list[Summed], now: datetime) -> bool:
    configuration = office.configuration
    if office.addresses.is_ours(agent.address):
        return False  # it would become a ticket
    brand = configuration.brands[0]
    message_id = mint_message_id(
        office.keyring,
        ticket=0,
        participant=agent.id,
        kind=NoticeKind.AGENT,
        nonce=office.entropy(8),
        domain=configuration.reply_domain,
    )
    subject, raw = write_summary(
        masked(summed, configuration.privacy.mask),
        language=agent.language,
        brand=brand,
        to=agent.address,
        name=agent.name,
        link=web_link(office, "/tickets?view=mine&sort=due"),
        message_id=message_id,
        date=now,
    )
    mail = OutgoingMail(
        kind=NoticeKind.AGENT.value,
        once_key=f"promise-summary:{agent.id}:{now.isoformat(timespec='seconds')}",
        recipient=agent.address,
        reverse_path="",  # nobody reads a report about it
        message_id=message_id,
        subject=subject,
        raw=signed(raw, brand.dkim, now),
        created_at=now,
        expires_at=now + timedelta(hours=configuration.outbound.notice_lifetime_hours),
        automatic=True,
        hold_reason=None if configuration.outbound.smarthost else NO_SMARTHOST,
    )
    return enqueue(connection, [mail])[0] is not None
