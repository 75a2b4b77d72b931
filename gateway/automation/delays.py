"""A time that a customer was told is about to pass without an answer: tell them, once, and name another."""

from datetime import datetime, timedelta, timezone

from sqlalchemy import Connection, select

from gateway.automation.facts import calendar_for, facts_of_ticket
from gateway.desk.office import Office
from gateway.desk.policies import policy_for
from gateway.desk.telling_requester import tell_requester
from gateway.notify.lifecycle import Delayed
from gateway.notify.moments import written_moment
from gateway.notify.situation import promise_again
from gateway.rules.sla import Metric
from gateway.store.schema import events
from gateway.store.ticket_history import histories
from gateway.store.tickets import GATEWAY, add_events
from gateway.store.workload import take_due
from gateway.threading.model import Status

KIND = "delayed"  # of timer; the pipeline writes it with the acknowledgement
_WAITS = (Status.NEW.value, Status.OPEN.value, Status.ON_HOLD.value)


def due(connection: Connection, now: datetime, limit: int) -> list[int]:
    """Tickets whose promise is about to be broken, kept from other nodes until the transaction ends. Their timers go: this is done once."""
    return take_due(connection, KIND, now, limit)


def tell_delay(connection: Connection, office: Office, number: int, now: datetime) -> bool:
    """Write the notice if nobody has answered, with as much time again from now on; whether mail goes out."""
    history = histories(connection, [number])[number]
    row = history.row
    answered = any(said.direction == "out" for said in history.said)
    if not office.configuration.acknowledgements.delayed or answered or row.status not in _WAITS:
        return False
    told = connection.execute(
        select(events.c.data)
        .where(events.c.ticket_id == number, events.c.kind == "promised")
        .order_by(events.c.id.desc())
        .limit(1)
    ).scalar_one_or_none()
    ticket = facts_of_ticket(history, office)
    policy = policy_for(office, ticket)
    target = None if policy is None else policy.targets.get(Metric.FIRST_REPLY)
    if told is None or row.merged_into is not None or target is None:
        return False
    again = promise_again(policy.calendar if policy is not None else calendar_for(office, ticket), now, target)
    earlier = datetime.fromisoformat(told["until"])
    if again is None or again <= earlier:
        return False
    zone = timezone(timedelta(minutes=told["offset_minutes"]))
    data = {"until": again.isoformat(), "offset_minutes": told["offset_minutes"], "instead_of": told["until"]}
    add_events(connection, number, now, ("promised", GATEWAY, data), handled=True)
    was, becomes = (written_moment(moment.astimezone(zone), row.language) for moment in (earlier, again))
    return tell_requester(
        connection, office, row, lambda subject, name: Delayed(was, becomes, subject, name), "once", now
    )
