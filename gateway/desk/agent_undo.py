"""``#undo``: take back what the agent's last mail did, as far as it can be: mail that has not left, and the ticket's properties."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Row, delete, select, update

from gateway.desk.acting import DeskError
from gateway.desk.agent_fields import status_word
from gateway.desk.agent_mail_in import DRAFT
from gateway.desk.merging import unmerge
from gateway.notify.agent_words import say
from gateway.store.outbox import State
from gateway.store.schema import agents, events, messages, outbox, ticket_tags, tickets
from gateway.store.tickets import add_events, add_tags, change_status, change_ticket, remove_tags, ticket_row
from gateway.threading.model import Status

if TYPE_CHECKING:
    from gateway.desk.agent_orders import Work

_PATIENCE_WITH_MAIL = timedelta(seconds=60)
"""An undo may travel for a while itself. What has left by then cannot be taken back anyway; the properties still can."""

_LOOKED_AT = 50  # events
_FINAL = frozenset({"split", "join_accepted"})


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A ticket's properties at one moment."""

    status: str
    assignee: int | None
    team: str | None
    priority: str
    tags: tuple[str, ...]
    waiting_since: str | None  # ISO 8601
    type: str = ""
    fields: Mapping[str, Any] = field(default_factory=dict)
    own_status: str = ""

    def written(self) -> dict[str, Any]:
        return asdict(self)


def snapshot_of(connection: Connection, row: Row[Any]) -> Snapshot:
    tags = connection.execute(
        select(ticket_tags.c.tag).where(ticket_tags.c.ticket_id == row.id).order_by(ticket_tags.c.tag)
    ).scalars()
    waiting = row.waiting_since.isoformat() if row.waiting_since is not None else None
    model = (row.type, dict(row.fields), row.substatus)
    return Snapshot(row.status, row.assignee_id, row.team, row.priority, tuple(tags), waiting, *model)


def draft_of(connection: Connection, ticket: int, agent: int) -> Row[Any] | None:
    """The agent's latest answer on the ticket that waits for a word."""
    return connection.execute(
        select(messages)
        .where(messages.c.ticket_id == ticket, messages.c.kind == DRAFT, messages.c.agent_id == agent)
        .order_by(messages.c.id.desc())
        .limit(1)
    ).first()


def take_back(work: Work, line: str) -> None:
    """Undo the agent's last mail on this ticket, and report what could be taken back and what not."""
    connection, now, who = work.connection, work.now, work.agent
    seconds = work.office.configuration.agents.undo_seconds
    since = now - timedelta(seconds=seconds) - _PATIENCE_WITH_MAIL
    parts = _merged_by(connection, work.ticket, who.address, since)
    event = _last(connection, [work.ticket, *parts], who.address, since)
    if event is None:
        work.failed("nothing_to_undo", line=line, seconds=seconds)
        return
    work.undone.append(event.id)
    number, data = int(event.ticket_id), event.data
    after = data["after"]
    if number in parts and not _take_apart(work, number, line):
        return
    if number in parts:
        after = after | _status_of(connection, number)
    kept, gone = _recall(connection, [int(row) for row in data.get("outbox", ())])
    if kept:
        to = ", ".join(kept)
        if data.get("message") is not None and not gone:
            connection.execute(
                update(messages)
                .where(messages.c.id == data["message"], messages.c.kind == "answer")
                .values(direction="note", kind="note", public=False)
            )
        add_events(connection, number, now, ("recalled", who.address, {"message": data.get("message"), "to": kept}))
        work.did("done_undo_answer", to=to)
    if gone:
        work.failed("sent_already", line=line, to=", ".join(gone))
    else:
        _restore(work, number, data["before"], after)
    final = _final_acts(connection, number, event.at)
    if final:
        work.failed("not_undone", line=line, value=", ".join(final))


def _merged_by(connection: Connection, ticket: int, address: str, since: datetime) -> list[int]:
    """Tickets that the agent merged into this one and that still are a part of it: mail about them arrives here."""
    told = connection.execute(
        select(events.c.data).where(
            events.c.ticket_id == ticket,
            events.c.kind == "merged",
            events.c.actor == address,
            events.c.at >= since,
        )
    ).scalars()
    numbers = {int(data["from"]) for data in told}
    still = select(tickets.c.id).where(tickets.c.id.in_(numbers), tickets.c.merged_into == ticket)
    return list(connection.execute(still.order_by(tickets.c.id)).scalars())


def _take_apart(work: Work, number: int, line: str) -> bool:
    try:
        with work.connection.begin_nested():
            unmerge(work.connection, number, work.agent, work.now)
    except DeskError as error:
        work.failed("refused", line=line, why=str(error))
        return False
    work.did("done_unmerge", value=number)
    return True


def _status_of(connection: Connection, number: int) -> dict[str, Any]:
    """What the mail had made of the ticket before it merged it."""
    row = ticket_row(connection, number)
    assert row is not None
    present = snapshot_of(connection, row).written()
    return {name: present[name] for name in ("status", "own_status", "waiting_since")}


def _last(connection: Connection, numbers: Sequence[int], address: str, since: datetime) -> Row[Any] | None:
    """The agent's latest mail that did something and was not taken back yet."""
    rows = connection.execute(
        select(events)
        .where(events.c.ticket_id.in_(numbers), events.c.kind == "agent_mail", events.c.at >= since)
        .order_by(events.c.id.desc())
        .limit(_LOOKED_AT)
    ).all()
    undone = {int(number) for row in rows for number in row.data.get("undid", ())}
    return next(
        (
            row
            for row in rows
            if row.actor == address
            and row.id not in undone
            and not row.data.get("undid")
            and (row.data.get("outbox") or row.data.get("before") != row.data.get("after"))
        ),
        None,
    )


def _recall(connection: Connection, rows: list[int]) -> tuple[list[str], list[str]]:
    """Take mails out of the outbox that no server has seen; recipients of those, and of those that have left."""
    found = connection.execute(
        select(outbox.c.id, outbox.c.recipient, outbox.c.state, outbox.c.attempts)
        .where(outbox.c.id.in_(rows))
        .order_by(outbox.c.id)
        .with_for_update()
    ).all()
    waiting = [row for row in found if row.state in (State.QUEUED, State.HELD) and row.attempts == 0]
    connection.execute(delete(outbox).where(outbox.c.id.in_([row.id for row in waiting])))
    left = [row.recipient for row in found if row not in waiting]
    return list(dict.fromkeys(row.recipient for row in waiting)), list(dict.fromkeys(left))


def _restore(work: Work, number: int, before: dict[str, Any], after: dict[str, Any]) -> None:
    """Put back each property that still is as the mail left it; what somebody changed since stays theirs."""
    connection, now, actor = work.connection, work.now, work.agent.address
    row = ticket_row(connection, number, lock=True)
    assert row is not None
    present = snapshot_of(connection, row).written()
    present["tags"], told = list(present["tags"]), []
    for name in ("assignee", "team", "priority", "type", "fields", "tags", "status"):
        was, became = before.get(name), after.get(name)
        own = name == "status" and before.get("own_status", "") != after.get("own_status", "")
        if (was == became and not own) or present[name] != became:
            continue
        match name:
            case "assignee":
                change_ticket(connection, row.id, now, assignee_id=was)
                data = {"from": _address(connection, became), "to": _address(connection, was)}
                add_events(connection, row.id, now, ("assigned", actor, data))
                shown = _address(connection, was) or say(work.language, "nobody")
            case "tags":
                add, remove = sorted(set(was or ()) - set(became or ())), sorted(set(became or ()) - set(was or ()))
                add_tags(connection, row.id, add)
                remove_tags(connection, row.id, remove)
                add_events(connection, row.id, now, ("tags", actor, {"added": add, "removed": remove}))
                shown = " ".join([*(f"+{tag}" for tag in add), *(f"−{tag}" for tag in remove)])
            case "status":
                change_status(
                    connection,
                    row,
                    Status(str(was)),
                    actor=actor,
                    now=now,
                    why="taken back",
                    close_at=None,
                    own=before.get("own_status", ""),
                )
                shown = status_word(work, str(was))
            case "fields":
                change_ticket(connection, row.id, now, fields=was)
                back = {one: (was or {}).get(one) for one in {**(was or {}), **(became or {})}}
                changed = {one: value for one, value in back.items() if (became or {}).get(one) != value}
                told_fields = {"changed": changed, "why": "taken back"}
                add_events(connection, row.id, now, ("fields", actor, told_fields))
                shown = ", ".join(changed)
            case _:
                change_ticket(connection, row.id, now, **{name: was})
                add_events(connection, row.id, now, (name, actor, {"from": became, "to": was}))
                shown = say(work.language, f"priority_{was}") if name == "priority" else str(was or "-")
        told.append(f"{say(work.language, name)} {shown}")
    waiting = before.get("waiting_since")
    if waiting is not None and present["waiting_since"] == after.get("waiting_since"):
        change_ticket(connection, row.id, now, waiting_since=datetime.fromisoformat(waiting))
    if told:
        work.did("done_undo", value="; ".join(told))


def _address(connection: Connection, agent: int | None) -> str | None:
    if agent is None:
        return None
    return connection.execute(select(agents.c.address).where(agents.c.id == agent)).scalar()


def _final_acts(connection: Connection, ticket: int, at: datetime) -> list[str]:
    """Acts of that mail that cannot be undone by mail."""
    kinds = connection.execute(
        select(events.c.kind).where(events.c.ticket_id == ticket, events.c.at == at, events.c.kind.in_(_FINAL))
    ).scalars()
    return sorted({kind.replace("_", " ") for kind in kinds})
