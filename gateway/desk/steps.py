"""Which status may follow on a ticket's present one (``transitions`` in fields.yaml)."""

from typing import Any

from sqlalchemy import Row

from gateway.desk.acting import DeskError
from gateway.rules.statuses import Statuses
from gateway.threading.model import Status

_KEEPS = (Status.OPEN, Status.PENDING, Status.ON_HOLD)


def why_no_step(statuses: Statuses, ticket: Row[Any], wanted: str) -> str:
    """Why the ticket must not get the status ``wanted`` (an id) from its present one; "" where it may."""
    return statuses.why_not(statuses.own_part(ticket.status, ticket.substatus) or ticket.status, wanted)


def after_answer(statuses: Statuses, ticket: Row[Any], status: Status, own: str) -> tuple[Status, str]:
    """The status after an answer: the wanted one, else the present one, for an answer must not fail because of it.

    DeskError where the answer was to solve the ticket: then the agent means more than to answer.
    """
    why = why_no_step(statuses, ticket, own or status.value)
    if not why:
        return status, own
    if status is Status.SOLVED:
        raise DeskError(why)
    present = Status(ticket.status)
    return (present, ticket.substatus) if present in _KEEPS else (Status.OPEN, "")
