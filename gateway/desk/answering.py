"""What acts send to customers: an agent's answer to each participant, and word that a ticket is solved."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row, func, select

from gateway.desk.acting import DeskError
from gateway.desk.automatic import Posted, post_automatic
from gateway.desk.hearing import quoted_for
from gateway.desk.office import Office
from gateway.desk.outgoing import Heading, Letter, Person, people_of, post, thread_for
from gateway.desk.questions import keep, question_beside
from gateway.mail.model import Auto, Kind
from gateway.notify.headers import UnsendableAddress
from gateway.notify.notices import Answer, Resolution
from gateway.notify.policy import Incoming
from gateway.notify.render import NoticeError
from gateway.store.budget_lookup import was_answered
from gateway.store.schema import events, messages
from gateway.store.tickets import add_events
from gateway.threading.model import NoticeKind, Proof, Trust

BELIEVED = ("forwarded", "strong")
"""Trust at which a customer's own words (name, subject) may stand in automatic mail."""


@dataclass(frozen=True, slots=True)
class Said:
    """An agent's answer as it stands on the ticket. ``message`` is its row's id."""

    message: int
    agent_name: str
    text: str


def answer(
    connection: Connection,
    office: Office,
    row: Row[Any],
    said: Said,
    people: Sequence[Person],
    now: datetime,
    *,
    patience: timedelta,
    by_rule: bool = False,
) -> tuple[str, ...]:
    """Write each of these people a mail of their own, to leave after ``patience``; their addresses. DeskError where it cannot be.

    ``by_rule``: nobody wrote it at this moment, so that it is under all that keeps automatic mail from doing harm; whom it does not
    go to has an event that says why, and DeskError says it where it goes to nobody.
    """
    if not people:
        raise DeskError(f"ticket {row.id} has nobody to answer: all its participants were removed")
    zone = ZoneInfo(office.addresses.brand(row.brand).time_zone)
    reached, told = list[str](), list[Posted]()
    for person in people:
        thread = thread_for(connection, row.id, person)
        letter = Letter(
            kind=NoticeKind.ANSWER,
            notice=Answer(
                text=said.text,
                subject=row.subject,
                agent=said.agent_name,
                customer=person.name if is_believed(connection, row.id, person) else "",
                quoted=quoted_for(connection, row.id, person, zone),
                by_rule=by_rule,
                begins=thread.parent is None and not _was_written_to(connection, row.id),
            ),
            once_key=f"answer:{said.message}:{person.participant}",
            not_before=now + patience,
            language=row.language,
            in_reply_to=thread.parent,
            references=thread.ancestors,
            message_row=said.message,
        )
        if by_rule:
            told.append(_post_by_rule(connection, office, row, person, letter, now))
            reached += [person.address] if told[-1].outgoing else []
            continue
        try:
            post(connection, office, Heading.of(row), person, letter, now=now)
        except UnsendableAddress as error:
            raise DeskError(f"no mail can go to {person.address}: {error}") from error
        except NoticeError as error:
            raise DeskError(f"the answer cannot be written: {error}") from error
        reached.append(person.address)
    if told and not reached:
        raise DeskError(f"nothing is sent to {people[0].address}: {told[0].event[2]['why']}")
    add_events(connection, row.id, now, *(posted.event for posted in told), handled=True)
    return tuple(reached)


def _post_by_rule(
    connection: Connection, office: Office, row: Row[Any], person: Person, letter: Letter, now: datetime
) -> Posted:
    known = replace(letter, known_sender=was_answered(connection, person.address))
    incoming = incoming_of(first_trace(connection, row.id, person.address))
    heading = Heading.of(row)
    return post_automatic(
        connection, office, heading, person, known, incoming=incoming, acknowledge=True, shadow=False, now=now
    )


def first_trace(connection: Connection, ticket: int, address: str) -> Mapping[str, Any]:
    """The trace of this person's first mail on the ticket, else of its very first: a machine's is never answered."""
    trace: Mapping[str, Any] | None = connection.execute(
        select(messages.c.trace)
        .where(messages.c.ticket_id == ticket, messages.c.direction == "in")
        .order_by(func.lower(messages.c.author) != address.lower(), messages.c.id)
        .limit(1)
    ).scalar_one_or_none()
    return trace or {}


def _was_written_to(connection: Connection, ticket: int) -> bool:
    """Whether any mail came in on the ticket: one without a Message-ID begins a thread all the same."""
    came = select(messages.c.id).where(messages.c.ticket_id == ticket, messages.c.direction == "in").limit(1)
    return connection.execute(came).first() is not None


def announce_solution(
    connection: Connection, office: Office, row: Row[Any], now: datetime, *, patience: timedelta
) -> None:
    """Tell the requester, unless a machine wrote the ticket: a shop's order mail wants no notice."""
    opened_by = connection.execute(
        select(messages.c.trace)
        .where(messages.c.ticket_id == row.id, messages.c.direction == "in")
        .order_by(messages.c.id)
        .limit(1)
    ).scalar_one_or_none()
    solved = connection.execute(
        select(events.c.id)
        .where(events.c.ticket_id == row.id, events.c.kind == "status")
        .order_by(events.c.id.desc())
        .limit(1)
    ).scalar_one()
    for person in people_of(connection, row.id):
        if person.role != "requester":
            continue
        believed = is_believed(connection, row.id, person)
        thread = thread_for(connection, row.id, person)
        survey = question_beside(connection, office, row, person, now)
        subject, customer = (row.subject, person.name) if believed else (None, "")
        letter = Letter(
            kind=NoticeKind.RESOLUTION,
            notice=Resolution(subject, customer, survey=survey),
            once_key=f"resolution:{row.id}:{person.participant}:{solved}",
            not_before=now + patience,
            language=row.language,
            in_reply_to=thread.parent,
            references=thread.ancestors,
            known_sender=was_answered(connection, person.address),
        )
        posted = post_automatic(
            connection,
            office,
            Heading.of(row),
            person,
            letter,
            incoming=incoming_of(opened_by or {}),
            acknowledge=True,
            shadow=False,
            now=now,
        )
        add_events(connection, row.id, now, posted.event)
        if survey is not None:
            keep(connection, office, row.id, person, posted, now)


def incoming_of(trace: Mapping[str, Any]) -> Incoming | None:
    """What the ticket's first mail proves about its requester; None where nobody looked, which a person's answer made up for."""
    kind = Kind(trace.get("kind", {}).get("kind", "human"))
    told = trace.get("trust", {})
    proof = Proof(told.get("proof", Proof.UNCHECKED))
    if kind is not Kind.HUMAN or proof is not Proof.UNCHECKED:
        trust = Trust[told.get("level", "none").upper()]
        return Incoming(Auto(kind), null_reverse_path=False, trust=trust, proof=proof)
    return None


def is_believed(connection: Connection, ticket: int, person: Person) -> bool:
    """Did this person ever write to the ticket from an address that was verified?"""
    return (
        connection.execute(
            select(messages.c.id)
            .where(
                messages.c.ticket_id == ticket,
                messages.c.direction == "in",
                messages.c.public,
                messages.c.author == person.address,
                messages.c.trust.in_(BELIEVED),
            )
            .limit(1)
        ).first()
        is not None
    )
