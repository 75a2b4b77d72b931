"""What agents do with fields, types and problems on the ticket page."""

from starlette.responses import Response

from gateway.desk.incidents import link, reopen_incidents, unlink
from gateway.web.pages.ticket_model import change_fields
from gateway.web.pages.tickets import act
from gateway.web.visit import Visit, number_in


def fields(visit: Visit) -> Response:
    return act(visit, lambda number: change_fields(visit, number))


def problem(visit: Visit) -> Response:
    """Make the ticket an incident of the problem that is named, or of none."""
    return act(visit, lambda number: _link(visit, number))


def _link(visit: Visit, number: int) -> None:
    cause = number_in(visit.form.get("problem", "").strip().lstrip("#"))
    if cause is None:
        unlink(visit.services.desk, number, visit.agent.id)
    else:
        link(visit.services.desk, number, cause, visit.agent.id)


def incidents(visit: Visit) -> Response:
    """Open the incidents again that were solved with the problem."""
    return act(visit, lambda number: reopen_incidents(visit.services.desk, number, visit.agent.id), done="incidents")
