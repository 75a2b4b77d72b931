"""What the ticket page shows of people: everybody with role and time, requests to join, tickets that this one may belong to."""

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import Connection

from gateway.desk.sending_instead import Proposal, proposals
from gateway.store.people_views import hinted_tickets, list_people, parts_of
from gateway.store.view_model import EventRow, TicketPage
from gateway.threading.model import Status
from gateway.web.render import tidy
from gateway.web.visit import Visit
from gateway.web.words import word

_ABOUT_ADDRESS = {"participant_removed", "tokens_withdrawn", "join_accepted", "join_declined"}
_ABOUT_TICKET = {"split", "split_from"}


def people_values(connection: Connection, page: TicketPage) -> dict[str, Any]:
    """Values for the templates ``_people``, ``_join``, ``_maybe`` and ``_unmerge``."""
    hints: Mapping[str, Any] = next(
        (event.data for event in reversed(page.events) if event.kind == "maybe_belongs_to"), {}
    )
    numbers = [number for number in hints.get("tickets", ()) if number != page.ticket.number]
    merged = [int(event.data["from"]) for event in page.events if event.kind == "merged" and "from" in event.data]
    is_settled = page.ticket.merged_into is not None or page.ticket.closed_at is not None
    return {
        "parts": parts_of(connection, page.ticket.number, merged),
        "people": list_people(connection, page.ticket.number),
        "maybe": [] if is_settled else hinted_tickets(connection, numbers),
    }


def unreached_by(visit: Visit, connection: Connection, page: TicketPage | None) -> tuple[Proposal, ...]:
    """Values for the template ``_instead``: participants whom mail does not reach, with other addresses of theirs."""
    if page is None or page.ticket.merged_into is not None or page.ticket.status is Status.CLOSED:
        return ()
    return proposals(connection, visit.services.desk.office(), page.ticket.number)


def describe_people(
    language: str, event: EventRow, data: Mapping[str, Any], person: Callable[[object], str]
) -> str | None:
    """An event about people in words; None for all others."""
    actor = person(event.actor)
    if event.kind == "participant_added":
        key = "event_participant_added_by_copy" if data.get("by") == "copy" else "event_participant_added"
        return word(language, key, actor=actor, address=tidy(str(data.get("address"))))
    if event.kind in _ABOUT_ADDRESS:
        return word(language, f"event_{event.kind}", actor=actor, address=tidy(str(data.get("address"))))
    if event.kind in _ABOUT_TICKET:
        return word(language, f"event_{event.kind}", actor=actor, ticket=tidy(str(data.get("ticket"))))
    if event.kind == "address_replaced":
        names = {"before": tidy(str(data.get("from"))), "after": tidy(str(data.get("to")))}
        return word(language, "event_address_replaced", actor=actor, **names)
    if event.kind == "merge_undone":
        left = tidy(", ".join(map(str, data.get("left", ()))))[:500]
        numbers = {"source": tidy(str(data.get("source"))), "target": tidy(str(data.get("target")))}
        return word(language, f"event_merge_undone{'_left' if left else ''}", actor=actor, left=left, **numbers)
    if event.kind == "copies_left_out":
        addresses = tidy(", ".join(map(str, data.get("addresses", ()))))[:500]
        return word(language, "event_copies_left_out", addresses=addresses, why=tidy(str(data.get("why"))))
    return None
