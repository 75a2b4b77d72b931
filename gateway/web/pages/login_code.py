"""The second step of a login: a code of the authenticator program, or a recovery code.

What the first step proved is in a sealed note: who, with which password (as a digest of its hash, so that a changed password ends the
login), and where to go. Nothing is stored for somebody who has only the password.
"""

import hashlib
import hmac
import logging

from starlette.responses import Response

from gateway.store.agents import Agent, find_agent, password_hash_of
from gateway.store.second_factor import check_code
from gateway.store.sessions import begin_login, login_succeeded
from gateway.web.guard import login_cookie
from gateway.web.sign_in import drop_note, keep_note, kept_note, with_session
from gateway.web.visit import Visit

log = logging.getLogger(__name__)

_NOTE = "step"


def to_second_step(visit: Visit, agent: Agent, password_hash: str, following: str) -> Response:
    """The password was right: ask for the code next."""
    answer = visit.go("/login/code")
    note = {"agent": agent.id, "password": _digest(password_hash), "next": following}
    keep_note(visit, answer, _NOTE, note, "strict")
    return answer


def code_form(visit: Visit) -> Response:
    if visit.session is not None:
        return visit.go("/tickets")
    if _first_step(visit) is None or login_cookie(visit.secure) not in visit.cookies:
        return visit.go("/login")
    return _code_page(visit, problem="", status=200)


def check(visit: Visit) -> Response:
    """A session for the right code, once. Tries are counted with those at the password."""
    proved = _first_step(visit)
    if proved is None:
        return visit.go("/login")
    agent, following = proved
    with visit.services.database.write() as connection:
        if not begin_login(connection, peer=visit.peer, address=agent.address, now=visit.now):
            log.warning("login refused: too many failures", extra={"peer": visit.peer})
            return _code_page(visit, problem="login_limited", status=429)
        method = check_code(connection, visit.services.keyring(), agent.id, visit.form.get("code", ""), visit.now)
        if method is not None:
            login_succeeded(connection, peer=visit.peer, address=agent.address, now=visit.now)
    if method is None:
        log.warning("login failed at the second step", extra={"agent": agent.address, "peer": visit.peer})
        return _code_page(visit, problem="code_wrong", status=403)
    log.info("login", extra={"agent": agent.address, "peer": visit.peer, "method": method})
    target = following if method == "totp" else "/account/second-factor?done=recovery"
    answer = with_session(visit, agent.id, visit.go(target), method)
    drop_note(visit, answer, _NOTE)
    return answer


def _first_step(visit: Visit) -> tuple[Agent, str] | None:
    note = kept_note(visit, _NOTE)
    if note is None:
        return None
    with visit.services.database.read() as connection:
        agent = find_agent(connection, int(note["agent"]))
        found = password_hash_of(connection, agent.address) if agent is not None else None
    if found is None or not hmac.compare_digest(_digest(found[1]), str(note["password"])):
        return None
    return found[0], str(note["next"])


def _code_page(visit: Visit, *, problem: str, status: int) -> Response:
    return visit.page(
        "login_code.html.j2", status, problem=problem, login_token=visit.cookies.get(login_cookie(visit.secure), "")
    )


def _digest(password_hash: str) -> str:
    return hashlib.sha256(password_hash.encode()).hexdigest()
