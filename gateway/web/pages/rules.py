"""Rules, for admins: how often each applied, and which tickets one fits now."""

from datetime import datetime, timedelta

from starlette.responses import Response

from gateway.report.matching import NotAsked, matching
from gateway.report.rule_list import list_rules
from gateway.web.pages.promises import span
from gateway.web.visit import Refused, Visit

IDLE_DAYS = 90
MOST = 2_000
"""Tickets that a page asks a rule about: it must answer in a moment."""
ROWS = 100


def rules(visit: Visit) -> Response:
    with visit.services.database.read() as connection:
        found = list_rules(connection, visit.services.desk.office().loaded, visit.now - timedelta(days=IDLE_DAYS))
    return visit.page("rules.html.j2", rules=found, days=IDLE_DAYS)


def rule_matching(visit: Visit) -> Response:
    """Which tickets an event rule or timed rule fits now, and which next."""
    office, problem, found = visit.services.desk.office(), "", None
    name = visit.query.get("name", "")
    try:
        with visit.services.database.read() as connection:
            found = matching(connection, office, office.automation, name, visit.now, most=MOST)
    except KeyError as error:
        raise Refused(404, "error_404") from error
    except NotAsked as error:
        problem = str(error)

    def until(moment: datetime) -> str:
        return span(max(0, int((moment - visit.now).total_seconds())), visit.language)

    return visit.page(
        "rule_matching.html.j2", name=name, found=found, problem=problem, most=MOST, rows=ROWS, until=until
    )
