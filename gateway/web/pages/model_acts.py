"""What agents do with fields, types and problems on the ticket page."""

from starlette.responses import Response

from gateway.web.pages.ticket_model import change_fields
from gateway.web.pages.tickets import act
from gateway.web.visit import Visit


def fields(visit: Visit) -> Response:
    return act(visit, lambda number: change_fields(visit, number))
