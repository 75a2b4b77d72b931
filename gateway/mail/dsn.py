"""Is this a report of a delivery that failed or is delayed, and whom did it not reach?

The standard form (RFC 3464, RFC 6533) is read field by field (dsn_report.py); the prose of older and odd mail systems by a table of
the shapes they use (dsn_prose.py). Why it failed, and whether the address itself is no good, is in dsn_cause.py.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from gateway.mail import dsn_json, dsn_prose, dsn_report, dsn_returned
from gateway.mail.dsn_cause import cause_of
from gateway.mail.dsn_reasons import HARD
from gateway.mail.dsn_returned import Headers
from gateway.mail.model import Bounce

_REPORTS = frozenset(("message/delivery-status", "message/global-delivery-status"))
_OTHER_REPORTS = frozenset(
    ("message/feedback-report", "message/disposition-notification", "message/global-disposition-notification")
)
_RETURNED = (
    frozenset(("message/rfc822", "message/global")),
    frozenset(("text/rfc822-headers", "message/global-headers", "message/rfc822-headers", "text/rfc822")),
)


@dataclass(frozen=True, slots=True)
class Part:
    """A leaf of the MIME tree, or an attached message as one part."""

    path: str  # "1.2"
    content_type: str  # lower case, without parameters
    text: str  # decoded; "" where the part holds no text
    raw: bytes = field(repr=False)  # after the transfer encoding is taken off
    headers: tuple[tuple[str, str], ...] = field(repr=False, default=())


def read_bounce(
    headers: Sequence[tuple[str, str]], parts: Sequence[Part], *, subject: str, author: str | None, text: str
) -> tuple[Bounce | None, Headers]:
    """Return the bounce, if it is one, and the header fields of the mail that came back (empty where none came).

    A success report, a read receipt (RFC 8098) and an abuse report (RFC 5965) are no bounces.
    """
    if any(part.content_type in _OTHER_REPORTS for part in parts) or _reports_otherwise(headers):
        return None, ()
    if not text.strip():
        text = next(
            (_text(part) for part in parts if part.content_type.startswith("multipart/")), text
        )  # one whose boundary is missing
    notice = dsn_json.read_notice(text)
    if notice is not None:
        recipients, fields = notice
        return (_from_report(recipients, "", fields), fields) if recipients else (None, ())
    recipients = [
        recipient
        for part in parts
        if part.content_type in _REPORTS
        for recipient in dsn_report.read_report(_text(part))
    ]
    if not recipients and dsn_report.looks_like_report(text):
        recipients = dsn_report.read_report(text)
    if not recipients and not dsn_prose.may_be_bounce(headers, subject=subject, author=author):
        return None, ()  # nearly all mail: its text need not be searched
    prose, inline = dsn_returned.split_prose(text)
    returned = _returned(parts, inline)
    if recipients:
        lost = dsn_report.failed(recipients)
        return (_from_report(lost, prose, returned), returned) if lost else (None, ())
    if not dsn_prose.is_bounce(headers, subject=subject, author=author, text=prose):
        return None, ()
    return _from_prose(headers, prose, returned), returned


def _reports_otherwise(headers: Sequence[tuple[str, str]]) -> bool:
    types = [" ".join(value[:400].lower().split()) for name, value in headers if name.lower() == "content-type"]
    return any(
        "report-type" in value and ("disposition-notification" in value or "feedback-report" in value)
        for value in types
    )


def _text(part: Part) -> str:
    return part.text or part.raw.decode("utf-8", "replace")


def _returned(parts: Sequence[Part], inline: str) -> Headers:
    for wanted in _RETURNED:
        for part in parts:
            if part.content_type in wanted:
                found = dsn_returned.parse_headers(_text(part)[: dsn_returned.HEADER_LIMIT])
                if found:
                    return found
    return dsn_returned.parse_headers(inline) if inline else ()


def _from_report(lost: Sequence[dsn_report.Recipient], prose: str, returned: Headers) -> Bounce:
    addresses = [address for recipient in lost for address in recipient.addresses] or [*dsn_prose.recipients(prose, ())]
    first = lost[0]
    status = _better_status(first.status, first.diagnostic) or dsn_prose.status_of(prose)
    diagnostic = first.diagnostic or dsn_prose.diagnostic_of(prose)
    delayed = first.action == "delayed"
    hard = not delayed and cause_of([text for text in (first.diagnostic, prose) if text], status, prose) in HARD
    return Bounce(
        tuple(dict.fromkeys(addresses)), status, hard, diagnostic, dsn_returned.message_id_of(returned, prose)
    )


def _better_status(stated: str | None, diagnostic: str | None) -> str | None:
    """The Status field, else what the diagnostic quotes."""
    return stated or dsn_prose.status_of(diagnostic or "")


def _from_prose(headers: Sequence[tuple[str, str]], prose: str, returned: Headers) -> Bounce:
    own = dsn_prose.own_addresses(headers)
    addresses = (
        dsn_prose.named_recipients(headers, ())
        or dsn_prose.recipients(prose, own)
        or dsn_prose.named_recipients((), returned)
    )
    status = dsn_prose.status_of(prose)
    diagnostic = dsn_prose.diagnostic_of(prose)
    delayed = dsn_prose.is_delay(headers, prose)
    hard = not delayed and cause_of([text for text in (diagnostic, prose) if text], status, prose) in HARD
    return Bounce(tuple(addresses), status, hard, diagnostic, dsn_returned.message_id_of(returned, prose))
