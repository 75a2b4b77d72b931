"""Automatic mail: asks the policy, then posts, holds or leaves an event that says why nothing was sent."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection

from gateway.config.model import Budgets
from gateway.desk.alarms import raise_alarm
from gateway.desk.office import Office
from gateway.desk.outgoing import Heading, Letter, Person, post
from gateway.mail.address import address_key, domain_of
from gateway.notify.budgets import AutomaticMail, Recent, reach
from gateway.notify.headers import UnsendableAddress
from gateway.notify.policy import BREAKER, Hold, Incoming, Intention, Suppression, why_never, why_silent
from gateway.notify.render import NoticeError
from gateway.rules.sender_lists import Action, Sender
from gateway.store.breaker import open_breaker, read_breaker
from gateway.store.budget_lookup import acks_to_unknown, automatic_to_person, guarded_in_all, guarded_in_domain
from gateway.store.silences import is_silenced
from gateway.store.tickets import GATEWAY, Happened
from gateway.threading.model import NoticeKind


@dataclass(frozen=True, slots=True)
class Posted:
    """What became of a notice: whether a mail was laid into the outbox (also one that is held), and the event that says so."""

    outgoing: bool
    event: Happened


def post_automatic(
    connection: Connection,
    office: Office,
    ticket: Heading,
    to: Person,
    letter: Letter,
    *,
    incoming: Incoming | None,
    acknowledge: bool,
    shadow: bool,
    now: datetime,
) -> Posted:
    """Post one notice if the policy lets it. The caller writes the events, together with its own.

    ``letter.known_sender`` false: nobody of ours ever wrote to this person, which counts against the breaker of the whole
    system. ``shadow``: the mail is only learnt from, nothing is ever sent.
    """
    if shadow:
        why = Suppression("shadow", "the mail was injected with --shadow: nothing is sent")
        return stay_silent(letter.kind, to, why)
    intention = _intention(
        connection,
        office,
        ticket,
        to,
        letter.kind,
        incoming=incoming,
        known=letter.known_sender,
        acknowledge=acknowledge,
        now=now,
    )
    verdict = _verdict(connection, office, intention, now)
    if isinstance(verdict, Suppression):
        return stay_silent(letter.kind, to, verdict)
    if isinstance(verdict, Hold):
        letter = replace(letter, hold_reason=verdict.reason)
    letter = replace(
        letter,
        known_sender=not intention.is_to_stranger,
        guarded=intention.is_guarded,
        may_deny=intention.is_doubtful,
    )
    try:
        finished = post(connection, office, ticket, to, letter, now=now)
    except UnsendableAddress as error:
        return stay_silent(letter.kind, to, Suppression("invalid_recipient", str(error)))
    except NoticeError as error:
        # A template was changed under the running gateway: the customer's mail must not suffer for it.
        fault = Suppression("template", str(error))
        raise_alarm(connection, office, fault.reason, fault.sentence, now)
        return stay_silent(letter.kind, to, fault)
    data = {
        "notice": letter.kind.value,
        "to": to.address,
        "message_id": finished.message_id,
        "language": finished.language,
    }
    if isinstance(verdict, Hold):
        raise_alarm(connection, office, verdict.reason, verdict.sentence, now)
        held = {**data, "reason": verdict.reason, "why": verdict.sentence}
        return Posted(True, ("notice_held", GATEWAY, held))
    return Posted(True, ("notice", GATEWAY, data))


def foresee(
    connection: Connection,
    office: Office,
    ticket: Heading,
    to: Person,
    kind: NoticeKind,
    *,
    incoming: Incoming | None,
    known: bool,
    now: datetime,
) -> Suppression | Hold | None:
    """What ``post_automatic`` would do with such a notice now: not send it, hold it, or send it (None). Nothing is written."""
    intention = _intention(
        connection, office, ticket, to, kind, incoming=incoming, known=known, acknowledge=True, now=now
    )
    return _weigh(connection, office, intention, now)[0]


def _intention(
    connection: Connection,
    office: Office,
    ticket: Heading,
    to: Person,
    kind: NoticeKind,
    *,
    incoming: Incoming | None,
    known: bool,
    acknowledge: bool,
    now: datetime,
) -> Intention:
    budgets = office.configuration.budgets
    return Intention(
        kind=kind,
        ticket=ticket.number,
        subject=ticket.subject,
        recipient=to.address,
        known_person=known,
        acknowledge=acknowledge,
        undeliverable=to.undeliverable,
        incoming=incoming,
        silenced=is_silenced(connection, to.address, now),
        exempt=_is_exempt(to.address, budgets),
        vouched=incoming is not None and incoming.speaks_for_others and _is_exempt(incoming.sender, budgets),
    )


def _verdict(connection: Connection, office: Office, intention: Intention, now: datetime) -> Suppression | Hold | None:
    """What the policy says; opens the breaker where this is the mail that is one too many."""
    verdict, is_shut = _weigh(connection, office, intention, now)
    if verdict is not None and verdict.reason == BREAKER and not is_shut:
        open_breaker(connection, now, timedelta(minutes=office.configuration.budgets.breaker_minutes))
        raise_alarm(connection, office, verdict.reason, verdict.sentence, now)
    return verdict


def _weigh(
    connection: Connection, office: Office, intention: Intention, now: datetime
) -> tuple[Suppression | Hold | None, bool]:
    """What the policy says, and whether the breaker is open already."""
    is_ours = office.addresses.is_ours
    never = why_never(intention, is_ours=is_ours) or _suspended(connection, office, intention.recipient, now)
    if never is not None or not office.configuration.limits.enabled:
        return never, False
    budgets = office.configuration.budgets
    recent = _recent(connection, budgets, intention, now)
    verdict = why_silent(intention, is_ours=is_ours, recent=recent, budgets=budgets, now=now)
    return verdict, recent.breaker_until is not None and now < recent.breaker_until


def _suspended(connection: Connection, office: Office, address: str, now: datetime) -> Suppression | None:
    listed = office.sender_lists.read(connection, now=now).find(Sender(address, proven=True), now=now)
    return Suppression("suspended", listed.sentence) if listed and listed.action is Action.SUSPEND else None


def _is_exempt(address: str, budgets: Budgets) -> bool:
    return address_key(address) in budgets.exempt or domain_of(address) in budgets.exempt


def _recent(connection: Connection, budgets: Budgets, intention: Intention, now: datetime) -> Recent:
    """What was sent lately, as far as this mail's budgets ask for it."""
    window = reach(budgets)
    to = intention.recipient
    rows = automatic_to_person(connection, to, since=now - window.person, limit=window.person_rows)
    recent = Recent(
        to_person=tuple(AutomaticMail(row.at, NoticeKind(row.kind), row.ticket, row.subject) for row in rows)
    )
    if not intention.is_guarded:
        return recent
    breaker = read_breaker(connection)

    def since(duration: timedelta) -> datetime:
        start = now - duration
        return start if breaker.counted_from is None else max(start, breaker.counted_from)

    unknown: list[datetime] = []
    if intention.is_to_stranger:
        unknown = acks_to_unknown(connection, since=since(window.unknown), limit=window.unknown_rows)
    domain = guarded_in_domain(connection, to, since=now - window.domain, limit=window.domain_rows)
    in_all = guarded_in_all(connection, since=since(window.unproven), limit=window.unproven_rows)
    return replace(
        recent,
        to_unknown=tuple(unknown),
        to_domain=domain,
        to_unproven=in_all,
        breaker_until=breaker.until,
    )


def stay_silent(kind: NoticeKind, to: Person, why: Suppression) -> Posted:
    """Nothing is sent, and the event says why."""
    data = {"notice": kind.value, "to": to.address, "reason": why.reason, "why": why.sentence}
    return Posted(False, ("suppressed", GATEWAY, data))
