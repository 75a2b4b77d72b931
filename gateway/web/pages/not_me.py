"""The page behind "this was not me" in an automatic mail. Whoever has the link may use it; looking at it changes nothing.

Mail scanners fetch every link of every mail, some with a browser: only the form's POST says anything.
"""

from dataclasses import replace
from datetime import UTC
from typing import Any

from sqlalchemy import Connection, Row
from starlette.responses import Response

from gateway.desk.denial import deny, find_denied
from gateway.desk.outgoing import NOT_ME_PATH
from gateway.store.silences import is_silenced
from gateway.threading.not_me import Denial, read_not_me
from gateway.web.visit import Refused, Visit

POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)


def ask(visit: Visit) -> Response:
    """The question, or that it was answered."""
    denial = _denial(visit)
    with visit.services.database.read() as connection:
        found = _found(connection, denial)
        silent = is_silenced(connection, found.address, visit.now)
    local, _, domain = found.address.rpartition("@")
    brands = {brand.id: brand.name for brand in visit.services.configuration().brands}
    answer = replace(
        visit, language=found.language
    ).page(
        "not_me.html.j2",
        agent=None,  # the page is the customer's, also in the browser of somebody who is logged in
        brand=brands.get(found.brand, ""),
        number=found.number,
        mailbox=f"{local[:1]}…@{domain}",
        silent=silent,
    )
    answer.headers["Content-Security-Policy"] = POLICY
    answer.headers["X-Robots-Tag"] = "noindex"
    return answer


def say(visit: Visit) -> Response:
    """Silence the address and mark its tickets. Sent again, it changes nothing more."""
    denial = _denial(visit)
    with visit.services.database.write() as connection:
        _found(connection, denial)
        denied = deny(connection, visit.services.desk.office(), denial, how="link", now=visit.now)
    if denied is not None and denied.marked:
        visit.services.on_outgoing()  # the admin's alarm
    return visit.go(f"{NOT_ME_PATH}/{visit.path['token']}")


def _denial(visit: Visit) -> Denial:
    """404 for a token that is not ours, too old, or about nothing: the same page as for a path that leads nowhere."""
    keyring = visit.services.desk.office().keyring
    denial = read_not_me(keyring, visit.path.get("token", ""), today=visit.now.astimezone(UTC).date())
    if denial is None:
        raise Refused(404, "error_404")
    return denial


def _found(connection: Connection, denial: Denial) -> Row[*tuple[Any, ...]]:
    found = find_denied(connection, denial)
    if found is None:
        raise Refused(404, "error_404")
    return found
