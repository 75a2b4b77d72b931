"""What pages that log somebody in share: the session's cookie, random texts, and sealed notes that a browser keeps for us.

A note is a cookie that only this gateway can read or make. Between two requests of one login it says what was proved so far, so that
nobody fills a table by asking for forms.
"""

import base64
import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Literal

from starlette.responses import Response

from gateway.store.agents import find_agent
from gateway.store.seal import NONCE_OCTETS, seal, unseal
from gateway.store.sessions import LONGEST, start_session
from gateway.web.guard import login_cookie, session_cookie
from gateway.web.recorded import started
from gateway.web.visit import Visit

NOTE_LIFETIME = timedelta(minutes=10)
_LONGEST_PATH = 300  # characters; a note is a cookie, and browsers keep cookies up to 4096 octets


def with_session(visit: Visit, agent_id: int, answer: Response, method: str) -> Response:
    """``answer`` with the cookie of a fresh session; ``method`` is how the agent proved who they are."""
    token, csrf = random_text(visit, 32), random_text(visit, 24)
    with visit.services.database.write() as connection:
        start_session(
            connection,
            agent_id,
            token=token,
            csrf=csrf,
            now=visit.now,
            peer=visit.peer,
            user_agent=visit.user_agent,
            method=method,
        )
    with visit.services.database.read() as connection:
        agent = find_agent(connection, agent_id)
    started(visit, agent.address if agent is not None else "", method)
    answer.set_cookie(
        session_cookie(visit.secure),
        token,
        max_age=int(LONGEST.total_seconds()),
        path="/",
        secure=visit.secure,
        httponly=True,
        samesite="lax",
    )
    answer.delete_cookie(login_cookie(visit.secure), secure=visit.secure, httponly=True, samesite="strict")
    return answer


def keep_note(
    visit: Visit, answer: Response, purpose: str, content: Mapping[str, Any], same_site: Literal["lax", "strict"]
) -> None:
    """Let the browser keep a note for ten minutes. "lax" where it must come back from another site."""
    told = json.dumps({**content, "until": (visit.now + NOTE_LIFETIME).timestamp()}).encode()
    sealed = seal(visit.services.keyring(), f"note {purpose}", told, nonce=visit.services.entropy(NONCE_OCTETS))
    answer.set_cookie(
        _note_cookie(purpose, visit.secure),
        sealed,
        max_age=int(NOTE_LIFETIME.total_seconds()),
        path="/",
        secure=visit.secure,
        httponly=True,
        samesite=same_site,
    )


def kept_note(visit: Visit, purpose: str) -> dict[str, Any] | None:
    """The note of this purpose; None where there is none, it is too old, or somebody made it themselves."""
    told = unseal(
        visit.services.keyring(), f"note {purpose}", visit.cookies.get(_note_cookie(purpose, visit.secure), "")
    )
    if told is None:
        return None
    content: dict[str, Any] = json.loads(told)
    return content if visit.now.timestamp() < content["until"] else None


def drop_note(visit: Visit, answer: Response, purpose: str) -> None:
    answer.delete_cookie(_note_cookie(purpose, visit.secure), secure=visit.secure, httponly=True)


def random_text(visit: Visit, octets: int) -> str:
    return base64.urlsafe_b64encode(visit.services.entropy(octets)).decode("ascii").rstrip("=")


def local_path(path: str) -> str:
    """``path`` if it is a path of this site and nothing else: browsers take ``//host`` and ``/\\\\host`` for another host."""
    fine = path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable() and "\\" not in path
    return path if fine and len(path) <= _LONGEST_PATH else "/tickets"


def _note_cookie(purpose: str, secure: bool) -> str:
    return f"__Host-gateway-{purpose}" if secure else f"gateway-{purpose}"
