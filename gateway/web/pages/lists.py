"""Senders that are allowed, blocked, suspended or rejected. For admins."""

from datetime import datetime, timedelta
from urllib.parse import urlencode

from starlette.responses import Response

from gateway.config.senders import entries_of
from gateway.desk.lists import put_on_list
from gateway.rules.sender_lists import Action, Entry
from gateway.store.sender_lists import ListError, conflicting, list_entries, remove_entry
from gateway.web.visit import Refused, Visit

ROWS = 100
DAYS = {"1": 1, "7": 7, "30": 30, "90": 90, "365": 365}
"""How long a new entry may count, as the form offers it; anything else is for ever."""

_DONE = ("listed", "listed_already", "unlisted")


def lists(visit: Visit) -> Response:
    return _page(visit)


def add_to_list(visit: Visit) -> Response:
    """List a sender; what is wrong is said on the form, with what was typed."""
    form = visit.form
    action = _action(form.get("action", ""))
    if action is None:
        raise Refused(400, "error_400")
    try:
        with visit.services.database.write() as connection:
            added = put_on_list(
                connection,
                visit.services.configuration(),
                action,
                form.get("sender", ""),
                reason=form.get("reason", ""),
                author=visit.agent.address,
                now=visit.now,
                expires_at=_end(form.get("days", ""), visit.now),
            )
    except ListError as error:
        return _page(visit, status=422, problem=str(error), typed=form)
    return visit.go("/lists", done="listed" if added.is_new else "listed_already")


def remove_from_list(visit: Visit) -> Response:
    try:
        with visit.services.database.write() as connection:
            remove_entry(connection, visit.number(), author=visit.agent.address, now=visit.now)
    except ListError as error:
        raise Refused(404, "error_404") from error
    return visit.go("/lists", done="unlisted")


def _page(visit: Visit, *, status: int = 200, problem: str = "", typed: object = None) -> Response:
    action = _action(visit.query.get("action", ""))
    words = visit.query.get("words", "")[:200].strip()
    before = visit.asked_number("before")
    with visit.services.database.read() as connection:
        found = list_entries(connection, now=visit.now, action=action, words=words, limit=ROWS + 1, before=before)
    stored = [it.entry for it in found[:ROWS]]
    configured = [] if before is not None else [it for it in _configured(visit) if _is_meant(it, action, words)]
    asked: dict[str, str | int] = {name: value for name, value in (("action", action or ""), ("words", words)) if value}
    following = asked | {"before": int(stored[-1].id)} if len(found) > ROWS else {}
    return visit.page(
        "lists.html.j2",
        status,
        configured=configured,
        rows=stored,
        conflicts={
            number: [it.number for it in others] for number, others in conflicting((*configured, *stored)).items()
        },
        action=action.value if action is not None else "",
        actions=[it.value for it in Action],
        words=words,
        days=tuple(DAYS),
        typed=typed or {},
        problem=problem,
        done=visit.query.get("done") if visit.query.get("done") in _DONE else "",
        next=f"/lists?{urlencode(following)}" if following else None,
    )


def _configured(visit: Visit) -> list[Entry]:
    return [it for it in entries_of(visit.services.configuration().lists) if not it.is_over(visit.now)]


def _is_meant(entry: Entry, action: Action | None, words: str) -> bool:
    text = f"{entry.value}\n{entry.reason}".casefold()
    return (action is None or entry.action is action) and words.casefold() in text


def _action(text: str) -> Action | None:
    return next((it for it in Action if it.value == text), None)


def _end(days: str, now: datetime) -> datetime | None:
    return now + timedelta(days=DAYS[days]) if days in DAYS else None
