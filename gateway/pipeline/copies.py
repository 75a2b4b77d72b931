"""A verified participant sent a copy to other people: where the configuration says so, they take part from now on."""

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import Connection

from gateway.desk.actions import DeskError
from gateway.desk.office import Office
from gateway.desk.participants import add_contact, joinable
from gateway.desk.telling import tell
from gateway.journal import Entry
from gateway.mail.address import address_key
from gateway.mail.model import Kind
from gateway.notify.policy import is_machine_address, is_nowhere
from gateway.pipeline.stages import Understood
from gateway.store.participants import AGENT, count_copied, message_of, participant_by_address
from gateway.store.tickets import GATEWAY, add_events, ticket_row
from gateway.threading.model import TokenState
from gateway.threading.powers import Action, Part, Power, Standing, ruling

MOST_LOOKED_AT = 100  # addresses in Cc of one mail


def add_copied(
    connection: Connection,
    office: Office,
    entry: Entry,
    understood: Understood,
    ticket: int,
    *,
    by_agent: bool,
    now: datetime,
) -> bool:
    """Make those in Cc participants if the table of powers lets this author; True where mail goes out because of it.

    Called for mail that is on the ticket already, because its author had the right to put it there.
    """
    author = understood.message.author
    copied = list(_copied(understood))
    if not copied or author is None or understood.message.auto.kind is not Kind.HUMAN:
        return False
    message = message_of(connection, entry.id)
    policy = office.configuration.participants
    member = participant_by_address(connection, ticket, address_key(author.address))
    takes_part = member is not None and member.revoked_at is None
    standing = Standing(
        understood.trust,
        TokenState.VALID,
        Part.MEMBER if takes_part else Part.STRANGER,
        for_agent=member is not None and member.role == AGENT,
        is_agent=by_agent,
        permitted=policy.from_copies,
    )
    it = ruling(Action.ADD_COPIED, standing)
    if it.power is not Power.GRANTED:
        if policy.from_copies:
            left_out = {"message": message, "addresses": copied, "why": it.why}
            add_events(connection, ticket, now, ("copies_left_out", GATEWAY, left_out))
        return False
    return _add(connection, office, entry, ticket, message, author.address, copied, it.why, now)


def _add(
    connection: Connection,
    office: Office,
    entry: Entry,
    ticket: int,
    message: int,
    author: str,
    copied: list[str],
    why: str,
    now: datetime,
) -> bool:
    limit = office.configuration.participants.limit
    room = limit - count_copied(connection, ticket)
    newcomers: dict[int, str] = {}
    left_out: dict[str, str] = {}
    for named in copied:
        member = participant_by_address(connection, ticket, address_key(named))
        if member is not None and member.revoked_at is None:
            continue
        problem = (
            "an agent took this address off the ticket" if member is not None else _problem(connection, office, named)
        )
        if problem is None and len(newcomers) >= room:
            problem = f"as many people take part as participants.limit allows ({limit})"
        if problem is not None:
            left_out[named] = problem
            continue
        joined = add_contact(connection, ticket, named, "", now)
        newcomers[joined.participant] = joined.address
    if left_out:
        data = {"message": message, "addresses": list(left_out), "why": "; ".join(dict.fromkeys(left_out.values()))}
        add_events(connection, ticket, now, ("copies_left_out", GATEWAY, data))
    if not newcomers:
        return False
    for number, address in newcomers.items():
        data = {"participant": number, "address": address, "by": "copy", "message": message, "why": why}
        add_events(connection, ticket, now, ("participant_added", author, data))
    row = ticket_row(connection, ticket)
    assert row is not None
    return tell(connection, office, row, newcomers, by=author, occasion=f"copy-{message}", now=now, shadow=entry.shadow)


def _problem(connection: Connection, office: Office, address: str) -> str | None:
    """Why nobody at this address can take part, None where somebody can."""
    try:
        joinable(connection, office, address)
    except DeskError as error:
        return str(error)
    if is_nowhere(address) or is_machine_address(address):
        return f"{address} is read by machines, or by nobody"
    return None


def _copied(understood: Understood) -> Iterator[str]:
    """Everybody in Cc once, by address key, without the author."""
    author = understood.message.author
    seen = {address_key(author.address)} if author is not None else set()
    for box in understood.message.cc[:MOST_LOOKED_AT]:
        key = address_key(box.address)
        if key not in seen:
            seen.add(key)
            yield box.address
