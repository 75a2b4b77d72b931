"""A customer's address does not work, and the same person is known under another one: proposed to agents, never used by itself.

Nothing is told to an address that was not verified: the other one wrote to us, from where its mail comes is proven, and an agent decides.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, Row, func, select, update

from gateway.desk.acting import DeskError, acting_agent, open_ticket
from gateway.desk.actions import Desk
from gateway.desk.answering import Said, answer
from gateway.desk.office import Office
from gateway.desk.outgoing import Person, last_token_day, people_of
from gateway.desk.participants import joinable
from gateway.store.other_addresses import OtherAddress, other_addresses
from gateway.store.participants import REQUESTER, leave, take_part
from gateway.store.schema import events, messages, outbox, participants
from gateway.store.tickets import NewMessage, add_events, add_message, change_status, change_ticket
from gateway.threading.model import NoticeKind, Status

_LOOKED_AT = 50  # events


@dataclass(frozen=True, slots=True)
class Proposal:
    """Mail to a participant does not arrive; where it may go instead."""

    participant: int
    address: str
    others: tuple[OtherAddress, ...]


@dataclass(frozen=True, slots=True)
class Instead:
    address: str  # that takes part now
    message: int | None  # the answer that was sent again; None where none was lost


def proposals(connection: Connection, office: Office, ticket: int) -> tuple[Proposal, ...]:
    """For each participant of the ticket whom mail does not reach."""
    found = []
    told = _told(connection, ticket)
    for person in people_of(connection, ticket):
        if person.role != "agent" and (person.undeliverable or _is_lost(connection, ticket, person, told)):
            others = tuple(
                other for other in _others(connection, office, person) if _may_join(connection, office, other)
            )
            if others:
                found.append(Proposal(person.participant, person.address, others))
    return tuple(found)


def send_instead(desk: Desk, ticket: int, participant: int, contact: int, agent: int) -> Instead:
    """Let the other address take the place of the one that does not work, and send the answer there that was lost.

    DeskError where the two are not, or no longer, proposed for each other.
    """
    with desk.database.write() as connection:
        row, who, now, office = (
            open_ticket(connection, ticket),
            acting_agent(connection, agent),
            desk.now(),
            desk.office(),
        )
        offered = {
            (proposal.participant, other.contact): (proposal, other)
            for proposal in proposals(connection, office, ticket)
            for other in proposal.others
        }
        if (participant, contact) not in offered:
            raise DeskError(
                "that address is not known as another one of this person any more; nothing was changed or sent"
            )
        proposal, other = offered[participant, contact]
        role = connection.execute(select(participants.c.role).where(participants.c.id == participant)).scalar_one()
        lost = _lost_answer(connection, ticket, proposal.address, contact)
        part = take_part(connection, ticket, contact, role, now, tokens_from=last_token_day(now) + timedelta(days=1))
        leave(connection, participant, now)
        if role == REQUESTER:
            _make_requester(connection, row, participant, part.id, contact, desk)
        told = {"from": proposal.address, "to": other.address, "tie": other.tie, "participant": part.id}
        add_events(connection, ticket, now, ("address_replaced", who.address, told))
        message = None if lost is None else _send_again(connection, desk, row, who, lost, part.id)
    desk.on_outgoing()
    return Instead(other.address, message)


def _others(connection: Connection, office: Office, person: Person) -> tuple[OtherAddress, ...]:
    def company(address: str) -> str | None:
        found = office.organizations.of(address)
        return None if found is None else found.id

    return other_addresses(connection, person.contact, organization=company)


def _may_join(connection: Connection, office: Office, other: OtherAddress) -> bool:
    try:
        joinable(connection, office, other.address)
    except DeskError:
        return False
    return True


def _told(connection: Connection, ticket: int) -> list[Mapping[str, Any]]:
    """What is known of mail of the ticket that did not arrive, the newest first. What may have arrived is not lost."""
    rows = connection.execute(
        select(events.c.data)
        .where(events.c.ticket_id == ticket, events.c.kind == "undelivered")
        .order_by(events.c.id.desc())
        .limit(_LOOKED_AT)
    ).scalars()
    return [data for data in rows if isinstance(data, Mapping) and data.get("reason") != "unconfirmed"]


def _is_lost(connection: Connection, ticket: int, person: Person, told: list[Mapping[str, Any]]) -> bool:
    """Whether the last mail to them came back, and they did not write since."""
    mails = [data.get("outbox") for data in told if data.get("to") == person.address]
    if not mails:
        return False
    sent_at = connection.execute(select(func.max(outbox.c.created_at)).where(outbox.c.id.in_(mails))).scalar_one()
    wrote = select(func.max(messages.c.created_at)).where(
        messages.c.ticket_id == ticket,
        messages.c.direction == "in",
        messages.c.kind == "mail",
        messages.c.author == person.address,
    )
    wrote_at = connection.execute(wrote).scalar_one()
    return sent_at is not None and (wrote_at is None or wrote_at <= sent_at)


def _lost_answer(connection: Connection, ticket: int, address: str, contact: int) -> Row[Any] | None:
    """The newest answer that did not reach this address, unless it went to the other one already."""
    mails = [data.get("outbox") for data in _told(connection, ticket) if data.get("to") == address]
    newest = connection.execute(
        select(messages)
        .join(outbox, outbox.c.message_row == messages.c.id)
        .where(outbox.c.id.in_(mails), outbox.c.kind == NoticeKind.ANSWER.value, messages.c.ticket_id == ticket)
        .order_by(messages.c.id.desc())
        .limit(1)
    ).first()
    had = (
        select(outbox.c.id)
        .join(participants, participants.c.id == outbox.c.participant_id)
        .where(
            participants.c.contact_id == contact, outbox.c.message_row == (newest.id if newest is not None else None)
        )
    )
    return None if connection.execute(had.limit(1)).first() is not None else newest


def _make_requester(
    connection: Connection, row: Row[Any], before: int, now_part: int, contact: int, desk: Desk
) -> None:
    connection.execute(update(participants).where(participants.c.id == before).values(role="cc"))
    connection.execute(update(participants).where(participants.c.id == now_part).values(role=REQUESTER))
    change_ticket(connection, row.id, desk.now(), requester_id=contact)


def _send_again(
    connection: Connection, desk: Desk, row: Row[Any], who: Row[Any], lost: Row[Any], participant: int
) -> int:
    now = desk.now()
    message = add_message(
        connection,
        NewMessage(
            ticket=row.id,
            direction="out",
            kind="answer",
            public=True,
            author=who.address,
            author_name=who.name,
            subject=row.subject,
            text=lost.text,
            reply_text=lost.reply_text,
            created_at=now,
            agent=who.id,
            trust="strong",
        ),
    )
    person = next(one for one in people_of(connection, row.id) if one.participant == participant)
    said = Said(message, who.name, lost.reply_text)
    reached = answer(connection, desk.office(), row, said, [person], now, patience=desk.patience)
    add_events(connection, row.id, now, ("answered", who.address, {"message": message, "to": list(reached)}))
    change_ticket(connection, row.id, now, waiting_since=None)
    why = "the answer was sent to another address of the customer"
    change_status(connection, row, Status.PENDING, actor=who.address, now=now, why=why, close_at=None)
    return message
