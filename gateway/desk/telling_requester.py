"""Notices to the requester alone, in their thread: that we wait for them, that it takes longer, that a ticket was solved or merged."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row

from gateway.desk.answering import first_trace, incoming_of, is_believed
from gateway.desk.automatic import Posted, post_automatic
from gateway.desk.office import Office
from gateway.desk.outgoing import Heading, Letter, Person, people_of, thread_for
from gateway.notify.lifecycle import Delayed, Merged, Reminder
from gateway.notify.menus import Menu
from gateway.notify.notices import Resolution, kind_of
from gateway.notify.replies import TemplateReply
from gateway.store.budget_lookup import was_answered
from gateway.store.tickets import add_events

Told = Reminder | Delayed | Merged | Resolution | TemplateReply | Menu
Write = Callable[[str | None, str], Told]
"""Makes the notice of subject and name, which are given only for a customer whose mail was verified."""


def tell_requester(
    connection: Connection,
    office: Office,
    ticket: Row[Any],
    write: Write,
    occasion: str,
    now: datetime,
    *,
    person: Person | None = None,
    language: str | None = None,
    told: Mapping[str, Any] | None = None,
) -> bool:
    """As ``post_to_requester``; whether mail goes out."""
    posted = post_to_requester(
        connection, office, ticket, write, occasion, now, person=person, language=language, told=told
    )
    return posted is not None and posted.outgoing


def post_to_requester(
    connection: Connection,
    office: Office,
    ticket: Row[Any],
    write: Write,
    occasion: str,
    now: datetime,
    *,
    person: Person | None = None,
    language: str | None = None,
    told: Mapping[str, Any] | None = None,
) -> Posted | None:
    """Post one notice if the policy lets it, with its event either way; None where the ticket has no requester to write to.

    ``occasion`` tells one such notice from the next, so that doing this twice sends nothing twice. ``person`` stands in for the
    ticket's own requester, ``language`` for the ticket's. ``told``: what the event says beside.
    """
    to = person or next((one for one in people_of(connection, ticket.id) if one.role == "requester"), None)
    if to is None:
        return None
    believed = is_believed(connection, ticket.id, to)
    notice = write(ticket.subject if believed else None, to.name if believed else "")
    thread = thread_for(connection, ticket.id, to)
    kind = kind_of(notice)
    letter = Letter(
        kind=kind,
        notice=notice,
        once_key=f"{kind.value}:{ticket.id}:{to.participant}:{occasion}"[:120],
        language=language or ticket.language,
        in_reply_to=thread.parent,
        references=thread.ancestors,
        known_sender=was_answered(connection, to.address),
    )
    posted = post_automatic(
        connection,
        office,
        Heading.of(ticket),
        to,
        letter,
        incoming=incoming_of(first_trace(connection, ticket.id, to.address)),
        acknowledge=True,
        shadow=False,
        now=now,
    )
    kind_of_event, actor, data = posted.event
    add_events(connection, ticket.id, now, (kind_of_event, actor, {**data, **(told or {})}), handled=True)
    return posted
