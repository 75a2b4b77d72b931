"""Every stored mail that is asked for, derived again: what would be otherwise. Nothing is written."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field, replace

from sqlalchemy import Connection

from gateway.desk.office import Office
from gateway.journal import Damaged, Entry, Journal
from gateway.replay.derive import Derived, derive, requester_is
from gateway.replay.held import held_today
from gateway.replay.model import Change, ChangeSet, Field, Proposal, differing
from gateway.replay.moving import why_not_moved
from gateway.replay.past import Ids, Mended, Past
from gateway.replay.stored import OPENING, Stored, Wanted, held_after, mails_after
from gateway.rules import Outcome as Ruled
from gateway.threading.model import Decision, Outcome

BATCH = 100
"""Mails that are read in one view of the store."""

_CLOSELY_RELATED = {Outcome.APPEND.value, Outcome.FOLLOW_UP.value}
ERASED = "their bytes were removed"
DAMAGED = "their bytes are damaged"
CRASHED = "the reader crashed on them; name one with --message"
UNTOLD = "what is stored of them makes no sense; name one with --message to see the fault"


@dataclass(frozen=True, slots=True)
class Fresh:
    """A proposal, and what writing it needs besides."""

    proposal: Proposal
    ids: Ids | None = None
    decision: Decision | None = None
    ruled: Ruled | None = None


@dataclass
class Proposing:
    """One walk through the stored mail, in the order in which it came."""

    journal: Journal
    office: Office
    wanted: Wanted
    only: Collection[Field] = ()  # nothing: all of them
    on_mail: Callable[[int], None] = lambda _: None  # told how many were looked at
    summed: ChangeSet = field(default_factory=ChangeSet)
    _mended: Mended = field(default_factory=Mended)

    def proposals(self) -> Iterator[Fresh]:
        """What would be otherwise, mail by mail. Raises the disk's and the database's errors."""
        for next_batch in (self._of_tickets, self._of_held):
            last = 0
            while True:
                with self.journal.database.read() as connection:
                    last, found = next_batch(connection, last)
                for fresh in found:
                    self.summed.add(fresh.proposal)
                    yield fresh
                if not last:
                    break

    def _of_tickets(self, connection: Connection, last: int) -> tuple[int, list[Fresh]]:
        batch = mails_after(connection, self.wanted, last, BATCH)
        past, found = Past.seen_from(connection, self._mended), []
        entries = {it.id: it for it in self.journal.entries([stored.row.journal_id for stored in batch])}
        for stored in batch:
            fresh = self._again(connection, stored, entries[stored.row.journal_id], past)
            if fresh is not None:
                found.append(fresh)
            self.on_mail(1)
        return (batch[-1].row.id if batch else 0), found

    def _of_held(self, connection: Connection, last: int) -> tuple[int, list[Fresh]]:
        rows = held_after(connection, self.wanted, last, BATCH)
        found = []
        for row in rows:
            self.on_mail(1)
            self.summed.mails += 1
            if why := self._why_left_out(row.erased_at is not None, row.crashes):
                self.summed.leave_out(why)
                continue
            if self.only and Field.HELD not in self.only:
                continue
            try:
                (entry,) = self.journal.entries([row.id])
                change = held_today(row, entry, self.journal, self.office)
            except Damaged:
                self.summed.leave_out(DAMAGED)
                continue
            if change is not None:
                found.append(Fresh(Proposal(row.receipt, None, None, (change,))))
        return (rows[-1].id if rows else 0), found

    def _again(self, connection: Connection, stored: Stored, entry: Entry, past: Past) -> Fresh | None:
        row = stored.row
        self.summed.mails += 1
        erased = row.erased_at is not None or stored.trace.get("reason") == "redacted"
        if why := self._why_left_out(erased, row.crashes):
            self.summed.leave_out(why)
            return None
        try:
            derived = derive(stored, entry, past, self.journal, self.office)
        except Damaged:
            self.summed.leave_out(DAMAGED)
            return None
        except (AttributeError, KeyError, TypeError, ValueError):  # one mail never stops the others
            if self.wanted.mail is not None:
                raise
            self.summed.leave_out(UNTOLD)
            return None
        changes = tuple(
            replace(change, refused=_why_refused(connection, stored, derived, change))
            for change in differing(stored.values, derived.values)
            if (not self.only or change.field in self.only) and not _is_the_same(change)
        )
        if not changes:
            return None
        fresh = Fresh(
            Proposal(row.receipt, row.id, row.ticket_id, changes), derived.ids, derived.decision, derived.ruled
        )
        self._remember(stored, fresh)
        return fresh

    def _why_left_out(self, erased: bool, crashes: int) -> str:
        if erased:
            return ERASED
        return CRASHED if crashes and self.wanted.mail is None else ""

    def _remember(self, stored: Stored, fresh: Fresh) -> None:
        """Later mail is looked at as if this proposal were accepted already."""
        row, fields = stored.row, {change.field for change in fresh.proposal.accepted}
        if Field.THREAD in fields and fresh.decision is not None and fresh.decision.ticket is not None:
            self._mended.homes[row.id] = fresh.decision.ticket
        if Field.IDS in fields and fresh.ids is not None:
            home = row.home if row.home is not None else row.ticket_id
            self._mended.add(row.id, fresh.ids, home=home, seen_at=row.created_at)


def _is_the_same(change: Change) -> bool:
    """Whether a solved or closed ticket takes the mail itself or a linked one is no question of reading."""
    if change.field is not Field.THREAD or change.was["ticket"] != change.becomes["ticket"]:
        return False
    return {change.was["outcome"], change.becomes["outcome"]} <= _CLOSELY_RELATED


def _why_refused(connection: Connection, stored: Stored, derived: Derived, change: Change) -> str:
    if change.field is Field.THREAD and derived.decision is not None:
        return why_not_moved(connection, stored, derived.decision)
    if change.field is Field.SENDER and stored.row.fate in OPENING and not requester_is(stored, change.becomes):
        return "the ticket would be somebody else's; who takes part is for people to change"
    if change.field is Field.HELD:
        return "people have the mail already, and nothing is taken from them"
    return ""
