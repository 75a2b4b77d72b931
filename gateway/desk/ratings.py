"""What customers say of how they were served: recorded once, changeable for a while, never by our own people."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from gateway.desk.office import Office
from gateway.notify import survey
from gateway.store.schema import contacts, participants, ratings, surveys, tickets
from gateway.store.tickets import add_events
from gateway.threading.model import Status

LONGEST_COMMENT = 2000  # characters that are kept of a comment
CHANGEABLE = timedelta(days=7)
"""For so long a rating can be changed, however soon the ticket is closed: a wrong tap must not stand for ever."""
_CHANGES_KEPT = 50


@dataclass(frozen=True, slots=True)
class Given:
    """One answer as it came in."""

    value: int  # 1 (worst) to the survey's scale
    via: str  # page, mail, reply
    reason: str = ""  # id in csat.reasons
    comment: str = ""  # empty keeps the comment that is there


class Outcome(StrEnum):
    """What became of an answer."""

    RECORDED = "recorded"
    CHANGED = "changed"
    SAME = "same"  # it was said already: nothing is written
    OVER = "over"  # the time for answers, or for changing one, is over


@dataclass(frozen=True, slots=True)
class Asked:
    """A survey that was sent, and what was answered so far."""

    ticket: int
    brand: str  # id
    language: str
    status: str
    participant: int
    contact: int
    address: str
    scale: int
    asked_at: datetime
    ends_at: datetime
    declined: bool  # the contact wants no more surveys
    message_id: str  # of the mail that asked, without angle brackets
    rating: Row[Any] | None  # of ratings

    def takes_answers(self, now: datetime) -> bool:
        """A first answer until the window ends; a change until the ticket is closed, at least for a few days."""
        if now > self.ends_at:
            return False
        return self.rating is None or self.status != Status.CLOSED or now <= self.rating.given_at + CHANGEABLE


def answer_label(language: str, scale: int, value: int) -> str:
    """What the answer is called, as the mail that asks calls it."""
    return survey.label_of(language, scale, value)


def find_asked(connection: Connection, ticket: int, participant: int) -> Asked | None:
    """The survey that went to this participant about this ticket; None where there was none."""
    row = connection.execute(
        select(
            surveys,
            tickets.c.brand,
            tickets.c.status,
            tickets.c.language,
            contacts.c.address,
            contacts.c.no_surveys_at,
        )
        .join(tickets, tickets.c.id == surveys.c.ticket_id)
        .join(participants, participants.c.id == surveys.c.participant_id)
        .join(contacts, contacts.c.id == participants.c.contact_id)
        .where(
            surveys.c.ticket_id == ticket,
            surveys.c.participant_id == participant,
            surveys.c.asked_at.is_not(None),
        )
    ).one_or_none()
    if row is None:
        return None
    rating = connection.execute(select(ratings).where(ratings.c.ticket_id == ticket)).one_or_none()
    return Asked(
        ticket=row.ticket_id,
        brand=row.brand,
        language=row.language,
        status=row.status,
        participant=row.participant_id,
        contact=row.contact_id,
        address=row.address,
        scale=row.scale,
        asked_at=row.asked_at,
        ends_at=row.ends_at,
        declined=row.no_surveys_at is not None,
        message_id=row.message_id or "",
        rating=rating,
    )


def rate(connection: Connection, office: Office, asked: Asked, given: Given, now: datetime) -> Outcome:
    """Record the answer; said again, it changes nothing more. ValueError for a value or reason that was not offered.

    The event ``rated`` lets rules follow.
    """
    if not 1 <= given.value <= asked.scale:
        raise ValueError(f"{given.value} is no answer on a scale of {asked.scale}")
    if given.reason and all(reason.id != given.reason for reason in office.configuration.csat.reasons):
        raise ValueError(f"there is no reason {given.reason!r}")
    # Two answers at the same moment, from a page and by mail, take turns.
    connection.execute(select(tickets.c.id).where(tickets.c.id == asked.ticket).with_for_update())
    before = connection.execute(select(ratings).where(ratings.c.ticket_id == asked.ticket)).one_or_none()
    comment = given.comment.strip()[:LONGEST_COMMENT] or (before.comment if before is not None else "")
    said = {"value": given.value, "reason": given.reason, "comment": comment}
    if before is not None and said == {name: getattr(before, name) for name in said}:
        return Outcome.SAME
    if not asked.takes_answers(now):
        return Outcome.OVER
    values = {
        **said,
        "scale": asked.scale,
        "score": (given.value - 1) / (asked.scale - 1),
        "via": given.via,
        "changed_at": now,
    }
    data: dict[str, Any] = {**said, "scale": asked.scale, "score": values["score"], "via": given.via}
    if before is None:
        connection.execute(
            insert(ratings).values(ticket_id=asked.ticket, contact_id=asked.contact, given_at=now, history=[], **values)
        )
    else:
        earlier = {name: getattr(before, name) for name in ("value", "reason", "comment", "via")}
        kept = [*before.history, {**earlier, "at": before.changed_at.isoformat()}][-_CHANGES_KEPT:]
        connection.execute(update(ratings).where(ratings.c.ticket_id == asked.ticket).values(history=kept, **values))
        data["before"] = before.value
    add_events(connection, asked.ticket, now, ("rated", asked.address, data))
    return Outcome.RECORDED if before is None else Outcome.CHANGED


def decline(connection: Connection, asked: Asked, *, how: str, now: datetime) -> bool:
    """Ask this person no more, about no ticket; False where they said so before. ``how``: page, mail or reply."""
    stopped = connection.execute(
        update(contacts)
        .where(contacts.c.id == asked.contact, contacts.c.no_surveys_at.is_(None))
        .values(no_surveys_at=now)
    ).rowcount
    if stopped:
        why = f"{asked.address} wants no more surveys"
        add_events(connection, asked.ticket, now, ("no_surveys", asked.address, {"how": how, "why": why}), handled=True)
    return stopped > 0
