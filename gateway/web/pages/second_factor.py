"""An agent's own second factor: set it up, get new recovery codes, remove it."""

import logging
from collections.abc import Callable

import segno
from markupsafe import Markup
from sqlalchemy import Connection
from starlette.responses import Response

from gateway.store.agents import password_hash_of
from gateway.store.passwords import is_password
from gateway.store.second_factor import (
    ENROL_OCTETS,
    RECOVERY_CODES,
    RECOVERY_OCTETS,
    begin_enrolment,
    check_code,
    confirm_enrolment,
    new_recovery_codes,
    pending_secret,
    remove_second_factor,
    second_factor_of,
)
from gateway.store.sessions import begin_login, end_sessions, login_succeeded, strengthen_session
from gateway.store.totp import key_text, key_uri
from gateway.web.visit import Visit

log = logging.getLogger(__name__)


def second_factor(visit: Visit) -> Response:
    done = visit.query.get("done", "")
    return _page(visit, done=done if done in ("recovery", "factor_removed") else "")


def start(visit: Visit) -> Response:
    """A fresh secret, shown until it is confirmed. Whoever sits at an open session must know the password."""
    if not _may_try(visit):
        return _page(visit, problem="login_limited", status=429)
    with visit.services.database.read() as connection:
        found = password_hash_of(connection, visit.agent.address)
    if not is_password(found[1] if found is not None else None, visit.form.get("current", "")):
        return _page(visit, problem="password_wrong", status=403)
    entropy, keyring = visit.services.entropy(ENROL_OCTETS), visit.services.keyring()
    with visit.services.database.write() as connection:
        _succeeded(connection, visit)
        begin_enrolment(connection, keyring, visit.agent.id, entropy=entropy, now=visit.now)
    return visit.go("/account/second-factor")


def confirm(visit: Visit) -> Response:
    """The first code came back: from now on one is asked for. All other sessions end; recovery codes are shown this once."""

    def is_right(connection: Connection, code: str) -> bool:
        return confirm_enrolment(connection, visit.services.keyring(), visit.agent.id, code, visit.now)

    def act(connection: Connection) -> tuple[str, ...]:
        assert visit.session is not None, "the table of pages lets nobody else in"
        strengthen_session(connection, visit.session.id, "totp")
        end_sessions(connection, visit.agent.id, but=visit.session.id)
        return _fresh_codes(connection, visit)

    return _by_code(visit, is_right, act, lambda codes: _codes_page(visit, codes))


def new_codes(visit: Visit) -> Response:
    """Ten new recovery codes in place of the old ones, for a code."""
    return _by_code(
        visit,
        _own_code(visit),
        lambda connection: _fresh_codes(connection, visit),
        lambda codes: _codes_page(visit, codes),
    )


def remove(visit: Visit) -> Response:
    """Back to the password alone, for a code; not where the company asks for a second factor."""
    if visit.services.configuration().web.second_factor == "required":
        return _page(visit, problem="factor_required", status=403)

    def act(connection: Connection) -> tuple[str, ...]:
        remove_second_factor(connection, visit.agent.id)
        return ()

    return _by_code(visit, _own_code(visit), act, lambda _: visit.go("/account/second-factor", done="factor_removed"))


def _by_code(
    visit: Visit,
    is_right: Callable[[Connection, str], bool],
    act: Callable[[Connection], tuple[str, ...]],
    answer: Callable[[tuple[str, ...]], Response],
) -> Response:
    """Do it where the form's code is right; code and deed are one transaction."""
    if not _may_try(visit):
        return _page(visit, problem="login_limited", status=429)
    with visit.services.database.write() as connection:
        if not is_right(connection, visit.form.get("code", "")):
            return _page(visit, problem="code_wrong", status=403)
        _succeeded(connection, visit)
        result = act(connection)
    log.info("second factor changed", extra={"agent": visit.agent.address, "path": visit.url})
    return answer(result)


def _own_code(visit: Visit) -> Callable[[Connection, str], bool]:
    def is_right(connection: Connection, code: str) -> bool:
        return check_code(connection, visit.services.keyring(), visit.agent.id, code, visit.now) is not None

    return is_right


def _may_try(visit: Visit) -> bool:
    with visit.services.database.write() as connection:
        return begin_login(connection, peer=visit.peer, address=visit.agent.address, now=visit.now)


def _succeeded(connection: Connection, visit: Visit) -> None:
    login_succeeded(connection, peer=visit.peer, address=visit.agent.address, now=visit.now)


def _fresh_codes(connection: Connection, visit: Visit) -> tuple[str, ...]:
    entropy = visit.services.entropy(RECOVERY_CODES * RECOVERY_OCTETS)
    return new_recovery_codes(connection, visit.agent.id, entropy)


def _codes_page(visit: Visit, codes: tuple[str, ...]) -> Response:
    return visit.page("recovery_codes.html.j2", codes=codes)


def _page(visit: Visit, *, problem: str = "", done: str = "", status: int = 200) -> Response:
    configuration = visit.services.configuration()
    with visit.services.database.read() as connection:
        found = second_factor_of(connection, visit.agent.id)
        secret = pending_secret(connection, visit.services.keyring(), visit.agent.id, visit.now)
    return visit.page(
        "second_factor.html.j2",
        status,
        problem=problem,
        done=done,
        factor=found if found is not None and found.confirmed else None,
        key=key_text(secret) if secret is not None else "",
        picture=_picture(secret, configuration.brands[0].name, visit.agent.address) if secret is not None else "",
        required=configuration.web.second_factor == "required",
        by_password=visit.agent.has_password,
    )


def _picture(secret: bytes, company: str, address: str) -> Markup:
    """The key as a QR code, drawn into the page: nobody else is asked for it."""
    code = segno.make(key_uri(secret, issuer=company, account=address), error="m", micro=False)
    return Markup(code.svg_inline(scale=4, light="#fff", svgclass="qr", lineclass=None))  # noqa: S704 - paths and numbers alone
