"""Effects of rules that reach further than the ticket's own row: mail to our people, macros, splitting, merging."""

import re
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, select

from gateway.desk.actions import Desk, DeskError, open_ticket
from gateway.desk.agent_notices import tell_of_rule
from gateway.desk.join import split
from gateway.desk.macros import apply_macro
from gateway.desk.office import Office
from gateway.desk.within import Within
from gateway.mail.address import address_key
from gateway.rules.changes import Effect
from gateway.store.schema import agents, contacts, events, messages, tickets
from gateway.store.tickets import add_events, change_status, change_ticket, ticket_row
from gateway.threading.model import Status

ACTOR = "rule"


class CannotDo(Exception):
    """What a rule wanted cannot be done; the text says why, to whoever wrote the rule."""


def notify(connection: Connection, office: Office, number: int, effect: Effect, now: datetime) -> bool:
    """Mail the agents that are named, with the text as the reason. Whoever is named twice is told once."""
    row = ticket_row(connection, number)
    assert row is not None
    active = connection.execute(select(agents).where(agents.c.active).order_by(agents.c.id)).all()
    wanted: dict[int, Row[Any]] = {}
    for name in effect.to:
        found = [agent for agent in active if _is_named(name, agent, row, office)]
        if not found and name not in ("assignee", "team", "admins"):
            raise CannotDo(f"there is no active agent {name}")
        wanted |= {agent.id: agent for agent in found}
    key = f"{effect.rule}:{now.isoformat()}"
    return tell_of_rule(connection, office, number, list(wanted.values()), effect.value, key, now)


def _is_named(name: str, agent: Row[Any], ticket: Row[Any], office: Office) -> bool:
    if name == "assignee":
        return bool(agent.id == ticket.assignee_id)
    if name == "admins":
        return bool(agent.role == "admin")
    if name == "team":
        team = next((team for team in office.loaded.side.teams.teams if team.id == ticket.team), None)
        return team is not None and agent.address_key in {address_key(member) for member in team.members}
    return bool(agent.address_key == address_key(name))


def macro(connection: Connection, office: Office, number: int, effect: Effect, now: datetime) -> bool:
    """Apply a macro as the ticket's agent, else as the first admin: somebody has to have said it.

    Its text is under all that keeps automatic mail from doing harm; where nothing is sent, the macro is not applied at all.
    """
    written = next((one for one in office.loaded.side.macros.macros if one.id == effect.value), None)
    if written is None:
        raise CannotDo(f"there is no macro {effect.value}")
    who = _speaker(connection, number)
    desk = _desk(connection, office, now)
    try:
        applied = apply_macro(connection, desk, office, number, who, written)
        if applied.text:
            status = applied.status or Status.PENDING
            desk.reply(number, who.id, applied.text, status=status, own=applied.own_status)
        elif applied.status is not None:
            desk.set_status(number, applied.status, who.id, own=applied.own_status)
    except DeskError as error:
        raise CannotDo(f"macro {effect.value}: {error}") from error
    return bool(applied.text)


def split_off(connection: Connection, office: Office, number: int, effect: Effect, now: datetime) -> bool:  # noqa: ARG001 - one signature
    """Make the newest mail of the customer a ticket of its own."""
    _split(connection, office, number, now)
    return False


def follow_up(connection: Connection, office: Office, number: int, effect: Effect, now: datetime) -> bool:
    """The same as a follow-up of this ticket, which is solved again where that mail had opened it; nobody is mailed about that."""
    made = _split(connection, office, number, now)
    change_ticket(connection, made, now, follow_up_of=number)
    add_events(connection, made, now, ("follow_up_of", ACTOR, {"ticket": number, "why": f"rule {effect.rule}"}))
    add_events(connection, number, now, ("follow_up", ACTOR, {"ticket": made}), handled=True)
    row = ticket_row(connection, number, lock=True)
    assert row is not None
    if not _was_reopened(connection, row):
        return False
    close_at = now + timedelta(hours=office.configuration.lifecycle.close_after_hours)
    why = f"rule {effect.rule}: what the customer asked has ticket {made}"
    change_status(connection, row, Status.SOLVED, actor=ACTOR, now=now, why=why, close_at=close_at, handled=True)
    return False


def _was_reopened(connection: Connection, ticket: Row[Any]) -> bool:
    """Whether the ticket is open because its customer wrote on it when it was solved, and for no other reason."""
    last = (
        select(events.c.actor, events.c.data)
        .where(events.c.ticket_id == ticket.id, events.c.kind == "status")
        .order_by(events.c.id.desc())
        .limit(1)
    )
    row = connection.execute(last).first()
    if row is None or ticket.status != Status.OPEN.value or row.data.get("to") != Status.OPEN.value:
        return False
    solved = (Status.SOLVED.value, Status.CLOSED.value)
    customer = select(contacts.c.address).where(contacts.c.id == ticket.requester_id)
    return row.data.get("from") in solved and row.actor == connection.execute(customer).scalar_one()


def _split(connection: Connection, office: Office, number: int, now: datetime) -> int:
    newest = connection.execute(
        select(messages.c.id)
        .where(messages.c.ticket_id == number, messages.c.direction == "in", messages.c.kind == "mail")
        .order_by(messages.c.id.desc())
        .limit(1)
    ).scalar_one_or_none()
    if newest is None:
        raise CannotDo("no mail came in on this ticket")
    try:
        return split(connection, office, newest, _speaker(connection, number), now=now)
    except DeskError as error:
        raise CannotDo(str(error)) from error


def merge_into(connection: Connection, office: Office, number: int, effect: Effect, now: datetime) -> bool:
    """Merge into another open ticket of the same customer. A number may come out of a mail, so nobody else's ticket is reached."""
    match = re.fullmatch(r"#?([1-9]\d{0,17})", effect.value.strip())
    if match is None:
        raise CannotDo(f"{effect.value[:40]!r} is no ticket's number")
    target = int(match[1])
    same = (
        connection.execute(select(tickets.c.requester_id).where(tickets.c.id.in_((number, target))).distinct())
        .scalars()
        .all()
    )
    if target == number or len(same) != 1 or ticket_row(connection, target) is None:
        raise CannotDo(f"ticket {target} is no other ticket of this customer")
    try:
        open_ticket(connection, target)
        _desk(connection, office, now).merge(number, target, _speaker(connection, number).id)
    except DeskError as error:
        raise CannotDo(str(error)) from error
    return False


def _speaker(connection: Connection, number: int) -> Row[Any]:
    row = ticket_row(connection, number)
    assert row is not None
    active = select(agents).where(agents.c.active)
    found = connection.execute(active.where(agents.c.id == row.assignee_id)).first() if row.assignee_id else None
    found = found or connection.execute(active.where(agents.c.role == "admin").order_by(agents.c.id).limit(1)).first()
    if found is None:
        raise CannotDo("there is no active agent who could do it")
    return found


def _desk(connection: Connection, office: Office, now: datetime) -> Desk:
    return Desk(Within(connection), lambda: office, lambda: now, patience=timedelta(0), by_rule=True)


def failed(connection: Connection, number: int, effect: Effect, why: str, now: datetime) -> None:
    """Say on the ticket that a rule's wish could not be carried out."""
    add_events(connection, number, now, ("rule_failed", ACTOR, {"rule": effect.rule, "why": why}), handled=True)
