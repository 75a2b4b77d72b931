"""Which visits are written to the audit log: one table of routes, so that no page has to think of it.

A visit is written down before its answer leaves. What was typed is not kept, but for the few fields that say what was decided.
"""

from dataclasses import dataclass
from typing import Any

from starlette.responses import Response

from gateway.store.agents import find_agent
from gateway.store.audit import What, is_written, once_an_hour, record
from gateway.web.visit import Visit

_FIELDS = ("action", "days", "act", "cause")  # no address of a customer: rows of the log are never changed


@dataclass(frozen=True, slots=True)
class Recorded:
    """How a route's visits are written down."""

    what: What
    about: str = ""  # followed by the number in the path
    hourly: bool = False  # one row a viewer, object and hour
    asked: str = ""  # the number stands in this field of the query instead; without it nothing was seen


RECORDED: dict[tuple[str, str], Recorded] = {
    ("GET", "/tickets/{number}"): Recorded(What.TICKET_VIEWED, "ticket", hourly=True),
    ("GET", "/messages/{number}/html"): Recorded(What.TICKET_VIEWED, "message", hourly=True),
    ("GET", "/messages/{number}/test"): Recorded(What.TICKET_VIEWED, "message", hourly=True),
    ("GET", "/messages/{number}/trace"): Recorded(What.TICKET_VIEWED, "message", hourly=True),
    ("GET", "/messages/{number}/raw"): Recorded(What.RAW_VIEWED, "message"),
    ("GET", "/messages/{number}/attachments/{part}"): Recorded(What.ATTACHMENT_READ, "message"),
    ("GET", "/outbox/{number}"): Recorded(What.MAIL_VIEWED, "outbox", hourly=True),
    ("GET", "/outbox/{number}/html"): Recorded(What.MAIL_VIEWED, "outbox", hourly=True),
    ("GET", "/outbox/{number}/attachments/{part}"): Recorded(What.ATTACHMENT_READ, "outbox"),
    ("GET", "/outbox/{number}/raw"): Recorded(What.RAW_VIEWED, "outbox"),
    ("GET", "/quarantine/{number}"): Recorded(What.MAIL_VIEWED, "journal", hourly=True),
    ("GET", "/quarantine/{number}/raw"): Recorded(What.RAW_VIEWED, "journal"),
    ("GET", "/notices"): Recorded(What.TICKET_VIEWED, "ticket", hourly=True, asked="ticket"),
    ("GET", "/notices/html"): Recorded(What.TICKET_VIEWED, "ticket", hourly=True, asked="ticket"),
    ("GET", "/reports"): Recorded(What.EXPORTED, "report times", hourly=True),
    ("GET", "/csat"): Recorded(What.EXPORTED, "report csat", hourly=True),  # with what customers wrote
    ("POST", "/tickets/{number}/unmasked"): Recorded(What.UNMASKED, "ticket"),
    ("POST", "/logout"): Recorded(What.SESSION_ENDED),
    ("POST", "/account/password"): Recorded(What.PASSWORD_CHANGED),
    ("POST", "/account/second-factor/confirm"): Recorded(What.SECOND_FACTOR_CHANGED),
    ("POST", "/account/second-factor/codes"): Recorded(What.SECOND_FACTOR_CHANGED),
    ("POST", "/account/second-factor/remove"): Recorded(What.SECOND_FACTOR_CHANGED),
    ("POST", "/account/sessions/end"): Recorded(What.SESSION_ENDED),
    ("POST", "/account/sessions/{number}/end"): Recorded(What.SESSION_ENDED, "session"),
    ("POST", "/sessions/{number}/end"): Recorded(What.SESSION_ENDED, "session"),
    ("POST", "/outbox/{number}/release"): Recorded(What.OUTBOX_DECIDED, "outbox"),
    ("POST", "/outbox/{number}/discard"): Recorded(What.OUTBOX_DECIDED, "outbox"),
    ("POST", "/outbox/{number}/retry"): Recorded(What.OUTBOX_DECIDED, "outbox"),
    ("POST", "/quarantine/act"): Recorded(What.QUARANTINE_DECIDED),
    ("POST", "/abuse/breaker/close"): Recorded(What.BREAKER_CLOSED),
    ("POST", "/abuse/silences/end"): Recorded(What.SILENCE_CHANGED),
    ("POST", "/macros"): Recorded(What.MACRO_CHANGED),
    ("POST", "/macros/{number}"): Recorded(What.MACRO_CHANGED, "macro"),
    ("POST", "/macros/{number}/remove"): Recorded(What.MACRO_CHANGED, "macro"),
    ("POST", "/lists"): Recorded(What.LIST_CHANGED),
    ("POST", "/lists/{number}/remove"): Recorded(What.LIST_CHANGED, "entry"),
}
_LOGINS = ("/login", "/login/code")


def write_down(visit: Visit, method: str, path: str, answer: Response) -> None:
    """Add the row that belongs to this visit, if one does. The database's errors go on: what cannot be written is not shown."""
    if method == "POST" and path in _LOGINS and answer.status_code >= 400:
        _failed_login(visit, answer.status_code)
        return
    known = RECORDED.get((method, path))
    if known is None or answer.status_code >= 400 or visit.session is None:
        return
    number = str(visit.asked_number(known.asked) or "") if known.asked else visit.path.get("number", "")
    if known.asked and not number:
        return
    about = " ".join(part for part in (known.about, number) if part)
    once = once_an_hour(known.what, visit.agent.id, about, visit.now) if known.hourly else None
    if once is not None:
        with visit.services.database.read() as connection:  # most views were written down before: they cost no writing
            if is_written(connection, once):
                return
    data: dict[str, Any] = {"path": visit.url.partition("?")[0]} if not known.hourly else {}
    data |= {name: visit.form[name][:320] for name in _FIELDS if visit.form.get(name)}
    _record(visit, known.what, about, visit.agent.address, data, once)


def started(visit: Visit, address: str, method: str) -> None:
    """Somebody logged in."""
    _record(visit, What.SESSION_STARTED, address, address, {"method": method}, None)


def _failed_login(visit: Visit, status: int) -> None:
    """Only an agent's address is kept: people type passwords into the wrong field."""
    with visit.services.database.read() as connection:
        known = find_agent(connection, visit.form.get("address", "").strip()[:320])
    what = What.LOGIN_REFUSED if status == 429 else What.LOGIN_FAILED
    _record(visit, what, known.address if known else "", "", {"path": visit.url.partition("?")[0]}, None)


def _record(visit: Visit, what: What, about: str, actor: str, data: dict[str, Any], once: str | None) -> None:
    with visit.services.database.write() as connection:
        record(connection, what, about, actor=actor, origin=visit.peer, now=visit.now, data=data, once=once)
