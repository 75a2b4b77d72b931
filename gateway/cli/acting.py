"""What commands that act on tickets share: who acts, how refusals are told, and how a ticket is printed."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

import click

from gateway.cli.common import Failed, Place
from gateway.desk.actions import DeskError
from gateway.store.agents import find_agent
from gateway.store.view_model import TicketRow

F = TypeVar("F", bound=Callable[..., Any])

as_option = click.option("--as", "agent", metavar="ADDRESS", help="The agent who acts; the first admin unless given.")
number_argument = click.argument("number", type=click.IntRange(1))


def acting(command: F) -> F:
    """Turn DeskError into one sentence and exit status 1."""

    @wraps(command)
    def run(*arguments: Any, **options: Any) -> Any:
        try:
            return command(*arguments, **options)
        except DeskError as error:
            raise Failed(str(error)) from error

    return run  # type: ignore[return-value]


def agent_id(place: Place, address: str | None) -> int:
    """The id of the agent with this address, or of the configured first admin."""
    wanted = address or place.loaded.configuration.admin
    with place.database.read() as connection:
        found = find_agent(connection, wanted)
    if found is None:
        hint = (
            "see `gateway agents list`" if address else "start the gateway once, or add one with `gateway agents add`"
        )
        raise Failed(f"there is no agent {wanted}; {hint}")
    return found.id


def ticket_fields(row: TicketRow) -> dict[str, Any]:
    """The stable fields of ``--json`` (docs/commands.md)."""
    return {
        "number": row.number,
        "status": row.status.value,
        "subject": row.subject,
        "requester": row.requester,
        "requester_name": row.requester_name,
        "team": row.team,
        "assignee": row.assignee,
        "priority": row.priority,
        "tags": list(row.tags),
        "brand": row.brand,
        "language": row.language,
        "created_at": row.created_at,
        "updated_at": row.updated_at,
        "waiting_since": row.waiting_since,
        "solved_at": row.solved_at,
        "closed_at": row.closed_at,
        "merged_into": row.merged_into,
        "follow_up_of": row.follow_up_of,
        "type": row.type or None,
        "own_status": row.own_status or None,
        "fields": dict(row.fields),
        "problem": row.problem,
        "due_at": row.due_at,
    }
