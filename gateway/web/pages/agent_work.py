"""What belongs to agents' work by mail: of what they are told, answers of theirs that wait, and macros."""

from dataclasses import dataclass

from starlette.responses import Response

from gateway.config.macros import Macro
from gateway.desk.macros import macro_text
from gateway.store.notifications import NOTIFICATIONS, notifications_of, set_notifications
from gateway.store.schema import agents
from gateway.threading.model import Status
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


def macros(visit: Visit) -> tuple[Macro, ...]:
    return visit.services.desk.office().loaded.side.macros.macros


def chosen_macro(visit: Visit, wanted: str) -> Macro | None:
    return next((macro for macro in macros(visit) if macro.id == wanted), None)


def macro_draft(visit: Visit, number: int) -> str:
    """The words of the macro that was asked for, ready to be edited; "" where none was."""
    macro = chosen_macro(visit, visit.query.get("macro", ""))
    if macro is None:
        return ""
    with visit.services.database.read() as connection:
        who = connection.execute(agents.select().where(agents.c.id == visit.agent.id)).one()
        return macro_text(connection, visit.services.desk.office(), number, who, macro)


def set_by_macro(visit: Visit, number: int) -> Status | None:
    """What the macro of the answer sets on the ticket, before it is sent; its status goes with the answer."""
    macro = chosen_macro(visit, visit.form.get("macro", ""))
    if macro is None:
        return None
    desk, me = visit.services.desk, visit.agent.id
    if macro.priority is not None:
        desk.priority(number, macro.priority, me)
    if macro.team is not None:
        desk.team(number, macro.team, me)
    if macro.tags:
        desk.tag(number, me, add=macro.tags)
    return Status(macro.status) if macro.status else None
