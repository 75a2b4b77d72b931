"""What people do with tickets. Web, command line and API all go through here, so that each act has one meaning and one event."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, select

from gateway.desk.acting import DeskError, acting_agent, any_ticket, open_ticket
from gateway.desk.agent_notices import tell_assigned, tell_mentioned
from gateway.desk.answering import Said, announce_solution, answer, incoming_of, is_believed
from gateway.desk.before_answer import before_answer
from gateway.desk.completeness import why_incomplete
from gateway.desk.merging import Unmerged, merge, unmerge
from gateway.desk.office import Office
from gateway.desk.outgoing import people_of
from gateway.desk.steps import after_answer, why_no_step
from gateway.desk.thanked import waits_again
from gateway.notify.notices import MAX_TEXT
from gateway.store.database import Database
from gateway.store.schema import agents
from gateway.store.tickets import (
    NewMessage,
    add_events,
    add_message,
    add_tags,
    change_status,
    change_ticket,
    remove_tags,
)
from gateway.store.workload import note_worked
from gateway.threading.model import Status

__all__ = [
    "PRIORITIES",
    "Desk",
    "DeskError",
    "Sent",
    "acting_agent",
    "any_ticket",
    "incoming_of",
    "is_believed",
    "open_ticket",
]

PRIORITIES = ("low", "normal", "high", "urgent")


@dataclass(frozen=True, slots=True)
class Sent:
    """An answer on its way."""

    message: int
    recipients: tuple[str, ...]


@dataclass(frozen=True)
class Desk:
    """All acts; each is one transaction and leaves events. ``agent`` is an agent's id; DeskError says what is wrong."""

    database: Database
    office: Callable[[], Office]
    now: Callable[[], datetime]
    on_outgoing: Callable[[], None] = lambda: None  # rings delivery's bell
    patience: timedelta = timedelta(0)  # how long mail to customers waits in the outbox, where it can be taken back
    by_rule: bool = False  # a rule acts in the agent's name: what it answers is automatic mail

    def reply(self, ticket: int, agent: int, text: str, *, status: Status = Status.PENDING, own: str = "") -> Sent:
        """Answer all participants, each by a mail of their own, and set the status (pending: we wait for the customer).

        ``Status.SOLVED`` solves the ticket without a notice of its own: nobody wants two mails at the same moment.
        """
        text = _words(text)
        if status in (Status.CLOSED, Status.NEW):
            raise DeskError(f"an answer cannot leave a ticket {status.value}; choose open, pending, on_hold or solved")
        with self.database.write() as connection:
            row, who = open_ticket(connection, ticket), acting_agent(connection, agent)
            status, own = after_answer(self.office().statuses, row, status, own)
            now = self.now()
            message = add_message(connection, _said(row, who, text, now, direction="out", kind="answer", public=True))
            said = Said(message, who.name, text)
            people = people_of(connection, ticket)
            recipients = answer(
                connection, self.office(), row, said, people, now, patience=self.patience, by_rule=self.by_rule
            )
            note_worked(connection, agent, now)
            told = {"message": message, "to": list(recipients)} | (
                before_answer(row, status, own) if self.patience else {}
            )
            add_events(connection, ticket, now, ("answered", who.address, told))
            if row.assignee_id is None:
                self._assign(connection, row, who, who, now)
            change_ticket(connection, ticket, now, waiting_since=None)
            self._set_status(connection, row, status, who, now, announce=False, own=own)
        self.on_outgoing()
        return Sent(message, recipients)

    def note(self, ticket: int, agent: int, text: str) -> int:
        """A remark that only agents see; returns the message's id."""
        text = _words(text)
        with self.database.write() as connection:
            row, who = any_ticket(connection, ticket), acting_agent(connection, agent)
            now = self.now()
            message = add_message(connection, _said(row, who, text, now, direction="note", kind="note", public=False))
            add_events(connection, ticket, now, ("noted", who.address, {"message": message}))
            change_ticket(connection, ticket, now)
            note_worked(connection, agent, now)
            tell_mentioned(connection, self.office(), ticket, text, message, who, now)
        return message

    def assign(self, ticket: int, assignee: int | None, agent: int) -> None:
        """Give the ticket to an agent, or to nobody."""
        with self.database.write() as connection:
            row, who = open_ticket(connection, ticket), acting_agent(connection, agent)
            self._assign(
                connection, row, None if assignee is None else acting_agent(connection, assignee), who, self.now()
            )

    def team(self, ticket: int, team: str | None, agent: int) -> None:
        """Give the ticket to a team, or to none."""
        if team is not None and (not team.strip() or len(team) > 64 or not team.isprintable()):
            raise DeskError("a team's name is one line of at most 64 characters")
        with self.database.write() as connection:
            row, who = open_ticket(connection, ticket), acting_agent(connection, agent)
            if row.team != team:
                now = self.now()
                change_ticket(connection, ticket, now, team=team)
                add_events(connection, ticket, now, ("team", who.address, {"from": row.team, "to": team}))

    def priority(self, ticket: int, priority: str, agent: int) -> None:
        if priority not in PRIORITIES:
            raise DeskError(f"there is no priority {priority!r}; choose one of {', '.join(PRIORITIES)}")
        with self.database.write() as connection:
            row, who = open_ticket(connection, ticket), acting_agent(connection, agent)
            if row.priority != priority:
                now = self.now()
                change_ticket(connection, ticket, now, priority=priority)
                add_events(connection, ticket, now, ("priority", who.address, {"from": row.priority, "to": priority}))

    def tag(self, ticket: int, agent: int, *, add: Iterable[str] = (), remove: Iterable[str] = ()) -> None:
        """Add and remove tags (each one word of at most 64 characters)."""
        adding, removing = [_tag(tag) for tag in add], [_tag(tag) for tag in remove]
        with self.database.write() as connection:
            any_ticket(connection, ticket)
            who = acting_agent(connection, agent)
            now = self.now()
            add_tags(connection, ticket, adding)
            remove_tags(connection, ticket, removing)
            change_ticket(connection, ticket, now)
            add_events(connection, ticket, now, ("tags", who.address, {"added": adding, "removed": removing}))

    def set_status(self, ticket: int, status: Status, agent: int, *, own: str = "") -> None:
        """Any status but new and closed; solved sends the notice, and a ticket that nobody has becomes the agent's.

        ``own``: the admin's status inside it.
        """
        if status in (Status.NEW, Status.CLOSED):
            raise DeskError(f"nobody sets a ticket {status.value} by hand: it is {status.value} by itself")
        with self.database.write() as connection:
            row, who = open_ticket(connection, ticket), acting_agent(connection, agent)
            self._set_status(connection, row, status, who, self.now(), own=own)
            if status is Status.SOLVED and row.assignee_id is None:  # somebody answers for what was solved
                self._assign(connection, row, who, who, self.now())
            note_worked(connection, agent, self.now())
        self.on_outgoing()

    def solve(self, ticket: int, agent: int) -> None:
        """Done, as we see it: tell the requester, who may reply to open it again; it closes by itself after a few days."""
        self.set_status(ticket, Status.SOLVED, agent)

    def reopen(self, ticket: int, agent: int) -> None:
        """Open a ticket again, also a closed one (not a merged one)."""
        with self.database.write() as connection:
            row, who = any_ticket(connection, ticket), acting_agent(connection, agent)
            now = self.now()
            change_status(
                connection, row, Status.OPEN, actor=who.address, now=now, why="reopened by hand", close_at=None
            )
            waits_again(connection, row, Status.OPEN, now)

    def merge(self, source: int, target: int, agent: int) -> None:
        """Make ``source`` part of ``target``: its conversation moves, its people take part, later replies follow."""
        with self.database.write() as connection:
            merge(connection, source, target, acting_agent(connection, agent), self.now())

    def unmerge(self, source: int, agent: int) -> Unmerged:
        """Undo the merge of ``source``: a ticket of its own again, with the messages that it brought."""
        with self.database.write() as connection:
            return unmerge(connection, source, acting_agent(connection, agent), self.now())

    # --- parts of the acts, inside a transaction ------------------------------------------------------------------

    def _assign(
        self, connection: Connection, row: Row[Any], assignee: Row[Any] | None, who: Row[Any], now: datetime
    ) -> None:
        wanted = None if assignee is None else assignee.id
        if row.assignee_id == wanted:
            return
        before = None
        if row.assignee_id is not None:
            before = connection.execute(
                select(agents.c.address).where(agents.c.id == row.assignee_id)
            ).scalar_one_or_none()
        change_ticket(connection, row.id, now, assignee_id=wanted)
        data = {"from": before, "to": None if assignee is None else assignee.address}
        add_events(connection, row.id, now, ("assigned", who.address, data))
        if assignee is not None:
            tell_assigned(connection, self.office(), row.id, assignee, who, now)

    def _set_status(
        self,
        connection: Connection,
        row: Row[Any],
        status: Status,
        who: Row[Any],
        now: datetime,
        *,
        announce: bool = True,
        own: str = "",
    ) -> None:
        office = self.office()
        if why := why_no_step(office.statuses, row, own or status.value):
            raise DeskError(why)
        if status is Status.SOLVED and (why := why_incomplete(connection, office, row.id)):
            raise DeskError(why)
        hours = office.configuration.lifecycle.close_after_hours
        changed = change_status(
            connection,
            row,
            status,
            actor=who.address,
            now=now,
            why="set by hand",
            close_at=now + timedelta(hours=hours),
            own=own,
        )
        waits_again(connection, row, status, now)
        if changed and announce and status is Status.SOLVED:
            announce_solution(connection, office, row, now, patience=self.patience)


def _words(text: str) -> str:
    if not text.strip():
        raise DeskError("there is nothing to say: the text is empty")
    if len(text) > MAX_TEXT:
        raise DeskError(f"a text can have {MAX_TEXT} characters; this one has {len(text)}")
    return text.replace("\r\n", "\n").replace("\x00", "").strip("\n")


def _tag(tag: str) -> str:
    tag = tag.strip()
    if not tag or len(tag) > 64 or not tag.isprintable() or any(character in tag for character in ", "):
        raise DeskError(f"{tag!r} is no tag: one word of at most 64 characters")
    return tag


def _said(
    row: Row[Any], who: Row[Any], text: str, now: datetime, *, direction: str, kind: str, public: bool
) -> NewMessage:
    return NewMessage(
        ticket=row.id,
        direction=direction,
        kind=kind,
        public=public,
        author=who.address,
        author_name=who.name,
        subject=row.subject,
        text=text,
        reply_text=text,
        created_at=now,
        agent=who.id,
        trust="strong",
    )
