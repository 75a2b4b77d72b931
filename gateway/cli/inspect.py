"""``gateway inspect``: what the gateway understands of a message, without storing or sending anything."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from gateway.mail.model import Attachment, Kind, Mailbox, Message
from gateway.mail.read import read


@click.command("inspect")
@click.argument("file", required=False)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a message, for other programs.")
@click.option("--batch", metavar="LIST", help="Read the paths in LIST, one a line; print one object a line.")
def inspect(file: str | None, as_json: bool, batch: str | None) -> None:
    """Show what is understood of the raw message in FILE (- reads standard input)."""
    if (file is None) == (batch is None):
        raise click.UsageError("name one message file, or - for standard input, or a list with --batch LIST")
    if batch is not None:
        sys.exit(_batch(batch, as_json=as_json))
    assert file is not None
    try:
        raw = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    except OSError as error:
        raise click.UsageError(f"cannot read {file}: {error.strerror}") from error
    message = read(raw)
    click.echo(
        json.dumps({"file": file, **as_object(message)}, ensure_ascii=False, indent=2) if as_json else readable(message)
    )


def _batch(listing: str, *, as_json: bool) -> int:
    try:
        paths = Path(listing).read_text("utf-8", "surrogateescape").splitlines()
    except OSError as error:
        raise click.UsageError(f"cannot read the list {listing}: {error.strerror}") from error
    failed = False
    for path in filter(None, paths):
        shown = path.encode("utf-8", "replace").decode("utf-8")
        try:
            message = read(Path(path).read_bytes())
        except OSError as error:
            failed = True
            click.echo(json.dumps({"file": shown, "error": f"cannot be read: {error.strerror}"}, ensure_ascii=False))
            continue
        if as_json:
            click.echo(json.dumps({"file": shown, **as_object(message)}, ensure_ascii=False))
        else:
            click.echo(f"== {shown}\n{readable(message)}\n")
    return 1 if failed else 0


def as_object(message: Message) -> dict[str, Any]:
    """The message in the documented form of ``gateway inspect --json``."""
    bounce = message.bounce
    return {
        "message_id": message.message_id,
        "in_reply_to": message.in_reply_to[0] if message.in_reply_to else None,
        "references": list(message.references),
        "from": _mailbox(message.from_mailboxes[0] if message.from_mailboxes else None),
        "reply_to": _mailbox(message.reply_to),
        "to": [_mailbox(one) for one in message.to],
        "cc": [_mailbox(one) for one in message.cc],
        "subject": message.subject,
        "date": message.date.isoformat() if message.date else None,
        "text": message.text,
        "reply_text": message.reply_text,
        "html": message.html,
        "attachments": [_attachment(one) for one in message.attachments],
        "auto": {
            "is_auto": message.auto.is_auto,
            "kind": None if message.auto.kind is Kind.HUMAN else message.auto.kind.value,
            "reason": message.auto.reason,
        },
        "bounce": None
        if bounce is None
        else {
            "recipient": bounce.recipient,
            "recipients": list(bounce.recipients),
            "status": bounce.status,
            "hard": bounce.hard,
            "diagnostic": bounce.diagnostic,
            "original_message_id": bounce.original_message_id,
        },
        "defects": list(message.defects),
    }


def _mailbox(mailbox: Mailbox | None) -> dict[str, str] | None:
    return None if mailbox is None else {"name": mailbox.name, "address": mailbox.address}


def _attachment(item: Attachment) -> dict[str, Any]:
    return {
        "filename": item.filename,
        "content_type": item.content_type,
        "size": item.size,
        "sha256": item.sha256,
        "inline": item.inline,
        "content_id": item.content_id,
    }


def readable(message: Message) -> str:
    """A view for people."""
    return "\n".join(_lines(message))


def _lines(message: Message) -> Iterator[str]:
    yield f"From:        {_people(message.from_mailboxes) or '-'}"
    yield f"Author:      {message.author.address if message.author else 'cannot be told'}"
    yield f"To:          {_people(message.to) or '-'}"
    if message.cc:
        yield f"Cc:          {_people(message.cc)}"
    yield f"Subject:     {message.subject or '-'}"
    yield f"Date:        {message.date.isoformat() if message.date else '-'}"
    yield f"Message-ID:  {message.message_id or '-'}"
    yield f"Written by:  {message.auto.kind.value}{f' ({message.auto.reason})' if message.auto.reason else ''}"
    yield f"Language:    {message.language or '-'}"
    if message.bounce:
        kind = "hard" if message.bounce.hard else "soft"
        yield f"Bounce:      {', '.join(message.bounce.recipients) or 'nobody named'}: {message.bounce.status or 'no status'} ({kind})"
    for item in message.attachments:
        place = "inline" if item.inline else "attached"
        yield f"Attachment:  {item.filename or '(no name)'}  {item.content_type}  {item.size} octets  {place}"
    for note in message.defects:
        yield f"Defect:      {note}"
    yield ""
    yield message.reply_text
    if message.text.strip() != message.reply_text.strip():
        yield "-- whole text --"
        yield message.text


def _people(mailboxes: tuple[Mailbox, ...]) -> str:
    return ", ".join(f"{one.name} <{one.address}>" if one.name else one.address for one in mailboxes)


if __name__ == "__main__":
    inspect()
