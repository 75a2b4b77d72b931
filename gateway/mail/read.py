"""``read``: the raw bytes of a mail to what they mean. Pure, never raises, linear; the same bytes give the same object."""

import hashlib
from collections.abc import Sequence

from gateway.mail import limits
from gateway.mail.address import address_key
from gateway.mail.body import Content, Reader
from gateway.mail.dsn import Part as ReportPart
from gateway.mail.dsn import read_bounce
from gateway.mail.encoded_words import header_text
from gateway.mail.identifiers import message_ids, own_message_id, read_date
from gateway.mail.kind import classify
from gateway.mail.language import language_of
from gateway.mail.mailboxes import author, mailboxes
from gateway.mail.mime import Tree, read_tree
from gateway.mail.model import Attachment, Auto, Kind, Mailbox, Message
from gateway.mail.reply_text import reply_text

_LANGUAGE_SAMPLE = 2_000  # characters that tell the language


def read(raw: bytes) -> Message:
    """Understand one RFC 5322 message. Whatever the bytes, a Message comes back; what was wrong is in its ``defects``."""
    try:
        return _read(raw)
    except Exception as error:  # a mail must never stop the queue: what we cannot read is shown as it came
        return unread(raw, f"the message could not be read ({type(error).__name__})")


def _read(raw: bytes) -> Message:
    defects: list[str] = []
    tree = read_tree(raw)
    defects.extend(tree.defects)
    block = tree.root.header
    hint = _header_hint(tree)
    headers = block.decoded(hint, defects)
    subject = _subject(tree, hint, defects)
    writer = author(block, hint)
    shown = mailboxes(block, "from", hint, defects)
    if len(block.all("from")) > 1:
        defects.append("more than one From field: no author")
    elif shown and writer is None:
        defects.append("From does not name one sender beyond doubt: no author")
    reply_to = mailboxes(block, "reply-to", hint, defects)
    content = Reader(tree, defects, hint).read()
    bounce, returned = read_bounce(
        headers,
        _report_parts(tree, content, hint),
        subject=subject or "",
        author=_address(writer, shown),
        text=content.own_text,
    )
    auto = classify(
        headers,
        content_type=_content_type(tree),
        subject=subject or "",
        author=_address(writer, shown),
        text=content.own_text,
        is_bounce=bounce is not None,
        bounce_reason=bounce.diagnostic if bounce else None,
    )
    quoting = content.html if content.html is not None and len(content.html) <= limits.REPLY_HTML else None
    answer = reply_text(content.own_text, quoting)
    return Message(
        message_id=own_message_id(block.all("message-id"), defects),
        in_reply_to=message_ids(block.all("in-reply-to"), defects),
        references=message_ids(block.all("references"), defects),
        from_mailboxes=shown,
        author=writer,
        reply_to=reply_to[0] if reply_to else None,
        to=mailboxes(block, "to", hint, defects),
        cc=mailboxes(block, "cc", hint, defects),
        subject=subject,
        date=read_date(block.first("date"), defects),
        text=content.text,
        reply_text=answer,
        html=content.html,
        attachments=tuple(content.attachments),
        auto=auto,
        bounce=bounce,
        defects=_short(defects),
        language=language_of((answer or content.text)[:_LANGUAGE_SAMPLE]),
        received_count=len(block.all("received")),
        content_fingerprint=_fingerprint(_address(writer, shown), subject, content.digests),
        headers=headers,
        returned_headers=tuple(returned),
        remote_content=content.remote,
        tracking_pixels=content.tracking_pixels,
        hidden_text=content.hidden_text,
    )


def _header_hint(tree: Tree) -> str | None:
    """The charset that raw 8-bit headers are probably in: that of the body, or of the first text part."""
    if tree.root.charset:
        return tree.root.charset
    for leaf in tree.leaves()[:5]:
        if leaf.charset:
            return leaf.charset
    return None


def _content_type(tree: Tree) -> str:
    raw = tree.root.header.first("content-type")
    return header_text(raw, None, []) if raw is not None else tree.root.content_type


def _subject(tree: Tree, hint: str | None, defects: list[str]) -> str | None:
    found = tree.root.header.all("subject")
    if len(found) > 1:
        defects.append("more than one Subject: the first counts")
    return header_text(found[0].value, hint, defects) if found else None


def _address(writer: Mailbox | None, shown: Sequence[Mailbox]) -> str | None:
    if writer is not None:
        return writer.address
    return shown[0].address if shown else None


def _report_parts(tree: Tree, content: Content, hint: str | None) -> list[ReportPart]:
    """The leaves as the bounce reader wants them: it looks at text, delivery-status and returned messages."""
    parts: list[ReportPart] = []
    by_path: dict[str, Attachment] = {item.part: item for item in content.attachments}
    for leaf in tree.leaves():
        text = content.texts.get(leaf.path)
        stored = by_path.get(leaf.path)
        raw = stored.content if stored is not None else (text or "").encode("utf-8")
        if text is None:
            readable = leaf.content_type.startswith(("text/", "message/"))
            text = raw[: limits.TEXT].decode("utf-8", "replace") if readable else ""
        notes: list[str] = []
        parts.append(ReportPart(leaf.path, leaf.content_type, text, raw, leaf.header.decoded(hint, notes)))
    return parts


def _fingerprint(address: str | None, subject: str | None, digests: Sequence[str]) -> str:
    """What makes two mails the same mail: who wrote it, its subject, its decoded parts; nothing that transit changes."""
    lines = [address_key(address) if address else "", subject or "", *digests]
    return hashlib.sha256("\n".join(lines).encode("utf-8", "replace")).hexdigest()


def _short(defects: Sequence[str]) -> tuple[str, ...]:
    distinct = list(dict.fromkeys(note[:200] for note in defects))
    if len(distinct) > limits.DEFECTS:
        distinct = [*distinct[: limits.DEFECTS], f"and {len(distinct) - limits.DEFECTS} more"]
    return tuple(distinct)


def unread(raw: bytes, note: str) -> Message:
    """The message as an attachment of itself, with nothing read of it; ``note`` says why."""
    digest = hashlib.sha256(raw).hexdigest()
    return Message(
        message_id=None,
        in_reply_to=(),
        references=(),
        from_mailboxes=(),
        author=None,
        reply_to=None,
        to=(),
        cc=(),
        subject=None,
        date=None,
        text="",
        reply_text="",
        html=None,
        attachments=(Attachment("raw", "unreadable.eml", "message/rfc822", len(raw), digest, False, None, raw),),
        auto=Auto(Kind.HUMAN),
        bounce=None,
        defects=(note,),
        language=None,
        received_count=0,
        content_fingerprint=hashlib.sha256(b"unreadable\n" + raw).hexdigest(),
    )
