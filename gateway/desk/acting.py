"""What every act begins with: the ticket kept from other writers, the agent who acts, and why something cannot be done."""

from typing import Any

from sqlalchemy import Connection, Row, select

from gateway.store.schema import agents
from gateway.store.tickets import ticket_row
from gateway.threading.model import Status


class DeskError(Exception):
    """What was asked cannot be done; the text says why, to the person who asked."""


def any_ticket(connection: Connection, number: int) -> Row[Any]:
    """The ticket, kept from other writers until the transaction ends. DeskError where it is gone or was merged."""
    row = ticket_row(connection, number, lock=True)
    if row is None:
        raise DeskError(f"there is no ticket {number}")
    if row.merged_into is not None:
        raise DeskError(f"ticket {number} was merged into ticket {row.merged_into}; work on that one")
    return row


def open_ticket(connection: Connection, number: int) -> Row[Any]:
    """The same; DeskError also where the ticket is closed."""
    row = any_ticket(connection, number)
    if row.status == Status.CLOSED.value:
        raise DeskError(f"ticket {number} is closed; reopen it first")
    return row


def acting_agent(connection: Connection, number: int) -> Row[Any]:
    """Who acts. DeskError where there is no such agent, or not any more."""
    row = connection.execute(select(agents).where(agents.c.id == number, agents.c.active)).first()
    if row is None:
        raise DeskError(f"there is no active agent with the id {number}")
    return row
