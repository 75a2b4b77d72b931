"""A mail's effects, all in the caller's transaction: thread it, write it, answer it, and settle its fate in the ledger."""

import logging
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row

from gateway.config.model import Brand
from gateway.desk.agent_notices import tell_reply
from gateway.desk.office import Office
from gateway.desk.undelivered import give_back
from gateway.journal import Entry, Fate, Journal
from gateway.mail.address import address_key
from gateway.mail.model import Kind
from gateway.mail.reply_address import answers_elsewhere
from gateway.mail.return_date import return_date
from gateway.pipeline.after_solved import as_the_team_wishes, keeps_it_solved
from gateway.pipeline.agent_mail import take_agent_mail
from gateway.pipeline.bounces import note_bounce
from gateway.pipeline.copies import MOST_LOOKED_AT, add_copied
from gateway.pipeline.denials import kept_apart, take_denial
from gateway.pipeline.details import take_details
from gateway.pipeline.holding import keep_for_people, let_through, still_held
from gateway.pipeline.menus import KIND as CHOICE
from gateway.pipeline.menus import MenuAnswer, kept_as_choice, take_choice
from gateway.pipeline.opening import Opening, also_addressed, open_ticket
from gateway.pipeline.ratings import KIND, SurveyAnswer, kept_as_rating, take_rating, to_survey_address
from gateway.pipeline.rechecks import check_later
from gateway.pipeline.record import image_domain, new_message, with_signature_images
from gateway.pipeline.replay import weakened_by_replay
from gateway.pipeline.scanning import held_for_its_content, not_scanned, told
from gateway.pipeline.senders import refused, sender_facts, trust_told
from gateway.pipeline.stages import Understood
from gateway.pipeline.standing import Standing, facts_about, keys_of, marked, note_standing, stand
from gateway.pipeline.verification import held_for_admins
from gateway.rules import Actions, RuleHit, evaluate, facts_of
from gateway.store.lookups import is_agent, look_up
from gateway.store.rule_hits import count_hits
from gateway.store.tickets import (
    GATEWAY,
    add_events,
    add_message,
    change_status,
    change_ticket,
    identity_of,
    ticket_row,
)
from gateway.threading.causes import Cause
from gateway.threading.decide import decide
from gateway.threading.model import Decision, Outcome, OwnMessageId, Status, Step
from gateway.threading.tokens import read_message_id

log = logging.getLogger("gateway.pipeline")

_REOPENED_BY_CUSTOMER = (Status.PENDING, Status.ON_HOLD, Status.SOLVED, Status.CLOSED)
"""A closed one is only written to where ``reply_to_solved`` says so."""


@dataclass(frozen=True, slots=True)
class Case:
    """An entry in hand and what was understood of it."""

    entry: Entry
    understood: Understood


def words_of(case: Case, office: Office) -> Iterator[str]:
    """What this mail could share with another that is worked on elsewhere at the same time."""
    message, evidence = case.understood.message, case.understood.evidence
    yield identity_of(message.message_id, message.content_fingerprint)
    yield from evidence.ancestors
    yield from (f"ticket:{reading.ticket}" for reading in evidence.tokens if reading.ticket is not None)
    if message.author is not None:
        yield f"author:{address_key(message.author.address)}"
    if office.configuration.participants.from_copies:  # each of them may become a new contact
        yield from (f"author:{address_key(box.address)}" for box in message.cc[:MOST_LOOKED_AT])
    yield from (f"counted:{key}" for key in keys_of(case.entry, case.understood)[1:])
    if case.understood.signature is not None:
        yield f"signature:{case.understood.signature[:80]}"
    if domain := image_domain(case.understood):
        yield f"images:{domain}"


def carry_out(connection: Connection, journal: Journal, case: Case, office: Office, *, now: datetime) -> bool:
    """Bring one mail to its fate; True where it left mail in the outbox. Raises LeaseLost where another worker has taken over."""
    case = replace(case, understood=weakened_by_replay(connection, case.entry, case.understood, now))
    entry, understood = case.entry, case.understood
    message = understood.message
    brand = brand_of(case, office)
    by_agent = message.author is not None and is_agent(connection, message.author.address)
    standing = stand(connection, entry, understood, office, by_agent=by_agent, now=now)
    decision = _decide(connection, case, office, now, standing, by_agent=by_agent)
    note_standing(connection, standing, decision, office, now=now)
    ordered = take_agent_mail(
        connection,
        entry,
        understood,
        office,
        decision,
        lambda it: _trace(case, it, (), office),
        by_agent=by_agent,
        now=now,
    )
    if ordered is not None:
        journal.settle(connection, entry, ordered.fate, now=now, ticket=ordered.ticket, cause=None, trace=ordered.trace)
        _log(entry, ordered.fate, ordered.ticket, ordered.reason)
        return ordered.outgoing
    actions, hits = Actions(), tuple[RuleHit, ...]()
    if decision.outcome in (Outcome.OPEN, Outcome.FOLLOW_UP):
        sender = sender_facts(understood)
        known = facts_about(standing, understood)
        facts = facts_of(
            message, envelope_recipients=entry.forward_paths, brand=brand.id, sender=sender, standing=known
        )
        outcome = evaluate(office.rules, facts)
        actions, hits = marked(outcome.actions, standing, understood, office), outcome.hits
        count_hits(connection, (hit.name for hit in hits if hit.matched), now)
        if actions.quarantine is not None:
            decision = let_through(connection, entry, _held_by(actions.quarantine))
            actions = Actions()
    elif decision.cause is Cause.BLOCKED_SENDER:
        actions = Actions(drop=standing.dropped_by)
    trace = _trace(case, decision, hits, office) | standing.told() | told(understood.scan)
    if actions.drop is not None:
        journal.settle(connection, entry, Fate.DROPPED, now=now, cause=actions.drop[:40], trace=trace)
        _log(entry, Fate.DROPPED, None, f"rule {actions.drop!r}")
        return False
    number: int | None
    match decision.outcome:
        case Outcome.OPEN | Outcome.FOLLOW_UP:
            opening = Opening(entry, understood, decision, brand, actions, trace, by_agent, standing.silence)
            opened, outgoing = open_ticket(connection, office, opening, now=now)
            fate = Fate.OPENED if decision.outcome is Outcome.OPEN else Fate.FOLLOW_UP
            number = opened
        case Outcome.APPEND | Outcome.JOIN_REQUEST | Outcome.SILENT_EVENT if decision.ticket is not None:
            number, outgoing = decision.ticket, False
            thanked = _join(connection, case, decision, trace, office, now)
            fate = _JOINED[decision.outcome]
            if fate is Fate.APPENDED and not entry.shadow and not thanked:
                outgoing = tell_reply(connection, office, number, message.author, entry.receipt, now)
        case Outcome.BOUNCE:
            number, outgoing = _bounce(connection, case, decision, trace, office, now)
            fate = Fate.BOUNCE
        case Outcome.DUPLICATE:
            number, outgoing, fate = decision.ticket, False, Fate.DUPLICATE
            if number is not None:
                _duplicate(connection, case, office, number, now)
        case Outcome.SILENT_EVENT:
            number, outgoing, fate = None, False, Fate.SILENT
        case _:
            number, outgoing, fate = None, False, Fate.QUARANTINED
            keep_for_people(connection, entry, message)
    if on_ticket := number is not None and fate is not Fate.DUPLICATE:
        check_later(connection, entry, understood, now)
        take_denial(connection, entry, understood, office, now)
        take_rating(connection, entry, understood, office, decision, by_agent=by_agent, now=now)
        add_events(connection, number, now, *not_scanned(understood))
    if number is not None and fate in _BY_RIGHT:
        outgoing |= add_copied(connection, office, entry, understood, number, by_agent=by_agent, now=now)
    journal.settle(
        connection, entry, fate, now=now, ticket=number, cause=decision.cause, trace=None if on_ticket else trace
    )
    _log(entry, fate, number, decision.reason)
    return outgoing


_BY_RIGHT = (Fate.OPENED, Fate.FOLLOW_UP, Fate.APPENDED)
_JOINED = {Outcome.APPEND: Fate.APPENDED, Outcome.JOIN_REQUEST: Fate.JOIN_REQUEST, Outcome.SILENT_EVENT: Fate.SILENT}
_KIND = {Outcome.APPEND: "mail", Outcome.JOIN_REQUEST: "join_request", Outcome.SILENT_EVENT: "silent"}


def _decide(
    connection: Connection, case: Case, office: Office, now: datetime, standing: Standing, *, by_agent: bool
) -> Decision:
    message, evidence = case.understood.message, case.understood.evidence
    held = still_held(connection, case.entry, _holds(case, office, standing))
    if held is not None:
        return held
    if (denied := kept_apart(connection, case.entry, office)) is not None:
        return denied
    if (answered := to_survey_address(connection, case.entry, office)) is not None:
        return answered
    window = timedelta(hours=office.configuration.lifecycle.duplicate_window_hours)
    known = look_up(connection, message, evidence, now=now, duplicate_window=window)
    decision = decide(
        message,
        evidence,
        known,
        trust=case.understood.trust,
        now=now,
        lifecycle=office.lifecycle,
        is_agent=by_agent,
        null_reverse_path=not case.entry.reverse_path,
    )
    decision = kept_as_rating(connection, case.understood, decision)
    decision = kept_as_choice(connection, case.entry, case.understood, decision, office)
    wished = as_the_team_wishes(connection, case.understood, decision, office)
    return let_through(connection, case.entry, wished)


def _held_by(rule: str) -> Decision:
    step = Step(f"rule {rule}", "used", "it says `quarantine: true`")
    return Decision(
        outcome=Outcome.QUARANTINE,
        ticket=None,
        public=False,
        reason=f"the rule {rule!r} holds this mail for people",
        steps=(step,),
        cause=Cause.HELD_BY_RULE,
    )


def _holds(case: Case, office: Office, standing: Standing) -> Iterator[Decision]:
    """Every reason to hold the mail, before anything is looked up for it. A person may have let it go from any of them."""
    yield from our_own(case, office)
    yield from held_for_admins(case.entry, case.understood, office)
    if not standing.is_allowed and (held := refused(case.entry, case.understood, office)) is not None:
        yield held
    yield from standing.holds()
    yield from held_for_its_content(case.understood, office, is_allowed=standing.is_allowed)


def our_own(case: Case, office: Office) -> Iterator[Decision]:
    """A mail that says it is from us came from elsewhere: a loop or a forger. Either way nobody may be answered."""
    message = case.understood.message
    if message.message_id and isinstance(
        read_message_id(office.keyring, message.message_id, domain=office.configuration.reply_domain), OwnMessageId
    ):
        yield Decision(
            outcome=Outcome.QUARANTINE,
            ticket=None,
            public=False,
            reason="the mail is one that we sent: it came back to us instead of, or beside, going to its recipient",
            steps=(Step(f"Message-ID <{message.message_id}>", "used", "it carries our own signature"),),
            cause=Cause.LOOP,
        )
    if message.author is None or message.bounce is not None or not office.addresses.is_ours(message.author.address):
        return
    step = Step(f"from {message.author.address}", "used", "the address is one of our own")
    yield Decision(
        outcome=Outcome.QUARANTINE,
        ticket=None,
        public=False,
        reason="the mail says it is from one of our own addresses, but it came from outside: a loop or a forged sender",
        steps=(step,),
        cause=Cause.OWN_ADDRESS,
    )


def brand_of(case: Case, office: Office) -> Brand:
    """The brand that was written to: of the addresses in To, then Cc, then the envelope, the first one that is ours."""
    message, entry = case.understood.message, case.entry
    envelope = {address_key(path) for path in entry.forward_paths}
    named = [box.address for box in (*message.to, *message.cc) if address_key(box.address) in envelope]
    for address in (*named, *entry.forward_paths):
        verdict = office.addresses.verdict(address)
        if verdict.brand is not None:
            return verdict.brand
    return office.configuration.brands[0]


def _join(
    connection: Connection, case: Case, decision: Decision, trace: Mapping[str, Any], office: Office, now: datetime
) -> bool:
    """Put the mail on its ticket; a customer's own word reopens it, a machine's or a stranger's changes nothing, nor does thanks.

    True where it was thanks or a choice from a menu, of which nobody needs to be told at once.
    """
    assert decision.ticket is not None
    ticket = ticket_row(connection, decision.ticket, lock=True)
    assert ticket is not None
    message = case.understood.message
    chosen = isinstance(decision, MenuAnswer)
    kind = KIND if isinstance(decision, SurveyAnswer) else CHOICE if chosen else _KIND[decision.outcome]
    new = new_message(case.entry, case.understood, ticket.id, kind, trace, public=decision.public, now=now)
    new = with_signature_images(connection, case.understood, new)
    appended = decision.outcome is Outcome.APPEND
    thanked = keeps_it_solved(connection, case.understood, ticket, new) if appended else None
    row = add_message(connection, replace(new, trace={**trace, "lifecycle": thanked}) if thanked else new)
    author = message.author.address if message.author else ""
    if thanked:
        add_events(connection, ticket.id, now, ("thanked", author, {"message": row, "why": thanked}))
        change_ticket(connection, ticket.id, now)
    elif decision.outcome is Outcome.JOIN_REQUEST:
        add_events(connection, ticket.id, now, ("join_request", author, {"message": row, "why": decision.reason}))
        change_ticket(connection, ticket.id, now)
    elif isinstance(decision, SurveyAnswer):
        pass  # what it says has an event of its own
    elif isinstance(decision, MenuAnswer):
        take_choice(connection, decision, author, row, now)
    elif decision.outcome is Outcome.SILENT_EVENT:
        data = {"message": row, "why": decision.reason, "back_on": _back_on(case)}
        add_events(connection, ticket.id, now, ("machine_mail", author, data))
    else:
        _customer_spoke(connection, ticket, author, now)
        add_events(connection, ticket.id, now, ("replied", author, {"message": row}))
        take_details(connection, office, ticket, message, author, case.understood.trust, now)
    return thanked is not None or chosen


def _back_on(case: Case) -> str | None:
    """The day on which somebody is back, where their absence note states one."""
    message = case.understood.message
    if message.auto.kind is not Kind.AUTO_REPLY:
        return None
    day = return_date(message.text, case.entry.received_at.date())
    return day.isoformat() if day is not None else None


def _customer_spoke(connection: Connection, ticket: Row[Any], author: str, now: datetime) -> None:
    if Status(ticket.status) in _REOPENED_BY_CUSTOMER:
        change_status(connection, ticket, Status.OPEN, actor=author, now=now, why="the customer replied", close_at=None)
    change_ticket(connection, ticket.id, now, waiting_since=ticket.waiting_since or now)


def _bounce(
    connection: Connection, case: Case, decision: Decision, trace: Mapping[str, Any], office: Office, now: datetime
) -> tuple[int | None, bool]:
    """The ticket whose mail came back, if it is one of ours, and whether mail goes out because of it."""
    ticket = None if decision.ticket is None else ticket_row(connection, decision.ticket, lock=True)
    if ticket is None:
        return None, False
    row = add_message(
        connection, new_message(case.entry, case.understood, ticket.id, "bounce", trace, public=False, now=now)
    )
    returned = note_bounce(
        connection, ticket, case.understood.message, case.understood.evidence, decision, message_row=row, now=now
    )
    if returned is None or case.entry.shadow:
        return int(ticket.id), False
    return int(ticket.id), give_back(connection, office, returned, now)


def _duplicate(connection: Connection, case: Case, office: Office, number: int, now: datetime) -> None:
    """The same mail once more: noted, and where it came by another of our addresses, that team is noted too."""
    data = {"receipt": case.entry.receipt, "to": list(case.entry.forward_paths)}
    ticket = ticket_row(connection, number)
    assert ticket is not None
    elsewhere = also_addressed(case.entry, office, office.addresses.brand(ticket.brand), ticket.address)
    add_events(connection, number, now, ("duplicate", GATEWAY, data), *elsewhere)


def _trace(case: Case, decision: Decision, hits: tuple[RuleHit, ...], office: Office) -> dict[str, Any]:
    """Everything that led to the decision, for ``gateway explain`` and the ticket page."""
    entry, understood = case.entry, case.understood
    return {
        "receipt": entry.receipt,
        "outcome": decision.outcome.value,
        "ticket": decision.ticket,
        "reason": decision.reason,
        "cause": decision.cause,
        "hints": list(decision.hints),
        "steps": [asdict(step) for step in decision.steps],
        "trust": trust_told(understood),
        "kind": {"kind": understood.message.auto.kind.value, "reason": understood.message.auto.reason},
        "envelope": {
            "reverse_path": entry.reverse_path,
            "forward_paths": list(entry.forward_paths),
            "peer": entry.peer,
        },
        "rules": [hit._asdict() for hit in hits],
        "language": understood.message.language,
        "reply_to": answers_elsewhere(understood.message),
        "defects": list(understood.message.defects),
        "remote_content": understood.message.remote_content,
        "tracking_pixels": understood.message.tracking_pixels,
        "hidden_text": understood.message.hidden_text,
        "configuration": office.loaded.stamp,
    }


def _log(entry: Entry, fate: Fate, ticket: int | None, reason: str) -> None:
    log.info("%s", fate.value, extra={"receipt": entry.receipt, "fate": fate.value, "ticket": ticket, "why": reason})
