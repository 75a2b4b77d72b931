"""Login, logout, one's own password and language."""

import logging

from starlette.responses import Response

from gateway.store.agents import AgentError, password_hash_of, set_language, set_password
from gateway.store.passwords import UnfitPassword, check_new_password, hash_password, is_password
from gateway.store.second_factor import has_second_factor
from gateway.store.sessions import begin_login, end_session, forgive_peer, list_sessions, login_succeeded
from gateway.web.guard import LOGIN_SECONDS, login_cookie, session_cookie
from gateway.web.pages.agent_work import choices
from gateway.web.pages.login_code import to_second_step
from gateway.web.pages.sessions import shown
from gateway.web.sign_in import local_path, random_text, with_session
from gateway.web.visit import Refused, Visit

log = logging.getLogger(__name__)


def home(visit: Visit) -> Response:
    return visit.go("/tickets")


def login_form(visit: Visit) -> Response:
    """The form. Its token is in a cookie too: only a form that we gave this browser logs it in."""
    if visit.session is not None:
        return visit.go("/tickets")
    return _login_page(visit, problem="", status=200)


def log_in(visit: Visit) -> Response:
    """A session for the right password. Unknown address and wrong password look and last the same."""
    address, password = visit.form.get("address", "").strip()[:320], visit.form.get("password", "")
    with visit.services.database.write() as connection:
        if not begin_login(connection, peer=visit.peer, address=address, now=visit.now):
            log.warning("login refused: too many failures", extra={"peer": visit.peer})
            return _login_page(visit, problem="login_limited", status=429)
    with visit.services.database.read() as connection:
        found = password_hash_of(connection, address)
    if not is_password(found[1] if found is not None else None, password) or found is None:
        log.warning("login failed", extra={"peer": visit.peer})
        return _login_page(visit, problem="login_failed", status=403)
    agent, hashed = found
    following = local_path(visit.form.get("next", ""))
    with visit.services.database.write() as connection:
        if has_second_factor(connection, agent.id):  # the agent's try stays counted until the second step succeeded too
            forgive_peer(connection, peer=visit.peer, now=visit.now)
            return to_second_step(visit, agent, hashed, following)
        login_succeeded(connection, peer=visit.peer, address=address, now=visit.now)
        if visit.session is not None:
            end_session(connection, visit.session.id)
    log.info("login", extra={"agent": agent.address, "peer": visit.peer, "method": "password"})
    return with_session(visit, agent.id, visit.go(following), "password")


def log_out(visit: Visit) -> Response:
    assert visit.session is not None
    with visit.services.database.write() as connection:
        end_session(connection, visit.session.id)
    answer = visit.go("/login")
    answer.delete_cookie(session_cookie(visit.secure), secure=visit.secure, httponly=True, samesite="lax")
    return answer


def account(visit: Visit) -> Response:
    return _account_page(visit, problem="", status=200)


def change_language(visit: Visit) -> Response:
    try:
        with visit.services.database.write() as connection:
            set_language(connection, visit.agent.id, visit.form.get("language", ""))
    except AgentError as error:
        raise Refused(400, "error_400") from error
    return visit.go("/account", done="saved")


def change_password(visit: Visit) -> Response:
    """A new password. All sessions of the agent end; this browser gets a new one."""
    current, new = visit.form.get("current", ""), visit.form.get("new", "")
    address = visit.agent.address
    with visit.services.database.write() as connection:  # guessing here counts like guessing at the door
        if not begin_login(connection, peer=visit.peer, address=address, now=visit.now):
            return _account_page(visit, problem="login_limited", status=429)
    with visit.services.database.read() as connection:
        found = password_hash_of(connection, address)
    if not is_password(found[1] if found is not None else None, current):
        return _account_page(visit, problem="password_wrong", status=403)
    if new != visit.form.get("again", ""):
        return _account_page(visit, problem="password_differs", status=400)
    if new == current:
        return _account_page(visit, problem="password_same", status=400)
    try:
        check_new_password(new, address)
    except UnfitPassword as error:
        return _account_page(visit, problem=f"password_{error}", status=400)
    hashed = hash_password(new)
    with visit.services.database.write() as connection:
        set_password(connection, visit.agent.id, hashed, one_time=False)
        login_succeeded(connection, peer=visit.peer, address=address, now=visit.now)
    assert visit.session is not None, "the table of pages lets nobody else in"
    return with_session(visit, visit.agent.id, visit.go("/account", done="password"), visit.session.method)


def _login_page(visit: Visit, *, problem: str, status: int) -> Response:
    token = visit.cookies.get(login_cookie(visit.secure)) or random_text(visit, 24)
    wanted = visit.form.get("next") or visit.query.get("next", "")
    answer = visit.page(
        "login.html.j2",
        status,
        problem=problem,
        address=visit.form.get("address", ""),
        next=local_path(wanted) if wanted else "",
        login_token=token,
        provider=provider.label if (provider := visit.services.configuration().web.oidc) else "",
    )
    answer.set_cookie(
        login_cookie(visit.secure),
        token,
        max_age=LOGIN_SECONDS,
        path="/",
        secure=visit.secure,
        httponly=True,
        samesite="strict",
    )
    return answer


def _account_page(visit: Visit, *, problem: str, status: int) -> Response:
    with visit.services.database.read() as connection:
        opened = list_sessions(connection, visit.now, agent_id=visit.agent.id)
        protected = has_second_factor(connection, visit.agent.id)
    return visit.page(
        "account.html.j2",
        status,
        problem=problem,
        done=visit.query.get("done", ""),
        sessions=shown(visit, opened),
        notifications=choices(visit),
        protected=protected,
    )
