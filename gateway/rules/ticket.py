"""What event rules and timed rules may ask: the ticket as it stands, what just happened, and the time. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from gateway.rules.calendar import ALWAYS, Calendar
from gateway.rules.facts import Facts

FieldValue = str | bool | float | tuple[str, ...]
"""Texts, choices and days (ISO 8601) are str, numbers float, several choices a tuple."""


class EventKind(StrEnum):
    """What can happen to a ticket. docs/rules.md says the same to admins."""

    CREATED = "created"  # a mail opened it
    REPLIED = "replied"  # a participant wrote again
    ANSWERED = "answered"  # an agent answered publicly
    NOTED = "noted"  # an agent wrote a note
    STATUS = "status"  # its status changed
    ASSIGNED = "assigned"  # it got another agent, or none
    TEAM = "team"  # it got another team, or none
    PRIORITY = "priority"
    TAGGED = "tagged"  # tags came or went
    FIELD = "field"  # a field got another value
    RATED = "rated"  # the customer rated it
    BOUNCED = "bounced"  # an answer of ours came back
    SLA_WARNED = "sla_warned"  # a promise is about to be broken
    SLA_BREACHED = "sla_breached"  # a promise is broken


class Actor(StrEnum):
    CUSTOMER = "customer"
    AGENT = "agent"
    GATEWAY = "gateway"  # time passed, a machine wrote
    RULE = "rule"  # an earlier rule


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened. ``was`` and ``became`` are given for STATUS, ASSIGNED, TEAM and PRIORITY; "" is nothing."""

    kind: EventKind
    by: Actor
    was: str = ""
    became: str = ""
    own_was: str = ""  # of STATUS: the admin's own statuses inside the fixed ones
    own_became: str = ""


@dataclass(frozen=True, slots=True)
class TicketFacts:
    """A ticket as rules see it. Addresses are keys; "" is nothing."""

    number: int
    brand: str
    status: str
    created_at: datetime
    status_since: datetime
    priority: str = "normal"
    team: str = ""
    agent: str = ""
    type: str = ""
    tags: frozenset[str] = frozenset()
    fields: Mapping[str, FieldValue] = field(default_factory=dict)
    subject: str = ""
    language: str = ""
    requester: str = ""
    requester_domain: str = ""
    organization: str = ""
    vip: bool = False
    trust: str = "none"  # of the customer's last mail
    replies: int = 0  # public answers of agents
    exchanges: int = 0  # times that the word went from the customer to us and back
    reopened: int = 0
    rating: float | None = None  # the last one, from 0 (worst) to 1 (best)
    customer_at: datetime | None = None  # the customer's last word
    agent_at: datetime | None = None  # our last public word
    waiting_since: datetime | None = None  # the customer's oldest unanswered word
    updated_at: datetime | None = None
    due_at: datetime | None = None  # the nearest promise
    own_status: str = ""  # the admin's own one inside ``status``
    own_statuses: Mapping[str, str] = field(default_factory=dict)  # all that there are: the fixed status of each


@dataclass(frozen=True, slots=True)
class Case:
    """Everything that one run of the rules may look at."""

    ticket: TicketFacts
    now: datetime
    event: Event | None = None  # None for timed rules
    mail: Facts | None = None  # the mail that brought the event, if one did
    calendar: Calendar = ALWAYS  # business time of the ticket's team
