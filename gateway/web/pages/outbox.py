"""Mail out: what waits, what went, what was refused; held mail can be read before it goes."""

from collections.abc import Callable
from urllib.parse import urlencode

from starlette.responses import Response

from gateway.mail.masking import mask_html
from gateway.mail.read import read
from gateway.store.mail_views import find_outbox_mail, list_outbox, queue_ages
from gateway.store.outbox_control import OutboxError, discard, hold, release, retry
from gateway.store.view_model import OutboxMail, Source
from gateway.web.pages.mail import download, frame, raw_source
from gateway.web.visit import Refused, Visit

ROWS = 50
STATES = ("queued", "sending", "held", "failed", "sent", "discarded")


def outbox(visit: Visit) -> Response:
    state = visit.query.get("state", "") if visit.query.get("state", "") in STATES else ""
    with visit.services.database.read() as connection:
        rows = list_outbox(connection, state=state or None, limit=ROWS + 1, before=visit.asked_number("before"))
        counts = queue_ages(connection, visit.now).outbox
    following: dict[str, str | int] = {"state": state} if state else {}
    if len(rows) > ROWS:
        following["before"] = rows[ROWS - 1].id
    return visit.page(
        "outbox.html.j2",
        rows=rows[:ROWS],
        state=state,
        states=STATES,
        counts=counts,
        no_smarthost=not visit.services.configuration().outbound.smarthost,
        next=f"/outbox?{urlencode(following)}" if len(rows) > ROWS else None,
    )


def outbox_mail(visit: Visit) -> Response:
    return _mail_page(visit)


def outbox_html(visit: Visit) -> Response:
    message = read(_found(visit).raw)
    if message.html is None:
        raise Refused(404, "error_404")
    return frame(mask_html(message.html, visit.masked), message)


def outbox_raw(visit: Visit) -> Response:
    return raw_source(visit, _source(visit))


def outbox_attachment(visit: Visit) -> Response:
    return download(visit, _source(visit))


def hold_mail(visit: Visit) -> Response:
    return _control(visit, lambda number: _with(visit, hold, number))


def release_mail(visit: Visit) -> Response:
    return _control(visit, lambda number: _with(visit, release, number))


def discard_mail(visit: Visit) -> Response:
    return _control(visit, lambda number: _with(visit, discard, number))


def retry_mail(visit: Visit) -> Response:
    return _control(visit, lambda number: _with(visit, retry, number))


def _with(visit: Visit, act: Callable[..., None], number: int) -> None:
    with visit.services.database.write() as connection:
        act(connection, number, now=visit.now, actor=visit.agent.address)


def _control(visit: Visit, act: Callable[[int], None]) -> Response:
    number = visit.number()
    _found(visit)
    try:
        act(number)
    except OutboxError as error:
        return _mail_page(visit, status=409, problem=str(error))
    visit.services.on_outgoing()
    return visit.go(f"/outbox/{number}", done="saved")


def _mail_page(visit: Visit, *, status: int = 200, problem: str = "") -> Response:
    mail = _found(visit)
    message = read(mail.raw)
    return visit.page(
        "outbox_mail.html.j2",
        status,
        row=mail.row,
        headers=message.headers,
        text=message.text,
        has_html=message.html is not None,
        attachments=message.attachments,
        done="saved" if visit.query.get("done") == "saved" else "",
        problem=problem,
    )


def _found(visit: Visit) -> OutboxMail:
    with visit.services.database.read() as connection:
        mail = find_outbox_mail(connection, visit.number())
    if mail is None:
        raise Refused(404, "error_404")
    return mail


def _source(visit: Visit) -> Source:
    mail = _found(visit)
    return Source(f"outbox-{mail.row.id}.eml", None, mail.raw)
