"""What the ticket page says of an answer: who will get it, and that one that was just sent can be taken back."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection

from gateway.desk.actions import Desk
from gateway.desk.audience import audience
from gateway.desk.take_back import waiting_answer
from gateway.store.tickets import ticket_row
from gateway.web.visit import Visit


def patient(visit: Visit) -> Desk:
    """The desk whose answers wait a moment in the outbox."""
    seconds = visit.services.configuration().agents.web_undo_seconds
    return replace(visit.services.desk, patience=timedelta(seconds=seconds))


def sending_values(visit: Visit, connection: Connection, ticket: int) -> dict[str, Any]:
    """Values for the templates ``_sending`` and ``_audience``."""
    waiting = None
    if visit.services.configuration().agents.web_undo_seconds:
        waiting = waiting_answer(connection, ticket, visit.agent.id, visit.now)
    seconds = max(1, round((waiting.leaves_at - visit.now).total_seconds())) if waiting is not None else 0
    row = ticket_row(connection, ticket)
    hears = audience(connection, visit.services.desk.office(), row, visit.now) if row is not None else None
    return {"waiting": waiting, "waiting_seconds": seconds, "audience": hears}
