"""Automatic mail: asks the policy, then posts, holds or leaves an event that says why nothing was sent."""

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection, select

from gateway.desk.office import Office
from gateway.desk.outgoing import Heading, Letter, Person, post
from gateway.notify.budgets import AutomaticMail, Recent, reach
from gateway.notify.headers import UnsendableAddress
from gateway.notify.policy import Hold, Incoming, Intention, Suppression, why_never, why_silent
from gateway.notify.render import NoticeError
from gateway.store.budget_lookup import acks_to_unknown, automatic_to_person
from gateway.store.schema import events
from gateway.store.tickets import GATEWAY, Happened, add_events
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
    verdict = _verdict(
        connection, office, ticket, to, letter, incoming, acknowledge=acknowledge, shadow=shadow, now=now
    )
    if isinstance(verdict, Suppression):
        return stay_silent(letter.kind, to, verdict)
    if isinstance(verdict, Hold):
        letter = replace(letter, hold_reason=verdict.reason)
    try:
        finished = post(connection, office, ticket, to, letter, now=now)
    except UnsendableAddress as error:
        return stay_silent(letter.kind, to, Suppression("invalid_recipient", str(error)))
    except NoticeError as error:
        # A template was changed under the running gateway: the customer's mail must not suffer for it.
        fault = Suppression("template", str(error))
        _alarm(connection, fault, now)
        return stay_silent(letter.kind, to, fault)
    data = {
        "notice": letter.kind.value,
        "to": to.address,
        "message_id": finished.message_id,
        "language": finished.language,
    }
    if isinstance(verdict, Hold):
        _alarm(connection, verdict, now)
        held = {**data, "reason": verdict.reason, "why": verdict.sentence}
        return Posted(True, ("notice_held", GATEWAY, held))
    return Posted(True, ("notice", GATEWAY, data))


def _verdict(
    connection: Connection,
    office: Office,
    ticket: Heading,
    to: Person,
    letter: Letter,
    incoming: Incoming | None,
    *,
    acknowledge: bool,
    shadow: bool,
    now: datetime,
) -> Suppression | Hold | None:
    if shadow:
        return Suppression("shadow", "the mail was injected with --shadow: nothing is sent")
    intention = Intention(
        kind=letter.kind,
        ticket=ticket.number,
        subject=ticket.subject,
        recipient=to.address,
        known_person=letter.known_sender,
        acknowledge=acknowledge,
        undeliverable=to.undeliverable,
        incoming=incoming,
    )
    never = why_never(intention, is_ours=office.addresses.is_ours)
    if never is not None or not office.configuration.limits.enabled:
        return never
    budgets = office.configuration.budgets
    recent = _recent(connection, office, to, letter, now)
    return why_silent(intention, is_ours=office.addresses.is_ours, recent=recent, budgets=budgets, now=now)


def _recent(connection: Connection, office: Office, to: Person, letter: Letter, now: datetime) -> Recent:
    window = reach(office.configuration.budgets)
    rows = automatic_to_person(connection, to.address, since=now - window.person, limit=window.person_rows)
    unknown: list[datetime] = []
    if letter.kind is NoticeKind.ACK and not letter.known_sender:
        unknown = acks_to_unknown(connection, since=now - window.unknown, limit=window.unknown_rows)
    return Recent(
        to_person=tuple(AutomaticMail(row.at, NoticeKind(row.kind), row.ticket, row.subject) for row in rows),
        to_unknown=tuple(unknown),
    )


def stay_silent(kind: NoticeKind, to: Person, why: Suppression) -> Posted:
    """Nothing is sent, and the event says why."""
    data = {"notice": kind.value, "to": to.address, "reason": why.reason, "why": why.sentence}
    return Posted(False, ("suppressed", GATEWAY, data))


def _alarm(connection: Connection, cause: Hold | Suppression, now: datetime) -> None:
    """One alarm an hour for each reason is enough to be seen; a flood must not bury the event table."""
    hour = now.replace(minute=0, second=0, microsecond=0)
    raised = connection.execute(select(events.c.data).where(events.c.kind == "alarm", events.c.at >= hour).limit(100))
    if all(data.get("reason") != cause.reason for data in raised.scalars()):
        add_events(connection, None, now, ("alarm", GATEWAY, {"reason": cause.reason, "why": cause.sentence}))
