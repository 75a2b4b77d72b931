"""How long tickets take, for admins; the same figures as ``gateway report times``."""

from datetime import timedelta

from starlette.responses import Response

from gateway.report.times import LENGTHS, times
from gateway.report.topics import topics
from gateway.web.pages.promises import span
from gateway.web.visit import Visit
from gateway.web.words import word

PERIODS = (7, 30, 90)
"""Days that can be asked for."""
MOST = 2_000
"""Tickets that a page measures: it must answer in a moment."""
MOST_COUNTED = 20_000
"""Tickets whose tags and fields are counted."""
ROWS = 15


def reports(visit: Visit) -> Response:
    days = visit.asked_number("days")
    days = days if days in PERIODS else PERIODS[0]
    with visit.services.database.read() as connection:
        found = times(
            connection,
            visit.services.desk.office(),
            visit.now - timedelta(days=days),
            visit.now + timedelta(seconds=1),
            most=MOST,
        )
        about = topics(
            connection,
            visit.services.desk.office(),
            visit.now - timedelta(days=days),
            visit.now + timedelta(seconds=1),
            most=MOST_COUNTED,
        )

    def told(seconds: float | None) -> str:
        return "–" if seconds is None else span(int(seconds), visit.language)

    definitions = [
        (word(visit.language, f"measure_{name}"), word(visit.language, f"measure_{name}_what")) for name in LENGTHS
    ]
    return visit.page(
        "reports.html.j2",
        report=found,
        days=days,
        periods=PERIODS,
        most=MOST,
        told=told,
        definitions=definitions,
        topics=about,
        topic_rows=ROWS,
    )
