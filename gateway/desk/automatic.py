"""Automatic mail: asks the policy, then posts, holds or leaves an event that says why nothing was sent."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from gateway.desk.office import Office
from gateway.desk.outgoing import Letter, Person, post
from gateway.notify.budgets import AutomaticMail, Recent, reach
from gateway.notify.headers import UnsendableAddress
from gateway.notify.policy import Hold, Incoming, Intention, Suppression, why_never, why_silent
from gateway.notify.render import NoticeError
from gateway.store.budget_lookup import acks_to_unknown, automatic_to_person
from gateway.store.schema import events
from gateway.store.tickets import GATEWAY, add_events
from gateway.threading.model import NoticeKind


def post_automatic(
    connection: Connection,
    office: Office,
    ticket: Row[Any],
    to: Person,
    letter: Letter,
    *,
    incoming: Incoming | None,
    acknowledge: bool,
    shadow: bool,
    now: datetime,
) -> bool:
    """Post one notice if the policy lets it; True where a mail was laid into the outbox (also one that is held).

    ``letter.known_sender`` false: nobody had dealt with this person before, which counts against the breaker of the whole
    system. ``shadow``: the mail is only learnt from, nothing is ever sent.
    """
    verdict = _verdict(
        connection, office, ticket, to, letter, incoming, acknowledge=acknowledge, shadow=shadow, now=now
    )
    if isinstance(verdict, Suppression):
        _suppressed(connection, ticket.id, letter.kind, to, verdict, now)
        return False
    if isinstance(verdict, Hold):
        letter = replace(letter, hold_reason=verdict.reason)
    try:
        finished = post(connection, office, ticket, to, letter, now=now)
    except UnsendableAddress as error:
        _suppressed(connection, ticket.id, letter.kind, to, Suppression("invalid_recipient", str(error)), now)
        return False
    except NoticeError as error:
        # A template was changed under the running gateway: the customer's mail must not suffer for it.
        fault = Suppression("template", str(error))
        _suppressed(connection, ticket.id, letter.kind, to, fault, now)
        _alarm(connection, fault, now)
        return False
    data = {
        "notice": letter.kind.value,
        "to": to.address,
        "message_id": finished.message_id,
        "language": finished.language,
    }
    if isinstance(verdict, Hold):
        add_events(
            connection,
            ticket.id,
            now,
            ("notice_held", GATEWAY, {**data, "reason": verdict.reason, "why": verdict.sentence}),
        )
        _alarm(connection, verdict, now)
    else:
        add_events(connection, ticket.id, now, ("notice", GATEWAY, data))
    return True


def _verdict(
    connection: Connection,
    office: Office,
    ticket: Row[Any],
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
        ticket=ticket.id,
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
        unknown = acks_to_unknown(connection, now=now, window=window.unknown, limit=window.unknown_rows)
    return Recent(
        to_person=tuple(AutomaticMail(row.at, NoticeKind(row.kind), row.ticket, row.subject) for row in rows),
        to_unknown=tuple(unknown),
    )


def _suppressed(
    connection: Connection, ticket: int, kind: NoticeKind, to: Person, why: Suppression, now: datetime
) -> None:
    data = {"notice": kind.value, "to": to.address, "reason": why.reason, "why": why.sentence}
    add_events(connection, ticket, now, ("suppressed", GATEWAY, data))


def _alarm(connection: Connection, cause: Hold | Suppression, now: datetime) -> None:
    """One alarm an hour is enough to be seen; a flood must not bury the event table."""
    hour = now.replace(minute=0, second=0, microsecond=0)
    raised = connection.execute(
        select(events.c.id).where(events.c.kind == "alarm", events.c.at >= hour).limit(1)
    ).first()
    if raised is None:
        add_events(connection, None, now, ("alarm", GATEWAY, {"reason": cause.reason, "why": cause.sentence}))
