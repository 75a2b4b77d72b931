"""What people do with tickets. Web, command line and API all go through here, so that each act has one meaning and one event."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row, select, update

from gateway.desk.agent_notices import tell_assigned, tell_mentioned
from gateway.desk.automatic import post_automatic
from gateway.desk.completeness import why_incomplete
from gateway.desk.hearing import quoted_for
from gateway.desk.office import Office
from gateway.desk.outgoing import Heading, Letter, Person, people_of, post, thread_for
from gateway.desk.thanked import waits_again
from gateway.mail.model import Auto, Kind
from gateway.notify.headers import UnsendableAddress
from gateway.notify.notices import MAX_TEXT, Answer, Resolution
from gateway.notify.policy import Incoming
from gateway.notify.render import NoticeError
from gateway.store.budget_lookup import was_answered
from gateway.store.database import Database
from gateway.store.schema import agents, events, messages, participants, thread_ids
from gateway.store.tickets import (
    NewMessage,
    add_events,
    add_message,
    add_participant,
    add_tags,
    change_status,
    change_ticket,
    remove_tags,
    ticket_row,
)
from gateway.store.workload import note_worked
from gateway.threading.model import NoticeKind, Proof, Status, Trust

PRIORITIES = ("low", "normal", "high", "urgent")
BELIEVED = ("forwarded", "strong")
"""Trust at which a customer's own words (name, subject) may stand in automatic mail."""


class DeskError(Exception):
    """What was asked cannot be done; the text says why, to the person who asked."""


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

    def reply(self, ticket: int, agent: int, text: str, *, status: Status = Status.PENDING, own: str = "") -> Sent:
        """Answer all participants, each by a mail of their own, and set the status (pending: we wait for the customer).

        ``Status.SOLVED`` solves the ticket without a notice of its own: nobody wants two mails at the same moment.
        """
        text = _words(text)
        if status in (Status.CLOSED, Status.NEW):
            raise DeskError(f"an answer cannot leave a ticket {status.value}; choose open, pending, on_hold or solved")
        with self.database.write() as connection:
            row, who = open_ticket(connection, ticket), acting_agent(connection, agent)
            now = self.now()
            message = add_message(connection, _said(row, who, text, now, direction="out", kind="answer", public=True))
            recipients = self._answer(connection, row, who, text, message, now)
            note_worked(connection, agent, now)
            add_events(connection, ticket, now, ("answered", who.address, {"message": message, "to": list(recipients)}))
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
        """Any status but new and closed; solved sends the notice. ``own``: the admin's status inside it."""
        if status in (Status.NEW, Status.CLOSED):
            raise DeskError(f"nobody sets a ticket {status.value} by hand: it is {status.value} by itself")
        with self.database.write() as connection:
            row, who = open_ticket(connection, ticket), acting_agent(connection, agent)
            self._set_status(connection, row, status, who, self.now(), own=own)
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
        """Make ``source`` part of ``target``: its conversation moves, its people take part, later replies follow.

        The event keeps the moved messages' ids and the former status, so that the merge can be undone.
        """
        if source == target:
            raise DeskError("a ticket cannot be merged into itself")
        with self.database.write() as connection:
            first, second = sorted((source, target))  # one order for all, so that two merges never wait for each other
            rows = {number: open_ticket(connection, number) for number in (first, second)}
            who, now = acting_agent(connection, agent), self.now()
            moved = list(connection.execute(select(messages.c.id).where(messages.c.ticket_id == source)).scalars())
            people = connection.execute(
                select(participants.c.contact_id, participants.c.role).where(
                    participants.c.ticket_id == source, participants.c.revoked_at.is_(None)
                )
            ).all()
            for person in people:
                role = "agent" if person.role == "agent" else "cc"  # the target has its requester
                add_participant(connection, target, person.contact_id, role, now)
            connection.execute(update(messages).where(messages.c.ticket_id == source).values(ticket_id=target))
            connection.execute(update(thread_ids).where(thread_ids.c.ticket_id == source).values(ticket_id=target))
            before = rows[source].status
            change_status(
                connection, rows[source], Status.CLOSED, actor=who.address, now=now, why="merged", close_at=None
            )
            change_ticket(connection, source, now, merged_into=target)
            waiting = [row.waiting_since for row in rows.values() if row.waiting_since is not None]
            change_ticket(connection, target, now, waiting_since=min(waiting, default=None))
            data = {"messages": moved, "status": before, "into": target}
            add_events(connection, source, now, ("merged_into", who.address, data))
            add_events(connection, target, now, ("merged", who.address, {"from": source, "messages": moved}))

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
            self._announce_solution(connection, office, row, now)

    def _answer(
        self, connection: Connection, row: Row[Any], who: Row[Any], text: str, message: int, now: datetime
    ) -> tuple[str, ...]:
        people = people_of(connection, row.id)
        if not people:
            raise DeskError(f"ticket {row.id} has nobody to answer: all its participants were removed")
        zone = ZoneInfo(self.office().addresses.brand(row.brand).time_zone)
        reached = []
        for person in people:
            thread = thread_for(connection, row.id, person)
            letter = Letter(
                kind=NoticeKind.ANSWER,
                notice=Answer(
                    text=text,
                    subject=row.subject,
                    agent=who.name,
                    customer=person.name if is_believed(connection, row.id, person) else "",
                    quoted=quoted_for(connection, row.id, person, zone),
                ),
                once_key=f"answer:{message}:{person.participant}",
                not_before=now + self.patience,
                language=row.language,
                in_reply_to=thread.parent,
                references=thread.ancestors,
                message_row=message,
            )
            try:
                post(connection, self.office(), Heading.of(row), person, letter, now=now)
            except UnsendableAddress as error:
                raise DeskError(f"no mail can go to {person.address}: {error}") from error
            except NoticeError as error:
                raise DeskError(f"the answer cannot be written: {error}") from error
            reached.append(person.address)
        return tuple(reached)

    def _announce_solution(self, connection: Connection, office: Office, row: Row[Any], now: datetime) -> None:
        """Tell the requester, unless a machine wrote the ticket: a shop's order mail wants no notice."""
        opened_by = connection.execute(
            select(messages.c.trace)
            .where(messages.c.ticket_id == row.id, messages.c.direction == "in")
            .order_by(messages.c.id)
            .limit(1)
        ).scalar_one_or_none()
        solved = connection.execute(
            select(events.c.id)
            .where(events.c.ticket_id == row.id, events.c.kind == "status")
            .order_by(events.c.id.desc())
            .limit(1)
        ).scalar_one()
        for person in people_of(connection, row.id):
            if person.role != "requester":
                continue
            believed = is_believed(connection, row.id, person)
            thread = thread_for(connection, row.id, person)
            letter = Letter(
                kind=NoticeKind.RESOLUTION,
                notice=Resolution(subject=row.subject if believed else None, customer=person.name if believed else ""),
                once_key=f"resolution:{row.id}:{person.participant}:{solved}",
                not_before=now + self.patience,
                language=row.language,
                in_reply_to=thread.parent,
                references=thread.ancestors,
                known_sender=was_answered(connection, person.address),
            )
            posted = post_automatic(
                connection,
                office,
                Heading.of(row),
                person,
                letter,
                incoming=incoming_of(opened_by or {}),
                acknowledge=True,
                shadow=False,
                now=now,
            )
            add_events(connection, row.id, now, posted.event)


def incoming_of(trace: Mapping[str, Any]) -> Incoming | None:
    """What the ticket's first mail proves about its requester; None where nobody looked, which a person's answer made up for."""
    kind = Kind(trace.get("kind", {}).get("kind", "human"))
    told = trace.get("trust", {})
    proof = Proof(told.get("proof", Proof.UNCHECKED))
    if kind is not Kind.HUMAN or proof is not Proof.UNCHECKED:
        trust = Trust[told.get("level", "none").upper()]
        return Incoming(Auto(kind), null_reverse_path=False, trust=trust, proof=proof)
    return None


def any_ticket(connection: Connection, number: int) -> Row[Any]:
    """The ticket, kept from other writers until the transaction ends. DeskError where it is gone or was merged."""
    row = ticket_row(connection, number, lock=True)
    if row is None:
        raise DeskError(f"there is no ticket {number}")
    if row.merged_into is not None:
        raise DeskError(f"ticket {number} was merged into ticket {row.merged_into}; work on that one")
    return row


def open_ticket(connection: Connection, number: int) -> Row[Any]:
    """The same; DeskError also where the ticket is closed."""
    row = any_ticket(connection, number)
    if row.status == Status.CLOSED.value:
        raise DeskError(f"ticket {number} is closed; reopen it first")
    return row


def acting_agent(connection: Connection, number: int) -> Row[Any]:
    """Who acts. DeskError where there is no such agent, or not any more."""
    row = connection.execute(select(agents).where(agents.c.id == number, agents.c.active)).first()
    if row is None:
        raise DeskError(f"there is no active agent with the id {number}")
    return row


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


def is_believed(connection: Connection, ticket: int, person: Person) -> bool:
    """Did this person ever write to the ticket from an address that was verified?"""
    return (
        connection.execute(
            select(messages.c.id)
            .where(
                messages.c.ticket_id == ticket,
                messages.c.direction == "in",
                messages.c.public,
                messages.c.author == person.address,
                messages.c.trust.in_(BELIEVED),
            )
            .limit(1)
        ).first()
        is not None
    )
