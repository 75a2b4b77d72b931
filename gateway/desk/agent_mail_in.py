"""An agent's mail on its way to becoming an answer or a note: what its author wrote this time, and where the mail itself is kept."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, update

from gateway.mail.model import Message
from gateway.mail.reply_text import reply_text
from gateway.store.schema import messages
from gateway.store.tickets import NewMessage, add_events, add_message, attachment_facts, identity_of, index_ids

DRAFT, SENT_DRAFT = "draft", "sent_draft"
_MARK = "##-"  # in the line of our mails that says to write above it
_QUOTES = (">", "＞", "|")
_FLAT = re.compile(r"[\s>＞|]+")


@dataclass(frozen=True, slots=True)
class MailIn:
    """A mail that is an agent's order (``gateway.threading.agent_mail``)."""

    message: Message
    ticket: int
    agent: int
    internal: bool  # what its text is unless it says otherwise
    answers: tuple[str, ...]  # Message-IDs of ours that it names, nearest first
    journal: int
    receipt: str
    trace: Mapping[str, Any]


def own_words(message: Message) -> str:
    """What the agent typed: nothing below the line of ours that says so, and nothing at all where only quotes are left.

    The reader gives back the whole text where it finds nothing new. For a customer's mail that loses nothing; here the whole text is
    our own notification, with the internal notes in it.
    """
    lines = message.text.replace("\r\n", "\n").split("\n")
    seam = next((number for number, line in enumerate(lines) if _is_seam(line)), None)
    words = message.reply_text.replace("\r\n", "\n")
    if seam is not None:
        is_quoted = lines[seam].lstrip().startswith(_QUOTES)
        if not is_quoted or any(line.lstrip().startswith(_QUOTES) for line in words.split("\n")):
            words = _above("\n".join(lines[:seam]))
    words = words.strip("\n \t")
    return "" if all(line.lstrip().startswith(_QUOTES) for line in words.split("\n") if line.strip()) else words


def _above(text: str) -> str:
    """What is new above the line; the quote that is put below it lets the reader see an introduction as one."""
    read = reply_text(f"{text}\n> {_MARK}", None)
    return "" if _MARK in read else read


def _is_seam(line: str) -> bool:
    return _MARK in line and len(line) < 200


def shows_notification(text: str) -> bool:
    """Does the text hold a piece of a notification of ours, however a mail program broke its lines?"""
    flat = _FLAT.sub(" ", text)
    return _MARK in flat or any(label in flat for label in ("[Internal · ", "[내부 · ", "[社内 · "))


def attach_mail(connection: Connection, row: int, mail: MailIn, now: datetime) -> None:
    """Tie the stored answer or note to the mail that it came by: raw bytes, files, identity, trace."""
    message = mail.message
    values = {
        "journal_id": mail.journal,
        "message_id": message.message_id,
        "fingerprint": message.content_fingerprint,
        "attachments": [attachment_facts(attachment) for attachment in message.attachments],
        "trace": dict(mail.trace),
    }
    connection.execute(update(messages).where(messages.c.id == row).values(values))
    index_ids(
        connection,
        ticket=mail.ticket,
        message_row=row,
        own_id=identity_of(message.message_id, message.content_fingerprint),
        fingerprint=message.content_fingerprint,
        ancestors=(),
        now=now,
    )


def adopt_draft(connection: Connection, row: int, draft: Row[Any]) -> None:
    """The draft became the answer ``row``: its mail is kept with the answer from now on."""
    connection.execute(update(messages).where(messages.c.id == draft.id).values(journal_id=None, kind=SENT_DRAFT))
    values = {"journal_id": draft.journal_id, "attachments": draft.attachments, "trace": draft.trace}
    connection.execute(update(messages).where(messages.c.id == row).values(values))


def replace_draft(connection: Connection, draft: Row[Any]) -> None:
    """Other words were sent in the draft's place: it waits no more."""
    connection.execute(update(messages).where(messages.c.id == draft.id).values(kind=SENT_DRAFT))


def keep_draft(
    connection: Connection, mail: MailIn, agent: Row[Any], text: str, why: Sequence[str], now: datetime
) -> int:
    """Store an answer that waits for its author's word; returns the row's id. Internal: only agents see it."""
    message = mail.message
    row = add_message(
        connection,
        NewMessage(
            ticket=mail.ticket,
            direction="note",
            kind=DRAFT,
            public=False,
            author=agent.address,
            author_name=agent.name,
            subject=message.subject or "",
            text=message.text,
            reply_text=text,
            created_at=now,
            journal=mail.journal,
            agent=agent.id,
            message_id=message.message_id,
            fingerprint=message.content_fingerprint,
            attachments=message.attachments,
            trust="strong",
            trace=mail.trace,
        ),
    )
    add_events(connection, mail.ticket, now, ("answer_held", agent.address, {"message": row, "why": list(why)}))
    return row
