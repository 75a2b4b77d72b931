"""Mail as it stands in the store: the derived values of today, and what people did with it. Reads only."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, select

from gateway.replay.model import Field, Values
from gateway.store.schema import (
    contacts,
    events,
    journal,
    messages,
    quarantine,
    thread_ids,
    ticket_tags,
    tickets,
)

OPENING = ("opened", "follow_up")
HELD = ("quarantined", "dropped")
_FACTS = ("part", "filename", "content_type", "size", "sha256", "inline", "content_id")
_FINDINGS = ("defects", "remote_content", "tracking_pixels", "hidden_text")
_BY_PEOPLE = ("join_accepted", "join_declined", "split")
_SET_LATER = {
    "team": Field.TEAM,
    "priority": Field.PRIORITY,
    "type": Field.TYPE,
    "problem_linked": Field.TYPE,  # an incident from then on
    "incident_linked": Field.TYPE,
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which mails. Conditions that are given must all hold."""

    since: datetime | None = None
    ticket: int | None = None
    mail: str | None = None  # a receipt, a Message-ID, or the number of a message


@dataclass(frozen=True, slots=True)
class Stored:
    """A mail that is on a ticket, with the ticket that it opened, if it opened one."""

    row: Row[Any]  # of messages, with receipt, home (the ticket where the pipeline put it), fate, and what _QUERY adds
    values: Values
    events: Sequence[Row[Any]] = ()  # of the ticket where the pipeline put it, oldest first
    tags: frozenset[str] = frozenset()
    set_later: frozenset[Field] = frozenset()  # of the ticket: what somebody or some rule has set since
    tags_since: frozenset[str] = frozenset()  # that somebody or some rule has added or removed since
    fields_since: frozenset[str] = field(default_factory=frozenset)

    @property
    def trace(self) -> Mapping[str, Any]:
        return self.row.trace if isinstance(self.row.trace, Mapping) else {}

    @property
    def opened(self) -> bool:
        """Whether the mail opened a ticket that is still one of its own."""
        return self.row.fate in OPENING and self.row.home is not None and self.row.ticket_merged_into is None

    @property
    def by_people(self) -> str:
        """What a person decided about where the mail is; "" where nobody did."""
        return next((it.kind for it in self.events if it.kind in _BY_PEOPLE and _message_of(it) == self.row.id), "")

    @property
    def boundary(self) -> int | None:
        """The first event that the mail led to; None where the events are not kept any more."""
        first = next((it for it in self.events if _message_of(it) == self.row.id), None)
        return None if first is None else int(first.id)


def _message_of(event: Row[Any]) -> Any:
    return event.data.get("message") if isinstance(event.data, Mapping) else None


_QUERY = (
    select(
        messages,
        journal.c.receipt,
        journal.c.fate,
        journal.c.crashes,
        journal.c.ticket_id.label("home"),
        quarantine.c.erased_at,
        quarantine.c.released_from,
        tickets.c.brand.label("ticket_brand"),
        tickets.c.subject.label("ticket_subject"),
        tickets.c.language.label("ticket_language"),
        tickets.c.team.label("ticket_team"),
        tickets.c.priority.label("ticket_priority"),
        tickets.c.type.label("ticket_type"),
        tickets.c.fields.label("ticket_fields"),
        tickets.c.merged_into.label("ticket_merged_into"),
        tickets.c.created_at.label("ticket_created_at"),
        contacts.c.address_key.label("requester_key"),
        contacts.c.language.label("requester_language"),
        contacts.c.created_at.label("requester_since"),
    )
    .join(journal, journal.c.id == messages.c.journal_id)
    .outerjoin(quarantine, quarantine.c.journal_id == journal.c.id)
    .outerjoin(tickets, tickets.c.id == journal.c.ticket_id)
    .outerjoin(contacts, contacts.c.id == tickets.c.requester_id)
    .where(messages.c.direction == "in")
    .order_by(messages.c.id)
)


def count_mails(connection: Connection, wanted: Wanted) -> int:
    """How many mails on tickets, and held or dropped ones, are meant."""
    return sum(
        connection.execute(select(func.count()).select_from(_narrowed(query, wanted).subquery())).scalar_one()
        for query in (_QUERY, _HELD)
        if query is _QUERY or wanted.ticket is None
    )


def mails_after(connection: Connection, wanted: Wanted, last: int, limit: int) -> list[Stored]:
    """The next mails on tickets behind the message ``last``, in the order in which they came."""
    rows = connection.execute(_narrowed(_QUERY, wanted).where(messages.c.id > last).limit(limit)).all()
    return _stored(connection, rows)


def mails_of(connection: Connection, numbers: Sequence[int]) -> dict[int, Stored]:
    """These messages by their numbers, kept from other writers until the transaction ends."""
    query = _QUERY.where(messages.c.id.in_(list(numbers))).with_for_update(of=messages)
    return {it.row.id: it for it in _stored(connection, connection.execute(query).all())}


_HELD = (
    select(
        journal.c.id,
        journal.c.receipt,
        journal.c.fate,
        journal.c.cause,
        journal.c.trace,
        journal.c.crashes,
        journal.c.received_at,
        quarantine.c.erased_at,
        quarantine.c.released_from,
    )
    .outerjoin(quarantine, quarantine.c.journal_id == journal.c.id)
    .where(journal.c.fate.in_(HELD))
    .order_by(journal.c.id)
)


def held_after(connection: Connection, wanted: Wanted, last: int, limit: int) -> Sequence[Row[Any]]:
    """The next mails that are held, or were dropped by a rule, behind the entry ``last``; none where a ticket is asked for."""
    if wanted.ticket is not None:
        return ()
    return connection.execute(_narrowed(_HELD, wanted).where(journal.c.id > last).limit(limit)).all()


def _narrowed(query: Any, wanted: Wanted) -> Any:
    on_ticket = query is _QUERY
    if wanted.since is not None:
        query = query.where((messages.c.created_at if on_ticket else journal.c.received_at) >= wanted.since)
    if wanted.ticket is not None:
        query = query.where(messages.c.ticket_id == wanted.ticket)
    if wanted.mail is not None:
        names = journal.c.receipt == wanted.mail.lower()
        if on_ticket:
            names |= messages.c.message_id == wanted.mail.strip("<> ")
            if wanted.mail.isdecimal():
                names |= messages.c.id == int(wanted.mail[:15])
        query = query.where(names)
    return query


def _stored(connection: Connection, rows: Sequence[Row[Any]]) -> list[Stored]:
    homes = {row.home for row in rows if row.home is not None}
    happened: dict[int, list[Row[Any]]] = {home: [] for home in homes}
    tags: dict[int, set[str]] = {home: set() for home in homes}
    ids: dict[int, list[list[Any]]] = {row.id: [] for row in rows}
    for event in connection.execute(select(events).where(events.c.ticket_id.in_(homes)).order_by(events.c.id)):
        happened[event.ticket_id].append(event)
    for number, tag in connection.execute(
        select(ticket_tags.c.ticket_id, ticket_tags.c.tag).where(ticket_tags.c.ticket_id.in_(homes))
    ):
        tags[number].add(tag)
    for number, header_id, is_message in connection.execute(
        select(thread_ids.c.message_row, thread_ids.c.header_id, thread_ids.c.is_message).where(
            thread_ids.c.message_row.in_(list(ids))
        )
    ):
        ids[number].append([header_id, bool(is_message)])
    return [
        _one(row, happened.get(row.home, ()), frozenset(tags.get(row.home, ())), sorted(ids[row.id])) for row in rows
    ]


def _one(row: Row[Any], happened: Sequence[Row[Any]], tags: frozenset[str], ids: list[list[Any]]) -> Stored:
    trace: Mapping[str, Any] = row.trace if isinstance(row.trace, Mapping) else {}
    values: Values = {
        Field.SUBJECT: row.subject,
        Field.TEXT: row.text,
        Field.REPLY: row.reply_text,
        Field.HTML: row.html,
        Field.SENDER: row.author,
        Field.SENDER_NAME: row.author_name,
        Field.RECIPIENTS: row.recipients,
        Field.ATTACHMENTS: [{name: it.get(name) for name in _FACTS} for it in row.attachments],
        Field.IDS: {"message_id": row.message_id, "fingerprint": row.fingerprint, "ids": ids},
    }
    if "language" in trace:
        values[Field.LANGUAGE] = trace["language"]
    if "kind" in trace:
        values[Field.KIND] = trace["kind"]
    if all(name in trace for name in _FINDINGS):
        values[Field.FINDINGS] = {name: trace[name] for name in _FINDINGS}
    if "outcome" in trace:
        values[Field.THREAD] = {"outcome": trace["outcome"], "ticket": trace.get("ticket")}
    stored = Stored(row, values, happened, tags)
    return _with_ticket(stored) if stored.opened else stored


def _with_ticket(stored: Stored) -> Stored:
    """With the values that the mail gave to its ticket, but for those that somebody has set since."""
    row, trace = stored.row, stored.trace
    later = frozenset(_SET_LATER[it.kind] for it in stored.events if it.kind in _SET_LATER)
    changed = [it.data for it in stored.events if it.kind == "tags"]
    tags = frozenset(tag for data in changed for name in ("added", "removed") for tag in data.get(name, ()))
    fields = frozenset(
        name for it in stored.events if it.kind == "fields" for name in _names(it.data.get("changed") or {})
    )
    values = stored.values | {
        Field.HELD: "",
        Field.RULES: sorted(hit["name"] for hit in trace.get("rules", ()) if hit.get("matched")),
        Field.TITLE: row.ticket_subject,
        Field.TICKET_LANGUAGE: row.ticket_language,
        Field.TEAM: row.ticket_team,
        Field.PRIORITY: row.ticket_priority,
        Field.TYPE: row.ticket_type,
        Field.TAGS: sorted(stored.tags - tags),
        Field.FIELDS: {name: value for name, value in row.ticket_fields.items() if name not in fields},
    }
    values = {name: value for name, value in values.items() if name not in later}
    return Stored(row, values, stored.events, stored.tags, later, tags, fields)


def _names(changed: Any) -> Sequence[str]:
    return list(changed) if isinstance(changed, Mapping | list) else ()
