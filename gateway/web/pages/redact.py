"""Taking a message or a person out of everything, in two steps. For admins."""

from collections.abc import Callable

from sqlalchemy import Connection
from starlette.responses import Response

from gateway.desk.redacting import expected, redact
from gateway.store.redaction import Plan, RedactionError, address_of, plan_message, plan_person
from gateway.web.visit import Refused, Visit


def redact_message(visit: Visit) -> Response:
    number = visit.number()
    return _two_steps(visit, lambda connection: plan_message(connection, number))


def redact_person(visit: Visit) -> Response:
    number = visit.number()
    return _two_steps(visit, lambda connection: _person(connection, number))


def _person(connection: Connection, number: int) -> Plan:
    address = address_of(connection, number)
    if address is None:
        raise Refused(404, "error_404")
    return plan_person(connection, address)


def _two_steps(visit: Visit, find: Callable[[Connection], Plan]) -> Response:
    """First what would go, then, once the form says so, the receipt."""
    try:
        if not visit.form.get("sure"):
            with visit.services.database.read() as connection:
                plan = find(connection)
            return visit.page("redact.html.j2", plan=plan, counts=expected(plan), receipt=None, problem="")
        receipt = redact(
            visit.services.database,
            visit.services.blobs,
            find,
            actor=visit.agent.address,
            origin=visit.peer,
            why=visit.form.get("why", ""),
            now=visit.now,
        )
    except RedactionError as error:
        return visit.page("redact.html.j2", 409, plan=None, counts={}, receipt=None, problem=str(error))
    return visit.page("redact.html.j2", plan=None, counts=receipt.removed, receipt=receipt, problem="")
