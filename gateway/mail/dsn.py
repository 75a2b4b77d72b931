"""Is this a report of a delivery that failed or is delayed, and whom did it not reach?

The standard form (RFC 3464, RFC 6533) is read field by field (dsn_report.py); the prose of older and odd mail systems by a table of
the shapes they use (dsn_prose.py). Why it failed, and whether the address itself is no good, is in dsn_reason.py.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from gateway.mail import dsn_prose, dsn_report, dsn_returned
from gateway.mail.dsn_reason import HARD, reason_of
from gateway.mail.dsn_returned import Headers
from gateway.mail.model import Bounce


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
    types = {part.content_type for part in parts}
    if types & {
        "message/feedback-report",
        "message/disposition-notification",
        "message/global-disposition-notification",
    }:
        return None, ()
    prose, inline = dsn_returned.split_prose(text)
    returned = _returned(parts, inline)
    recipients = [
        recipient
        for part in parts
        if part.content_type in ("message/delivery-status", "message/global-delivery-status")
        for recipient in dsn_report.read_report(_text(part))
    ]
    if not recipients and dsn_report.looks_like_report(prose):
        recipients = dsn_report.read_report(prose)
    if recipients:
        lost = dsn_report.failed(recipients)
        if not lost:
            return None, ()
        return _from_report(lost, prose, returned), returned
    if not dsn_prose.is_bounce(headers, subject=subject, author=author, text=prose):
        return None, ()
    return _from_prose(headers, prose, returned), returned


def _text(part: Part) -> str:
    return part.text or part.raw.decode("utf-8", "replace")


def _returned(parts: Sequence[Part], inline: str) -> Headers:
    for wanted in (
        ("message/rfc822", "message/global"),
        ("text/rfc822-headers", "message/global-headers", "message/rfc822-headers", "text/rfc822"),
    ):
        for part in parts:
            if part.content_type in wanted:
                found = dsn_returned.parse_headers(_text(part))
                if found:
                    return found
    return dsn_returned.parse_headers(inline) if inline else ()


def _from_report(lost: Sequence[dsn_report.Recipient], prose: str, returned: Headers) -> Bounce:
    addresses = [address for recipient in lost for address in recipient.addresses]
    if not addresses:
        addresses = list(dsn_prose.recipients(prose))
    first = lost[0]
    status = first.status or dsn_report.status_in(first.diagnostic or "") or dsn_prose.status_of(prose)
    diagnostic = first.diagnostic or dsn_prose.diagnostic_of(prose)
    delayed = first.action == "delayed"
    hard = not delayed and reason_of([text for text in (first.diagnostic, prose) if text], status) in HARD
    return Bounce(
        tuple(dict.fromkeys(addresses)), status, hard, diagnostic, dsn_returned.message_id_of(returned, prose)
    )


def _from_prose(headers: Sequence[tuple[str, str]], prose: str, returned: Headers) -> Bounce:
    addresses = dsn_prose.recipients(prose) or dsn_prose.named_recipients(headers, returned)
    status = dsn_prose.status_of(prose)
    diagnostic = dsn_prose.diagnostic_of(prose)
    hard = reason_of([prose], status) in HARD
    return Bounce(tuple(addresses), status, hard, diagnostic, dsn_returned.message_id_of(returned, prose))
