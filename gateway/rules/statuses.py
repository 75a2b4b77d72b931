"""Statuses of tickets: the fixed ones, which decide what happens to a ticket, and an admin's own ones inside them. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

CATEGORIES = ("new", "open", "pending", "on_hold", "solved", "closed")
"""The fixed ones, gateway.threading.model.Status; a test compares them."""

_WAITING_ON = {"new": "us", "open": "us", "pending": "customer", "on_hold": "third"}


@dataclass(frozen=True, slots=True)
class TicketStatus:
    """A status. ``runs``: the time of promises runs; ``waiting_on``: us, customer, third, or "" where nobody waits any more."""

    id: str
    category: str
    runs: bool
    waiting_on: str
    labels: Mapping[str, str] = field(default_factory=dict)

    def label(self, language: str) -> str:
        """What people read, "" for the fixed ones, which have words of their own everywhere."""
        if self.id == self.category:
            return ""
        return self.labels.get(language) or self.labels.get("en") or next(iter(self.labels.values()), self.id)


def default_status(category: str) -> TicketStatus:
    """A fixed status."""
    return TicketStatus(category, category, category in ("new", "open"), _WAITING_ON.get(category, ""))


@dataclass(frozen=True)
class Statuses:
    """The fixed statuses and ``own`` ones. ``steps``: what may follow on a status that is named there; all others may become any."""

    own: tuple[TicketStatus, ...] = ()
    steps: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @cached_property
    def by_id(self) -> Mapping[str, TicketStatus]:
        return {one.id: one for one in (*map(default_status, CATEGORIES), *self.own)}

    def of(self, category: str, own: str) -> TicketStatus:
        """A ticket's status. An own one that is gone from the configuration, or was moved to another category, is its category."""
        found = self.by_id.get(own or category)
        return found if found is not None and found.category == category else default_status(category)

    def own_part(self, category: str, own: str) -> str:
        """The own status that a ticket has, "" for none and for one that is gone."""
        found = self.of(category, own)
        return "" if found.id == found.category else found.id

    def why_not(self, before: str, after: str) -> str:
        """Why people and rules may not take this step, by ids; "" where they may. To ``open`` they always may: nothing gets stuck."""
        allowed = self.steps.get(before)
        if allowed is None or after in (before, "open", *allowed):
            return ""
        return f"a ticket that is {before} can become {', '.join(dict.fromkeys((*allowed, 'open')))}, not {after}"

    @cached_property
    def fixed(self) -> Mapping[str, str]:
        """The fixed status of each own one."""
        return {one.id: one.category for one in self.own}
