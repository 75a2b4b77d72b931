"""Who is logged in where, and ending it: one's own sessions for everybody, all of them for admins."""

import logging
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from starlette.responses import Response

from gateway.store.sessions import OpenSession, end_session, end_sessions, list_sessions
from gateway.web.visit import Refused, Visit

log = logging.getLogger(__name__)

_PROGRAMS = (
    ("Edge", r"\bEdg(?:A|iOS)?/"),
    ("Whale", r"\bWhale/"),
    ("Samsung Internet", r"\bSamsungBrowser/"),
    ("Firefox", r"\b(?:Firefox|FxiOS)/"),
    ("Chrome", r"\b(?:Chrome|CriOS)/"),
    ("Safari", r"\bSafari/"),
)
_SYSTEMS = (
    ("Android", r"\bAndroid\b"),
    ("iPhone", r"\biPhone\b"),
    ("iPad", r"\biPad\b"),
    ("Windows", r"\bWindows\b"),
    ("macOS", r"\bMac OS X\b"),
    ("Linux", r"\bLinux\b"),
)


@dataclass(frozen=True, slots=True)
class ShownSession:
    id: int
    agent: str
    browser: str
    peer: str
    method: str
    created_at: datetime
    seen_at: datetime
    is_this: bool  # the one that looks


def sessions(visit: Visit) -> Response:
    """Everybody's sessions."""
    with visit.services.database.read() as connection:
        opened = list_sessions(connection, visit.now)
    return visit.page(
        "sessions.html.j2", sessions=shown(visit, opened), done="ended" if visit.query.get("done") == "ended" else ""
    )


def end_any(visit: Visit) -> Response:
    """End somebody's session."""
    with visit.services.database.write() as connection:
        ended = end_session(connection, visit.number())
    return _ended(visit, ended, "/sessions")


def end_own(visit: Visit) -> Response:
    with visit.services.database.write() as connection:
        ended = end_session(connection, visit.number(), of=visit.agent.id)
    return _ended(visit, ended, "/account")


def end_others(visit: Visit) -> Response:
    """End all sessions of one's own but this one."""
    assert visit.session is not None, "the table of pages lets nobody else in"
    with visit.services.database.write() as connection:
        count = end_sessions(connection, visit.agent.id, but=visit.session.id)
    return _ended(visit, count > 0, "/account")


def shown(visit: Visit, opened: Iterable[OpenSession]) -> list[ShownSession]:
    own = visit.session.id if visit.session is not None else 0
    return [
        ShownSession(
            it.id, it.agent, browser_name(it.user_agent), it.peer, it.method, it.created_at, it.seen_at, it.id == own
        )
        for it in opened
    ]


def browser_name(user_agent: str) -> str:
    """``Firefox, Windows``, as people know them; the first words of what it says of itself where we do not know it."""
    names = [next((name for name, mark in known if re.search(mark, user_agent)), "") for known in (_PROGRAMS, _SYSTEMS)]
    return ", ".join(name for name in names if name) or user_agent[:40]


def _ended(visit: Visit, ended: bool, page: str) -> Response:
    if not ended and visit.path.get("number"):
        raise Refused(404, "error_404")
    log.info("session ended by hand", extra={"agent": visit.agent.address, "path": visit.url})
    return visit.go(page, done="ended")
