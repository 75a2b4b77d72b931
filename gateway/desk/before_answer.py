"""What a ticket was before an answer, kept with the answer as long as it can be taken back."""

from typing import Any

from sqlalchemy import Row

from gateway.threading.model import Status


def before_answer(ticket: Row[Any], became: Status, own: str) -> dict[str, Any]:
    """For the event ``answered``: the ticket's status, agent and wait before, and the status that the answer sets."""
    waiting = ticket.waiting_since.isoformat() if ticket.waiting_since is not None else None
    was = {"status": ticket.status, "own": ticket.substatus, "assignee": ticket.assignee_id, "waiting_since": waiting}
    return {"before": was | {"became": became.value, "own_became": own}}
