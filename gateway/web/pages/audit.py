"""The audit log, and seeing what is hidden from others. For admins."""

from dataclasses import replace
from urllib.parse import urlencode

from starlette.responses import Response

from gateway.store.audit import Wanted, What, list_entries
from gateway.web.pages.tickets import show_ticket
from gateway.web.visit import Visit

ROWS = 100


def audit_log(visit: Visit) -> Response:
    """Who saw and did what, the newest first."""
    asked = {name: visit.query.get(name, "").strip()[:320] for name in ("what", "actor", "about")}
    known = asked["what"] if asked["what"] in set(What) else ""
    with visit.services.database.read() as connection:
        rows = list_entries(
            connection,
            Wanted(what=known, actor=asked["actor"], about=asked["about"]),
            limit=ROWS + 1,
            before=visit.asked_number("before"),
        )
    following = {name: value for name, value in asked.items() if value}
    return visit.page(
        "audit.html.j2",
        rows=rows[:ROWS],
        kinds=[it.value for it in What],
        asked=asked,
        next=f"/audit?{urlencode({**following, 'before': rows[ROWS - 1].id})}" if len(rows) > ROWS else None,
    )


def unmasked(visit: Visit) -> Response:
    """The ticket with every number in it, once. The visit is written to the log before this answer leaves."""
    return show_ticket(replace(visit, unmasked=True))
