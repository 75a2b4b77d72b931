"""The store's answers to the questions of threading and of the notice policy. Reads only."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, bindparam, select, text

from gateway.mail.address import address_key
from gateway.mail.model import Message
from gateway.store.memo import is_remembering, once
from gateway.store.schema import agents, contacts, participants, thread_ids, tickets
from gateway.store.tickets import header_id_hash, identity_of
from gateway.threading.model import Evidence, Known, KnownParticipant, KnownTicket, SharedAncestor, Status

_MERGE_DEPTH = 20
_SHARED_LIMIT = 200

# Built once: see gateway.store.tickets.
_FIND_THREAD_IDS = (
    select(thread_ids)
    .where(thread_ids.c.message_id_hash.in_(bindparam("hashes", expanding=True)))
    .order_by(thread_ids.c.id.desc())
    .limit(_SHARED_LIMIT)
)
_ACTIVE_AGENTS = select(agents).where(agents.c.active).order_by(agents.c.id)
_FIND_AGENT = select(agents.c.id).where(agents.c.address_key == bindparam("key"), agents.c.active)


def lock_conversations(connection: Connection, words: Collection[str]) -> None:
    """On PostgreSQL, let one transaction at a time work on mails that share any of ``words`` (ids, authors, tickets).

    Without it two nodes that hold the same mail twice would each open a ticket. All locks of a batch are taken at once, in order,
    so that two batches cannot wait for each other; they go with the transaction. SQLite has one writer anyway.
    """
    if connection.dialect.name == "sqlite" or not words:
        return
    connection.execute(
        text(
            "SELECT pg_advisory_xact_lock(key) FROM (SELECT DISTINCT unnest(CAST(:keys AS bigint[])) AS key ORDER BY key) AS ordered"
        ),
        {"keys": sorted({header_id_hash(word) for word in words})},
    )


def look_up(
    connection: Connection, message: Message, evidence: Evidence, *, now: datetime, duplicate_window: timedelta
) -> Known:
    """What we know of everything that the evidence names (``gateway.threading``: the question there, the answer here)."""
    own_id = identity_of(message.message_id, message.content_fingerprint)
    rows = _thread_rows(connection, (own_id, *evidence.ancestors))
    duplicate = next(
        (
            row
            for row in rows
            if row.header_id == own_id
            and row.is_message
            and row.fingerprint == message.content_fingerprint
            and row.seen_at >= now - duplicate_window
        ),
        None,
    )
    order = {header_id: place for place, header_id in enumerate((*evidence.ancestors, own_id))}
    related = sorted(
        (row for row in rows if row.header_id != own_id or not row.is_message), key=lambda row: order[row.header_id]
    )
    asked = {reading.ticket for reading in evidence.tokens if reading.ticket is not None}
    asked |= {own.ticket for own in evidence.own_ids}
    asked |= {row.ticket_id for row in related}
    asked |= set(evidence.number_hints)
    if duplicate is not None:
        asked.add(duplicate.ticket_id)
    known = known_tickets(connection, asked)
    shared = tuple(
        SharedAncestor(row.header_id, known[row.ticket_id].number, row.seen_at, row.is_message)
        for row in related
        if row.ticket_id in known
    )
    return Known(
        tickets=known,
        shared=shared,
        duplicate_of=duplicate.message_row if duplicate is not None else None,
        duplicate_ticket=known[duplicate.ticket_id].number if duplicate is not None else None,
    )


def known_tickets(connection: Connection, numbers: Iterable[int]) -> dict[int, KnownTicket]:
    """The tickets with these numbers, merged ones followed to where they are now; keys are the numbers asked for."""
    target: dict[int, int] = {}
    rows: dict[int, Row[Any]] = {}
    wanted = set(numbers)
    for _ in range(_MERGE_DEPTH):
        missing = wanted - rows.keys()
        if not missing:
            break
        found = connection.execute(
            select(tickets.c.id, tickets.c.status, tickets.c.closed_at, tickets.c.merged_into).where(
                tickets.c.id.in_(missing)
            )
        ).all()
        rows |= {row.id: row for row in found}
        wanted = {row.merged_into for row in found if row.merged_into is not None}
    for number in rows:
        end, steps = number, 0
        while rows[end].merged_into in rows and steps < _MERGE_DEPTH:
            end, steps = rows[end].merged_into, steps + 1
        target[number] = end
    ends = set(target.values())
    people: dict[int, list[KnownParticipant]] = {end: [] for end in ends}
    if ends:
        for row in connection.execute(
            select(
                participants.c.id,
                participants.c.ticket_id,
                participants.c.role,
                participants.c.revoked_at,
                participants.c.tokens_from,
                contacts.c.address_key,
            )
            .join(contacts, contacts.c.id == participants.c.contact_id)
            .where(participants.c.ticket_id.in_([number for number, end in target.items() if end in ends]))
            .order_by(participants.c.id)
        ):
            people[target[row.ticket_id]].append(
                KnownParticipant(row.id, row.address_key, row.role, row.revoked_at is not None, row.tokens_from)
            )
    made = {end: KnownTicket(end, Status(rows[end].status), rows[end].closed_at, tuple(people[end])) for end in ends}
    return {number: made[end] for number, end in target.items()}


def is_agent(connection: Connection, address: str) -> bool:
    """True where the address is an active agent's. It says nothing about who really wrote."""
    key = address_key(address)
    if is_remembering(connection):
        return key in once(connection, "agents' keys", lambda: {it.address_key for it in active_agents(connection)})
    return connection.execute(_FIND_AGENT, {"key": key}).first() is not None


def active_agents(connection: Connection) -> Sequence[Row[Any]]:
    """Everybody who works here now, in the order in which they came. Nobody becomes an agent by a mail: one look a batch."""
    return once(connection, "agents", lambda: connection.execute(_ACTIVE_AGENTS).all())


def _thread_rows(connection: Connection, ids: Sequence[str]) -> list[Row[Any]]:
    wanted = dict.fromkeys(ids)
    found = connection.execute(_FIND_THREAD_IDS, {"hashes": [header_id_hash(header_id) for header_id in wanted]}).all()
    return [row for row in found if row.header_id in wanted]
