"""Short words for the tables of threading: mails, tickets and what is known, each in a few characters."""

from datetime import UTC, date, datetime, timedelta

from gateway.mail.model import Auto, Bounce, Kind, Mailbox, Message
from gateway.threading.decide import LifecyclePolicy, decide
from gateway.threading.model import (
    Decision,
    Evidence,
    Known,
    KnownParticipant,
    KnownTicket,
    NoticeKind,
    OwnMessageId,
    SharedAncestor,
    Status,
    TokenReading,
    TokenState,
    Trust,
)

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
TODAY = date(2026, 11, 22)
POLICY = LifecyclePolicy(token_days_after_close=90, shared_ancestor_days=30)

ANNA, BEN, CARA, KIM, EVE = "anna@a.test", "ben@a.test", "cara@a.test", "kim@desk.test", "eve@evil.test"


def mail(
    author: str | None = ANNA,
    *,
    kind: Kind = Kind.HUMAN,
    bounce: Bounce | None = None,
    from_mailboxes: tuple[Mailbox, ...] | None = None,
    message_id: str | None = "new@a.test",
    **fields: object,
) -> Message:
    box = Mailbox("", author) if author else None
    values: dict[str, object] = {
        "message_id": message_id,
        "in_reply_to": (),
        "references": (),
        "from_mailboxes": from_mailboxes if from_mailboxes is not None else ((box,) if box else ()),
        "author": box,
        "reply_to": None,
        "to": (Mailbox("", "support@example.com"),),
        "cc": (),
        "subject": "Hello",
        "date": NOW,
        "text": "",
        "reply_text": "",
        "html": None,
        "attachments": (),
        "auto": Auto(kind),
        "bounce": bounce,
        "defects": (),
        "language": None,
        "received_count": 0,
        "content_fingerprint": "0" * 64,
    }
    return Message(**{**values, **fields})  # type: ignore[arg-type]


def failed(original: str | None = None) -> Bounce:
    return Bounce(("anna@a.test",), "5.1.1", True, None, original)


def shows(
    author: str | None = ANNA,
    *,
    tokens: tuple[TokenReading, ...] = (),
    own: tuple[OwnMessageId, ...] = (),
    forged: tuple[str, ...] = (),
    ancestors: tuple[str, ...] = (),
    numbers: tuple[int, ...] = (),
    addressed: tuple[str, ...] = (),
) -> Evidence:
    ids = (*(it.message_id for it in own), *forged, *ancestors)
    return Evidence(author, tokens, own, forged, ids, numbers, addressed or ((author,) if author else ()))


def token(ticket: int = 42, participant: int = 1, state: TokenState = TokenState.VALID) -> TokenReading:
    held = state in (TokenState.VALID, TokenState.EXPIRED)
    address = f"reply+{ticket}.{participant}@reply.example.com"
    return TokenReading(state, address, ticket if held else None, participant if held else None)


def own_id(ticket: int = 42, participant: int = 1, kind: NoticeKind = NoticeKind.ACK) -> OwnMessageId:
    return OwnMessageId(f"{ticket}.{participant}.{kind.value}@reply.example.com", ticket, participant, kind)


def ticket(
    number: int = 42,
    *people: KnownParticipant,
    status: Status = Status.OPEN,
    closed_days_ago: float | None = None,
) -> KnownTicket:
    """Anna's ticket with Ben in Cc, unless other people are named; participants 1 and 2."""
    closed_at = NOW - timedelta(days=closed_days_ago) if closed_days_ago is not None else None
    everybody = people or (KnownParticipant(1, ANNA, "requester"), KnownParticipant(2, BEN, "cc"))
    return KnownTicket(number, Status.CLOSED if closed_at else status, closed_at, everybody)


def knows(
    *tickets: KnownTicket, shared: tuple[SharedAncestor, ...] = (), duplicate: tuple[int, int] | None = None
) -> Known:
    return Known({it.number: it for it in tickets}, shared, *(duplicate if duplicate is not None else (None, None)))


def ancestor(
    name: str = "first@a.test", ticket: int = 42, *, days: float = 1, is_message: bool = True
) -> SharedAncestor:
    return SharedAncestor(name, ticket, NOW - timedelta(days=days), is_message)


def decided(
    message: Message,
    evidence: Evidence,
    known: Known,
    trust: Trust = Trust.FORWARDED,
    *,
    is_agent: bool = False,
    null: bool = False,
) -> Decision:
    return decide(
        message,
        evidence,
        known,
        trust=trust,
        now=NOW,
        lifecycle=POLICY,
        is_agent=is_agent,
        null_reverse_path=null,
    )
