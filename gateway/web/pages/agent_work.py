"""Of what agents are told by mail, on the account page."""

from dataclasses import dataclass

from starlette.responses import Response

from gateway.store.notifications import NOTIFICATIONS, notifications_of, set_notifications
from gateway.web.visit import Visit


@dataclass(frozen=True, slots=True)
class Choice:
    """One kind of notification on the account page."""

    name: str
    is_on: bool


def choices(visit: Visit) -> tuple[Choice, ...]:
    with visit.services.database.read() as connection:
        told = notifications_of(connection, visit.agent.id)
    return tuple(Choice(name, name in told) for name in NOTIFICATIONS)


def change_notifications(visit: Visit) -> Response:
    """Set of what the agent is told by mail: the boxes that are ticked."""
    wanted = [name for name in NOTIFICATIONS if visit.form.get(f"notify_{name}")]
    with visit.services.database.write() as connection:
        set_notifications(connection, visit.agent.id, wanted)
    return visit.go("/account", done="saved")
