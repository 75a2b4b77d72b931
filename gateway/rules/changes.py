"""What event rules and timed rules do: changes, which later rules see, and effects, which are carried out afterwards. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from gateway.mail.address import address_key
from gateway.rules.automation import NOBODY, TicketThen
from gateway.rules.ticket import Actor, Event, EventKind, TicketFacts

PLACEHOLDERS: Mapping[str, Callable[[TicketFacts], str]] = {
    "ticket.number": lambda ticket: str(ticket.number),
    "ticket.subject": lambda ticket: ticket.subject,
    "ticket.status": lambda ticket: ticket.status,
    "ticket.priority": lambda ticket: ticket.priority,
    "ticket.team": lambda ticket: ticket.team,
    "ticket.agent": lambda ticket: ticket.agent,
    "ticket.brand": lambda ticket: ticket.brand,
    "requester.address": lambda ticket: ticket.requester,
    "requester.domain": lambda ticket: ticket.requester_domain,
    "organization": lambda ticket: ticket.organization,
}
"""What texts of rules may name in braces, beside ``match.NAME``."""

AUTO = "auto"
"""Written for an agent: whom the team's way of assigning finds."""


@dataclass(frozen=True, slots=True)
class Effect:
    """Something to be done after the rules have been asked, with placeholders filled in. ``rule`` says who wanted it."""

    rule: str
    kind: str  # agent_auto, macro, reply, menu, note, notify, webhook, split, follow_up, merge_into, csat
    value: str = ""
    to: tuple[str, ...] = ()  # of notify


@dataclass(frozen=True, slots=True)
class Applied:
    """A ticket after the changes of one rule, what that makes happen, and what is left to do."""

    ticket: TicketFacts
    events: tuple[Event, ...] = ()
    effects: tuple[Effect, ...] = ()


@dataclass(frozen=True, slots=True)
class Values:
    """What placeholders stand for. Unknown ones were refused when the rules were read; a value that is missing is ""."""

    values: Mapping[str, str] = field(default_factory=dict)

    def fill(self, text: str) -> str:
        """Each ``{name}`` replaced, once: what is filled in is not looked at again."""
        pieces = []
        rest = text
        while True:
            before, opened, behind = rest.partition("{")
            name, closed, after = behind.partition("}")
            pieces.append(before)
            if not opened or not closed:
                pieces.append(opened + behind)
                return "".join(pieces)
            known = self.values.get(name)
            pieces.append(known if known is not None else f"{{{name}}}")
            rest = after


def values_of(ticket: TicketFacts, captured: Mapping[str, str]) -> Values:
    """Placeholders of a ticket, and ``match.NAME`` for the named groups of the rule's patterns."""
    named = {name: value(ticket) for name, value in PLACEHOLDERS.items()}
    return Values({**named, **{f"match.{name}": text for name, text in captured.items()}})


def apply(then: TicketThen, ticket: TicketFacts, rule: str, captured: Mapping[str, str]) -> Applied:
    """The ticket with the rule's changes. A change to what is there already is none."""
    events: list[Event] = []
    values = values_of(ticket, captured)
    changed = ticket

    def change(kind: EventKind, name: str, became: str) -> None:
        nonlocal changed
        was = getattr(changed, name)
        if was != became:
            fresh: dict[str, Any] = {name: became}
            changed = replace(changed, **fresh)
            events.append(Event(kind, Actor.RULE, was, became))

    if then.team is not None:
        change(EventKind.TEAM, "team", "" if then.team == NOBODY else then.team)
    if then.agent is not None and then.agent != AUTO:
        change(EventKind.ASSIGNED, "agent", "" if then.agent == NOBODY else address_key(then.agent))
    if then.priority is not None:
        change(EventKind.PRIORITY, "priority", then.priority)
    if then.status is not None:
        changed, event = _with_status(changed, then.status)
        events += event
    if then.type is not None and then.type != changed.type:
        changed = replace(changed, type=then.type)
        events.append(Event(EventKind.FIELD, Actor.RULE))
    tags = (changed.tags | set(then.tags or ())) - set(then.remove_tags or ())
    if tags != changed.tags:
        changed = replace(changed, tags=frozenset(tags))
        events.append(Event(EventKind.TAGGED, Actor.RULE))
    filled = {name: values.fill(text) for name, text in (then.fields or {}).items()}
    fresh = {name: value for name, value in filled.items() if value and changed.fields.get(name) != value}
    if fresh:
        changed = replace(changed, fields={**changed.fields, **fresh})
        events.append(Event(EventKind.FIELD, Actor.RULE))
    return Applied(changed, tuple(events), tuple(_effects(then, rule, values)))


def _with_status(ticket: TicketFacts, wanted: str) -> tuple[TicketFacts, list[Event]]:
    """The ticket in a fixed status, or in an own one and so in its fixed one."""
    fixed = ticket.own_statuses.get(wanted)
    status, own = (wanted, "") if fixed is None else (fixed, wanted)
    if (ticket.status, ticket.own_status) == (status, own):
        return ticket, []
    event = Event(EventKind.STATUS, Actor.RULE, ticket.status, status, ticket.own_status, own)
    return replace(ticket, status=status, own_status=own), [event]


def _effects(then: TicketThen, rule: str, values: Values) -> list[Effect]:
    effects = []
    if then.agent == AUTO:
        effects.append(Effect(rule, "agent_auto"))
    if then.macro is not None:
        effects.append(Effect(rule, "macro", then.macro))
    if then.reply is not None:
        effects.append(Effect(rule, "reply", then.reply.template))
    if then.menu is not None:
        effects.append(Effect(rule, "menu", then.menu))
    if then.note is not None:
        effects.append(Effect(rule, "note", values.fill(then.note)))
    effects += [Effect(rule, "notify", values.fill(mail.text), mail.to) for mail in then.notify or ()]
    effects += [Effect(rule, "webhook", name) for name in then.webhook or ()]
    if then.split:
        effects.append(Effect(rule, "split"))
    if then.follow_up:
        effects.append(Effect(rule, "follow_up"))
    if then.merge_into is not None:
        effects.append(Effect(rule, "merge_into", values.fill(then.merge_into)))
    if then.csat is not None:
        effects.append(Effect(rule, "csat", "yes" if then.csat else "no"))
    return effects
