"""Mail in other people's names: for admins."""

from datetime import timedelta

from starlette.responses import Response

from gateway.desk.abuse import breaker_view, close_by_hand, end_silence
from gateway.desk.campaigns import campaigns
from gateway.store.silences import list_silences
from gateway.web.visit import Refused, Visit

_DONE = ("breaker_closed", "silence_ended")


def abuse(visit: Visit) -> Response:
    """The breaker, campaigns, and who gets no automatic mail."""
    configuration = visit.services.configuration()
    with visit.services.database.read() as connection:
        return visit.page(
            "abuse.html.j2",
            breaker=breaker_view(connection, configuration, visit.now),
            campaigns=campaigns(connection, wave=timedelta(hours=configuration.abuse.wave_hours), now=visit.now),
            silences=list_silences(connection, visit.now),
            done=visit.query.get("done", "") if visit.query.get("done") in _DONE else "",
        )


def close_breaker(visit: Visit) -> Response:
    with visit.services.database.write() as connection:
        close_by_hand(connection, actor=visit.agent.address, now=visit.now)
    return visit.go("/abuse", done="breaker_closed")


def unsilence(visit: Visit) -> Response:
    with visit.services.database.write() as connection:
        ended = end_silence(connection, visit.form.get("address", ""), actor=visit.agent.address, now=visit.now)
    if not ended:
        raise Refused(404, "error_404")
    return visit.go("/abuse", done="silence_ended")
