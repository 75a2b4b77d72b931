"""Ask the requester of a solved ticket how they were served, if nothing speaks against it (docs/csat.md)."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from gateway.desk.answering import incoming_of, is_believed
from gateway.desk.automatic import post_automatic, stay_silent
from gateway.desk.office import Office
from gateway.desk.outgoing import Heading, Letter, Person, people_of, thread_for
from gateway.desk.questions import keep, objections, remember_skip, survey_for
from gateway.notify.policy import Suppression
from gateway.store.budget_lookup import was_answered
from gateway.store.schema import contacts, messages, surveys
from gateway.store.tickets import add_events, ticket_row
from gateway.threading.model import NoticeKind, Status

_SOLVED = (Status.SOLVED.value, Status.CLOSED.value)


def ask(connection: Connection, office: Office, number: int, now: datetime) -> bool:
    """Post the question, or leave an event that says why nobody is asked; whether mail goes out.

    A ticket that is open again is left alone: it is asked about when it is solved again.
    """
    ticket = ticket_row(connection, number, lock=True)
    survey = connection.execute(select(surveys).where(surveys.c.ticket_id == number)).one_or_none()
    if ticket is None or survey is None or survey.asked_at is not None or ticket.status not in _SOLVED:
        return False
    person = next((it for it in people_of(connection, number) if it.role == "requester"), None)
    if person is None:
        return _skip(connection, number, "no_author", "the requester was removed from the ticket", now)
    # Two tickets of one person must not be asked about at the same moment by two nodes.
    contact = connection.execute(select(contacts).where(contacts.c.id == person.contact).with_for_update()).one()
    why = next(objections(connection, office, ticket, survey, contact, now), None)
    if why is not None:
        return _skip(connection, number, why.reason, why.sentence, now, to=person)
    posted = post_automatic(
        connection,
        office,
        Heading.of(ticket),
        person,
        _letter(connection, office, ticket, person, now),
        incoming=incoming_of(_opened_by(connection, number)),
        acknowledge=True,
        shadow=False,
        now=now,
    )
    add_events(connection, number, now, posted.event)
    keep(connection, office, number, person, posted, now)
    return posted.outgoing


def _skip(
    connection: Connection, number: int, reason: str, sentence: str, now: datetime, *, to: Person | None = None
) -> bool:
    why = Suppression(reason, sentence)
    nobody = Person(0, 0, "", "", "requester", None, undeliverable=False)
    add_events(connection, number, now, stay_silent(NoticeKind.CSAT, to or nobody, why).event)
    remember_skip(connection, number, reason)
    return False


def _opened_by(connection: Connection, number: int) -> dict[str, Any]:
    """The trace of the mail that opened the ticket."""
    found = connection.execute(
        select(messages.c.trace)
        .where(messages.c.ticket_id == number, messages.c.direction == "in")
        .order_by(messages.c.id)
        .limit(1)
    ).scalar_one_or_none()
    return dict(found or {})


def _letter(connection: Connection, office: Office, ticket: Row[Any], person: Person, now: datetime) -> Letter:
    believed = is_believed(connection, ticket.id, person)
    thread = thread_for(connection, ticket.id, person)
    return Letter(
        kind=NoticeKind.CSAT,
        notice=survey_for(
            office, ticket.id, person, now,
            subject=ticket.subject if believed else None,
            customer=person.name if believed else "",
        ),
        once_key=f"csat:{ticket.id}",
        language=ticket.language,
        in_reply_to=thread.parent,
        references=thread.ancestors,
        known_sender=was_answered(connection, person.address),
    )  # fmt: skip
