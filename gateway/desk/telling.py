"""Everybody who takes part in a ticket is told, in their own language, who joins them; and who joins is told that they do."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row

from gateway.desk.actions import is_believed
from gateway.desk.automatic import post_automatic
from gateway.desk.office import Office
from gateway.desk.outgoing import Heading, Letter, Person, people_of, thread_for
from gateway.notify.joining import Added, Newcomers
from gateway.notify.notices import LANGUAGES
from gateway.store.budget_lookup import was_answered
from gateway.store.participants import AGENT
from gateway.store.tickets import add_events
from gateway.threading.model import NoticeKind


def tell(
    connection: Connection,
    office: Office,
    ticket: Row[Any],
    newcomers: Collection[int],
    *,
    by: str,
    occasion: str,
    now: datetime,
    shadow: bool = False,
) -> bool:
    """Write the notices about participants who came just now; True where any mail goes out. What is not sent leaves an event.

    ``by`` is the verified address whose mail named them, "" where one of us added them. ``occasion`` tells one joining from the
    next, so that doing this twice sends nothing twice.
    """
    people = people_of(connection, ticket.id)
    came = tuple(person.address for person in people if person.participant in newcomers)
    outgoing = False
    for person in people:
        if person.role == AGENT:
            continue  # agents see it on the ticket
        is_new = person.participant in newcomers
        letter = (_welcome if is_new else _news)(connection, ticket, person, came, by, occasion)
        posted = post_automatic(
            connection,
            office,
            Heading.of(ticket),
            person,
            letter,
            incoming=None,
            acknowledge=True,
            shadow=shadow,
            now=now,
        )
        add_events(connection, ticket.id, now, posted.event)
        outgoing |= posted.outgoing
    return outgoing


def occasion_at(now: datetime) -> str:
    """For acts that have no number of their own."""
    return now.isoformat(timespec="microseconds")


def _welcome(
    connection: Connection,
    ticket: Row[Any],
    person: Person,
    came: tuple[str, ...],  # noqa: ARG001 - one newcomer is not told of another: they will see who writes
    by: str,
    occasion: str,
) -> Letter:
    return Letter(
        kind=NoticeKind.ADDED,
        notice=Added(by),
        once_key=f"added:{ticket.id}:{person.participant}:{occasion}",
        language=_language(ticket, person),
        in_reply_to=None,
        references=(),
        known_sender=was_answered(connection, person.address),
    )


def _news(
    connection: Connection,
    ticket: Row[Any],
    person: Person,
    came: tuple[str, ...],
    by: str,
    occasion: str,
) -> Letter:
    believed = is_believed(connection, ticket.id, person)
    thread = thread_for(connection, ticket.id, person)
    return Letter(
        kind=NoticeKind.NEWCOMERS,
        notice=Newcomers(
            came, by, subject=ticket.subject if believed else None, customer=person.name if believed else ""
        ),
        once_key=f"newcomers:{ticket.id}:{person.participant}:{occasion}",
        language=_language(ticket, person),
        in_reply_to=thread.parent,
        references=thread.ancestors,
        known_sender=was_answered(connection, person.address),
    )


def _language(ticket: Row[Any], person: Person) -> str:
    return person.language if person.language in LANGUAGES else str(ticket.language)
