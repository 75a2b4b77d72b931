"""What rules would do to a ticket over time, without doing it: mail opens it, things happen to it, time passes. Pure.

Changes of rules are seen by those that are asked later, as in the running gateway. Effects (notes, macros, mail to our people)
are gathered; what an effect would change itself is not simulated.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from gateway.rules.calendar import ALWAYS, Calendar
from gateway.rules.changes import Effect
from gateway.rules.company import first_fields
from gateway.rules.engine import Automation, Ran, run_event_rules, run_timed_rule
from gateway.rules.evaluate import evaluate
from gateway.rules.facts import Facts
from gateway.rules.fields import TicketFields
from gateway.rules.model import RuleHit, Ruleset
from gateway.rules.organizations import Organizations
from gateway.rules.ticket import Actor, Case, Event, EventKind, TicketFacts

MOST_TIMERS = 200
"""Timed rules that apply to one ticket in one stretch of time, at most: more is a rule that wakes itself."""


Moments = tuple[datetime | None, ...]

_DONE = ("solved", "closed")
_NOBODY_WAITS = ("pending", "on_hold", *_DONE)


def _always(_: TicketFacts) -> Calendar:
    return ALWAYS


@dataclass(frozen=True, slots=True)
class Marks:
    """What tickets of important customers are marked with."""

    tag: str | None = None
    priority: str | None = None


@dataclass(frozen=True, slots=True)
class Rules:
    """All rules of a configuration, with what they need to be asked."""

    intake: Ruleset = field(default_factory=Ruleset)
    automation: Automation = field(default_factory=Automation)
    teams: Mapping[str, str] = field(default_factory=dict)  # the team of new tickets by brand
    calendar: Callable[[TicketFacts], Calendar] = _always
    statuses: Mapping[str, str] = field(default_factory=dict)  # the fixed status of each own one
    organizations: Organizations = field(default_factory=Organizations)
    fields: TicketFields = field(default_factory=TicketFields)
    vip: Marks = field(default_factory=Marks)
    told: bool = True  # whether rules that do not apply say why


@dataclass(frozen=True, slots=True)
class Simulated:
    """A ticket under simulation. ``ticket`` is None where a rule dropped the mail or held it."""

    ticket: TicketFacts | None
    dropped_by: str | None = None
    held_by: str | None = None
    acknowledge: bool | None = None  # what intake rules said
    effects: tuple[Effect, ...] = ()
    hits: tuple[RuleHit, ...] = ()  # every rule that was asked, in the order of asking
    fired: frozenset[tuple[str, Moments]] = frozenset()  # timed rules with the anchors for which they applied


def open_ticket(rules: Rules, mail: Facts, blank: TicketFacts, now: datetime) -> Simulated:
    """A mail opens a ticket: intake rules, then event rules about its creation. ``blank``: the ticket as no rule has touched it."""
    outcome = evaluate(rules.intake, mail, told=rules.told)
    said = outcome.actions
    if said.drop is not None or said.quarantine is not None:
        return Simulated(None, dropped_by=said.drop, held_by=said.quarantine, hits=outcome.hits)
    marks = rules.vip if mail.standing.is_vip else Marks()
    team = said.team or blank.team or rules.teams.get(blank.brand, "")
    fields = first_fields(
        rules.organizations, rules.fields, dict(said.fields), address=mail.author, brand=blank.brand, team=team
    )
    ticket = replace(
        blank,
        team=team,
        priority=said.priority or marks.priority or blank.priority,
        status=said.status or blank.status,
        tags=blank.tags | set(said.tags) | ({marks.tag} if marks.tag is not None else set()),
        type=said.type or blank.type,
        fields={**blank.fields, **fields},
    )
    ticket = after_status(blank, ticket, now)
    offered = (Effect("", "menu", said.menu),) if said.menu and said.acknowledge is not False else ()
    opened = Simulated(ticket, acknowledge=said.acknowledge, effects=offered, hits=outcome.hits)
    return happen(rules, opened, Event(EventKind.CREATED, Actor.CUSTOMER), mail, now)


def blank_ticket(rules: Rules, number: int, mail: Facts, now: datetime) -> TicketFacts:
    """The ticket of a mail that comes in now, before any rule."""
    company = rules.organizations.of(mail.author)
    return TicketFacts(
        number=number,
        brand=mail.brand,
        status="new",
        created_at=now,
        status_since=now,
        subject=mail.subject,
        language=mail.language,
        requester=mail.author,
        requester_domain=mail.author_domain,
        vip=mail.standing.is_vip,
        trust=mail.sender.trust,
        customer_at=now,
        waiting_since=now,
        updated_at=now,
        tags=frozenset(company.tags if company is not None else ()),
        organization=company.id if company is not None else "",
        own_statuses=rules.statuses,
    )


def happen(rules: Rules, state: Simulated, event: Event, mail: Facts | None, now: datetime) -> Simulated:
    """Something happened to the ticket: event rules. The event's own change must be in the ticket already."""
    if state.ticket is None:
        return state
    case = Case(state.ticket, now, event, mail, rules.calendar(state.ticket))
    return _after(state, run_event_rules(rules.automation.events, case, told=rules.told), now)


def pass_time(rules: Rules, state: Simulated, since: datetime, until: datetime) -> Simulated:
    """Nothing happens but time: timed rules, each at the moment at which it is due."""
    now = since
    for _ in range(MOST_TIMERS):
        if state.ticket is None:
            return state
        case = Case(state.ticket, now, calendar=rules.calendar(state.ticket))
        due = [
            (at, index)
            for index, rule in enumerate(rules.automation.timers)
            if (rule.name, rule.moments(state.ticket)) not in state.fired and (at := rule.due_at(case)) and at <= until
        ]
        if not due:
            return state
        now, index = min(due)
        rule = rules.automation.timers[index]
        fired = state.fired | {(rule.name, rule.moments(state.ticket))}
        state = _after(replace(state, fired=fired), run_timed_rule(rule, replace(case, now=now)), now)
    return state


def untold(rules: Rules, state: Simulated, until: datetime) -> tuple[RuleHit, ...]:
    """Why each timed rule that has not applied does not apply at the end."""
    if state.ticket is None:
        return ()
    case = Case(state.ticket, until, calendar=rules.calendar(state.ticket))
    applied = {name for name, _ in state.fired}
    hits = (run_timed_rule(rule, case).hits[0] for rule in rules.automation.timers if rule.name not in applied)
    return tuple(hit for hit in hits if not hit.matched)


def after_status(before: TicketFacts, ticket: TicketFacts, now: datetime) -> TicketFacts:
    """What else changes on a ticket whose status changed, as ``gateway.store.tickets.change_status`` does it."""
    if ticket.status == before.status:
        return ticket if ticket.own_status == before.own_status else replace(ticket, status_since=now)
    reopened = before.status in _DONE and ticket.status not in _DONE
    waiting = None if ticket.status in _NOBODY_WAITS else ticket.waiting_since
    return replace(ticket, status_since=now, reopened=ticket.reopened + reopened, waiting_since=waiting)


def _after(state: Simulated, ran: Ran, now: datetime) -> Simulated:
    assert state.ticket is not None
    ticket = after_status(state.ticket, ran.ticket, now)
    return replace(state, ticket=ticket, effects=(*state.effects, *ran.effects), hits=(*state.hits, *ran.hits))
