"""The row for a mail that came in, and whom to show as its author."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from gateway.journal import Entry
from gateway.mail.address import domain_of
from gateway.mail.model import Mailbox
from gateway.pipeline.stages import Understood
from gateway.store.seen_images import count_images, inline_images
from gateway.store.tickets import NewMessage


def new_message(
    entry: Entry,
    understood: Understood,
    ticket: int,
    kind: str,
    trace: Mapping[str, Any],
    *,
    public: bool,
    now: datetime,
) -> NewMessage:
    """The row for a mail that came in."""
    message = understood.message
    author = author_of(understood, entry)
    return NewMessage(
        ticket=ticket,
        direction="in",
        kind=kind,
        public=public,
        author=author.address,
        author_name=author.name,
        subject=message.subject or "",
        text=message.text,
        reply_text=message.reply_text,
        html=message.html,
        created_at=now,
        journal=entry.id,
        message_id=message.message_id,
        fingerprint=message.content_fingerprint,
        ancestors=message.ancestors,
        attachments=message.attachments,
        to=tuple(box.address for box in message.to),
        cc=tuple(box.address for box in message.cc),
        trust=understood.trust.name.lower(),
        trace=trace,
    )


def image_domain(understood: Understood) -> str:
    """The domain for which the mail's inline images are counted; "" where there are none, or no author."""
    message = understood.message
    return domain_of(message.author.address) if message.author and inline_images(message.attachments) else ""


def with_signature_images(connection: Connection, understood: Understood, new: NewMessage) -> NewMessage:
    """The row with its repeated images marked."""
    domain = image_domain(understood)
    if not domain:
        return new
    return replace(
        new, signature_images=count_images(connection, domain, inline_images(new.attachments), new.created_at)
    )


def author_of(understood: Understood, entry: Entry) -> Mailbox:
    """Whom to show as the author: From, else its first mailbox, else the reverse-path. Only ``Message.author`` is an identity."""
    message = understood.message
    if message.author is not None:
        return message.author
    return message.from_mailboxes[0] if message.from_mailboxes else Mailbox("", entry.reverse_path)
