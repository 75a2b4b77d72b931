"""Mail to participants: signed reply address and Message-ID, rendered, composed, signed, and laid into the outbox.

The pipeline (acknowledgements) and people at the desk (answers, resolutions) send through here alike, inside their transaction.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Self

from sqlalchemy import ColumnElement, Connection, Row, func, or_, select, true

from gateway.config.model import Brand
from gateway.delivery.signed import signed
from gateway.desk.office import Office
from gateway.mail.address import address_key
from gateway.mail.masking import masked
from gateway.notify.not_me import NotMe
from gateway.notify.notices import Addressee, Finished, Notice, write
from gateway.store.outbox import NO_SMARTHOST, OutgoingMail, enqueue
from gateway.store.schema import contacts, messages, outbox, participants
from gateway.threading.model import NoticeKind
from gateway.threading.not_me import mint_not_me
from gateway.threading.tokens import mint_message_id, reply_address

TOKEN_DAYS = 730  # a token's own end; a ticket's closing ends it earlier (lifecycle.token_days_after_close)
_THREAD_LENGTH = 20
NOT_ME_PATH = "/not-me"  # of the page of gateway.web.pages.not_me


@dataclass(frozen=True, slots=True)
class Heading:
    """What a mail about a ticket says of it."""

    number: int
    brand: str  # id
    address: str  # of ours, from which answers come
    subject: str

    @classmethod
    def of(cls, ticket: Row[Any]) -> Self:
        return cls(ticket.id, ticket.brand, ticket.address, ticket.subject)


@dataclass(frozen=True, slots=True)
class Person:
    """A participant to whom we write."""

    participant: int
    contact: int
    address: str
    name: str
    role: str
    language: str | None
    undeliverable: bool
    since: datetime | None = None  # took part from then on; None: from the beginning
    tokens_from: date | None = None  # tokens that end before this day were withdrawn


@dataclass(frozen=True, slots=True)
class Letter:
    """One mail to one person, before it is written."""

    kind: NoticeKind
    notice: Notice
    once_key: str
    language: str
    in_reply_to: str | None
    references: tuple[str, ...]  # oldest first
    hold_reason: str | None = None
    known_sender: bool = True
    guarded: bool = False  # counts against the budgets of domain and system
    may_deny: bool = False  # the person is told how to say that it was not them
    message_row: int | None = None
    not_before: datetime | None = None  # until then it can be taken back


def people_of(connection: Connection, ticket: int) -> list[Person]:
    """Everybody who gets this ticket's mail, the requester first."""
    rows = connection.execute(
        select(participants.c.id, participants.c.role, contacts, participants.c.added_at, participants.c.tokens_from)
        .join(contacts, contacts.c.id == participants.c.contact_id)
        .where(participants.c.ticket_id == ticket, participants.c.revoked_at.is_(None))
        .order_by(participants.c.id)
    ).all()
    people = [
        Person(
            row[0],
            row.id_1,
            row.address,
            row.name,
            row.role,
            row.language,
            row.undeliverable_at is not None,
            since=None if row.role == "requester" else row.added_at,
            tokens_from=row.tokens_from,
        )
        for row in rows
    ]
    return sorted(people, key=lambda person: person.role != "requester")


@dataclass(frozen=True, slots=True)
class Thread:
    """The ticket's conversation as one participant knows it, by Message-ID."""

    parent: str | None  # what a new mail answers: the customers' last mail, else our last one to this participant
    ancestors: tuple[
        str, ...
    ]  # customers' mails and ours to the participant up to the parent, oldest first (RFC 5322 section 3.6.4)


def thread_for(connection: Connection, ticket: int, person: Person) -> Thread:
    """Where a new mail to this participant hangs. Our own mail is a parent only where there is no other: it may not have arrived.

    Mails from before somebody took part are no ancestors of what they get.
    """
    theirs = connection.execute(
        select(messages.c.created_at, messages.c.message_id)
        .where(
            messages.c.ticket_id == ticket,
            messages.c.public,
            messages.c.direction == "in",
            messages.c.message_id.is_not(None),
            heard_by(person),
        )
        .order_by(messages.c.id.desc())
        .limit(_THREAD_LENGTH)
    ).all()
    ours = connection.execute(
        select(outbox.c.created_at, outbox.c.message_id)
        .where(outbox.c.ticket_id == ticket, outbox.c.participant_id == person.participant)
        .order_by(outbox.c.id.desc())
        .limit(_THREAD_LENGTH)
    ).all()
    ancestors = tuple(row.message_id for row in sorted((*theirs, *ours), key=lambda row: row.created_at))
    if not theirs:
        return Thread(ancestors[-1] if ancestors else None, ancestors)
    parent = theirs[0].message_id
    return Thread(parent, ancestors[: ancestors.index(parent) + 1])


def heard_by(person: Person) -> ColumnElement[bool]:
    """A condition on messages: written since this person takes part, or by this person (who may have asked to join with it)."""
    if person.since is None:
        return true()
    return or_(messages.c.created_at >= person.since, func.lower(messages.c.author) == person.address.lower())


def last_token_day(now: datetime) -> date:
    """The last day of tokens that are made now."""
    return now.astimezone(UTC).date() + timedelta(days=TOKEN_DAYS)


def post(
    connection: Connection, office: Office, ticket: Heading, to: Person, letter: Letter, *, now: datetime
) -> Finished:
    """Write the letter and lay it into the outbox; returns what was written.

    Raises ``UnsendableAddress`` where no mail can go to the person, and ``NoticeError`` for a faulty template.
    """
    configuration = office.configuration
    brand = office.addresses.brand(ticket.brand)
    expires = max(last_token_day(now), to.tokens_from or date.min)
    domain = configuration.reply_domain
    finished = write(
        masked(letter.notice, configuration.privacy.mask, own=("text",)),
        Addressee(
            address=to.address,
            reply_to=reply_address(
                office.keyring,
                local=configuration.reply_local,
                domain=domain,
                ticket=ticket.number,
                participant=to.participant,
                expires=expires,
            ),
            message_id=mint_message_id(
                office.keyring,
                ticket=ticket.number,
                participant=to.participant,
                kind=letter.kind,
                nonce=office.entropy(8),
                domain=domain,
            ),
            in_reply_to=letter.in_reply_to,
            references=letter.references,
        ),
        templates=office.templates_of(brand.id),
        brand=brand,
        sender=ticket.address,
        language=letter.language,
        ticket=ticket.number,
        date=now,
        not_me=_not_me(office, ticket, to, now) if letter.may_deny else None,
    )
    raw = signed(finished.raw, brand.dkim, now)
    lifetime = (
        configuration.outbound.notice_lifetime_hours
        if finished.automatic
        else configuration.outbound.answer_lifetime_hours
    )
    enqueue(
        connection,
        [
            OutgoingMail(
                kind=letter.kind.value,
                once_key=letter.once_key,
                recipient=finished.recipient,
                reverse_path=finished.reverse_path,
                message_id=finished.message_id,
                subject=finished.subject,
                raw=raw,
                created_at=now,
                expires_at=now + timedelta(hours=lifetime),
                automatic=finished.automatic,
                known_sender=letter.known_sender,
                guarded=letter.guarded,
                ticket_id=ticket.number,
                message_row=letter.message_row,
                participant_id=to.participant,
                not_before=letter.not_before,
                hold_reason=letter.hold_reason or (None if configuration.outbound.smarthost else NO_SMARTHOST),
            )
        ],
    )
    return finished


def _not_me(office: Office, ticket: Heading, to: Person, now: datetime) -> NotMe:
    configuration = office.configuration
    expires = now.astimezone(UTC).date() + timedelta(days=configuration.abuse.link_days)
    token = mint_not_me(office.keyring, ticket=ticket.number, participant=to.participant, expires=expires)
    base = configuration.web.base_url
    return NotMe(
        link=f"{base}{NOT_ME_PATH}/{token}" if base else "",
        mailbox=f"{configuration.reply_local}+{token}@{configuration.reply_domain}",
    )


def brand_sender(brand: Brand, recipients: Sequence[str]) -> str:
    """Which of our addresses answers: the one that the customer wrote to, if it is the brand's, else the brand's first."""
    own = {address_key(address): address for address in brand.addresses}
    return next(
        (own[address_key(recipient)] for recipient in recipients if address_key(recipient) in own), brand.addresses[0]
    )
