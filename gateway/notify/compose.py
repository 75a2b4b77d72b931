"""Finished mail: RFC 5322 bytes, assembled by hand because every mail in and out passes here and the standard library's
policies cost milliseconds. Everything is 7-bit ASCII with lines of at most 76 octets (998 for a single long id), so no relay
has a reason to rewrite it and break its signature.
"""

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime

from gateway.config.model import Brand
from gateway.notify.headers import LINE, is_message_id, mailbox, reference_chain, unstructured, wire_address
from gateway.threading.model import NoticeKind

_LINE_ENDS = re.compile("\r\n|[\r\n\v\f\x1c-\x1e\x85\u2028\u2029]")
_CONTROLS = re.compile("[\x00-\x08\x0e-\x1b\x1f\x7f-\x84\x86-\x9f\ufeff]")
_SURROGATES = re.compile("[\ud800-\udfff]")
_TRAILING = re.compile(r"[ \t]+$", re.MULTILINE)
_BLANK_RUNS = re.compile(r"\n{4,}")
_HIGH_OCTETS = bytes(range(128, 256))
# Mail stores that keep many mails in one file change the first, careless relays the second; both would break signatures.
_FRAGILE = re.compile(rb"^(?:From |\.)", re.MULTILINE)
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*")

# RFC 3834 section 5: an acknowledgement answers one mail, as a menu does; a resolution is sent by an event. An agent's answer is
# neither, unless a rule sends it: it is a person's mail, and marking it would let it be filtered away.
_AUTO_SUBMITTED = {
    NoticeKind.ACK: "auto-replied",
    NoticeKind.ANSWER: "auto-generated",
    NoticeKind.RESOLUTION: "auto-generated",
    NoticeKind.AGENT: "auto-generated",
    NoticeKind.ADDED: "auto-generated",
    NoticeKind.NEWCOMERS: "auto-generated",
    NoticeKind.REMINDER: "auto-generated",
    NoticeKind.DELAYED: "auto-generated",
    NoticeKind.MERGED: "auto-generated",
    NoticeKind.CSAT: "auto-generated",
    NoticeKind.REPLY: "auto-generated",
    NoticeKind.MENU: "auto-replied",
}


@dataclass(frozen=True, slots=True)
class Outgoing:
    """Everything one mail to one person says. Nothing here needs to be clean; ``compose`` cleans or refuses it."""

    kind: NoticeKind
    language: str  # of the text, a BCP 47 tag: "ko"
    sender_name: str  # what the customer reads in From: the brand's name
    sender: str  # support address; also where answers of people without our Reply-To go
    reply_to: str  # the recipient's own token address
    recipient: str
    recipient_name: str  # "" where we do not know it for sure: then a stranger could have chosen it
    subject: str
    date: datetime  # aware
    message_id: str  # without angle brackets
    in_reply_to: str | None
    references: tuple[str, ...]  # oldest first; ``in_reply_to`` is added at the end if it is missing
    text: str
    html: str
    by_rule: bool = False  # an answer that a rule sends in an agent's name
    unsubscribe: tuple[
        str, ...
    ] = ()  # URIs that end mail of this kind (RFC 2369); an https one also by POST (RFC 8058)


def plain(text: str) -> str:
    """Text with one kind of line end (LF), without controls (but tabs), spaces at line ends and long runs of blank lines."""
    text = _CONTROLS.sub("", _LINE_ENDS.sub("\n", text))
    text = _SURROGATES.sub("\ufffd", text)
    return _BLANK_RUNS.sub("\n\n\n", _TRAILING.sub("", text)).strip("\n")


def compose(mail: Outgoing) -> bytes:
    """The mail's bytes, CRLF throughout, text and HTML as multipart/alternative (RFC 2046 section 5.1.4).

    The same input always gives the same bytes. Raises UnsendableAddress for a recipient that cannot be written to, and
    ValueError for a Message-ID, language or date that is not one.
    """
    if not is_message_id(mail.message_id):
        raise ValueError(f"{mail.message_id!r} is not a Message-ID")
    if not _LANGUAGE.fullmatch(mail.language):
        raise ValueError(f"{mail.language!r} is not a language tag")
    if mail.date.tzinfo is None:
        raise ValueError("a mail's date needs a zone")
    fields = [
        f"Date: {format_datetime(mail.date)}",
        mailbox("From", mail.sender_name, mail.sender),
        f"Reply-To: {wire_address(mail.reply_to)}",
        mailbox("To", mail.recipient_name, mail.recipient),
        unstructured("Subject", mail.subject),
        f"Message-ID: <{mail.message_id}>",
        *_thread_fields(mail),
        f"Content-Language: {mail.language}",
    ]
    is_persons = mail.kind is NoticeKind.ANSWER and not mail.by_rule
    automatic = None if is_persons else _AUTO_SUBMITTED[mail.kind]
    if automatic is not None:
        fields += [f"Auto-Submitted: {automatic}", "X-Auto-Response-Suppress: All", "Precedence: bulk"]
    fields += _unsubscribe_fields(mail.unsubscribe)
    # "=_" can stand in neither base64 nor quoted-printable, so no text can close a part (RFC 2045 section 6.7, hint).
    boundary = "=_" + hashlib.sha256(mail.message_id.encode("ascii")).hexdigest()[:32]
    fields += ["MIME-Version: 1.0", f'Content-Type: multipart/alternative; boundary="{boundary}"', "", ""]
    opening = f"--{boundary}\r\n".encode("ascii")
    return b"".join(
        (
            "\r\n".join(fields).encode("ascii"),
            opening,
            _part("plain", plain(mail.text)),
            opening,
            _part("html", mail.html),
            f"--{boundary}--\r\n".encode("ascii"),
        )
    )


def _thread_fields(mail: Outgoing) -> list[str]:
    """In-Reply-To and References, without ids that cannot stand in a header."""
    parent = mail.in_reply_to if mail.in_reply_to is not None and is_message_id(mail.in_reply_to) else None
    ancestors = tuple(value for value in mail.references if value not in (parent, mail.message_id))
    chain = reference_chain((*ancestors, parent) if parent else ancestors)
    fields = [f"In-Reply-To: <{parent}>"] if parent else []
    if chain:
        fields.append("References: " + "\r\n ".join(f"<{value}>" for value in chain))
    return fields


def _unsubscribe_fields(uris: tuple[str, ...]) -> list[str]:
    """RFC 2369 section 3.2, and RFC 8058 section 3.1 where one of them takes a POST."""
    if not uris:
        return []
    fields = ["List-Unsubscribe: " + ",\r\n ".join(f"<{uri}>" for uri in uris)]
    if any(uri.startswith("https://") for uri in uris):
        fields.append("List-Unsubscribe-Post: List-Unsubscribe=One-Click")
    return fields


def _part(subtype: str, text: str) -> bytes:
    """One body part: UTF-8 in whichever transfer encoding is shorter, so that plain English stays readable in the source."""
    octets = _SURROGATES.sub("\ufffd", text).replace("\r\n", "\n").replace("\r", "\n").replace("\n", "\r\n").encode()
    high = len(octets) - len(octets.translate(None, _HIGH_OCTETS))
    encoding, body = "quoted-printable", b""
    if high * 6 <= len(octets):
        body = binascii.b2a_qp(octets, istext=True)
    if high * 6 > len(octets) or _FRAGILE.search(body):
        encoding, line = "base64", base64.b64encode(octets)
        body = b"\r\n".join([line[start : start + LINE] for start in range(0, len(line), LINE)])
    head = f"Content-Type: text/{subtype}; charset=utf-8\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n"
    return head.encode("ascii") + body + b"\r\n"  # this line end belongs to the boundary (RFC 2046 section 5.1.1)


def compose_to_staff(
    brand: Brand,
    to: str,
    *,
    language: str,
    subject: str,
    text: str,
    html: str,
    date: datetime,
    message_id: str,
    name: str = "",
) -> bytes:
    """A mail to one of our own people that is about no single ticket, from the brand's first address. Raises as ``compose`` does."""
    return compose(
        Outgoing(
            kind=NoticeKind.AGENT,
            language=language,
            sender_name=brand.name,
            sender=brand.addresses[0],
            reply_to=brand.addresses[0],
            recipient=to,
            recipient_name=name,
            subject=subject,
            date=date,
            message_id=message_id,
            in_reply_to=None,
            references=(),
            text=text,
            html=html,
        )
    )
