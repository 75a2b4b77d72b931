"""What the store knew at the moment at which a mail came in: the answer to its evidence without anything that came later."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Self

from sqlalchemy import Connection, Row, bindparam, select

from gateway.mail.address import address_key
from gateway.mail.model import Message
from gateway.store.schema import agents, contacts, events, journal, messages, participants, thread_ids, tickets
from gateway.store.tickets import header_id_hash, identity_of
from gateway.threading.model import Evidence, Known, KnownParticipant, KnownTicket, SharedAncestor, Status

_MOST_IDS = 200
_MERGE_DEPTH = 20
_HISTORY = ("created", "status", "merged_into", "merge_undone", "split")


class Doubtful(Exception):
    """What was known then cannot be told any more; the text says why."""


@dataclass(frozen=True, slots=True)
class Moment:
    """When a mail was worked on."""

    message: int  # ids of messages grow: those below were there
    event: int  # likewise: the first event that the mail led to
    at: datetime
    opened: int | None  # the ticket that this very mail opened, which was not there yet


@dataclass(frozen=True, slots=True)
class Ids:
    """How a mail is found by its answers."""

    own: str
    fingerprint: str
    ancestors: tuple[str, ...]


@dataclass(slots=True)
class Mended:
    """What earlier proposals of the same change set would write: later mail is looked at as if it were there already."""

    ids: dict[int, Ids] = field(default_factory=dict)  # by message
    homes: dict[int, int] = field(default_factory=dict)
    seen_at: dict[int, datetime] = field(default_factory=dict)
    naming: dict[str, list[int]] = field(default_factory=dict)  # the mails of ``ids`` by each id, in order

    def add(self, message: int, ids: Ids, *, home: int, seen_at: datetime) -> None:
        """This mail has and names these ids from now on."""
        self.ids[message], self.seen_at[message] = ids, seen_at
        self.homes.setdefault(message, home)
        for header_id in dict.fromkeys((ids.own, *ids.ancestors)):
            self.naming.setdefault(header_id, []).append(message)


@dataclass(frozen=True, slots=True)
class _Naming:
    """A stored mail that has or names an id."""

    header_id: str
    message: int
    is_message: bool
    fingerprint: str | None
    seen_at: datetime
    home: int


# Built once: see gateway.store.tickets.
_NAMING = (
    select(thread_ids, messages.c.ticket_id.label("present"), journal.c.ticket_id.label("home"))
    .join(messages, messages.c.id == thread_ids.c.message_row)
    .outerjoin(journal, journal.c.id == messages.c.journal_id)
    .where(
        thread_ids.c.message_id_hash.in_(bindparam("hashes", expanding=True)),
        thread_ids.c.message_row < bindparam("before"),
    )
    .order_by(thread_ids.c.message_row.desc(), thread_ids.c.id.desc())
    .limit(_MOST_IDS)
)
_EVENTS = (
    select(events)
    .where(events.c.ticket_id.in_(bindparam("numbers", expanding=True)), events.c.kind.in_(_HISTORY))
    .order_by(events.c.id)
)


@dataclass(frozen=True, slots=True)
class Past:
    """Asked for one mail after the other, in the order in which they came."""

    connection: Connection
    mended: Mended
    _agents: Mapping[str, datetime]  # since when, by address key

    @classmethod
    def seen_from(cls, connection: Connection, mended: Mended) -> Self:
        """``mended``: what is taken for granted."""
        known = connection.execute(select(agents.c.address_key, agents.c.created_at))
        return cls(connection, mended, {row.address_key: row.created_at for row in known})

    def look_up(self, message: Message, evidence: Evidence, moment: Moment, window: timedelta) -> Known:
        """As ``gateway.store.lookups.look_up`` would have answered then. Doubtful where that is not known any more."""
        own_id = identity_of(message.message_id, message.content_fingerprint)
        order = {header_id: place for place, header_id in enumerate(dict.fromkeys((*evidence.ancestors, own_id)))}
        rows = self._naming(order, moment)
        duplicate = next(
            (
                row
                for row in rows
                if row.header_id == own_id
                and row.is_message
                and row.fingerprint == message.content_fingerprint
                and row.seen_at >= moment.at - window
            ),
            None,
        )
        related = sorted(
            (row for row in rows if row.header_id != own_id or not row.is_message), key=lambda row: order[row.header_id]
        )
        asked = {reading.ticket for reading in evidence.tokens if reading.ticket is not None}
        asked |= {own.ticket for own in evidence.own_ids} | {row.home for row in related}
        asked |= set(evidence.number_hints) | ({duplicate.home} if duplicate is not None else set())
        known = self.tickets(asked, moment)
        return Known(
            tickets=known,
            shared=tuple(
                SharedAncestor(row.header_id, known[row.home].number, row.seen_at, row.is_message)
                for row in related
                if row.home in known
            ),
            duplicate_of=duplicate.message if duplicate is not None else None,
            duplicate_ticket=known[duplicate.home].number
            if duplicate is not None and duplicate.home in known
            else None,
        )

    def tickets(self, numbers: Collection[int], moment: Moment) -> dict[int, KnownTicket]:
        """The tickets with these numbers as they were, merged ones followed to where they were; keys are the numbers asked for."""
        rows: dict[int, Row[Any]] = {}
        history: dict[int, list[Row[Any]]] = {}
        target: dict[int, int] = {}
        wanted = set(numbers) - {moment.opened}
        for _ in range(_MERGE_DEPTH):
            missing = wanted - rows.keys()
            if not missing:
                break
            rows |= {row.id: row for row in self._ticket_rows(missing, moment)}
            history |= self._history(missing)
            target |= {number: _merged_into(history.get(number, ()), moment) for number in missing & rows.keys()}
            wanted = {into for into in target.values() if into}
        ends = {number: _end(number, target, rows) for number in rows}
        people = self._people({end: [it for it, its in ends.items() if its == end] for end in ends.values()}, moment)
        made = {end: _ticket(rows[end], history.get(end, ()), moment, people[end]) for end in set(ends.values())}
        return {number: made[end] for number, end in ends.items()}

    def is_agent(self, address: str, at: datetime) -> bool:
        """Whether it was the address of one of our people; somebody who is disabled today may have been active."""
        since = self._agents.get(address_key(address))
        return since is not None and since <= at

    def _naming(self, ids: Iterable[str], moment: Moment) -> list[_Naming]:
        hashes = {header_id_hash(header_id): header_id for header_id in ids}
        found: Iterable[Row[Any]] = self.connection.execute(_NAMING, {"hashes": list(hashes), "before": moment.message})
        rows = [
            _Naming(
                row.header_id, row.message_row, row.is_message, row.fingerprint, row.seen_at, self._home(row, moment)
            )
            for row in found
            if row.header_id in hashes.values() and row.message_row not in self.mended.ids
        ]
        wanted = set(hashes.values())
        for number in {it for header_id in wanted for it in self.mended.naming.get(header_id, ())}:
            if number < moment.message:
                rows += self._mended(number, self.mended.ids[number], wanted)
        return sorted(rows, key=lambda row: row.message, reverse=True)

    def _mended(self, number: int, its: Ids, wanted: set[str]) -> Iterable[_Naming]:
        seen_at, home = self.mended.seen_at[number], self.mended.homes[number]
        for header_id in dict.fromkeys((its.own, *its.ancestors)):
            if header_id in wanted:
                is_message = header_id == its.own
                yield _Naming(header_id, number, is_message, its.fingerprint if is_message else None, seen_at, home)

    def _home(self, row: Row[Any], moment: Moment) -> int:
        """The ticket on which that mail was at the moment."""
        home = self.mended.homes.get(row.message_row, row.home)
        if home is None or home == row.present:
            return int(row.present)
        moved = [
            it.data.get("ticket")
            for it in self._history([home]).get(home, ())
            if it.kind == "split" and it.data.get("message") == row.message_row and it.id < moment.event
        ]
        return int(moved[-1] or home) if moved else int(home)

    def _ticket_rows(self, numbers: Collection[int], moment: Moment) -> Sequence[Row[Any]]:
        there = tickets.c.id.in_(list(numbers)), tickets.c.created_at <= moment.at
        return self.connection.execute(select(tickets).where(*there)).all()

    def _history(self, numbers: Collection[int]) -> dict[int, list[Row[Any]]]:
        found: dict[int, list[Row[Any]]] = {}
        for row in self.connection.execute(_EVENTS, {"numbers": list(numbers)}):
            found.setdefault(row.ticket_id, []).append(row)
        return found

    def _people(self, ends: Mapping[int, list[int]], moment: Moment) -> dict[int, list[KnownParticipant]]:
        target = {number: end for end, numbers in ends.items() for number in numbers}
        people: dict[int, list[KnownParticipant]] = {end: [] for end in ends}
        if not ends:
            return people
        rows = self.connection.execute(
            select(participants, contacts.c.address_key)
            .join(contacts, contacts.c.id == participants.c.contact_id)
            .where(participants.c.ticket_id.in_(list(target)))
            .order_by(participants.c.id)
        )
        for row in rows:
            if row.tokens_from is not None:
                raise Doubtful("somebody who takes part was removed or lost reply addresses since")
            if row.added_at > moment.at:
                continue
            revoked = row.revoked_at is not None and row.revoked_at <= moment.at
            people[target[row.ticket_id]].append(KnownParticipant(row.id, row.address_key, row.role, revoked))
        return people


def _merged_into(history: Sequence[Row[Any]], moment: Moment) -> int:
    """The ticket of which this one was a part; 0: none."""
    into = 0
    for event in history:
        if event.id >= moment.event:
            break
        if event.kind == "merged_into":
            into = int(event.data.get("into") or 0)
        elif event.kind == "merge_undone" and event.data.get("source") == event.ticket_id:
            into = 0
    return into


def _end(number: int, target: Mapping[int, int], rows: Mapping[int, Any]) -> int:
    for _ in range(_MERGE_DEPTH):
        into = target.get(number, 0)
        if not into or into not in rows:
            break
        number = into
    return number


def _ticket(
    row: Row[Any], history: Sequence[Row[Any]], moment: Moment, people: Sequence[KnownParticipant]
) -> KnownTicket:
    """With the status that it had then. That a mail opened it again itself makes no difference: it was put there either way."""
    changes = [event for event in history if event.kind == "status"]
    before = [event for event in changes if event.id < moment.event]
    if before:
        status, closed_at = before[-1].data.get("to"), before[-1].at
    else:
        status = changes[0].data.get("from") if changes else row.status
        closed_at = row.closed_at
    then = Status(status or row.status)
    return KnownTicket(row.id, then, closed_at if then is Status.CLOSED else None, tuple(people))
