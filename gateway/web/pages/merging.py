"""Undoing a merge, on the pages of both tickets."""

from starlette.responses import Response

from gateway.web.pages.tickets import act
from gateway.web.visit import Visit


def unmerge(visit: Visit) -> Response:
    """Make the merged ticket of the path one of its own again."""
    return act(visit, lambda number: visit.services.desk.unmerge(number, visit.agent.id), done="unmerged")
