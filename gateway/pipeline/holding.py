"""Mail that is held in quarantine, and mail that a person let go from there: it is worked on by today's rules as if it had just come in,
but is not held again for a cause from which it was let go, and nobody is answered twice or long after."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import Connection

from gateway.desk.office import Office
from gateway.journal import Entry
from gateway.mail.model import Message
from gateway.notify.policy import Suppression
from gateway.store.quarantine import note_held, released_from, was_released, written_since
from gateway.threading.causes import Cause
from gateway.threading.model import Decision, Outcome, Step


def still_held(connection: Connection, entry: Entry, holds: Iterable[Decision]) -> Decision | None:
    """The first decision to hold the mail for a cause from which nobody has let it go; None: nothing holds it."""
    released: frozenset[str] | None = None
    for held in holds:
        if released is None:  # asked only for mail that would be held
            released = released_from(connection, entry.id)
        if held.cause not in released:
            return held
    return None


def let_through(connection: Connection, entry: Entry, decision: Decision) -> Decision:
    """The decision; a new ticket in place of quarantine where a person let the mail go from that cause.

    A mail without any author needs an address to whom the ticket belongs: that of its envelope. One that has none stays held.
    """
    if decision.outcome is not Outcome.QUARANTINE or decision.cause is None or not entry.reverse_path:
        return decision
    if decision.cause not in released_from(connection, entry.id):
        return decision
    step = Step(f"held as {decision.cause}", "ignored", "a person let the mail go from quarantine")
    reason = f"a person let it go although {decision.reason}"
    return replace(
        decision, outcome=Outcome.OPEN, public=True, reason=reason, steps=(*decision.steps, step), cause=None
    )


def keep_for_people(connection: Connection, entry: Entry, message: Message) -> None:
    """Keep what the lists show of a mail that is held."""
    author = message.author.address if message.author is not None else ""
    note_held(connection, entry.id, author=author, subject=message.subject or "", preview=message.text)


def gave_up_reading(connection: Connection, entry: Entry) -> bool:
    """Whether this mail, let go after three crashes, has crashed again: then it becomes a ticket with its raw bytes, unread."""
    return entry.crashes > 0 and Cause.CRASHED in released_from(connection, entry.id)


def why_no_answer_now(
    connection: Connection, office: Office, entry: Entry, message: Message, now: datetime
) -> Suppression | None:
    """Why a released mail is not acknowledged; None for one that may be, and for all mail that nobody released."""
    if entry.fence <= 1 or not was_released(connection, entry.id):  # claimed for the first time: it was never held
        return None
    hours = office.configuration.quarantine.acknowledge_hours
    if now - entry.received_at > timedelta(hours=hours):
        return Suppression(
            "released_late", f"the mail came more than {hours} hours before it was let go from quarantine"
        )
    if message.author is None:
        return Suppression("no_author", "the mail names no author; only its envelope has an address")
    if written_since(connection, message.author.address, entry.received_at):
        return Suppression(
            "answered_already", "we wrote to this person after the mail came, while it was in quarantine"
        )
    return None
