"""Held mail. Agents see what any ticket could say; admins see all of it, and decide."""

from collections.abc import Collection
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from starlette.responses import Response

from gateway.desk.quarantine import Act, Done, act
from gateway.report.asked import AskedForUse, asked_of
from gateway.store.mail_views import journal_source
from gateway.store.quarantine import Selection, count_matching
from gateway.store.quarantine_views import find_quarantined, list_quarantine, sums_by_cause
from gateway.store.view_model import QuarantineRow
from gateway.threading.causes import Audience, about, visible_to
from gateway.web.pages.mail import raw_source
from gateway.web.visit import Refused, Visit, number_in

ROWS = 50
SHOWN_BEFORE_DELETING = 8
_ACTS = {it.value: it for it in (Act.RELEASE, Act.ALLOW, Act.DELETE, Act.BLOCK)}
_ASKED_AGAIN = (Act.DELETE, Act.BLOCK)
_CHOSEN = "mail_"  # followed by the number, as the name of a box that is ticked


def quarantine(visit: Visit) -> Response:
    return _list_page(visit)


def quarantine_entry(visit: Visit) -> Response:
    row = _found(visit)
    return visit.page(
        "quarantine_entry.html.j2",
        row=row,
        told=_told(visit, row.cause),
        days_left=_days_left(visit, row),
        is_admin=_is_admin(visit),
        asked=_asked(visit, row),
    )


def quarantine_raw(visit: Visit) -> Response:
    row = _found(visit)  # other mail of the journal is not shown here
    with visit.services.database.read() as connection:
        source = journal_source(connection, row.id)
    return raw_source(visit, source)


def quarantine_act(visit: Visit) -> Response:
    """Do something with the ticked mails, or with all of a list; deleting is asked about once."""
    what = _ACTS.get(visit.form.get("act", ""))
    if what is None:
        raise Refused(400, "error_form")
    selection = _meant(visit)
    with visit.services.database.read() as connection:
        count = count_matching(connection, selection)
    if not count:
        return _list_page(visit, status=409, problem="none_chosen")
    if what in _ASKED_AGAIN and not visit.form.get("sure"):
        return _confirm_page(visit, what, selection, count)
    done = act(
        visit.services.database,
        what,
        selection,
        actor=visit.agent.address,
        now=visit.now,
        is_ours=visit.services.desk.office().addresses.is_ours,
    )
    visit.services.on_incoming()
    if done.not_listed:
        return _list_page(visit, problem="not_listed", why=_sentences(done))
    return visit.go("/quarantine", done=what.value, **_filter(visit.form))


def _list_page(visit: Visit, *, status: int = 200, problem: str = "", **names: Any) -> Response:
    asked = _filter(visit.form if visit.form else visit.query)
    visible = _visible(visit)
    selection = _within(visible, asked)
    with visit.services.database.read() as connection:
        rows = list_quarantine(connection, selection=selection, limit=ROWS + 1, before=visit.asked_number("before"))
        sums = sums_by_cause(connection, visible)
        count = count_matching(connection, selection)
    return visit.page(
        "quarantine.html.j2",
        status,
        rows=[(row, _told(visit, row.cause), _days_left(visit, row)) for row in rows[:ROWS]],
        sums=[(it, _told(visit, it.cause)) for it in sums],
        total=sum(it.mails for it in sums),
        count=count,
        asked=asked,
        chosen_cause=_told(visit, asked["cause"]) if asked.get("cause") else None,
        next=f"/quarantine?{urlencode({**asked, 'before': rows[ROWS - 1].id})}" if len(rows) > ROWS else None,
        done=visit.query.get("done", "") if visit.query.get("done") in _ACTS else "",
        problem=problem,
        names=names,
        is_admin=_is_admin(visit),
    )


def _confirm_page(visit: Visit, what: Act, selection: Selection, count: int) -> Response:
    with visit.services.database.read() as connection:
        rows = list_quarantine(connection, selection=selection, limit=SHOWN_BEFORE_DELETING)
    kept = {name: value for name, value in visit.form.items() if name.startswith(_CHOSEN)}
    kept |= {name: visit.form[name] for name in ("all", "cause", "sender") if visit.form.get(name)}
    return visit.page(
        "quarantine_confirm.html.j2",
        act=what.value,
        count=count,
        rows=rows,
        kept=kept,
        undo_days=visit.services.configuration().quarantine.undo_days,
    )


def _meant(visit: Visit) -> Selection:
    """What the form says: everything of the list that was shown, or the boxes that were ticked."""
    if visit.form.get("all"):
        return _within(_visible(visit), _filter(visit.form))
    ticked = (number_in(name.removeprefix(_CHOSEN)) for name in visit.form if name.startswith(_CHOSEN))
    return Selection(ids=tuple(number for number in ticked if number is not None))


def _filter(asked: Any) -> dict[str, str]:
    return {name: asked[name][:320] for name in ("cause", "sender") if asked.get(name)}


def _within(visible: Collection[str] | None, asked: dict[str, str]) -> Selection:
    """The list that was asked for, of what this person may see."""
    chosen = Selection(sender=asked.get("sender"))
    if asked.get("cause"):
        may = visible is None or asked["cause"] in visible
        return replace(chosen, causes=(asked["cause"],) if may else ())
    return chosen if visible is None else replace(chosen, causes=tuple(visible))


def _visible(visit: Visit) -> Collection[str] | None:
    """The causes whose mail this person may see; None: all, also those that only another version knows."""
    return None if _is_admin(visit) else visible_to(Audience.AGENT)


def _is_admin(visit: Visit) -> bool:
    return visit.agent.role == "admin"


def _found(visit: Visit) -> QuarantineRow:
    with visit.services.database.read() as connection:
        row = find_quarantined(connection, visit.number())
    visible = _visible(visit)
    if row is None or (visible is not None and row.cause not in visible):
        raise Refused(404, "error_404")
    return row


def _told(visit: Visit, cause: str | None) -> dict[str, str]:
    """What is said of a cause, in the visitor's language."""
    words = about(cause)
    language = visit.language
    return {
        "cause": cause or "",
        "severity": words.severity.value,
        "title": words.title.said_in(language),
        "happened": words.happened.said_in(language),
        "remedy": words.remedy.said_in(language),
    }


def _asked(visit: Visit, row: QuarantineRow) -> AskedForUse | None:
    if not _is_admin(visit):
        return None
    with visit.services.database.read() as connection:
        return asked_of(connection, visit.services.blobs, visit.services.desk.office().verifying_services, row.id)


def _days_left(visit: Visit, row: QuarantineRow) -> int:
    """Whole days until the mail may be deleted by itself; 0 where the time has come."""
    kept = timedelta(days=visit.services.configuration().quarantine.keep_days)
    left = (row.settled_at or row.received_at) + kept - visit.now
    return max(0, left.days + (left % timedelta(days=1) > timedelta(0)))


def _sentences(done: Done) -> str:
    return "; ".join(done.not_listed[:3])
