"""Details that a customer is asked for (fields with ``required: intake``), and the lines of their answer that hold them."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row

from gateway.desk.office import Office
from gateway.desk.ticket_model import write_fields
from gateway.mail.forms import labelled_lines
from gateway.mail.model import Message
from gateway.rules.fields import FieldDefinition, Need, UnsoundValue, fold, read_value
from gateway.store.tickets import add_events
from gateway.threading.model import Status, Trust

MOST_ASKED = 8
"""Nobody fills in a longer list by mail."""


def asked_for(office: Office, values: dict[str, Any], brand: str, team: str | None) -> tuple[FieldDefinition, ...]:
    """What is missing of a ticket with these values."""
    return office.fields.missing(Need.INTAKE, values, brand=brand, team=team or "")[:MOST_ASKED]


def take_details(
    connection: Connection, office: Office, ticket: Row[Any], message: Message, author: str, trust: Trust, now: datetime
) -> None:
    """Fill what is still missing from lines such as ``Order number: A-17``; what a field does not take is an event that says so.

    Only on open tickets, and only by somebody whose address is proven: fields route tickets. What has a value keeps it.
    """
    missing = asked_for(office, dict(ticket.fields), ticket.brand, ticket.team)
    if not missing or ticket.status == Status.CLOSED.value or trust < Trust.WEAK:
        return
    said = {fold(label): value for label, value in reversed(labelled_lines(message.reply_text)) if value}
    found: dict[str, str] = {}
    unread: dict[str, str] = {}
    for definition in missing:
        names = (definition.id, *definition.labels.values())
        written = next((said[fold(name)] for name in names if fold(name) in said), None)
        if written is None:
            continue
        try:
            read_value(definition, written)
            found[definition.id] = written
        except UnsoundValue as error:
            unread[definition.id] = str(error)
    if found:
        write_fields(connection, office.fields, ticket, found, author, now)
    if unread:
        add_events(connection, ticket.id, now, ("details_unread", author, {"fields": unread}))
