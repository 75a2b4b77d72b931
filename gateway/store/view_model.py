"""What the reading side of the store gives back: frozen values for pages, commands and reports."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from gateway.threading.model import Status

UNSOLVED = (Status.NEW, Status.OPEN, Status.PENDING, Status.ON_HOLD)
FINISHED = (Status.SOLVED, Status.CLOSED)


class Order(StrEnum):
    UPDATED = "updated"  # newest change first
    WAITING = "waiting"  # longest without an answer first; tickets that do not wait are left out
    DUE = "due"  # nearest promise first; tickets without a running one are left out
    PRIORITY = "priority"  # most urgent first, of these the oldest


@dataclass(frozen=True, slots=True)
class Conditions:
    """What a view asks of tickets beside their status. Of the values of one condition any is enough; () asks for nothing."""

    agents: tuple[int | None, ...] = ()  # ids; None: nobody has it
    teams: tuple[str | None, ...] = ()
    tags: tuple[str, ...] = ()
    priorities: tuple[str, ...] = ()
    brands: tuple[str, ...] = ()
    waiting_before: datetime | None = None  # a customer waits since then, or longer
    created_before: datetime | None = None
    due_before: datetime | None = None


@dataclass(frozen=True, slots=True)
class TicketFilter:
    """Which tickets, and in which order. An empty field asks for nothing."""

    statuses: tuple[Status, ...] = ()
    assignee: int | None = None  # agent id
    unassigned: bool = False
    team: str | None = None
    brand: str | None = None
    search: str = ""  # in subject, requester's name and address; a number also finds that ticket
    order: Order = Order.UPDATED
    view: Conditions = Conditions()


@dataclass(frozen=True, slots=True)
class TicketRow:
    number: int
    brand: str
    address: str  # of ours, to which the customer wrote
    status: Status
    subject: str
    requester: str  # address as first written
    requester_name: str
    requester_id: int
    assignee_id: int | None
    assignee: str | None  # address
    assignee_name: str
    team: str | None
    priority: str
    language: str
    created_at: datetime
    updated_at: datetime
    waiting_since: datetime | None
    solved_at: datetime | None
    closed_at: datetime | None
    merged_into: int | None
    follow_up_of: int | None
    due_at: datetime | None  # the nearest promise that runs
    tags: tuple[str, ...] = ()
    preview: str = ""  # the beginning of the last mail that participants may see
    type: str = ""
    own_status: str = ""  # the admin's status inside `status`
    fields: Mapping[str, Any] = field(default_factory=dict)
    problem: int | None = None  # of an incident: the ticket of its cause


@dataclass(frozen=True, slots=True)
class TicketList:
    rows: tuple[TicketRow, ...]
    before: str | None  # give it back for the next page; None on the last one


@dataclass(frozen=True, slots=True)
class View:
    """A list with a name. ``mine`` means: of whoever looks; ``older``: opened at least so long ago."""

    id: str
    filter: TicketFilter
    mine: bool = False
    older: timedelta | None = None

    def of(self, agent_id: int, now: datetime) -> TicketFilter:
        wanted = replace(self.filter, assignee=agent_id) if self.mine else self.filter
        return replace(wanted, view=Conditions(created_before=now - self.older)) if self.older is not None else wanted


A_DAY = timedelta(hours=24)
"""After which a ticket that nobody has stands in a view of its own."""


VIEWS = (
    View("unsolved", TicketFilter(statuses=UNSOLVED)),
    View("unassigned", TicketFilter(statuses=UNSOLVED, unassigned=True)),
    View("unassigned_old", TicketFilter(statuses=UNSOLVED, unassigned=True), older=A_DAY),
    View("mine", TicketFilter(statuses=UNSOLVED), mine=True),
    View("waiting", TicketFilter(statuses=UNSOLVED, order=Order.WAITING)),
    View("due", TicketFilter(statuses=UNSOLVED, order=Order.DUE)),
    View("solved", TicketFilter(statuses=FINISHED)),
)


@dataclass(frozen=True, slots=True)
class ViewCounts:
    unsolved: int
    unassigned: int
    unassigned_old: int
    mine: int
    waiting: int
    due: int


@dataclass(frozen=True, slots=True)
class ParticipantRow:
    id: int
    contact_id: int
    address: str
    name: str
    role: str  # requester, cc
    revoked: bool


@dataclass(frozen=True, slots=True)
class AttachmentRow:
    part: str  # path in the MIME tree of the raw mail
    filename: str | None
    content_type: str
    size: int  # octets, decoded
    sha256: str
    inline: bool
    content_id: str | None
    signature: bool = False  # an image that comes with every mail of the sender's domain


@dataclass(frozen=True, slots=True)
class DeliveryRow:
    """One recipient's copy of a mail of ours, and how far it has come."""

    outbox_id: int
    message_row: int | None
    recipient: str
    kind: str
    state: str
    hold_reason: str | None
    attempts: int
    last_reply: str | None


@dataclass(frozen=True, slots=True)
class MessageRow:
    id: int
    ticket: int
    journal_id: int | None
    direction: str  # in, out, note
    kind: str
    public: bool
    author: str
    author_name: str
    to: tuple[str, ...]  # addresses, as the mail names them
    cc: tuple[str, ...]
    agent_id: int | None
    message_id: str | None
    subject: str
    text: str
    reply_text: str
    has_html: bool
    attachments: tuple[AttachmentRow, ...]
    trust: str
    trace: Any
    created_at: datetime
    receipt: str | None
    deliveries: tuple[DeliveryRow, ...] = ()


@dataclass(frozen=True, slots=True)
class EventRow:
    id: int
    at: datetime
    kind: str
    actor: str
    data: Any


@dataclass(frozen=True, slots=True)
class TicketPage:
    ticket: TicketRow
    participants: tuple[ParticipantRow, ...]
    messages: tuple[MessageRow, ...]  # oldest first
    events: tuple[EventRow, ...]  # oldest first, at most the last 200
    has_earlier: bool  # messages older than these exist
    others: tuple[TicketRow, ...]  # the requester's other tickets, newest change first, at most 5


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """A mail of ours to one recipient, without its bytes."""

    id: int
    ticket: int | None
    message_row: int | None
    kind: str
    automatic: bool
    to: str
    reverse_path: str
    message_id: str
    subject: str
    state: str  # queued, sending, sent, failed, held
    hold_reason: str | None
    attempts: int
    created_at: datetime
    next_attempt_at: datetime | None
    expires_at: datetime
    last_reply: str | None
    finished_at: datetime | None


@dataclass(frozen=True, slots=True)
class OutboxMail:
    row: OutboxRow
    raw: bytes


@dataclass(frozen=True, slots=True)
class QuarantineRow:
    """An accepted mail that could not be worked on, without its bytes."""

    id: int
    receipt: str
    received_at: datetime
    settled_at: datetime | None
    protocol: str
    peer: str
    helo: str
    tls: str
    reverse_path: str
    forward_paths: tuple[str, ...]
    size: int
    digest: str
    cause: str | None
    crashes: int
    last_error: str | None
    author: str = ""  # as From says; "" where nothing was read of the mail
    subject: str = ""
    preview: str = ""  # the first words of the text
    last_call: str | None = None  # day (ISO 8601) of the mail that announced its deletion

    @property
    def sender(self) -> str:
        """Whom the mail says it is from; the envelope's word where From names nobody."""
        return self.author or self.reverse_path


@dataclass(frozen=True, slots=True)
class Source:
    """Where a mail's raw bytes are: in ``raw``, or, where that is None, in the blob named by ``digest``."""

    name: str  # a bare file name to offer
    digest: str | None  # SHA-256 hex of what was accepted; None: not kept for mail of ours
    raw: bytes | None


@dataclass(frozen=True, slots=True)
class QueueAges:
    """How much waits, and since when."""

    pending: int  # accepted, without a fate yet
    oldest_pending_at: datetime | None
    crashed: int  # pending, and crashed at least once
    quarantined: int
    outbox: dict[str, int]  # by state; "sent" is left out (it only grows)
    oldest_queued_at: datetime | None
    oldest_held_at: datetime | None
    overdue_timers: int
