"""A new ticket: requester, first message, what rules say of it, and its acknowledgement."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import Connection

from gateway.config.model import Brand
from gateway.desk.agent_notices import tell_new
from gateway.desk.automatic import Posted, post_automatic, stay_silent
from gateway.desk.completeness import why_incomplete
from gateway.desk.menus import remember_offer
from gateway.desk.office import Office
from gateway.desk.outgoing import Heading, Letter, Person, brand_sender
from gateway.journal import Entry
from gateway.mail.address import address_key
from gateway.mail.voicemail import title_of
from gateway.notify.notices import Acknowledgement, language_for
from gateway.notify.policy import Incoming, Suppression
from gateway.pipeline.acknowledging import Newcomer, remember_promise, situation_of
from gateway.pipeline.company import first_fields
from gateway.pipeline.holding import why_no_answer_now
from gateway.pipeline.menus import offered_level, with_options
from gateway.pipeline.origin import Origin, as_told_by, origin_of
from gateway.pipeline.record import new_message, with_signature_images
from gateway.pipeline.stages import Understood
from gateway.rules import Actions
from gateway.store.budget_lookup import was_answered
from gateway.store.lookups import is_agent
from gateway.store.tickets import (
    GATEWAY,
    Contact,
    Happened,
    add_events,
    add_message,
    add_participant,
    add_tags,
    change_status,
    change_ticket,
    create_ticket,
    ensure_contact,
    ticket_row,
)
from gateway.threading.model import Decision, NoticeKind, Outcome, Proof, Status
from gateway.threading.powers import Action, Power, Standing, ruling

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
    by_agent: bool = False  # From names an agent, which alone proves nothing
    silence: Suppression | None = None  # why this sender is not acknowledged


def open_ticket(connection: Connection, office: Office, opening: Opening, *, now: datetime) -> tuple[int, bool]:
    """Write ticket, participant, message and events; acknowledge. Returns the number and whether mail goes out."""
    entry, understood, decision, brand, actions = (
        opening.entry,
        opening.understood,
        opening.decision,
        opening.brand,
        opening.actions,
    )
    colleague = partial(is_agent, connection)
    origin = origin_of(understood, entry, office, by_agent=opening.by_agent, is_colleague=colleague)
    contact = ensure_contact(connection, origin.requester.address, name=origin.name, language=origin.language, now=now)
    language = language_for(brand.language, contact.language, origin.language)
    subject = title_for(understood, origin, language)
    address = brand_sender(brand, entry.forward_paths)
    fields = first_fields(office, dict(actions.fields), origin.requester.address, brand, actions.team or brand.team)
    said = situation_of(connection, office, _newcomer(opening, origin, language, fields), understood, now)
    number = create_ticket(
        connection,
        brand=brand.id,
        address=address,
        subject=subject,
        requester=contact.id,
        language=language,
        now=now,
        team=actions.team or brand.team,
        priority=actions.priority or "normal",
        follow_up_of=decision.ticket if decision.outcome is Outcome.FOLLOW_UP else None,
        configuration_stamp=office.loaded.stamp,
    )
    participant = add_participant(connection, number, contact.id, "requester", now, is_new_ticket=True)
    new = new_message(entry, understood, number, "mail", {**opening.trace, **said.trace}, public=True, now=now)
    row = add_message(connection, with_signature_images(connection, understood, as_told_by(origin, new)))
    company = office.organizations.of(origin.requester.address)
    add_tags(connection, number, (*actions.tags, *(company.tags if company is not None else ())))
    if actions.type is not None or fields:
        change_ticket(connection, number, now, type=actions.type or "", fields=fields)
    heading = Heading(number, brand.id, address, subject)
    menu = offered_level(office, actions.menu, brand.id, language)
    notice = with_options(said.notice, menu)
    posted = _acknowledge(
        connection, office, opening, origin, heading, _person(participant, contact), contact, language, notice, now
    )
    elsewhere = also_addressed(entry, office, brand, address)
    opened = _opened(opening, origin, row)
    add_events(connection, number, now, *opened, *elsewhere, posted.event)
    if posted.outgoing:
        remember_promise(connection, office, number, said, now)
    if menu is not None:
        remember_offer(connection, number, participant, posted, menu, now)
    if decision.outcome is Outcome.FOLLOW_UP and decision.ticket is not None:
        add_events(connection, decision.ticket, now, ("follow_up", GATEWAY, {"ticket": number}))
    if actions.status is not None:
        _set_by_rule(connection, office, number, Status(actions.status), now)
    told = not entry.shadow and tell_new(connection, office, number, origin.requester, now)
    return number, posted.outgoing or told


def _set_by_rule(connection: Connection, office: Office, number: int, status: Status, now: datetime) -> None:
    """A rule's status, with all that belongs to it: a ticket that is solved at once also closes by itself."""
    if status is Status.SOLVED and (why := why_incomplete(connection, office, number)):
        add_events(connection, number, now, ("rule_failed", GATEWAY, {"why": why}))
        return
    ticket = ticket_row(connection, number)
    assert ticket is not None
    close_at = now + timedelta(hours=office.configuration.lifecycle.close_after_hours)
    change_status(connection, ticket, status, actor=GATEWAY, now=now, why="a rule set it", close_at=close_at)


def also_addressed(entry: Entry, office: Office, brand: Brand, winner: str) -> Iterator[Happened]:
    """Name every other address of ours that this mail was sent to: one ticket, one acknowledgement, everybody informed."""
    for address in entry.forward_paths:
        verdict = office.addresses.verdict(address)
        if verdict.brand is None or verdict.kind != "brand" or address_key(address) == address_key(winner):
            continue
        data = {"address": address, "brand": verdict.brand.id, "team": verdict.brand.team, "handled_by": brand.id}
        yield "also_addressed", GATEWAY, data


def title_for(understood: Understood, origin: Origin, language: str) -> str:
    """The subject of the ticket that a mail opens."""
    if understood.unreadable:
        return UNREADABLE[language]
    if origin.call is not None:
        return title_of(origin.call, language)
    return origin.subject or NO_SUBJECT[language]


def _opened(opening: Opening, origin: Origin, row: int) -> Iterator[Happened]:
    decision = opening.decision
    yield "created", origin.requester.address, {"message": row, "why": decision.reason}
    for kind, data in origin.events:
        yield kind, GATEWAY, {"message": row, **data}
    if decision.outcome is Outcome.FOLLOW_UP:
        yield "follow_up_of", GATEWAY, {"ticket": decision.ticket, "why": decision.reason}
    if decision.hints:
        yield "maybe_belongs_to", GATEWAY, {"tickets": list(decision.hints), "why": decision.reason}
    if ruling(Action.OPEN, Standing(opening.understood.trust)).power is Power.MARKED:
        yield "unverified_sender", GATEWAY, {"why": opening.understood.trust_reason}


def _newcomer(opening: Opening, origin: Origin, language: str, fields: dict[str, Any]) -> Newcomer:
    actions, brand = opening.actions, opening.brand
    return Newcomer(
        brand,
        actions.team or brand.team,
        actions.priority or "normal",
        frozenset(actions.tags),
        origin.requester.address,
        language,
        fields,
    )


def _person(participant: int, contact: Contact) -> Person:
    return Person(
        participant, contact.id, contact.address, contact.name, "requester", contact.language, contact.undeliverable
    )


def _incoming(opening: Opening, origin: Origin) -> Incoming:
    """The mail as the policy of notices sees it. What proves its sender proves nobody else whom it names, unless an agent forwarded it."""
    author, trust, proof = opening.understood.message.author, opening.understood.trust, opening.understood.proof
    sender = author.address if author is not None and not opening.by_agent else ""
    if address_key(sender) == address_key(origin.requester.address):
        sender = ""
    if sender and proof is Proof.PASSED:
        proof = Proof.UNPROVEN
    return Incoming(origin.auto, not opening.entry.reverse_path, trust, proof, sender)


def _acknowledge(
    connection: Connection,
    office: Office,
    opening: Opening,
    origin: Origin,
    ticket: Heading,
    person: Person,
    contact: Contact,
    language: str,
    notice: Acknowledgement,
    now: datetime,
) -> Posted:
    parent = origin.message_id
    letter = Letter(
        kind=NoticeKind.ACK,
        notice=notice,
        once_key=f"ack:{ticket.number}:{person.participant}",
        language=language,
        in_reply_to=parent,
        references=(*origin.references, *((parent,) if parent else ())),
        known_sender=contact.known and was_answered(connection, contact.address),
    )
    wanted = opening.actions.acknowledge
    if wanted is False:
        return stay_silent(NoticeKind.ACK, person, Suppression("rule_off", "a rule says `acknowledge: false`"))
    silence = opening.silence or why_no_answer_now(connection, office, opening.entry, opening.understood.message, now)
    if silence is not None:
        return stay_silent(NoticeKind.ACK, person, silence)
    return post_automatic(
        connection,
        office,
        ticket,
        person,
        letter,
        incoming=_incoming(opening, origin),
        acknowledge=opening.brand.acknowledge if wanted is None else wanted,
        shadow=opening.entry.shadow,
        now=now,
    )
