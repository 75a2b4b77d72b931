"""Mails that carry one hostile text in every field that a sender has."""

import base64
from datetime import datetime
from email.utils import format_datetime
from pathlib import Path

CONTROL = {"␀": "\x00", "␁": "\x01", "␉": "\t", "␊": "\n", "␌": "\f", "␍": "\r"}
_WEB = Path(__file__).resolve().parents[1] / "web"


def vectors(name: str) -> list[str]:
    """The lines of a file of vectors beside the tests of the web view, with their control characters."""
    lines = (_WEB / name).read_text("utf-8").splitlines()
    return [_with_controls(line) for line in lines if line.strip() and not line.startswith("# ")]


def whole_mail(vector: str, number: int, at: datetime) -> bytes:
    """Subject, names, addresses, ids, type, charset and file names; text, HTML, a calendar, a mail in the mail and an SVG file."""
    line = " ".join(vector.replace("\x00", "").split())
    raw = line.encode("utf-8", "replace")
    quoted = raw.replace(b"\\", b"\\\\").replace(b'"', b'\\"')
    head = [
        b"From: " + _word(vector) + b" <hong%d@customer.example>" % number,
        b"To: support@example.com",
        b'Cc: "' + quoted + b'"@other.example, ' + _word(vector) + b" <cc@other.example>",
        b"Subject: " + _word(vector),
        b"Date: " + format_datetime(at).encode(),
        b"Message-ID: <%d." % number + raw.replace(b" ", b"") + b"@customer.example>",
        b"References: <" + raw.replace(b" ", b"") + b"@x.example>",
        b"In-Reply-To: " + raw,
        b"Content-Location: " + raw,
        b"X-Mailer: " + raw,
        b"MIME-Version: 1.0",
        b'Content-Type: multipart/mixed; boundary="outer-%d"; name="' % number + quoted + b'"',
    ]
    body = vector.encode("utf-8", "replace")
    parts = [
        _part(
            b'text/plain; charset="utf-8"',
            b"See " + body + b" and https://x.example/?q=" + body + b"\n\n> " + body + b"\n",
        ),
        _part(b"text/html; charset=utf-8", b"<p style='color:red'>seen</p><p>" + body + b"</p>"),
        _part(
            b'text/calendar; charset="utf-8"; method=REQUEST',
            b"BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:" + raw + b"\nEND:VEVENT\n",
        ),
    ]
    alternative = b"".join(b"--inner-%d\r\n" % number + part + b"\r\n" for part in parts) + b"--inner-%d--\r\n" % number
    child = (
        b"From: "
        + _word(vector)
        + b" <x@y.example>\r\nSubject: "
        + _word(vector)
        + b"\r\nContent-Type: text/html\r\n\r\n"
        + body
    )
    mixed = [
        b'Content-Type: multipart/alternative; boundary="inner-%d"\r\n\r\n' % number + alternative,
        b"Content-Type: message/rfc822\r\n\r\n" + child,
        _part(
            b'image/svg+xml; name="' + quoted + b'"',
            body,
            b'Content-Disposition: attachment; filename="' + quoted + b'.svg"\r\n',
        ),
        _part(
            b'text/plain; charset="' + quoted + b'"',
            body,
            b"Content-Disposition: inline; filename*=utf-8''" + _percent(raw) + b"\r\n",
        ),
    ]
    outer = b"".join(b"--outer-%d\r\n" % number + part + b"\r\n" for part in mixed) + b"--outer-%d--\r\n" % number
    return b"\r\n".join(head) + b"\r\n\r\n" + outer


def mail_of_one_part(kind: str, content: bytes, number: int, at: datetime, *headers: str) -> bytes:
    """A mail that is nothing but this part."""
    fields = [
        f"From: hong{number}@customer.example",
        "To: support@example.com",
        f"Subject: {number}",
        f"Date: {format_datetime(at)}",
        f"Message-ID: <one.{number}.{abs(hash(kind))}@customer.example>",
        "MIME-Version: 1.0",
        *headers,
    ]
    return "\r\n".join(fields).encode() + b"\r\n" + _part(kind.encode(), content)


def _part(kind: bytes, content: bytes, more: bytes = b"") -> bytes:
    return (
        b"Content-Type: "
        + kind
        + b"\r\n"
        + more
        + b"Content-Transfer-Encoding: base64\r\n\r\n"
        + base64.encodebytes(content)
    )


def _word(text: str) -> bytes:
    """As encoded words (RFC 2047), which carry any character."""
    octets = text.encode("utf-8", "replace")
    pieces = [octets[start : start + 42] for start in range(0, len(octets), 42)]
    return b"\r\n ".join(b"=?utf-8?b?" + base64.b64encode(piece) + b"?=" for piece in pieces)


def _percent(octets: bytes) -> bytes:
    return b"".join(b"%%%02X" % octet for octet in octets)


def _with_controls(line: str) -> str:
    for shown, meant in CONTROL.items():
        line = line.replace(shown, meant)
    return line
