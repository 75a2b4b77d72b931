"""The words of threading: what a mail shows, what we know, what we decide. Pure values."""

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import IntEnum, StrEnum

from gateway.threading.causes import Cause


class Trust(IntEnum):
    """How sure we are that the author is who From says (docs/security.md). Order matters: more is stronger."""

    TEMPERROR = -1  # DNS could not tell; treated as NONE until checked again
    NONE = 0  # nothing proves the author
    WEAK = 1  # the path is proven (aligned SPF), not the content
    FORWARDED = 2  # a configured forwarder says that it was verified
    STRONG = 3  # aligned DKIM signature, or submitted by an authenticated person


class Proof(StrEnum):
    """What checking the author came to (docs/security.md). ``Trust`` orders the good news; this tells the bad news apart."""

    UNCHECKED = "unchecked"  # nothing was looked up: ``Trust`` is what the configuration says of unchecked mail
    PASSED = "passed"  # something proves the author: ``Trust`` is WEAK or more
    UNPROVEN = "unproven"  # the author's domain publishes nothing that this mail contradicts, and nothing proves it
    UNKNOWN = "unknown"  # DNS could not tell; checked again later (``Trust`` is TEMPERROR)
    FAILED = (
        "failed"  # the domain says how its mail is known (DMARC, or SPF "-all"), and this is none of it: likely forged
    )


class NoticeKind(StrEnum):
    """Why a mail of ours was written; part of its signed Message-ID."""

    ACK = "ack"
    ANSWER = "answer"
    RESOLUTION = "resolution"
    ADDED = "added"  # to a newcomer: you take part now
    NEWCOMERS = "newcomers"  # to everybody else: they take part now
    AGENT = "agent"
    CSAT = "csat"  # how were you served?
    REMINDER = "reminder"  # we wait for your answer
    DELAYED = "delayed"  # it takes longer than we said
    MERGED = "merged"  # your ticket goes on as part of another
    REPLY = "reply"  # what a rule answers by a named template
    MENU = "menu"  # a choice by number, and what came of it


class TokenState(StrEnum):
    VALID = "valid"
    EXPIRED = "expired"
    FORGED = "forged"  # well-formed, wrong MAC or unknown key
    MALFORMED = "malformed"


@dataclass(frozen=True, slots=True)
class TokenReading:
    """What a reply address says. ``ticket`` and ``participant`` are None unless the MAC holds (VALID or EXPIRED)."""

    state: TokenState
    address: str  # as it stood in the envelope or header
    ticket: int | None = None
    participant: int | None = None
    expires: date | None = None  # its last day; None as above


@dataclass(frozen=True, slots=True)
class OwnMessageId:
    """A Message-ID of ours whose MAC holds: to whom it was sent, about which ticket, and why."""

    message_id: str
    ticket: int
    participant: int
    kind: NoticeKind


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything in a mail that could name a ticket. A question for the store, not yet an answer."""

    author: str | None  # address as written; None where the mail has no single author
    tokens: tuple[TokenReading, ...]  # from the envelope's recipients, then To and Cc; VALID ones first
    own_ids: tuple[OwnMessageId, ...]  # ancestors that carry our MAC, nearest first
    forged_ids: tuple[str, ...]  # ancestors that look like ours and are not
    ancestors: tuple[str, ...]  # all ids, nearest first, ours included
    number_hints: tuple[int, ...]  # ticket numbers named in subject or body marker: hints, never access
    addressed: tuple[str, ...]  # everybody named in From, To, Cc (address keys), without our own addresses


class Status(StrEnum):
    NEW = "new"
    OPEN = "open"
    PENDING = "pending"  # waiting for the customer
    ON_HOLD = "on_hold"  # waiting for a third party
    SOLVED = "solved"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class KnownParticipant:
    id: int
    address_key: str
    role: str  # "requester", "cc" or "agent"
    revoked: bool = False
    tokens_from: date | None = None  # tokens that end before this day were withdrawn

    def withdrew(self, token: TokenReading) -> bool:
        return self.tokens_from is not None and (token.expires is None or token.expires < self.tokens_from)


@dataclass(frozen=True, slots=True)
class KnownTicket:
    """What the store knows of a ticket that the evidence could mean. Merged tickets are already followed to their target."""

    number: int
    status: Status
    closed_at: datetime | None
    participants: tuple[KnownParticipant, ...]

    def participant(self, key: str) -> KnownParticipant | None:
        return next((p for p in self.participants if p.address_key == key and not p.revoked), None)


@dataclass(frozen=True, slots=True)
class SharedAncestor:
    """A ticket with a mail that has, or names, one of this mail's ancestors (also ancestors we never saw)."""

    ancestor: str
    ticket: int
    seen_at: datetime
    is_message: bool  # the ancestor is a stored mail itself, not only named by one


@dataclass(frozen=True, slots=True)
class Known:
    """The store's answer to an Evidence."""

    tickets: dict[int, KnownTicket] = field(default_factory=dict)  # by every number asked for, merged ones followed
    shared: tuple[SharedAncestor, ...] = ()  # nearest ancestor first
    duplicate_of: int | None = None  # message id in the store: same Message-ID and content within the window
    duplicate_ticket: int | None = None


class Outcome(StrEnum):
    """What becomes of a mail. Each ends as exactly one fate in the ledger."""

    OPEN = "open"
    APPEND = "append"
    FOLLOW_UP = "follow_up"  # a new ticket, linked to the closed one
    JOIN_REQUEST = "join_request"  # a stranger's mail, kept on the ticket, internal, nothing sent
    BOUNCE = "bounce"
    SILENT_EVENT = "silent_event"  # a machine's mail: on the ticket (or on none), no status change, nothing sent
    DUPLICATE = "duplicate"
    QUARANTINE = "quarantine"


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the trace: a piece of evidence, what it led to, and why."""

    evidence: str  # "token ticket 42 participant 7", "references <...>"
    verdict: str  # "used", "ignored", "hint"
    reason: str


@dataclass(frozen=True, slots=True)
class Decision:
    outcome: Outcome
    ticket: int | None  # the ticket to write to (APPEND, JOIN_REQUEST, BOUNCE, SILENT_EVENT, DUPLICATE) or to link from
    public: bool  # may participants ever see this mail?
    reason: str  # one sentence, for people
    steps: tuple[Step, ...] = ()
    participant: int | None = None  # who wrote, where known
    cause: Cause | None = None  # of quarantine
    hints: tuple[int, ...] = ()  # "maybe belongs to": shown, never acted on
