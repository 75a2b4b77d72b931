"""Write what rules want: the changes of a ticket, each with its event, and the effects that need nobody else."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, select

from gateway.automation import assigning, effects, menu_offers, replies, surveys, webhooks
from gateway.automation.effects import ACTOR
from gateway.automation.fields import fields_by_rule
from gateway.desk.agent_notices import tell_assigned
from gateway.desk.completeness import why_incomplete
from gateway.desk.office import Office
from gateway.desk.steps import why_no_step
from gateway.rules.changes import Effect
from gateway.rules.ticket import TicketFacts
from gateway.store.schema import agents
from gateway.store.tickets import (
    NewMessage,
    add_events,
    add_message,
    add_tags,
    change_status,
    change_ticket,
    remove_tags,
    ticket_row,
)
from gateway.threading.model import Status


def write_changes(
    connection: Connection, office: Office, before: TicketFacts, after: TicketFacts, rules: str, now: datetime
) -> bool:
    """Bring the row to what rules made of the ticket; ``rules`` names them. Whether mail goes out.

    The time of the last update stays: what rules do is nobody's word, and a rule that waits for silence would wake itself.
    """
    number = before.number
    row = ticket_row(connection, number, lock=True)
    assert row is not None
    outgoing = False
    values: dict[str, Any] = {}
    happened: list[tuple[str, str, Mapping[str, Any]]] = []
    if after.team != before.team:
        values["team"] = after.team or None
        happened.append(("team", ACTOR, {"from": before.team or None, "to": after.team or None, "rule": rules}))
    if after.priority != before.priority:
        values["priority"] = after.priority
        happened.append(("priority", ACTOR, {"from": before.priority, "to": after.priority, "rule": rules}))
    if after.type != before.type:
        values["type"] = after.type
        happened.append(("type", ACTOR, {"from": before.type or None, "to": after.type, "rule": rules}))
    happened += fields_by_rule(office.fields, row, before.fields, after.fields, rules, values)
    added, removed = sorted(after.tags - before.tags), sorted(before.tags - after.tags)
    if added or removed:
        add_tags(connection, number, added)
        remove_tags(connection, number, removed)
        happened.append(("tags", ACTOR, {"added": added, "removed": removed, "rule": rules}))
    if values:
        change_ticket(connection, number, row.updated_at, **values)
    add_events(connection, number, now, *happened, handled=True)
    if after.agent != before.agent:
        outgoing |= give_to(connection, office, number, after.agent, f"rule {rules}", now)
    if (after.status, after.own_status) != (before.status, before.own_status):
        _set_status(connection, office, number, after, rules, now)
    return outgoing


def give_to(connection: Connection, office: Office, number: int, agent: str, why: str, now: datetime) -> bool:
    """Assign the ticket to an agent by address key, "" to nobody; an agent who is not there or inactive is an event."""
    row = ticket_row(connection, number, lock=True)
    assert row is not None
    wanted = None
    if agent:
        wanted = connection.execute(select(agents).where(agents.c.address_key == agent, agents.c.active)).first()
        if wanted is None:
            add_events(
                connection,
                number,
                now,
                ("rule_failed", ACTOR, {"why": f"{why}: there is no active agent {agent}"}),
                handled=True,
            )
            return False
    if row.assignee_id == (None if wanted is None else wanted.id):
        return False
    change_ticket(connection, number, row.updated_at, assignee_id=None if wanted is None else wanted.id)
    data = {"from": None, "to": None if wanted is None else wanted.address, "why": why}
    add_events(connection, number, now, ("assigned", ACTOR, data), handled=True)
    return wanted is not None and tell_assigned(connection, office, number, wanted, None, now)


def _set_status(
    connection: Connection, office: Office, number: int, after: TicketFacts, rules: str, now: datetime
) -> None:
    row = ticket_row(connection, number, lock=True)
    assert row is not None
    why = why_no_step(office.statuses, row, after.own_status or after.status)
    if after.status == Status.SOLVED.value:
        why = why or why_incomplete(connection, office, number)
    if why:
        add_events(connection, number, now, ("rule_failed", ACTOR, {"rule": rules, "why": why}), handled=True)
        return
    hours = office.configuration.lifecycle.close_after_hours
    change_status(
        connection,
        row,
        Status(after.status),
        own=after.own_status,
        actor=ACTOR,
        now=now,
        why=f"rule {rules}",
        close_at=now + timedelta(hours=hours),
        handled=True,
    )


def _note(connection: Connection, office: Office, number: int, effect: Effect, now: datetime) -> bool:  # noqa: ARG001 - one signature
    add_message(
        connection,
        NewMessage(
            ticket=number,
            direction="note",
            kind="note",
            public=False,
            author="",
            author_name="",
            subject="",
            text=effect.value,
            reply_text=effect.value,
            trust="none",
            created_at=now,
            trace={"rule": effect.rule},
        ),
    )
    add_events(connection, number, now, ("noted", ACTOR, {"rule": effect.rule}), handled=True)
    return False


Carry = Callable[[Connection, Office, int, Effect, datetime], bool]

CARRIED: dict[str, Carry] = {
    "agent_auto": assigning.by_rule,
    "csat": surveys.by_rule,
    "note": _note,
    "notify": effects.notify,
    "macro": effects.macro,
    "reply": replies.by_template,
    "menu": menu_offers.by_rule,
    "split": effects.split_off,
    "follow_up": effects.follow_up,
    "merge_into": effects.merge_into,
    "webhook": webhooks.add_call,
}
"""Who carries out which kind of effect; each says whether mail goes out."""


def carry_out(connection: Connection, office: Office, number: int, effect: Effect, now: datetime) -> bool:
    """Do what a rule wanted beside its changes; what cannot be done is an event that says why."""
    carry = CARRIED.get(effect.kind)
    if carry is None:
        effects.failed(connection, number, effect, f"nothing carries out {effect.kind!r}", now)
        return False
    try:
        with connection.begin_nested():
            return carry(connection, office, number, effect, now)
    except effects.CannotDo as error:
        effects.failed(connection, number, effect, str(error), now)
        return False
