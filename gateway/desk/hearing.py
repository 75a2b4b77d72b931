"""What one participant may be shown of the conversation. Who came later is never shown what was written before."""

from datetime import tzinfo
from typing import Any

from sqlalchemy import Connection, Row, select

from gateway.desk.outgoing import Person, heard_by
from gateway.notify.notices import Quoted
from gateway.store.schema import messages


def quoted_for(connection: Connection, ticket: int, person: Person, zone: tzinfo) -> Quoted | None:
    """The customers' latest public word that this person may see, to be repeated below an answer, dated as people in ``zone`` would."""
    heard = connection.execute(
        select(messages)
        .where(
            messages.c.ticket_id == ticket,
            messages.c.direction == "in",
            messages.c.public,
            messages.c.kind != "choice",  # a number is nothing to be answered
            heard_by(person),
        )
        .order_by(messages.c.id.desc())
        .limit(1)
    ).first()
    if heard is None:
        return None
    text = _whole(heard) if person.since is None else _new_words(heard)
    return Quoted(heard.author_name or heard.author, heard.created_at.astimezone(zone), text) if text else None


def _whole(heard: Row[Any]) -> str:
    return str(heard.reply_text or heard.text)


def _new_words(heard: Row[Any]) -> str:
    """Only what the author wrote in this mail: what it quotes, also between the lines, is older than the newcomer may be."""
    lines = [line for line in str(heard.reply_text).split("\n") if not line.lstrip().startswith(">")]
    return "\n".join(lines).strip()
