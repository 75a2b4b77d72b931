"""Thanks that kept a ticket solved and turn out to be more: somebody opens it again by hand, and the customer has waited since then."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, select

from gateway.store.schema import events
from gateway.store.tickets import change_ticket
from gateway.threading.model import Status


def waits_again(connection: Connection, before: Row[Any], status: Status, now: datetime) -> None:
    """After the status was changed by hand: the customer waits since the first thanks after the solution, where there were any."""
    if status is not Status.OPEN or before.solved_at is None:
        return
    since = connection.execute(
        select(func.min(events.c.at)).where(
            events.c.ticket_id == before.id, events.c.kind == "thanked", events.c.at >= before.solved_at
        )
    ).scalar_one()
    if since is not None:
        change_ticket(connection, before.id, now, waiting_since=since)
