"""Taking back an answer that an agent sent a moment ago in the web view, as long as it waits in the outbox.

What an agent sent by mail is taken back by mail (``gateway.desk.agent_undo``): a mail may have done much more than answer.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, select, update

from gateway.desk.actions import Desk, DeskError, acting_agent, any_ticket
from gateway.store.outbox import State
from gateway.store.schema import events, messages, outbox
from gateway.store.tickets import add_events, change_status, change_ticket
from gateway.threading.model import NoticeKind, Status


@dataclass(frozen=True, slots=True)
class Waiting:
    """An answer that can be taken back until ``leaves_at``."""

    message: int
    leaves_at: datetime


def waiting_answer(connection: Connection, ticket: int, agent: int, now: datetime) -> Waiting | None:
    """The agent's last answer on the ticket, if all of it still waits for the moment at which it leaves."""
    message = connection.execute(
        select(messages.c.id)
        .where(messages.c.ticket_id == ticket, messages.c.kind == "answer", messages.c.agent_id == agent)
        .order_by(messages.c.id.desc())
        .limit(1)
    ).scalar()
    if message is None or _told(connection, ticket, message).get("before") is None:
        return None
    rows = connection.execute(_mails_of(message)).all()
    if not rows or not all(_waits(row) for row in rows):
        return None
    times = [row.next_attempt_at for row in rows if row.next_attempt_at is not None]
    leaves_at = min(times, default=now)
    return Waiting(message, leaves_at) if leaves_at > now else None


def take_back(desk: Desk, ticket: int, message: int, agent: int) -> str:
    """Delete the answer's mails; what it set on the ticket goes back where nobody changed it since. Returns the answer's text.

    The text stays on the ticket as a note. DeskError where the answer is somebody else's or has left, to anybody.
    """
    with desk.database.write() as connection:
        row, who, now = any_ticket(connection, ticket), acting_agent(connection, agent), desk.now()
        said = connection.execute(
            select(messages).where(messages.c.id == message, messages.c.ticket_id == ticket)
        ).one_or_none()
        before = _told(connection, ticket, message).get("before")
        if said is None or said.kind != "answer" or said.agent_id != agent or before is None:
            raise DeskError("there is no answer of yours that could be taken back")
        mails = connection.execute(_mails_of(message).with_for_update()).all()
        if not mails or not all(_waits(mail) for mail in mails):
            raise DeskError("it is too late: the answer is on its way")
        connection.execute(delete(outbox).where(outbox.c.id.in_([mail.id for mail in mails])))
        connection.execute(
            update(messages).where(messages.c.id == message).values(direction="note", kind="note", public=False)
        )
        _restore(connection, row, who, before, now)
        told = {"message": message, "to": [mail.recipient for mail in mails]}
        add_events(connection, ticket, now, ("recalled", who.address, told))
    return str(said.reply_text)


def _mails_of(message: int) -> Any:
    return (
        select(outbox.c.id, outbox.c.recipient, outbox.c.state, outbox.c.attempts, outbox.c.next_attempt_at)
        .where(outbox.c.message_row == message, outbox.c.kind == NoticeKind.ANSWER.value)
        .order_by(outbox.c.id)
    )


def _waits(mail: Row[Any]) -> bool:
    return mail.state in (State.QUEUED, State.HELD) and mail.attempts == 0


def _told(connection: Connection, ticket: int, message: int) -> Mapping[str, Any]:
    """What the event of this answer tells."""
    rows = connection.execute(
        select(events.c.data)
        .where(events.c.ticket_id == ticket, events.c.kind == "answered")
        .order_by(events.c.id.desc())
        .limit(5)
    ).scalars()
    return next((data for data in rows if data.get("message") == message), {})


def _restore(connection: Connection, row: Row[Any], who: Row[Any], before: Mapping[str, Any], now: datetime) -> None:
    is_untouched = (row.status, row.substatus) == (before["became"], before["own_became"])
    if is_untouched and (row.status, row.substatus) != (before["status"], before["own"]):
        change_status(
            connection,
            row,
            Status(before["status"]),
            actor=who.address,
            now=now,
            why="taken back",
            close_at=None,
            own=before["own"],
        )
    if before["assignee"] is None and row.assignee_id == who.id:
        change_ticket(connection, row.id, now, assignee_id=None)
        add_events(connection, row.id, now, ("assigned", who.address, {"from": who.address, "to": None}))
    if before["waiting_since"] is not None and row.waiting_since is None:
        change_ticket(connection, row.id, now, waiting_since=datetime.fromisoformat(before["waiting_since"]))
