"""Mail whose author DNS could not tell is looked at again: first after minutes, in the end after hours.

Only what is known of the author changes: the message's trust and trace, and an event on its ticket. Nothing is sent, moved or shown
to anybody because of it.
"""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from gateway.desk.office import Office
from gateway.journal import Damaged, Entry, Journal
from gateway.pipeline.replay import weakened_by_replay
from gateway.pipeline.senders import Read, Senders, trust_told
from gateway.pipeline.stages import Understood, understand
from gateway.store.schema import messages, trust_checks
from gateway.store.tickets import GATEWAY, add_events
from gateway.threading.model import Trust

WAITS = (timedelta(minutes=2), timedelta(minutes=10), timedelta(minutes=30), timedelta(hours=2), timedelta(hours=6))
EVERY = timedelta(seconds=15)  # how often a process asks what is due
LEASE = timedelta(seconds=30)  # how long the others leave what one process took
BATCH = 32

log = logging.getLogger("gateway.pipeline")


def check_later(connection: Connection, entry: Entry, understood: Understood, now: datetime) -> None:
    """Note that the author of this mail, which is on a ticket, shall be looked at again."""
    if understood.trust is Trust.TEMPERROR:
        connection.execute(insert(trust_checks).values(journal_id=entry.id, due_at=now + WAITS[0], tries=0))


@dataclass
class Rechecks:
    """One pipeline process's second looks."""

    _next: datetime | None = None

    def look_again(self, journal: Journal, senders: Senders, office: Office, now: datetime) -> int:
        """Look at what is due, at most every 15 seconds; how many mails came to an end of it. Raises the database's errors."""
        if not office.configuration.trust.verify or (self._next is not None and now < self._next):
            return 0
        self._next = now + EVERY
        taken = _take(journal, now)
        if not taken:
            return 0
        read = [it for entry in journal.entries(taken) if (it := _read(entry, journal, office)) is not None]
        judged, undecided = senders.judge(read, journal, office)
        for entry in undecided:
            log.info("DNS is asked again", extra={"receipt": entry.receipt})
        done = 0
        for entry, understood in judged:
            with journal.database.write() as connection:
                done += _settle(connection, entry, understood, taken[entry.id], now)
        return done


def _take(journal: Journal, now: datetime) -> dict[int, int]:
    """Journal rows that are due, with the tries that each had; other processes leave them for a moment."""
    due = select(trust_checks.c.journal_id, trust_checks.c.tries).where(trust_checks.c.due_at <= now)
    due = due.order_by(trust_checks.c.due_at).limit(BATCH)
    with journal.database.read() as connection:
        if connection.execute(due).first() is None:
            return {}
    with journal.database.write() as connection:
        taken = {row.journal_id: row.tries for row in connection.execute(due.with_for_update(skip_locked=True))}
        connection.execute(update(trust_checks).where(trust_checks.c.journal_id.in_(taken)).values(due_at=now + LEASE))
    return taken


def _read(entry: Entry, journal: Journal, office: Office) -> Read | None:
    try:
        understood = understand(entry, journal, office)
    except Damaged as error:
        log.warning("the author cannot be checked again: %s", error, extra={"receipt": entry.receipt})
        with journal.database.write() as connection:
            connection.execute(delete(trust_checks).where(trust_checks.c.journal_id == entry.id))
        return None
    return entry, understood


def _settle(connection: Connection, entry: Entry, understood: Understood, tries: int, now: datetime) -> bool:
    """Write what was found; True where the mail needs no further look. Somebody who was quicker wins."""
    ours = (trust_checks.c.journal_id == entry.id, trust_checks.c.tries == tries)
    is_unknown = understood.trust is Trust.TEMPERROR
    if is_unknown and tries + 1 < len(WAITS):
        later = {"due_at": now + WAITS[tries + 1], "tries": tries + 1}
        connection.execute(update(trust_checks).where(*ours).values(later))
        return False
    if not connection.execute(delete(trust_checks).where(*ours)).rowcount:
        return False
    message = connection.execute(
        select(messages.c.id, messages.c.ticket_id, messages.c.trust, messages.c.trace).where(
            messages.c.journal_id == entry.id
        )
    ).first()
    if message is None:
        return True
    known = weakened_by_replay(connection, entry, understood, now)
    told = trust_told(known)
    if not is_unknown:
        values: dict[str, Any] = {"trace": {**message.trace, "trust": told}}
        if message.trust == Trust.TEMPERROR.name.lower():
            values["trust"] = told["level"]
        connection.execute(update(messages).where(messages.c.id == message.id).values(values))
    data = {"message": message.id, "level": told["level"], "proof": told["proof"], "why": told["reason"]}
    add_events(connection, message.ticket_id, now, ("sender_checked_again", GATEWAY, data))
    return True
