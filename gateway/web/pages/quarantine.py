"""Mail that was accepted and could not be worked on. For admins: it may be anybody's."""

from starlette.responses import Response

from gateway.store.mail_views import find_quarantined, journal_source, list_quarantine
from gateway.store.view_model import QuarantineRow
from gateway.web.pages.mail import raw_source
from gateway.web.visit import Refused, Visit

ROWS = 50


def quarantine(visit: Visit) -> Response:
    with visit.services.database.read() as connection:
        rows = list_quarantine(connection, limit=ROWS + 1, before=visit.asked_number("before"))
    return visit.page(
        "quarantine.html.j2",
        rows=rows[:ROWS],
        next=f"/quarantine?before={rows[ROWS - 1].id}" if len(rows) > ROWS else None,
        done="retried" if visit.query.get("done") == "retried" else "",
    )


def quarantine_entry(visit: Visit) -> Response:
    return visit.page("quarantine_entry.html.j2", row=_found(visit))


def quarantine_raw(visit: Visit) -> Response:
    row = _found(visit)  # other mail of the journal is not shown here
    with visit.services.database.read() as connection:
        source = journal_source(connection, row.id)
    return raw_source(visit, source)


def quarantine_retry(visit: Visit) -> Response:
    """Put it back before the pipeline."""
    if not visit.services.retry(visit.number()):
        raise Refused(404, "error_404")
    return visit.go("/quarantine", done="retried")


def _found(visit: Visit) -> QuarantineRow:
    with visit.services.database.read() as connection:
        row = find_quarantined(connection, visit.number())
    if row is None:
        raise Refused(404, "error_404")
    return row
