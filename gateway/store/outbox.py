"""Mail out: rows of finished bytes, and what became of each.

States: ``queued`` (due at ``next_attempt_at``), ``sending`` (claimed: lease and fence), ``sent``, ``failed``, ``held`` (with a
reason). A claim records the attempt, with the time of the next one, *before* anybody dials: a process that dies in the middle
leaves a row that comes back later, never one that is tried in a tight loop. Whoever settles shows the fence of the claim: a
process that slept while its lease ran out is refused.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, bindparam, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from gateway.mail.address import address_key, domain_of
from gateway.store.schema import events, outbox

SMALL = 256 * 1024
"""Octets up to which a mail's bytes come with the claim; larger ones are read when it is their turn (``read_raw``)."""

NO_SMARTHOST = "no_smarthost"

# Built once: see gateway.store.tickets.
_ENQUEUE = {
    name: dialect.insert(outbox).on_conflict_do_nothing(index_elements=["once_key"]).returning(outbox.c.id)
    for name, dialect in (("sqlite", sqlite), ("postgresql", postgresql))
}

_ENVELOPE = re.compile(
    r'(?:"(?:[^"\\<>\x00-\x1f\x7f]|\\[^<>\x00-\x1f\x7f])*"|[^\s"<>(),:;\\\[\]@\x00-\x1f\x7f]+)@[^\s<>@\x00-\x1f\x7f]+'
)


class UncleanMail(ValueError):
    """Bytes that must never be sent as they are (RFC 5321 §2.3.8): a fault of the program that wrote them."""


class State(StrEnum):
    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    HELD = "held"
    DISCARDED = "discarded"  # held, and a person decided that it must not go


@dataclass(frozen=True, slots=True)
class OutgoingMail:
    """One finished mail to one recipient."""

    kind: str  # NoticeKind
    once_key: str  # names the event that it announces: "ack:42:7"
    recipient: str
    reverse_path: str  # "" is <>
    message_id: str  # without angle brackets
    subject: str
    raw: bytes  # RFC 5322, signed; CRLF line ends, at most 998 octets a line
    created_at: datetime
    expires_at: datetime
    automatic: bool
    known_sender: bool = True
    guarded: bool = False
    ticket_id: int | None = None
    message_row: int | None = None
    participant_id: int | None = None
    hold_reason: str | None = None  # given: the mail waits for a person
    not_before: datetime | None = None  # given: until then it can be taken back


@dataclass(frozen=True, slots=True)
class Claimed:
    """A row in hand. ``attempts`` counts the one that begins now."""

    id: int
    fence: int
    attempts: int
    unconfirmed: int
    ticket_id: int | None
    kind: str
    recipient: str
    reverse_path: str
    message_id: str
    size: int  # octets
    expires_at: datetime
    due_at: datetime  # next_attempt_at as it was before this claim
    raw: bytes | None  # None: larger than SMALL


@dataclass(frozen=True, slots=True)
class Settlement:
    """What became of one try. QUEUED with ``tried=False`` takes the attempt back: the mail's turn did not come."""

    id: int
    fence: int
    state: State  # SENT, FAILED or QUEUED
    reply: str | None  # of the smarthost, or the connection's fault
    next_attempt_at: datetime | None = None  # QUEUED
    unconfirmed: bool = False
    tried: bool = True
    reason: str = ""  # FAILED: a word for programs ("no_such_mailbox") ...
    explanation: str = ""  # ... and a sentence for people


def enqueue(connection: Connection, mails: Iterable[OutgoingMail]) -> list[int | None]:
    """Store finished mails; the row of each, or None where its event (``once_key``) has been announced before.

    Raises UncleanMail for bytes that cannot be sent. A recipient that is no address becomes a failed row with its event on the
    ticket: nothing is swallowed, and a stranger's odd address stops nobody.
    """
    statement = _ENQUEUE[connection.dialect.name]
    rows: list[int | None] = []
    for mail in mails:
        check_clean(mail.raw)
        unusable = not (_usable(mail.recipient) and (not mail.reverse_path or _usable(mail.reverse_path)))
        state = State.FAILED if unusable else State.HELD if mail.hold_reason else State.QUEUED
        recipient = _storable(mail.recipient, 320)
        row: int | None = connection.execute(
            statement,
            {
                "ticket_id": mail.ticket_id,
                "message_row": mail.message_row,
                "participant_id": mail.participant_id,
                "kind": mail.kind,
                "once_key": mail.once_key,
                "automatic": mail.automatic,
                "known_sender": mail.known_sender,
                "guarded": mail.guarded,
                "recipient_domain": domain_of(recipient)[:255] if mail.guarded else "",
                "recipient": recipient,
                "recipient_key": address_key(recipient)[:320],
                "reverse_path": _storable(mail.reverse_path, 320),
                "message_id": mail.message_id,
                "subject": _storable(mail.subject),
                "raw": mail.raw,
                "state": state,
                "hold_reason": mail.hold_reason,
                "created_at": mail.created_at,
                "next_attempt_at": (mail.not_before or mail.created_at) if state is State.QUEUED else None,
                "expires_at": mail.expires_at,
                "last_reply": "not tried: not an address" if unusable else None,
                "finished_at": mail.created_at if unusable else None,
            },
        ).scalar()
        rows.append(row)
        if unusable and row is not None:
            explanation = "The address cannot be mailed to: it is not written as an e-mail address."
            announce_failure(
                connection, mail.created_at, mail.ticket_id, row, recipient, mail.kind, None, "bad_address", explanation
            )
    return rows


def check_clean(raw: bytes) -> None:
    """Raise UncleanMail unless ``raw`` has CRLF line ends alone, no NUL, a header block and lines of at most 998 octets."""
    ends = raw.count(b"\r\n")
    if raw.count(b"\r") != ends or raw.count(b"\n") != ends:
        raise UncleanMail("a bare CR or LF: a later server could read two mails where we wrote one")
    if b"\0" in raw:
        raise UncleanMail("a NUL octet")
    if not raw.endswith(b"\r\n"):
        raise UncleanMail("no CRLF at the end of the last line")
    if b"\r\n\r\n" not in raw:
        raise UncleanMail("no empty line between header and body")
    if max(map(len, raw.split(b"\r\n"))) > 998:
        raise UncleanMail("a line of more than 998 octets (RFC 5322 §2.1.1)")


def claim(
    connection: Connection,
    *,
    owner: str,
    now: datetime,
    lease: timedelta,
    limit: int,
    next_attempt: Callable[[int, datetime], datetime | None],
) -> list[Claimed]:
    """Take up to ``limit`` due mails in hand, longest due first, and record the attempt.

    ``next_attempt(attempts, expires_at)`` says when each is due again if this process dies; None: when it expires. Several
    processes may claim at once: each mail goes to one of them.
    """
    due = connection.execute(
        select(*(column for column in outbox.c if column is not outbox.c.raw), func.length(outbox.c.raw).label("size"))
        .where(outbox.c.state == State.QUEUED, outbox.c.next_attempt_at <= now, outbox.c.expires_at > now)
        .order_by(outbox.c.next_attempt_at, outbox.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
    if not due:
        return []
    connection.execute(
        _RECORD_ATTEMPT,
        [
            {
                "row": row.id,
                "next_attempt_at": next_attempt(row.attempts + 1, row.expires_at) or row.expires_at,
                "lease_owner": owner,
                "lease_until": now + lease,
            }
            for row in due
        ],
    )
    small = [row.id for row in due if row.size <= SMALL]
    bodies = connection.execute(select(outbox.c.id, outbox.c.raw).where(outbox.c.id.in_(small)))
    raw = {row.id: row.raw for row in bodies}
    return [
        Claimed(
            id=row.id,
            fence=row.fence + 1,
            attempts=row.attempts + 1,
            unconfirmed=row.unconfirmed,
            ticket_id=row.ticket_id,
            kind=row.kind,
            recipient=row.recipient,
            reverse_path=row.reverse_path,
            message_id=row.message_id,
            size=row.size,
            expires_at=row.expires_at,
            due_at=row.next_attempt_at,
            raw=raw.get(row.id),
        )
        for row in due
    ]


_RECORD_ATTEMPT = (
    update(outbox)
    .where(outbox.c.id == bindparam("row"))
    .values(
        state=State.SENDING,
        attempts=outbox.c.attempts + 1,
        fence=outbox.c.fence + 1,
        next_attempt_at=bindparam("next_attempt_at"),
        lease_owner=bindparam("lease_owner"),
        lease_until=bindparam("lease_until"),
    )
)


def read_raw(connection: Connection, row: int) -> bytes:
    """The finished bytes of one mail."""
    raw: bytes = connection.execute(select(outbox.c.raw).where(outbox.c.id == row)).scalar_one()
    return raw


def extend(connection: Connection, claims: Sequence[Claimed], *, now: datetime, lease: timedelta) -> None:
    """Prolong the leases of mails that are still in hand; those that were lost meanwhile stay lost."""
    connection.execute(
        update(outbox)
        .where(outbox.c.id == bindparam("row"), outbox.c.fence == bindparam("claimed"), outbox.c.state == State.SENDING)
        .values(lease_until=now + lease),
        [{"row": claim.id, "claimed": claim.fence} for claim in claims],
    )


def settle(connection: Connection, settlements: Sequence[Settlement], now: datetime) -> set[int]:
    """Write what became of claimed mails; the rows that were written.

    Rows that are missing in the answer are no longer ours: the lease ran out and somebody else decides. A failure is also an
    event on its ticket.
    """
    if not settlements:
        return set()
    by_row = {settlement.id: settlement for settlement in settlements}
    ours = [
        row
        for row in connection.execute(
            select(outbox.c.id, outbox.c.fence, outbox.c.ticket_id, outbox.c.recipient, outbox.c.kind)
            .where(outbox.c.id.in_(by_row), outbox.c.state == State.SENDING)
            .order_by(outbox.c.id)
            .with_for_update()
        )
        if row.fence == by_row[row.id].fence
    ]
    if not ours:
        return set()
    connection.execute(_SETTLE, [_settled(by_row[row.id], now) for row in ours])
    for row in ours:
        settlement = by_row[row.id]
        if settlement.state is State.FAILED:
            announce_failure(
                connection,
                now,
                row.ticket_id,
                row.id,
                row.recipient,
                row.kind,
                settlement.reply,
                settlement.reason,
                settlement.explanation,
            )
    return {row.id for row in ours}


_SETTLE = (
    update(outbox)
    .where(outbox.c.id == bindparam("row"))
    .values(
        state=bindparam("new_state"),
        attempts=outbox.c.attempts - bindparam("untried"),
        unconfirmed=outbox.c.unconfirmed + bindparam("more_unconfirmed"),
        next_attempt_at=bindparam("next_attempt_at"),
        last_reply=func.coalesce(bindparam("reply", type_=outbox.c.last_reply.type), outbox.c.last_reply),
        finished_at=bindparam("finished_at"),
        lease_owner=None,
        lease_until=None,
    )
)


def _settled(settlement: Settlement, now: datetime) -> dict[str, Any]:
    final = settlement.state in (State.SENT, State.FAILED)
    return {
        "row": settlement.id,
        "new_state": settlement.state,
        "untried": 0 if settlement.tried else 1,
        "more_unconfirmed": 1 if settlement.unconfirmed else 0,
        "next_attempt_at": None if final else settlement.next_attempt_at or now,
        "reply": settlement.reply,
        "finished_at": now if final else None,
    }


def announce_failure(
    connection: Connection,
    now: datetime,
    ticket: int | None,
    row: int,
    recipient: str,
    kind: str,
    reply: str | None,
    reason: str,
    explanation: str,
) -> None:
    """A mail will not arrive: say so on its ticket, in words, with the reply that decided."""
    connection.execute(
        insert(events).values(
            ticket_id=ticket,
            at=now,
            kind="delivery_failed",
            actor="gateway",
            data={
                "outbox": row,
                "to": recipient,
                "kind": kind,
                "reason": reason,
                "explanation": explanation,
                "reply": reply,
            },
            handled=ticket is None,
        )
    )


def _usable(path: str) -> bool:
    # Not only controls: a lone surrogate or a line separator is no part of an address either.
    return path.isprintable() and _ENVELOPE.fullmatch(path) is not None


def _storable(text: str, length: int | None = None) -> str:
    """Without what no database takes (NUL, lone surrogates) and no log should show."""
    if text.isprintable():
        return text[:length]
    return "".join(c if c.isprintable() else "\ufffd" for c in text)[:length]
