"""What follows on one ticket: event rules, an agent, promises and timers. Every function works inside the caller's transaction."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row, bindparam, select

from gateway.automation import assigning, menus, pool, reminders, surveys, timers
from gateway.automation.facts import calendar_for, facts_of_mail, facts_of_ticket
from gateway.automation.promises import Missed, renew
from gateway.automation.write import carry_out, write_changes
from gateway.desk.agent_notices import tell_promise
from gateway.desk.office import Office
from gateway.mail.address import address_key
from gateway.notify.agents import Occasion
from gateway.rules.engine import Automation, CompiledTimedRule, Ran, run_event_rules, run_timed_rule
from gateway.rules.ticket import Actor, Case, Event, EventKind, TicketFacts
from gateway.store.rule_hits import count_hits
from gateway.store.schema import messages
from gateway.store.ticket_history import History, histories
from gateway.store.tickets import GATEWAY, add_events

_KINDS = {
    "created": EventKind.CREATED,
    "replied": EventKind.REPLIED,
    "answered": EventKind.ANSWERED,
    "noted": EventKind.NOTED,
    "status": EventKind.STATUS,
    "assigned": EventKind.ASSIGNED,
    "returned": EventKind.ASSIGNED,
    "team": EventKind.TEAM,
    "priority": EventKind.PRIORITY,
    "tags": EventKind.TAGGED,
    "fields": EventKind.FIELD,
    "type": EventKind.FIELD,
    "rated": EventKind.RATED,
    "delivery_failed": EventKind.BOUNCED,
    "bounced": EventKind.BOUNCED,
}
_MAILS = select(messages).where(messages.c.id.in_(bindparam("numbers", expanding=True)))


def choose(connection: Connection, office: Office, chosen: Row[Any], now: datetime) -> bool:
    """Carry out what a customer chose from a menu, and ask the rules about what that changed."""
    came = menus.choose(connection, office, chosen, now)
    if not came.events or not is_wanted(office):
        return came.outgoing
    history = histories(connection, [chosen.ticket_id])[chosen.ticket_id]
    return follow(connection, office, history, [(event, None) for event in came.events], now) or came.outgoing


def ask_rule(connection: Connection, office: Office, rule: CompiledTimedRule, number: int, now: datetime) -> bool:
    """Ask one timed rule about one ticket whose time has come."""
    history = history_of(connection, number)
    case = _case(office, history, now)
    ran = run_timed_rule(rule, case)
    outgoing = False
    if ran.hits[0].matched:
        timers.applied(connection, rule, case)
        outgoing = _carry_out(connection, office, case.ticket, ran, now)
        outgoing |= _assign(connection, office, ran.ticket, (), case.ticket.team, now)[1]
        settle(connection, office, history_of(connection, number), now)
    return outgoing


def miss(connection: Connection, office: Office, number: int, missed: Missed, now: datetime, *, mail: bool) -> bool:
    """A promise is about to be broken, or is: an event, rules, and with ``mail`` (once a ticket and look) a mail to its agent."""
    kind = EventKind.SLA_BREACHED if missed.is_breach else EventKind.SLA_WARNED
    data = {"metric": missed.metric, "round": missed.round, "due_at": missed.due_at.isoformat()}
    add_events(
        connection, number, now, ("sla_breached" if missed.is_breach else "sla_warned", GATEWAY, data), handled=True
    )
    history = history_of(connection, number)
    outgoing = follow(connection, office, history, [(Event(kind, Actor.GATEWAY), None)], now)
    occasion = Occasion.SLA_BREACH if missed.is_breach else Occasion.SLA_WARNING
    zone = ZoneInfo(office.addresses.brand(history.row.brand).time_zone)
    due = f"{missed.due_at.astimezone(zone):%Y-%m-%d %H:%M} ({zone.key})"
    told = mail and tell_promise(connection, office, number, occasion, due, f"{missed.metric}:{missed.round}", now)
    return outgoing or told


def is_wanted(office: Office) -> bool:
    """Whether there is any rule or promise that could follow from anything."""
    automation: Automation = office.automation
    return bool(
        automation.events
        or automation.timers
        or office.loaded.side.sla.policies
        or office.loaded.side.teams.teams
        or office.configuration.reminders.enabled
        or office.configuration.csat.enabled
    )


def mails_of(connection: Connection, rows: Iterable[Row[Any]]) -> Mapping[int, Row[Any]]:
    """By the row of the message: the mails that brought what happened, where rules may ask for their words."""
    asked = (EventKind.CREATED, EventKind.REPLIED)
    wanted = {row.data["message"] for row in rows if _KINDS.get(row.kind) in asked and row.data.get("message")}
    return {row.id: row for row in connection.execute(_MAILS, {"numbers": sorted(wanted)})} if wanted else {}


def events_of(
    rows: Iterable[Row[Any]], mails: Mapping[int, Row[Any]], history: History
) -> list[tuple[Event, Row[Any] | None]]:
    """What happened, each with the mail that brought it where one did."""
    found = []
    for row in rows:
        kind = _KINDS.get(row.kind)
        if kind is None:
            continue
        mail = None
        if kind in (EventKind.CREATED, EventKind.REPLIED) and row.data.get("message") is not None:
            mail = mails.get(row.data["message"])
        was, became = row.data.get("from"), row.data.get("to")
        if kind is EventKind.ASSIGNED:
            was, became = (address_key(one) if one else "" for one in (was, became))
        changed = kind in (EventKind.STATUS, EventKind.ASSIGNED, EventKind.TEAM, EventKind.PRIORITY)
        found.append(
            (
                Event(
                    kind,
                    _by(row.actor, history),
                    str(was or ""),
                    str(became or ""),
                    str(row.data.get("own_from") or ""),
                    str(row.data.get("own_to") or ""),
                )
                if changed
                else Event(kind, _by(row.actor, history)),
                mail,
            )
        )
    return found


def _by(actor: str, history: History) -> Actor:
    if actor == GATEWAY:
        return Actor.GATEWAY
    if actor == "rule":
        return Actor.RULE
    return Actor.CUSTOMER if actor == history.row.requester else Actor.AGENT


def _case(
    office: Office, history: History, now: datetime, event: Event | None = None, mail: Row[Any] | None = None
) -> Case:
    ticket = facts_of_ticket(history, office)
    facts = facts_of_mail(mail, ticket) if mail is not None else None
    return Case(ticket, now, event, facts, calendar_for(office, ticket))


def follow(
    connection: Connection,
    office: Office,
    history: History,
    happened: Sequence[tuple[Event, Row[Any] | None]],
    now: datetime,
) -> bool:
    """Ask the event rules about each thing that happened, carry out what they want, and work out promises and timers."""
    outgoing = False
    was_team = history.row.team or ""
    for event, mail in happened:
        case = _case(office, history, now, event, mail)
        ran = run_event_rules(office.automation.events, case)
        outgoing |= _carry_out(connection, office, case.ticket, ran, now)
        if ran.ticket != case.ticket or ran.effects:
            history = history_of(connection, case.ticket.number)
    then, told = _assign(
        connection, office, facts_of_ticket(history, office), [event for event, _ in happened], was_team, now
    )
    settle(connection, office, then or history, now)
    return outgoing or told


def history_of(connection: Connection, number: int) -> History:
    return histories(connection, [number])[number]


def _assign(
    connection: Connection, office: Office, ticket: TicketFacts, happened: Sequence[Event], was_team: str, now: datetime
) -> tuple[History | None, bool]:
    """Look for an agent where what happened asks for one, and ask the rules once about what came of it.

    The ticket as it is then, None where nothing came of it; and whether mail goes out.
    """
    made, outgoing = assigning.follow(connection, office, ticket, happened, was_team, now)
    if not made:
        return None, outgoing
    history = history_of(connection, ticket.number)
    for event in made:
        case = _case(office, history, now, event)
        ran = run_event_rules(office.automation.events, case)
        outgoing |= _carry_out(connection, office, case.ticket, ran, now)
        if ran.ticket != case.ticket or ran.effects:
            history = history_of(connection, ticket.number)
    return history, outgoing


def _carry_out(connection: Connection, office: Office, before: TicketFacts, ran: Ran, now: datetime) -> bool:
    acted = [hit.name for hit in ran.hits if hit.matched]
    if not acted:
        return False
    where = [{"rule": hit.name, "file": hit.file, "line": hit.line, "why": hit.why} for hit in ran.hits if hit.matched]
    add_events(connection, before.number, now, ("rules", GATEWAY, {"applied": where}), handled=True)
    count_hits(connection, acted, now)
    outgoing = write_changes(connection, office, before, ran.ticket, ", ".join(acted), now)
    for effect in ran.effects:
        outgoing |= carry_out(connection, office, before.number, effect, now)
    return outgoing


def settle(connection: Connection, office: Office, history: History, now: datetime) -> None:
    """Promises and timers of a ticket as it is now."""
    case = _case(office, history, now)
    due_at = renew(connection, office, case.ticket, history)
    pool.arm(connection, office, history)
    reminders.arm(connection, office, history)
    surveys.arm(connection, office, history.row)
    timers.arm(connection, office.automation.timers, replace(case, ticket=replace(case.ticket, due_at=due_at)))
