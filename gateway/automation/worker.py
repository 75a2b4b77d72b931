"""Ask rules about what happened and about what time brought. One ticket's share is one transaction: all of it, or nothing yet."""

import logging
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row, bindparam, select, update
from sqlalchemy.dialects import postgresql, sqlite

from gateway.automation import assigning, delays, incidents, menus, pool, reminders, surges, surveys, timers
from gateway.automation.facts import calendar_for, facts_of_mail, facts_of_ticket
from gateway.automation.merges import tell_merged
from gateway.automation.promises import Missed, due_tickets, look, renew
from gateway.automation.returns import give_back_failed
from gateway.automation.webhooks import make_calls
from gateway.automation.write import carry_out, write_changes
from gateway.desk.agent_notices import tell_promise
from gateway.desk.office import Office
from gateway.desk.promise_mail import SUMMARY, send_summaries
from gateway.desk.surveys import ask
from gateway.mail.address import address_key
from gateway.notify.agents import Occasion
from gateway.rules.engine import Automation, CompiledTimedRule, Ran, run_event_rules, run_timed_rule
from gateway.rules.ticket import Actor, Case, Event, EventKind, TicketFacts
from gateway.store.database import Database, is_temporary, reason_of
from gateway.store.rule_hits import count_hits
from gateway.store.schema import events, messages, promises, rule_timers, settings, tickets, webhook_calls
from gateway.store.ticket_history import History, histories
from gateway.store.tickets import GATEWAY, INCIDENTS, add_events
from gateway.store.workload import is_timer_due
from gateway.threading.model import Status

log = logging.getLogger(__name__)

BATCH = 10
"""Tickets a transaction: writers of other processes, the door among them, wait for it."""

ROUNDS = 200
"""Transactions of one step in a row: tickets that a changed configuration arms anew, by the million perhaps, keep nothing else waiting."""

POLL_SECONDS = 0.25
TROUBLE_SECONDS = 5.0

STAMP_KEY = "automation"
"""Under which the settings remember how far the timers of a new configuration are armed."""

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
_HANDLED = update(events).where(events.c.id.in_(bindparam("numbers", expanding=True))).values(handled=True)
_MAILS = select(messages).where(messages.c.id.in_(bindparam("numbers", expanding=True)))

Step = Callable[[Connection, Office, datetime], tuple[int, bool]]

_DONE = (Status.SOLVED.value, Status.CLOSED.value)


class Automaton:
    """Everything that follows, for all tickets. ``once`` may be called by any number of threads and nodes."""

    def __init__(self, database: Database, office: Callable[[], Office], now: Callable[[], datetime]) -> None:
        self._database = database
        self._office = office
        self._now = now

    def once(self) -> tuple[int, bool]:
        """Do what is to be done now; how many tickets were looked at, and whether mail goes out."""
        office = self._office()
        done = 0
        outgoing = False
        for step in self._wanted(office):
            for _ in range(ROUNDS):
                with self._database.write() as connection:
                    count, mail = step(connection, office, self._now())
                done += count
                outgoing |= mail
                if count < BATCH:
                    break
        return done, outgoing

    def has_calls(self) -> bool:
        """Whether another program is to be told something now."""
        with self._database.read() as connection:
            due = (webhook_calls.c.state == "waiting", webhook_calls.c.next_attempt_at <= self._now())
            return connection.execute(select(webhook_calls.c.id).where(*due).limit(1)).first() is not None

    def make_calls(self) -> int:
        """Tell other programs what rules want them to know; how many were called, answered or not."""
        try:
            return make_calls(self._database, self._office(), self._now())
        except Exception as error:
            if not is_temporary(error):
                log.exception("webhooks could not be called")
            return 0

    def _wanted(self, office: Office) -> list[Step]:
        """What there is to do, looked up without keeping any writer waiting."""
        now = self._now()
        with self._database.read() as connection:
            kept = connection.execute(select(settings.c.value).where(settings.c.key == STAMP_KEY)).scalar_one_or_none()
            found: dict[Step, object] = {
                self._happened: connection.execute(select(events.c.id).where(~events.c.handled).limit(1)).first(),
                self._timers: connection.execute(
                    select(rule_timers.c.rule).where(rule_timers.c.due_at <= now).limit(1)
                ).first(),
                self._incidents: is_timer_due(connection, INCIDENTS, now),
                self._promises: connection.execute(
                    select(promises.c.round).where(promises.c.next_at <= now).limit(1)
                ).first(),
                pool.give_back: is_timer_due(connection, "return", now),
                self._delays: is_timer_due(connection, delays.KIND, now),
                self._reminders: is_timer_due(connection, reminders.KIND, now),
                pool.end_helpers: pool.helpers_to_end(connection, office, now),
                assigning.offer_waiting: is_timer_due(connection, "assign", now),
                send_summaries: is_timer_due(connection, SUMMARY, now),
                self._surveys: surveys.is_due(connection, now),
                surges.look: surges.is_due(connection, office, now),
                self._rearm: kept is None or kept.get("stamp") != office.loaded.stamp or kept["next"] is not None,
            }
        return [step for step, there_is in found.items() if there_is]

    # --- what happened --------------------------------------------------------------------------------------------

    def _happened(self, connection: Connection, office: Office, now: datetime) -> tuple[int, bool]:
        numbers = list(
            dict.fromkeys(
                connection.execute(
                    select(events.c.ticket_id).where(~events.c.handled).order_by(events.c.id).limit(BATCH * 8)
                ).scalars()
            )
        )[:BATCH]
        if not numbers:
            return 0, False
        held = list(
            connection.execute(
                select(tickets.c.id)
                .where(tickets.c.id.in_(numbers))
                .order_by(tickets.c.id)
                .with_for_update(skip_locked=True)
            ).scalars()
        )
        rows = connection.execute(
            select(events).where(events.c.ticket_id.in_(held), ~events.c.handled).order_by(events.c.id)
        ).all()
        mails = _mails_of(connection, rows)
        outgoing = False
        for number in held:
            failed = [row for row in rows if row.ticket_id == number and row.kind == "delivery_failed"]
            if failed:
                outgoing |= _alone(connection, number, now, partial(give_back_failed, connection, office, failed, now))
            merged = [row for row in rows if row.ticket_id == number and row.kind == "merged"]
            if merged:
                outgoing |= _alone(connection, number, now, partial(tell_merged, connection, office, merged, now))
            for row in rows:
                if row.ticket_id == number and row.kind == "menu_chosen":
                    outgoing |= _alone(connection, number, now, partial(_choose, connection, office, row, now))
        if _is_wanted(office):
            found = histories(connection, held)
            for number, history in found.items():
                mine = [row for row in rows if row.ticket_id == number]
                outgoing |= _alone(
                    connection,
                    number,
                    now,
                    partial(_follow, connection, office, history, _events_of(mine, mails, history), now),
                )
        connection.execute(_HANDLED, {"numbers": [row.id for row in rows]})
        return len(held), outgoing

    # --- what time brought ----------------------------------------------------------------------------------------

    def _timers(self, connection: Connection, office: Office, now: datetime) -> tuple[int, bool]:
        due = timers.due_timers(connection, now, BATCH)
        rules = {rule.name: rule for rule in office.automation.timers}
        outgoing = False
        for number, name in due:
            rule = rules.get(name)
            timers.postpone(connection, name, number)  # whatever comes of it, it is not asked about this moment again
            if rule is not None:
                outgoing |= _alone(connection, number, now, partial(_ask, connection, office, rule, number, now))
        return len(due), outgoing

    def _incidents(self, connection: Connection, office: Office, now: datetime) -> tuple[int, bool]:
        return _each(connection, office, incidents.due(connection, now, BATCH), incidents.solve_some, now)

    def _promises(self, connection: Connection, office: Office, now: datetime) -> tuple[int, bool]:
        numbers = due_tickets(connection, now, BATCH)
        outgoing = False
        for number in numbers:
            for place, missed in enumerate(look(connection, number, now)):
                miss = partial(_miss, connection, office, number, missed, now, mail=not place)
                outgoing |= _alone(connection, number, now, miss)
        return len(numbers), outgoing

    def _surveys(self, connection: Connection, office: Office, now: datetime) -> tuple[int, bool]:
        return _each(connection, office, surveys.due(connection, now, BATCH), ask, now)

    def _reminders(self, connection: Connection, office: Office, now: datetime) -> tuple[int, bool]:
        return _each(connection, office, reminders.due(connection, now, BATCH), reminders.take_step, now)

    def _delays(self, connection: Connection, office: Office, now: datetime) -> tuple[int, bool]:
        return _each(connection, office, delays.due(connection, now, BATCH), delays.tell_delay, now)

    # --- another configuration ------------------------------------------------------------------------------------

    def _rearm(self, connection: Connection, office: Office, now: datetime) -> tuple[int, bool]:
        """Promises and timers of tickets that nothing happens to: after a change of rules they are worked out anew, in batches."""
        stamp = office.loaded.stamp
        kept = _held_stamp(connection)
        if kept.get("stamp") != stamp:
            # A gateway that never had rules has nothing to work out for its old tickets.
            kept = {"stamp": stamp, "next": 0 if kept.get("wanted") or _is_wanted(office) else None}
        if kept["next"] is None:
            connection.execute(update(settings).where(settings.c.key == STAMP_KEY).values(value=kept))
            return 0, False
        numbers = list(
            connection.execute(
                select(tickets.c.id)
                .where(tickets.c.id > kept["next"], tickets.c.status.not_in(_DONE))
                .order_by(tickets.c.id)
                .limit(BATCH)
                .with_for_update()
            ).scalars()
        )
        for number in numbers:
            _alone(connection, number, now, partial(_settle, connection, office, _history(connection, number), now))
        kept |= {"next": numbers[-1] if len(numbers) == BATCH else None, "wanted": _is_wanted(office)}
        connection.execute(update(settings).where(settings.c.key == STAMP_KEY).values(value=kept))
        return len(numbers), False


def _held_stamp(connection: Connection) -> dict[str, Any]:
    """How far the timers are armed, kept from other nodes until the transaction ends; of these, only one may be the first."""
    query = select(settings.c.value).where(settings.c.key == STAMP_KEY).with_for_update()
    row = connection.execute(query).first()
    if row is None:
        dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
        connection.execute(dialect.insert(settings).values(key=STAMP_KEY, value={}).on_conflict_do_nothing())
        row = connection.execute(query).one()
    return dict(row.value)


class AutomationLoop:
    """A thread that lets everything follow until it is told to stop. Trouble with the database is waited out."""

    def __init__(self, automaton: Automaton, on_outgoing: Callable[[], None]) -> None:
        self._automaton = automaton
        self._on_outgoing = on_outgoing
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="automation", daemon=True)
        self._calls: threading.Thread | None = None

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Returns when the transaction under way has ended."""
        self._stopping.set()
        self._thread.join()

    def _run(self) -> None:
        wait = POLL_SECONDS
        while not self._stopping.wait(wait):
            try:
                _, outgoing = self._automaton.once()
            except Exception as error:
                wait = TROUBLE_SECONDS
                if is_temporary(error):
                    log.warning("what follows from events waits for the database: %s", reason_of(error))
                else:
                    log.exception("what follows from events could not be worked out")
                continue
            wait = POLL_SECONDS
            self._call_webhooks()
            if outgoing:
                self._on_outgoing()

    def _call_webhooks(self) -> None:
        """In a thread of their own: another program's slowness is not ours."""
        if self._calls is not None and self._calls.is_alive():
            return
        if self._automaton.has_calls():
            self._calls = threading.Thread(target=self._automaton.make_calls, name="webhooks", daemon=True)
            self._calls.start()


def _each(
    connection: Connection,
    office: Office,
    numbers: Sequence[int],
    work: Callable[[Connection, Office, int, datetime], bool | None],
    now: datetime,
) -> tuple[int, bool]:
    """Do the same with each of these tickets, each alone; how many they were, and whether mail goes out."""
    outgoing = False
    for number in numbers:
        outgoing |= _alone(connection, number, now, partial(work, connection, office, number, now))
    return len(numbers), outgoing


def _alone(connection: Connection, number: int, now: datetime, work: Callable[[], bool | None]) -> bool:
    """Do one ticket's work so that a fault in it stops no other ticket: it is undone, and an event says what went wrong."""
    try:
        with connection.begin_nested():
            return bool(work())
    except Exception as error:
        if is_temporary(error):
            raise
        log.exception("rules failed on a ticket", extra={"ticket": number})
        why = f"a fault of the program: {type(error).__name__}"
        add_events(connection, number, now, ("rule_failed", GATEWAY, {"why": why}), handled=True)
        return False


def _choose(connection: Connection, office: Office, chosen: Row[Any], now: datetime) -> bool:
    """Carry out what a customer chose from a menu, and ask the rules about what that changed."""
    came = menus.choose(connection, office, chosen, now)
    if not came.events or not _is_wanted(office):
        return came.outgoing
    history = histories(connection, [chosen.ticket_id])[chosen.ticket_id]
    return _follow(connection, office, history, [(event, None) for event in came.events], now) or came.outgoing


def _ask(connection: Connection, office: Office, rule: CompiledTimedRule, number: int, now: datetime) -> bool:
    """Ask one timed rule about one ticket whose time has come."""
    history = _history(connection, number)
    case = _case(office, history, now)
    ran = run_timed_rule(rule, case)
    outgoing = False
    if ran.hits[0].matched:
        timers.applied(connection, rule, case)
        outgoing = _carry_out(connection, office, case.ticket, ran, now)
        outgoing |= _assign(connection, office, ran.ticket, (), case.ticket.team, now)[1]
        _settle(connection, office, _history(connection, number), now)
    return outgoing


def _miss(connection: Connection, office: Office, number: int, missed: Missed, now: datetime, *, mail: bool) -> bool:
    """A promise is about to be broken, or is: an event, rules, and with ``mail`` (once a ticket and look) a mail to its agent."""
    kind = EventKind.SLA_BREACHED if missed.is_breach else EventKind.SLA_WARNED
    data = {"metric": missed.metric, "round": missed.round, "due_at": missed.due_at.isoformat()}
    add_events(
        connection, number, now, ("sla_breached" if missed.is_breach else "sla_warned", GATEWAY, data), handled=True
    )
    history = _history(connection, number)
    outgoing = _follow(connection, office, history, [(Event(kind, Actor.GATEWAY), None)], now)
    occasion = Occasion.SLA_BREACH if missed.is_breach else Occasion.SLA_WARNING
    zone = ZoneInfo(office.addresses.brand(history.row.brand).time_zone)
    due = f"{missed.due_at.astimezone(zone):%Y-%m-%d %H:%M} ({zone.key})"
    told = mail and tell_promise(connection, office, number, occasion, due, f"{missed.metric}:{missed.round}", now)
    return outgoing or told


def _is_wanted(office: Office) -> bool:
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


def _mails_of(connection: Connection, rows: Iterable[Row[Any]]) -> Mapping[int, Row[Any]]:
    """By the row of the message: the mails that brought what happened, where rules may ask for their words."""
    asked = (EventKind.CREATED, EventKind.REPLIED)
    wanted = {row.data["message"] for row in rows if _KINDS.get(row.kind) in asked and row.data.get("message")}
    return {row.id: row for row in connection.execute(_MAILS, {"numbers": sorted(wanted)})} if wanted else {}


def _events_of(
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


def _follow(
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
            history = _history(connection, case.ticket.number)
    made, told = _assign(
        connection, office, facts_of_ticket(history, office), [event for event, _ in happened], was_team, now
    )
    _settle(connection, office, _history(connection, history.row.id) if made else history, now)
    return outgoing or told


def _history(connection: Connection, number: int) -> History:
    return histories(connection, [number])[number]


def _assign(
    connection: Connection, office: Office, ticket: TicketFacts, happened: Sequence[Event], was_team: str, now: datetime
) -> tuple[bool, bool]:
    """Look for an agent where what happened asks for one, and ask the rules once about what came of it.

    Whether the ticket is another now, and whether mail goes out.
    """
    made, outgoing = assigning.follow(connection, office, ticket, happened, was_team, now)
    for event in made:
        case = _case(office, _history(connection, ticket.number), now, event)
        outgoing |= _carry_out(connection, office, case.ticket, run_event_rules(office.automation.events, case), now)
    return bool(made), outgoing


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


def _settle(connection: Connection, office: Office, history: History, now: datetime) -> None:
    """Promises and timers of a ticket as it is now."""
    case = _case(office, history, now)
    due_at = renew(connection, office, case.ticket, history)
    pool.arm(connection, office, history)
    reminders.arm(connection, office, history)
    surveys.arm(connection, office, history.row)
    timers.arm(connection, office.automation.timers, replace(case, ticket=replace(case.ticket, due_at=due_at)))
