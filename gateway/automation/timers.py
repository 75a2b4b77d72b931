"""When each timed rule is to be asked about each ticket."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from gateway.rules.engine import CompiledTimedRule
from gateway.rules.ticket import Case
from gateway.store.schema import rule_timers, tickets

_FIND = select(rule_timers).where(
    rule_timers.c.ticket_id == bindparam("ticket")
)  # built once: see gateway.store.tickets


def arm(connection: Connection, rules: Iterable[CompiledTimedRule], case: Case) -> None:
    """Write when each rule is due for the ticket as it is now. A rule that has applied to these very moments waits for others."""
    number = case.ticket.number
    kept: Mapping[str, Any] = {row.rule: row for row in connection.execute(_FIND, {"ticket": number})}
    names = set()
    for rule in rules:
        names.add(rule.name)
        before = kept.get(rule.name)
        applied = before.applied_anchor if before is not None else ""
        due_at = None if applied == rule.anchor(case.ticket) else rule.due_at(case)
        if before is None and due_at is not None:
            connection.execute(insert(rule_timers).values(ticket_id=number, rule=rule.name, due_at=due_at))
        elif before is not None and before.due_at != due_at:
            _change(connection, number, rule.name, due_at=due_at)
    gone = set(kept) - names
    if gone:
        connection.execute(delete(rule_timers).where(rule_timers.c.ticket_id == number, rule_timers.c.rule.in_(gone)))


def applied(connection: Connection, rule: CompiledTimedRule, case: Case) -> None:
    """The rule has applied: not again before one of the moments that it counts from is another."""
    _change(connection, case.ticket.number, rule.name, due_at=None, applied_anchor=rule.anchor(case.ticket))


def postpone(connection: Connection, rule: str, number: int) -> None:
    """The rule did not hold when its time came: not before something happens."""
    _change(connection, number, rule, due_at=None)


def _change(connection: Connection, number: int, rule: str, **values: Any) -> None:
    connection.execute(
        update(rule_timers).where(rule_timers.c.ticket_id == number, rule_timers.c.rule == rule).values(**values)
    )


def due_timers(connection: Connection, now: datetime, limit: int) -> list[tuple[int, str]]:
    """Tickets and the rules whose time has come, the tickets kept from other nodes until the transaction ends."""
    wanted = (
        select(rule_timers.c.ticket_id, rule_timers.c.rule)
        .join(tickets, tickets.c.id == rule_timers.c.ticket_id)
        .where(rule_timers.c.due_at <= now)
        .order_by(rule_timers.c.due_at, rule_timers.c.ticket_id)
        .limit(limit)
        .with_for_update(of=tickets, skip_locked=True)
    )
    return [(row.ticket_id, row.rule) for row in connection.execute(wanted)]
