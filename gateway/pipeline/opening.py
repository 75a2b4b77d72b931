"""A new ticket: requester, first message, what rules say of it, and its acknowledgement."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from gateway.config.model import Brand
from gateway.desk.automatic import post_automatic
from gateway.desk.office import Office
from gateway.desk.outgoing import Letter, Person, brand_sender
from gateway.journal import Entry
from gateway.notify.notices import Acknowledgement, language_for
from gateway.notify.policy import Incoming
from gateway.pipeline.record import author_of, new_message
from gateway.pipeline.stages import Understood
from gateway.rules import Actions
from gateway.store.tickets import (
    GATEWAY,
    Contact,
    add_events,
    add_message,
    add_participant,
    add_tags,
    create_ticket,
    ensure_contact,
    ticket_row,
)
from gateway.threading.model import Decision, NoticeKind, Outcome, Status

NO_SUBJECT = {"ko": "(제목 없음)", "ja": "(件名なし)", "en": "(no subject)"}
UNREADABLE = {"ko": "(읽을 수 없는 메일)", "ja": "(読み取れないメール)", "en": "(unreadable mail)"}


@dataclass(frozen=True, slots=True)
class Opening:
    """Everything that decides how a ticket begins."""

    entry: Entry
    understood: Understood
    decision: Decision
    brand: Brand
    actions: Actions
    trace: Mapping[str, Any]


def open_ticket(connection: Connection, office: Office, opening: Opening, *, now: datetime) -> tuple[int, bool]:
    """Write ticket, participant, message and events; acknowledge. Returns the number and whether mail goes out."""
    entry, understood, decision, brand, actions = (
        opening.entry,
        opening.understood,
        opening.decision,
        opening.brand,
        opening.actions,
    )
    message = understood.message
    author = author_of(understood, entry)
    name = author.name if message.author is not None else ""
    contact = ensure_contact(connection, author.address, name=name, language=message.language, now=now)
    language = language_for(brand.language, contact.language, message.language)
    subject = UNREADABLE[language] if understood.unreadable else (message.subject or NO_SUBJECT[language])
    number = create_ticket(
        connection,
        brand=brand.id,
        address=brand_sender(brand, entry.forward_paths),
        subject=subject,
        requester=contact.id,
        language=language,
        now=now,
        team=actions.team or brand.team,
        priority=actions.priority or "normal",
        status=Status(actions.status) if actions.status else Status.NEW,
        follow_up_of=decision.ticket if decision.outcome is Outcome.FOLLOW_UP else None,
        configuration_stamp=office.loaded.stamp,
    )
    participant = add_participant(connection, number, contact.id, "requester", now)
    row = add_message(connection, new_message(entry, understood, number, "mail", opening.trace, public=True, now=now))
    add_tags(connection, number, actions.tags)
    _events(connection, number, opening, author.address, row, now)
    person = _person(participant, contact)
    return number, _acknowledge(connection, office, opening, number, person, contact, language, now)


def _events(connection: Connection, number: int, opening: Opening, author: str, row: int, now: datetime) -> None:
    decision = opening.decision
    happened: list[tuple[str, str, Mapping[str, Any]]] = [("created", author, {"message": row, "why": decision.reason})]
    if decision.outcome is Outcome.FOLLOW_UP:
        happened.append(("follow_up_of", GATEWAY, {"ticket": decision.ticket, "why": decision.reason}))
    if decision.hints:
        happened.append(("maybe_belongs_to", GATEWAY, {"tickets": list(decision.hints), "why": decision.reason}))
    if opening.understood.trust < 1:
        happened.append(("unverified_sender", GATEWAY, {"why": opening.understood.trust_reason}))
    add_events(connection, number, now, *happened)
    if decision.outcome is Outcome.FOLLOW_UP and decision.ticket is not None:
        add_events(connection, decision.ticket, now, ("follow_up", GATEWAY, {"ticket": number}))


def _person(participant: int, contact: Contact) -> Person:
    return Person(
        participant, contact.id, contact.address, contact.name, "requester", contact.language, contact.undeliverable
    )


def _acknowledge(
    connection: Connection,
    office: Office,
    opening: Opening,
    number: int,
    person: Person,
    contact: Contact,
    language: str,
    now: datetime,
) -> bool:
    message = opening.understood.message
    ticket = ticket_row(connection, number)
    assert ticket is not None
    parent = message.message_id
    letter = Letter(
        kind=NoticeKind.ACK,
        notice=Acknowledgement(),
        once_key=f"ack:{number}:{person.participant}",
        language=language,
        in_reply_to=parent,
        references=(*message.references, *((parent,) if parent else ())),
        known_sender=contact.known,
    )
    wanted = opening.brand.acknowledge if opening.actions.acknowledge is None else opening.actions.acknowledge
    return post_automatic(
        connection,
        office,
        ticket,
        person,
        letter,
        incoming=Incoming(message.auto, not opening.entry.reverse_path, opening.understood.trust),
        acknowledge=wanted,
        shadow=opening.entry.shadow,
        now=now,
    )
