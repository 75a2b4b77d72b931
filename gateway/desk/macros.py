"""Macros: a shared text for an answer, filled in for one ticket, and what it sets there."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, select

from gateway.config.macros import Macro, fill
from gateway.desk.actions import Desk
from gateway.desk.office import Office
from gateway.notify.headers import one_line
from gateway.store.schema import contacts, tickets
from gateway.threading.evidence import number_marker
from gateway.threading.model import Status


@dataclass(frozen=True, slots=True)
class Applied:
    text: str  # of the answer; "" where the macro has none
    status: Status | None  # that goes with it; the caller sets it


def macro_text(connection: Connection, office: Office, ticket: int, agent: Row[Any], macro: Macro) -> str:
    """The macro's words for this ticket's customer, in the ticket's language where there are some."""
    row = connection.execute(
        select(tickets, contacts.c.name.label("customer"))
        .join(contacts, contacts.c.id == tickets.c.requester_id)
        .where(tickets.c.id == ticket)
    ).one()
    brand = office.addresses.brand(row.brand)
    texts: dict[str, str] = {str(language): text for language, text in macro.text.items()}
    words = texts.get(row.language) or texts.get(brand.language) or next(iter(texts.values()), "")
    values = {
        "agent": one_line(agent.name, 80),
        "brand": one_line(brand.name),
        "customer": one_line(row.customer, 80),
        "number": str(ticket),
        "reference": number_marker(ticket),
        "subject": one_line(row.subject),
    }
    return fill(words, values).strip("\n")


def apply_macro(
    connection: Connection, desk: Desk, office: Office, ticket: int, agent: Row[Any], macro: Macro
) -> Applied:
    """Set what the macro sets but the status, and give back its text. DeskError where something cannot be set."""
    if macro.priority is not None:
        desk.priority(ticket, macro.priority, agent.id)
    if macro.team is not None:
        desk.team(ticket, macro.team, agent.id)
    if macro.tags:
        desk.tag(ticket, agent.id, add=macro.tags)
    text = macro_text(connection, office, ticket, agent, macro)
    return Applied(text, Status(macro.status) if macro.status else None)
