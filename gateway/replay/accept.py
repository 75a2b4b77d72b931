"""A change set that a person accepted is written: derived values alone, in short transactions.

Each mail gets an event and a row in the audit log.

Whoever is stopped in between runs the same command again: what was written already is counted with what is left.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, select, update

from gateway.desk.office import Office
from gateway.replay.model import OF_TICKET, ChangeSet, Field, Values, digest_of
from gateway.replay.moving import move, why_not_moved
from gateway.replay.propose import Fresh, Proposing
from gateway.replay.stored import Stored, mails_of
from gateway.store.audit import What, record
from gateway.store.schema import events, messages, thread_ids, tickets
from gateway.store.tickets import add_events, add_tags, index_ids, remove_tags

BATCH = 10
"""Mails a transaction: writers of other processes wait for it."""

KIND = "replayed"
_COLUMNS = {
    Field.SUBJECT: "subject",
    Field.TEXT: "text",
    Field.REPLY: "reply_text",
    Field.HTML: "html",
    Field.SENDER: "author",
    Field.SENDER_NAME: "author_name",
    Field.RECIPIENTS: "recipients",
}
_TOLD = {Field.THREAD, Field.TICKET_LANGUAGE, Field.TEAM, Field.PRIORITY, Field.TYPE, Field.TAGS}
"""What the event has both values of. None of them is a customer's word, which would outlive the mail's redaction there."""

_TICKET_COLUMNS = {
    Field.TITLE: "subject",
    Field.TICKET_LANGUAGE: "language",
    Field.TEAM: "team",
    Field.PRIORITY: "priority",
    Field.TYPE: "type",
}


class AnotherChangeSet(Exception):
    """What would be written now is not what was accepted. ``digest``: what it is; "" nothing at all."""

    def __init__(self, digest: str) -> None:
        super().__init__(digest)
        self.digest = digest


@dataclass(frozen=True, slots=True)
class By:
    """Who accepted what, and when."""

    actor: str
    change_set: str
    now: datetime


@dataclass(slots=True)
class Written:
    mails: int = 0
    changes: int = 0
    overtaken: int = 0  # mails that somebody changed in between: they were left as they are


def accept(again: Callable[[], Proposing], by: By) -> tuple[ChangeSet, Written]:
    """Write the change set that has this digest. ``again``: the walk that proposed it, made anew each time it is called.

    AnotherChangeSet: nothing was written. Raises the disk's and the database's errors; what was committed until then stays.
    """
    looking = again()
    for _ in looking.proposals():
        pass
    with looking.journal.database.read() as connection:
        done = _written_before(connection, by.change_set)
    if by.change_set not in (looking.summed.digest, digest_of(looking.summed.items | done)):
        raise AnotherChangeSet(looking.summed.digest)
    written, batch = Written(), list[Fresh]()
    writing = again()
    for fresh in writing.proposals():
        # Whatever is new since the first look was not accepted.
        if fresh.proposal.digest in looking.summed.items:
            batch.append(fresh)
        if len(batch) == BATCH:
            _write(writing, batch, by, written)
            batch = []
    _write(writing, batch, by, written)
    return looking.summed, written


def _written_before(connection: Connection, change_set: str) -> set[str]:
    """Items of this change set that an earlier run has written."""
    told = connection.execute(select(events.c.data).where(events.c.kind == KIND)).scalars()
    return {data["item"] for data in told if data.get("change_set") == change_set and data.get("item")}


def _write(writing: Proposing, batch: Sequence[Fresh], by: By, written: Written) -> None:
    if not batch:
        return
    with writing.journal.database.write() as connection:
        numbers = [fresh.proposal.message for fresh in batch if fresh.proposal.message is not None]
        present = mails_of(connection, numbers)
        for fresh in batch:
            stored = present.get(fresh.proposal.message or 0)
            if stored is None or not _is_as_proposed(connection, stored, fresh):
                written.overtaken += 1
                continue
            _write_one(connection, stored, fresh, by, writing.office)
            written.mails += 1
            written.changes += len(fresh.proposal.accepted)


def _is_as_proposed(connection: Connection, stored: Stored, fresh: Fresh) -> bool:
    """Whether nobody has changed since what would be written, or what makes a move safe."""
    for change in fresh.proposal.accepted:
        if stored.values.get(change.field) != change.was:
            return False
        moved = fresh.decision if change.field is Field.THREAD else None
        if moved is not None and why_not_moved(connection, stored, moved):
            return False
    return True


def _write_one(connection: Connection, stored: Stored, fresh: Fresh, by: By, office: Office) -> None:
    actor = by.actor
    row, values = stored.row, {change.field: change.becomes for change in fresh.proposal.accepted}
    _write_message(connection, stored, values, fresh, by, office)
    if any(name in values for name in OF_TICKET):
        _write_ticket(connection, stored, values)
    if Field.THREAD in values and fresh.decision is not None:
        move(connection, stored, fresh.decision, actor=actor, now=by.now)
    told = {
        "message": row.id,
        "change_set": by.change_set,
        "item": fresh.proposal.digest,
        "fields": [name.value for name in values],
        "changed": {
            change.field.value: {"from": change.was, "to": change.becomes}
            for change in fresh.proposal.accepted
            if change.field in _TOLD
        },
    }
    home = row.home if row.home is not None else row.ticket_id
    add_events(connection, home, by.now, ("replayed", actor, told), handled=True)
    noted = {"change_set": by.change_set, "fields": told["fields"]}
    about = f"message {row.id}"
    record(connection, What.REPLAYED, about, actor=actor, origin="command line", now=by.now, data=noted)


def _write_message(
    connection: Connection, stored: Stored, values: Values, fresh: Fresh, by: By, office: Office
) -> None:
    row = stored.row
    columns: dict[str, Any] = {_COLUMNS[name]: value for name, value in values.items() if name in _COLUMNS}
    if Field.ATTACHMENTS in values:
        signed = {it["sha256"] for it in row.attachments if it.get("signature")}
        columns["attachments"] = [
            {**it, "signature": it["inline"] and it["sha256"] in signed} for it in values[Field.ATTACHMENTS]
        ]
    if Field.IDS in values:
        columns |= {name: values[Field.IDS][name] for name in ("message_id", "fingerprint")}
        _write_ids(connection, stored, fresh)
    columns["trace"] = {**stored.trace, **_retold(values, fresh, office), KIND: by.change_set}
    connection.execute(update(messages).where(messages.c.id == row.id).values(columns))


def _retold(values: Values, fresh: Fresh, office: Office) -> dict[str, Any]:
    """What the trace says otherwise from now on."""
    told: dict[str, Any] = {name.value: values[name] for name in (Field.LANGUAGE, Field.KIND) if name in values}
    told |= values.get(Field.FINDINGS, {})
    if Field.RULES in values and fresh.ruled is not None:
        told |= {"rules": [hit._asdict() for hit in fresh.ruled.hits], "configuration": office.loaded.stamp}
    decision = fresh.decision
    if Field.THREAD in values and decision is not None:
        steps = [{"evidence": it.evidence, "verdict": it.verdict, "reason": it.reason} for it in decision.steps]
        told |= {
            "outcome": decision.outcome.value,
            "ticket": decision.ticket,
            "reason": decision.reason,
            "cause": decision.cause,
            "hints": list(decision.hints),
            "steps": steps,
        }
    return told


def _write_ids(connection: Connection, stored: Stored, fresh: Fresh) -> None:
    assert fresh.ids is not None
    row = stored.row
    connection.execute(delete(thread_ids).where(thread_ids.c.message_row == row.id))
    index_ids(
        connection,
        ticket=row.ticket_id,
        message_row=row.id,
        own_id=fresh.ids.own,
        fingerprint=fresh.ids.fingerprint,
        ancestors=fresh.ids.ancestors,
        now=row.created_at,
    )


def _write_ticket(connection: Connection, stored: Stored, values: Values) -> None:
    """The ticket keeps the time of its last change: nothing has happened on it."""
    row = stored.row
    columns: dict[str, Any] = {
        _TICKET_COLUMNS[name]: value for name, value in values.items() if name in _TICKET_COLUMNS
    }
    if Field.FIELDS in values:
        kept = {name: value for name, value in row.ticket_fields.items() if name in stored.fields_since}
        columns["fields"] = {**values[Field.FIELDS], **kept}
    if columns:
        connection.execute(update(tickets).where(tickets.c.id == row.home).values(columns))
    if Field.TAGS in values:
        before = stored.tags - stored.tags_since
        add_tags(connection, row.home, sorted(set(values[Field.TAGS]) - before))
        remove_tags(connection, row.home, sorted(before - set(values[Field.TAGS])))
