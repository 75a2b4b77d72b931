"""What other rules would have made of the past: stored mail and what people did, replayed ticket by ticket. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from gateway.rules.automation import NOBODY
from gateway.rules.facts import Facts
from gateway.rules.simulation import Rules, Simulated, after_status, blank_ticket, happen, open_ticket, pass_time
from gateway.rules.ticket import Event, EventKind, TicketFacts

SINGLE = ("team", "agent", "priority", "type")
MOST_SHOWN = 20
"""Tickets that a report names for one kind of change."""


@dataclass(frozen=True, slots=True)
class Happened:
    """One thing that happened to a ticket, not through rules."""

    at: datetime
    event: Event
    mail: Facts | None = None
    fields: Mapping[str, Any] = field(default_factory=dict)  # what it changed in the ticket's facts
    tags: tuple[tuple[str, ...], tuple[str, ...]] = ((), ())  # added, removed
    own_fields: Mapping[str, Any] = field(default_factory=dict)  # values of the admin's fields; None: emptied


@dataclass(frozen=True, slots=True)
class Story:
    """A ticket's life as it was: the mail that opened it, and everything after, in order."""

    number: int
    opened_at: datetime
    mail: Facts
    happened: tuple[Happened, ...] = ()

    @property
    def mails(self) -> int:
        return 1 + sum(one.mail is not None for one in self.happened)


def replay(rules: Rules, story: Story, until: datetime) -> Simulated:
    """What these rules make of the ticket. What people did, they do again, whatever the rules made of the ticket before."""
    now = story.opened_at
    state = open_ticket(rules, story.mail, blank_ticket(rules, story.number, story.mail, now), now)
    for one in story.happened:
        if state.ticket is None:
            return state
        if rules.automation.timers:
            state = pass_time(rules, state, now, one.at)
        now = one.at
        state = happen(rules, _as_people_did(state, one), one.event, one.mail, now)
    return pass_time(rules, state, now, until) if rules.automation.timers else state


def _as_people_did(state: Simulated, one: Happened) -> Simulated:
    ticket = state.ticket
    assert ticket is not None
    fresh: dict[str, Any] = dict(one.fields)
    added, removed = one.tags
    if added or removed:
        fresh["tags"] = (ticket.tags | set(added)) - set(removed)
    if one.own_fields:
        values = {**ticket.fields, **one.own_fields}
        fresh["fields"] = {name: value for name, value in values.items() if value is not None}
    kind = one.event.kind
    if kind is EventKind.REPLIED:
        back = ticket.agent_at is not None and (ticket.customer_at is None or ticket.agent_at > ticket.customer_at)
        fresh |= {
            "customer_at": one.at,
            "waiting_since": ticket.waiting_since or one.at,
            "exchanges": ticket.exchanges + back,
        }
    elif kind is EventKind.ANSWERED:
        fresh |= {"agent_at": one.at, "waiting_since": None, "replies": ticket.replies + 1}
    changed = after_status(ticket, replace(ticket, updated_at=one.at, **fresh), one.at)
    return replace(state, ticket=changed)


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that would be otherwise with a ticket."""

    number: int
    what: str  # team, agent, priority, status, type, tags, fields, drop, quarantine, acknowledge, or a kind of effect
    was: str
    becomes: str


def changes(number: int, before: Simulated, after: Simulated) -> list[Change]:
    """What differs between the present rules' outcome and the new ones'."""
    if before.ticket is None or after.ticket is None:
        one, other = _fate(before), _fate(after)
        if one.partition(" by ")[0] == other.partition(" by ")[0]:
            return []
        what = "quarantine" if before.held_by is not None or after.held_by is not None else "drop"
        return [Change(number, what, one, other)]
    found = []
    for name in SINGLE:
        was, becomes = getattr(before.ticket, name), getattr(after.ticket, name)
        if was != becomes:
            found.append(Change(number, name, was or NOBODY, becomes or NOBODY))
    pairs = (
        ("status", [_status(before.ticket)], [_status(after.ticket)]),
        ("tags", sorted(before.ticket.tags), sorted(after.ticket.tags)),
        ("fields", _said(before.ticket.fields), _said(after.ticket.fields)),
    )
    found += [
        Change(number, what, ", ".join(was_all) or NOBODY, ", ".join(all_now) or NOBODY)
        for what, was_all, all_now in pairs
        if was_all != all_now
    ]
    if (before.acknowledge is False) is not (after.acknowledge is False):
        yes_no = ("yes", "no")
        found.append(
            Change(number, "acknowledge", yes_no[before.acknowledge is False], yes_no[after.acknowledge is False])
        )
    return found + _effects(number, before, after)


def _fate(state: Simulated) -> str:
    if state.held_by is not None:
        return f"held by {state.held_by}"
    return "kept" if state.dropped_by is None else f"dropped by {state.dropped_by}"


def _status(ticket: TicketFacts) -> str:
    """The admin's own status, with the fixed one that it stands in."""
    return f"{ticket.own_status} ({ticket.status})" if ticket.own_status else ticket.status


def _said(fields: Mapping[str, Any]) -> list[str]:
    return sorted(f"{name}={value}" for name, value in fields.items())


def _effects(number: int, before: Simulated, after: Simulated) -> list[Change]:
    """By kind, how often each is done; which rule wants it does not matter."""
    one = Counter((effect.kind, effect.value, effect.to) for effect in before.effects)
    other = Counter((effect.kind, effect.value, effect.to) for effect in after.effects)
    kinds = sorted({kind for kind, _, _ in (one - other) + (other - one)})
    return [Change(number, kind, _times(one, kind), _times(other, kind)) for kind in kinds]


def _times(effects: Counter[tuple[str, str, tuple[str, ...]]], kind: str) -> str:
    of_kind = {value: times for (name, value, _), times in effects.items() if name == kind}
    total = sum(of_kind.values())
    shown = next(iter(of_kind), "")
    return f"{total} × {shown[:60]!r}" if total and shown else str(total)


@dataclass(slots=True)
class Report:
    """What came of a back-test, gathered ticket by ticket."""

    tickets: int = 0
    mails: int = 0
    changed: set[int] = field(default_factory=set)  # tickets with another outcome
    changes: list[Change] = field(default_factory=list)
    hits_before: Counter[str] = field(default_factory=Counter)  # how many tickets each rule acted on
    hits_after: Counter[str] = field(default_factory=Counter)

    def add(self, story: Story, before: Simulated, after: Simulated) -> None:
        self.tickets += 1
        self.mails += story.mails
        self.hits_before.update(_acted(before))
        self.hits_after.update(_acted(after))
        found = changes(story.number, before, after)
        if found:
            self.changed.add(story.number)
            self.changes += found

    def lines(self, names: Sequence[str]) -> Iterable[str]:
        """For people. ``names``: all new rules, in order."""
        kinds = Counter(change.what for change in self.changes)
        yield f"{self.tickets} tickets with {self.mails} mails; {len(self.changed)} would come out otherwise"
        for what, count in kinds.most_common():
            yield f"{count} ticket{'s' if count > 1 else ''} would change {what}"
            own = [change for change in self.changes if change.what == what]
            for change in own[:MOST_SHOWN]:
                yield f"    #{change.number}: {change.was} -> {change.becomes}"
            if len(own) > MOST_SHOWN:
                yield f"    and {len(own) - MOST_SHOWN} more"
        for name in dict.fromkeys((*names, *self.hits_before)):
            was, becomes = self.hits_before[name], self.hits_after[name]
            gone = "" if name in names else "  (not in the new rules)"
            yield f"{becomes:6}  {name}{gone}" if was == becomes else f"{becomes:6}  {name}  (now {was}){gone}"


def _acted(state: Simulated) -> set[str]:
    return {hit.name for hit in state.hits if hit.matched}
