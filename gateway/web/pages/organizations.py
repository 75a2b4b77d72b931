"""Organisations: the list of them, and each with its contract, its tickets and its people."""

from starlette.responses import Response

from gateway.rules.organizations import Organization
from gateway.store.organization_views import organization_tickets
from gateway.web.visit import Refused, Visit

ROWS = 100


def organizations(visit: Visit) -> Response:
    """By name; a search narrows the list down to names, ids and domains that hold it."""
    search = visit.query.get("q", "").strip()[:200]
    every = sorted(
        visit.services.desk.office().organizations.by_id.values(), key=lambda one: (one.name.casefold(), one.id)
    )
    found = [one for one in every if _fits(one, search.casefold())]
    return visit.page(
        "organizations.html.j2",
        found=found[:ROWS],
        left_out=max(0, len(found) - ROWS),
        asked=search,
        is_empty=not every,
    )


def organization(visit: Visit) -> Response:
    known = visit.services.desk.office().organizations
    one = known.by_id.get(visit.path.get("id", ""))
    if one is None:
        raise Refused(404, "error_404")
    with visit.services.database.read() as connection:
        theirs = organization_tickets(connection, one.domains, known.below(one), limit=ROWS)
    return visit.page("organization.html.j2", one=one, theirs=theirs)


def _fits(one: Organization, search: str) -> bool:
    return any(search in text for text in (one.name.casefold(), one.id, *one.domains))
