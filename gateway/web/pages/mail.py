"""Mail as it came or goes: HTML in a frame of its own, raw source, attachments, and why it is here.

Attachments are not stored a second time: they are read from the raw mail by their part path when somebody asks.
"""

import base64
import hashlib
import re
from collections.abc import Mapping
from threading import BoundedSemaphore
from urllib.parse import quote, unquote

from starlette.responses import Response

from gateway.mail.masking import mask_html
from gateway.mail.model import Attachment, Message
from gateway.mail.read import read
from gateway.store.mail_views import message_source
from gateway.store.view_model import Source
from gateway.store.views import find_message, message_html
from gateway.web.guard import FILE_POLICY, FRAME_POLICY
from gateway.web.render import tidy
from gateway.web.visit import Refused, Visit

MOST_INLINE = 8 * 1024 * 1024  # octets of pictures that one frame carries in itself

# What a browser may be told that a file is. Everything else is octets; and all of it is only ever downloaded.
HARMLESS = frozenset(
    {
        "image/png",
        "image/jpeg",
        "image/gif",
        "image/webp",
        "application/pdf",
        "text/plain",
        "text/csv",
        "application/zip",
    }
)
_PICTURES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp", "image/bmp"})
_SHOWN = (
    "outcome",
    "cause",
    "trust",
    "kind",
    "rules",
    "defects",
    "envelope",
    "configuration",
    "steps",
    "reason",
    "receipt",
    "ticket",
)  # keys of a trace that the page names itself
_CID = re.compile(r'(<img\b[^<>]*?\ssrc=")cid:([^"]{1,1000})"', re.IGNORECASE)

_reading = BoundedSemaphore(2)  # a mail of 35 MB is 100 MB while it is read


def html_frame(visit: Visit) -> Response:
    """The sanitised HTML body alone. Its pictures (``cid:``) are put into the page: the frame can ask nobody for anything."""
    number = visit.number()
    with visit.services.database.read() as connection:
        html = message_html(connection, number)
        source = message_source(connection, number) if html is not None and "cid:" in html else None
    if html is None:
        raise Refused(404, "error_404")
    message = read_mail(visit, source) if source is not None else None
    return frame(mask_html(html, visit.masked), message)


def raw(visit: Visit) -> Response:
    with visit.services.database.read() as connection:
        source = message_source(connection, visit.number())
    return raw_source(visit, source)


def attachment(visit: Visit) -> Response:
    with visit.services.database.read() as connection:
        source = message_source(connection, visit.number())
    return download(visit, source)


def trace(visit: Visit) -> Response:
    """Which evidence led to this ticket, and why not elsewhere."""
    with visit.services.database.read() as connection:
        message = find_message(connection, visit.number())
    if message is None:
        raise Refused(404, "error_404")
    told = message.trace if isinstance(message.trace, Mapping) else {}
    steps = [step for step in told.get("steps") or () if isinstance(step, Mapping)]
    other = {key: value for key, value in told.items() if key not in _SHOWN and value not in (None, "", [], {})}
    # Whatever stands there was written by another part, perhaps by an older version: absent keys are empty.
    known = {key: told.get(key) for key in _SHOWN}
    return visit.page(
        "trace.html.j2",
        message=message,
        reason=told.get("reason", ""),
        steps=steps,
        told=known,
        other=other,
        empty=not told,
    )


# --- what outbox and quarantine show too ------------------------------------------------------------------------------


def raw_bytes(visit: Visit, source: Source | None) -> bytes:
    """The mail's bytes, compared with what was accepted; 404 where there is no mail, 500 where it was damaged."""
    if source is None:
        raise Refused(404, "error_404")
    content = source.raw
    if content is None:
        try:
            content = visit.services.blobs.read(source.digest or "")
        except OSError as error:
            raise Refused(500, "error_damaged") from error
    if source.digest is not None and hashlib.sha256(content).hexdigest() != source.digest:
        raise Refused(500, "error_damaged")
    return content


def read_mail(visit: Visit, source: Source | None) -> Message:
    with _reading:
        return read(raw_bytes(visit, source))


def raw_source(visit: Visit, source: Source | None) -> Response:
    """The source as text, or as a file where ``download`` is asked for."""
    content = raw_bytes(visit, source)
    assert source is not None, "raw_bytes refused it"
    headers = {"Content-Security-Policy": FILE_POLICY}
    if visit.query.get("download"):
        headers["Content-Disposition"] = disposition(source.name)
        return Response(content, media_type="application/octet-stream", headers=headers)
    # Latin-1 shows every octet as one character; UTF-8 where the mail is valid UTF-8.
    charset = "utf-8" if _is_utf8(content) else "iso-8859-1"
    return Response(content, headers={**headers, "Content-Type": f"text/plain; charset={charset}"})


def download(visit: Visit, source: Source | None) -> Response:
    """One part of the mail as a file: never shown in place, never run."""
    wanted = visit.path.get("part", "")
    found = next((file for file in read_mail(visit, source).attachments if file.part == wanted), None)
    if found is None:
        raise Refused(404, "error_404")
    content_type = found.content_type.lower()
    return Response(
        found.content,
        headers={
            "Content-Type": content_type if content_type in HARMLESS else "application/octet-stream",
            "Content-Disposition": disposition(found.filename or f"part-{wanted}"),
            "Content-Security-Policy": FILE_POLICY,
        },
    )


def frame(html: str, message: Message | None) -> Response:
    """A sanitised body as a document that may load nothing and run nothing."""
    if message is not None:
        html = with_pictures(html, message.attachments)
    document = (
        '<!doctype html><html><head><meta charset="utf-8"><base target="_blank">'
        "<style>body{font:15px/1.6 system-ui,sans-serif;margin:14px;color:#1c2024;background:#fff;overflow-wrap:anywhere}"
        "img{max-width:100%;height:auto}table{max-width:100%}</style></head><body>"
        f"{html}</body></html>"
    )
    return Response(document, media_type="text/html; charset=utf-8", headers={"Content-Security-Policy": FRAME_POLICY})


def with_pictures(html: str, attachments: tuple[Attachment, ...]) -> str:
    """Sanitised HTML with its ``cid:`` pictures as ``data:`` addresses (RFC 2392).

    A sandboxed frame has an origin of its own: a request for a picture would come without the session's cookie.
    """
    pictures = {file.content_id: file for file in attachments if file.content_id}
    left = MOST_INLINE

    def put_in(found: re.Match[str]) -> str:
        nonlocal left
        file = pictures.get(unquote(found[2].replace("&amp;", "&"))) or pictures.get(found[2])
        if file is None or file.content_type.lower() not in _PICTURES or len(file.content) > left:
            return f'{found[1]}"'
        left -= len(file.content)
        return f'{found[1]}data:{file.content_type.lower()};base64,{base64.b64encode(file.content).decode("ascii")}"'

    return _CID.sub(put_in, html)


def disposition(name: str) -> str:
    """``attachment`` with a file name in any script (RFC 6266, RFC 8187)."""
    name = tidy(name).replace("/", "_").replace("\\", "_") or "file"
    ascii_name = "".join(letter if letter.isascii() and letter not in '"%' else "_" for letter in name)
    return f"attachment; filename=\"{ascii_name}\"; filename*=UTF-8''{quote(name, safe='', errors='replace')}"


def _is_utf8(content: bytes) -> bool:
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
