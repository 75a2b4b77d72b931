"""Which tickets a rule fits at this moment, and which it will fit next: a look before it goes live, that changes nothing."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from gateway.automation.facts import calendar_for, facts_of_ticket
from gateway.desk.office import Office
from gateway.rules.automation import TicketWhen
from gateway.rules.conditions import Test, condition
from gateway.rules.engine import Automation, CompiledEventRule, CompiledTimedRule
from gateway.rules.findings import Banks
from gateway.rules.ticket import Case
from gateway.store.schema import rule_timers, tickets
from gateway.store.ticket_history import History, histories
from gateway.threading.model import Status

_ABOUT_EVENTS = ("by", "was", "became", "mail")
_CHUNK = 200


class NotAsked(Exception):
    """Tickets alone do not tell whether the rule fits; the text says why, and what to do instead."""


@dataclass(frozen=True, slots=True)
class Match:
    """One ticket."""

    number: int
    status: str
    requester: str  # address
    subject: str
    why: str  # the conditions that hold
    due_at: datetime | None = None  # of timed rules: when it will fit, if nothing happens until then; None: it fits now
    applied: bool = False  # of timed rules: it has applied to this very moment already and will not do so again


@dataclass(frozen=True, slots=True)
class Matching:
    """``left_out``: conditions on what happens, which a ticket alone cannot meet and which are not asked."""

    rule: str
    kind: str  # events, timers
    looked_at: int  # tickets
    cut: bool  # there are more: the least recently changed were not looked at
    now: tuple[Match, ...]  # latest change first
    later: tuple[Match, ...]  # soonest first
    left_out: tuple[str, ...]


def matching(
    connection: Connection, office: Office, automation: Automation, name: str, now: datetime, *, most: int | None = None
) -> Matching:
    """Ask one event rule or timed rule of ``automation`` about all tickets that are not closed, at most ``most``.

    Raises KeyError for a name that none of them has, and NotAsked where everything depends on what happens.
    """
    timed = next((rule for rule in automation.timers if rule.name == name), None)
    on_event = next((rule for rule in automation.events.rules if rule.name == name), None)
    if timed is None and on_event is None:
        raise KeyError(name)
    test, left_out = (timed.test, ()) if timed is not None else _of_ticket_alone(on_event)
    wanted = (
        select(tickets.c.id)
        .where(tickets.c.status != Status.CLOSED.value, tickets.c.merged_into.is_(None))
        .order_by(tickets.c.updated_at.desc(), tickets.c.id.desc())
    )
    numbers = list(connection.execute(wanted if most is None else wanted.limit(most + 1)).scalars())
    cut = most is not None and len(numbers) > most
    fits: list[Match] = []
    later: list[Match] = []
    for history in _in_order(connection, numbers[:most]):
        ticket = facts_of_ticket(history, office)
        case = Case(ticket, now, None, None, calendar_for(office, ticket))
        holds, why = test(case)
        if holds:
            applied = timed is not None and _has_applied(connection, timed, case)
            fits.append(_match(history, why, applied=applied))
        elif timed is not None and (due_at := timed.due_at(case)) is not None:
            later.append(_match(history, why, due_at=due_at))
    later.sort(key=lambda match: (match.due_at or now, match.number))
    kind = "timers" if timed is not None else "events"
    return Matching(name, kind, len(numbers[:most]), cut, tuple(fits), tuple(later), left_out)


def _of_ticket_alone(rule: CompiledEventRule | None) -> tuple[Test, tuple[str, ...]]:
    """The rule's conditions without those on what happens, and the names of these."""
    when = rule.when if rule is not None else None
    if when is None:
        return (lambda _: (True, "it applies every time")), ()
    left_out = tuple(name for name in _ABOUT_EVENTS if getattr(when, name) is not None)
    kept = when.model_copy(update=dict.fromkeys(left_out))
    if any(_asks_what_happens(inner) for inner in _inside(kept)):
        raise NotAsked(
            f"the rule asks what happens ({', '.join(_ABOUT_EVENTS)}) inside `all`, `any` or `not`; "
            "`gateway rules backtest` tries it on what did happen"
        )
    if all(getattr(kept, name) is None for name in type(kept).model_fields):
        raise NotAsked(
            "the rule asks about nothing but what happens; `gateway rules backtest` tries it on what did happen"
        )
    return condition(kept, Banks()), left_out


def _asks_what_happens(when: TicketWhen) -> bool:
    own = any(getattr(when, name) is not None for name in _ABOUT_EVENTS)
    return own or any(_asks_what_happens(inner) for inner in _inside(when))


def _inside(when: TicketWhen) -> Iterator[TicketWhen]:
    yield from when.all_of or ()
    yield from when.any_of or ()
    if when.none_of is not None:
        yield when.none_of


def _in_order(connection: Connection, numbers: Sequence[int]) -> Iterator[History]:
    for start in range(0, len(numbers), _CHUNK):
        some = numbers[start : start + _CHUNK]
        found = histories(connection, some)
        yield from (found[number] for number in some)


def _has_applied(connection: Connection, rule: CompiledTimedRule, case: Case) -> bool:
    kept = connection.execute(
        select(rule_timers.c.applied_anchor).where(
            rule_timers.c.ticket_id == case.ticket.number, rule_timers.c.rule == rule.name
        )
    ).scalar()
    return bool(kept) and kept == rule.anchor(case.ticket)


def _match(history: History, why: str, *, due_at: datetime | None = None, applied: bool = False) -> Match:
    row = history.row
    return Match(row.id, row.status, row.requester, row.subject, why, due_at, applied)
