"""Writing first: the form for a new ticket that an agent begins."""

from starlette.responses import Response

from gateway.desk.actions import DeskError
from gateway.desk.proactive import Addressed, begin
from gateway.web.pages.sending import patient
from gateway.web.visit import Visit
from gateway.web.words import LANGUAGES


def begin_form(visit: Visit) -> Response:
    return _form(visit)


def begin_ticket(visit: Visit) -> Response:
    form = visit.form
    language = form.get("language", "")
    to = Addressed(form.get("address", ""), form.get("name", "").strip(), language if language in LANGUAGES else "")
    brand = form.get("brand") or None
    try:
        opened = begin(patient(visit), to, form.get("subject", ""), form.get("text", ""), visit.agent.id, brand=brand)
    except DeskError as error:
        return _form(visit, 400, str(error))
    return visit.go(f"/tickets/{opened.ticket}", done="reply")


def _form(visit: Visit, status: int = 200, problem: str = "") -> Response:
    brands = [(brand.id, brand.name) for brand in visit.services.configuration().brands]
    return visit.page(
        "begin.html.j2", status, brands=brands, languages=LANGUAGES, typed=dict(visit.form), problem=problem
    )
