"""Waves of similar mails: what they are about, and one button that makes one problem of them."""

from starlette.responses import Response

from gateway.desk.actions import DeskError
from gateway.desk.surges import make_problem, remembered
from gateway.web.visit import Visit


def surges(visit: Visit) -> Response:
    return _page(visit)


def surge_problem(visit: Visit) -> Response:
    try:
        problem, _ = make_problem(visit.services.desk, visit.number(), visit.agent.id)
    except DeskError as error:
        return _page(visit, 400, str(error))
    return visit.go(f"/tickets/{problem}", done="surge")


def _page(visit: Visit, status: int = 200, problem: str = "") -> Response:
    with visit.services.database.read() as connection:
        waves = remembered(connection).waves
    enabled = visit.services.configuration().surge.enabled
    return visit.page("surges.html.j2", status, waves=waves, enabled=enabled, problem=problem)
