"""Macros: a text for an answer, filled in for one ticket, and what it sets there. Agents have shared ones and their own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, Row, select

from gateway.config.macros import MacroDefinition, MacroNames, fill
from gateway.desk.actions import Desk, Sent
from gateway.desk.commands import Named, fold
from gateway.desk.nameless import without_name
from gateway.desk.office import Office
from gateway.desk.ticket_model import find_status, own_part, set_fields
from gateway.desk.within import Within
from gateway.notify.headers import one_line
from gateway.store.saved_macros import list_macros
from gateway.store.schema import contacts, tickets
from gateway.threading.evidence import number_marker
from gateway.threading.model import Status


@dataclass(frozen=True, slots=True)
class Applied:
    text: str  # of the answer; "" where the macro has none
    status: Status | None  # that goes with it; the caller sets it
    own_status: str = ""  # the admin's status inside it


@dataclass(frozen=True, slots=True)
class Choice:
    """A macro that an agent may use. ``id``: of a shared one its own, of an agent's ``my-`` and its number."""

    id: str
    is_own: bool
    definition: MacroDefinition


def choices(connection: Connection, office: Office, agent: int) -> tuple[Choice, ...]:
    """All macros of an agent: their own ones first, then the shared ones."""
    own = [Choice(macro.id, True, macro.definition) for macro in list_macros(connection, agent)]
    shared = [Choice(macro.id, False, macro) for macro in office.loaded.side.macros.macros]
    return (*own, *shared)


def named_macros(known: Sequence[Choice]) -> list[Named]:
    """By all their names, as agents write them. Where an own macro and a shared one are called alike, the own one is meant."""
    own = {fold(one.definition.title) for one in known if one.is_own}
    named = []
    for one in known:
        names: tuple[str, ...] = (one.definition.title,)
        if not one.is_own:
            names = tuple(name for name in (one.id, one.definition.title) if fold(name) not in own)
        if names:
            named.append(Named(one.id, names))
    return named


def macro_text(connection: Connection, office: Office, ticket: int, agent: Row[Any], macro: MacroDefinition) -> str:
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
    return fill(words if values["customer"] else without_name(words), values).strip("\n")


def apply_macro(
    connection: Connection, desk: Desk, office: Office, ticket: int, agent: Row[Any], macro: MacroDefinition
) -> Applied:
    """Set what the macro sets but the status, and give back its text. DeskError where something cannot be set."""
    status = _set(desk, office, ticket, agent.id, macro)
    return replace(status, text=macro_text(connection, office, ticket, agent, macro))


def reply_with(
    desk: Desk, ticket: int, agent: int, macro: MacroDefinition, text: str, *, status: Status | None = None
) -> Sent:
    """Send the text and set what the macro sets: all of it, or nothing where something cannot be. ``status`` wins over the macro's."""
    with desk.database.write() as connection:
        inside = replace(desk, database=Within(connection), on_outgoing=lambda: None)
        applied = _set(inside, desk.office(), ticket, agent, macro)
        wanted = status or applied.status or Status.PENDING
        own = applied.own_status if wanted is applied.status else ""
        sent = inside.reply(ticket, agent, text, status=wanted, own=own)
    desk.on_outgoing()
    return sent


def set_without_reply(desk: Desk, ticket: int, agent: int, macro: MacroDefinition) -> None:
    """Set what the macro sets, its status too, and send no text: all of it, or nothing."""
    with desk.database.write() as connection:
        inside = replace(desk, database=Within(connection), on_outgoing=lambda: None)
        applied = _set(inside, desk.office(), ticket, agent, macro)
        if applied.status is not None:
            inside.set_status(ticket, applied.status, agent, own=applied.own_status)
    desk.on_outgoing()


def _set(desk: Desk, office: Office, ticket: int, agent: int, macro: MacroDefinition) -> Applied:
    if macro.priority is not None:
        desk.priority(ticket, macro.priority, agent)
    if macro.team is not None:
        desk.team(ticket, macro.team, agent)
    if macro.tags:
        desk.tag(ticket, agent, add=macro.tags)
    if macro.fields:  # after the team: some fields are of single teams
        set_fields(desk, ticket, _written(macro.fields), agent)
    if macro.status is None:
        return Applied("", None)
    status = find_status(office.statuses, macro.status)
    return Applied("", Status(status.category), own_part(status))


def _written(fields: Mapping[str, str]) -> dict[str, str | tuple[str, ...]]:
    return dict(fields.items())


def known_names(office: Office) -> MacroNames:
    """What macros may name in the configuration in force."""
    teams = frozenset(team.id for team in office.loaded.side.teams.teams)
    return MacroNames(office.fields, office.statuses, teams)
