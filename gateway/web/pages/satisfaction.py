"""How satisfied customers are, and what they wrote, for our own people."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from starlette.responses import Response

from gateway.desk.ratings import answer_label
from gateway.report.csat import csat, latest_ratings
from gateway.web.render import tidy
from gateway.web.visit import Visit
from gateway.web.words import word

DAYS = 30
ROWS = 100


def satisfaction(visit: Visit) -> Response:
    """The figures of the last days, and the latest answers."""
    settings = visit.services.configuration().csat
    with visit.services.database.read() as connection:
        figures = csat(connection, since=visit.now - timedelta(days=DAYS), until=visit.now)
        rows = latest_ratings(connection, limit=ROWS)
    reasons = {reason.id: reason.in_language(visit.language) for reason in settings.reasons}
    return visit.page(
        "csat.html.j2",
        days=DAYS,
        enabled=settings.enabled,
        figures=figures,
        rates=[
            ("csat_score", _percent(figures.satisfaction)),
            ("csat_response", _percent(figures.response_rate)),
            ("csat_asked", figures.asked),
            ("csat_reached", figures.reached),
            ("csat_answered", figures.answered),
        ],
        rows=[
            (row, answer_label(visit.language, row.scale, row.value), reasons.get(row.reason, row.reason))
            for row in rows
        ],
    )


def describe_rating(language: str, kind: str, data: Mapping[str, Any], actor: str) -> str:
    """An event of a survey in words."""
    if kind == "no_surveys":
        return word(language, "event_no_surveys", actor=actor)
    if kind == "rating_ignored":
        return word(language, "event_rating_ignored", why=tidy(str(data.get("why", ""))))
    value, scale = int(data.get("value", 1)), int(data.get("scale", 5))
    comment = tidy(str(data.get("comment") or ""))
    return word(
        language,
        "event_rated",
        actor=actor,
        label=answer_label(language, scale, value),
        value=value,
        scale=scale,
        comment=f"“{comment}”" if comment else "",
    ).rstrip()


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{share:.0%}"
