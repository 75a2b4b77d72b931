"""A mail as a test of the rules, to be copied."""

from starlette.responses import Response

from gateway.report.mail_as_test import NoSuchMail, mail_as_test
from gateway.web.visit import Refused, Visit


def as_test(visit: Visit) -> Response:
    services = visit.services
    try:
        with services.database.read() as connection:
            made = mail_as_test(connection, services.blobs, services.desk.office(), visit.number())
    except NoSuchMail as error:
        raise Refused(404, "error_404") from error
    return visit.page("mail_as_test.html.j2", made=made)
