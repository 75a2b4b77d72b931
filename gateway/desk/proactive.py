"""Tickets that we begin: an agent writes first, to one customer or to many, and what is answered arrives on a ticket of its own."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass, replace

from sqlalchemy import Connection, select

from gateway.config.macros import fill
from gateway.config.model import Brand
from gateway.desk.actions import Desk, DeskError, acting_agent
from gateway.desk.nameless import without_name
from gateway.desk.participants import joinable
from gateway.desk.within import Within
from gateway.mail.address import address_key
from gateway.notify.headers import one_line
from gateway.notify.notices import LANGUAGES, language_for
from gateway.store.schema import contacts, ticket_tags, tickets
from gateway.store.tickets import add_events, add_participant, add_tags, create_ticket, ensure_contact
from gateway.threading.evidence import number_marker

MOST_RECIPIENTS = 5_000
MOST_SUBJECT = 250


@dataclass(frozen=True, slots=True)
class Addressed:
    """Whom we write to. An empty language: the one that is known of them, else the brand's."""

    address: str
    name: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True)
class Opened:
    """One ticket of ours; 0 where the person has one of this campaign already."""

    address: str
    ticket: int


class BadList(Exception):
    """The list of recipients cannot be used; the text says where and why."""


def begin(
    desk: Desk, to: Addressed, subject: str, text: str, agent: int, *, brand: str | None = None, campaign: str = ""
) -> Opened:
    """Open a ticket for a customer with a mail from the agent, and wait for the answer.

    ``text`` may hold the placeholders of macros. ``campaign``, one word, is a tag: nobody gets a second ticket of the same one,
    so that a list can be sent again after a break. DeskError where no mail can go to the address, or it is one of ours.
    """
    subject = one_line(subject, MOST_SUBJECT)
    if not subject:
        raise DeskError("a mail that begins a conversation needs a subject")
    office, now = desk.office(), desk.now()
    sender = _brand(desk, brand)
    with desk.database.write() as connection:
        who = acting_agent(connection, agent)
        address = joinable(connection, office, to.address)
        if campaign and _has_one(connection, address, campaign):
            return Opened(address, 0)
        contact = ensure_contact(connection, address, name=to.name, language=to.language or None, now=now)
        language = to.language or language_for(sender.language, contact.language, None)
        number = create_ticket(
            connection,
            brand=sender.id,
            address=sender.addresses[0],
            subject=subject,
            requester=contact.id,
            language=language,
            now=now,
            team=sender.team,
            waiting=False,
            configuration_stamp=office.loaded.stamp,
        )
        add_participant(connection, number, contact.id, "requester", now, is_new_ticket=True)
        add_tags(connection, number, [campaign] if campaign else [])
        add_events(connection, number, now, ("created", who.address, {"by": "hand", "to": address}))
        values = {
            "agent": one_line(who.name, 80),
            "brand": one_line(sender.name),
            "customer": one_line(contact.name, 80),
            "number": str(number),
            "reference": number_marker(number),
            "subject": subject,
        }
        words = fill(text if values["customer"] else without_name(text), values)
        inside = replace(desk, database=Within(connection), on_outgoing=lambda: None)
        inside.reply(number, agent, words)
    desk.on_outgoing()
    return Opened(address, number)


def recipients_of(text: str) -> list[Addressed]:
    """A list in CSV with a column ``address``, and ``name`` and ``language`` where they are known. BadList says the line."""
    reader = csv.DictReader(io.StringIO(text.lstrip("\ufeff")))
    if reader.fieldnames is None or "address" not in reader.fieldnames:
        raise BadList("line 1: the first line names the columns: address, and name and language if there are any")
    found = list(_rows(reader))
    if not found:
        raise BadList("line 2: there is nobody in the list")
    if len(found) > MOST_RECIPIENTS:
        raise BadList(
            f"line {MOST_RECIPIENTS + 2}: a list may have {MOST_RECIPIENTS} people; send the others as another one"
        )
    return found


def _rows(reader: "csv.DictReader[str]") -> Iterator[Addressed]:
    seen: dict[str, int] = {}
    for row in reader:
        address, language = (row.get("address") or "").strip(), (row.get("language") or "").strip()
        if "@" not in address:
            raise BadList(f"line {reader.line_num}: {address!r} is no address")
        if language and language not in LANGUAGES:
            raise BadList(f"line {reader.line_num}: the language is one of {', '.join(LANGUAGES)}, not {language!r}")
        if (key := address_key(address)) in seen:
            raise BadList(f"line {reader.line_num}: {address} stands in line {seen[key]} already")
        seen[key] = reader.line_num
        yield Addressed(address, (row.get("name") or "").strip(), language)


def _brand(desk: Desk, wanted: str | None) -> Brand:
    brands = desk.office().configuration.brands
    if wanted is None:
        return brands[0]
    found = next((brand for brand in brands if brand.id == wanted), None)
    if found is None:
        raise DeskError(f"there is no brand {wanted!r}; there are {', '.join(brand.id for brand in brands)}")
    return found


def _has_one(connection: Connection, address: str, campaign: str) -> bool:
    query = (
        select(tickets.c.id)
        .join(contacts, contacts.c.id == tickets.c.requester_id)
        .join(ticket_tags, ticket_tags.c.ticket_id == tickets.c.id)
        .where(contacts.c.address_key == address_key(address), ticket_tags.c.tag == campaign)
        .limit(1)
    )
    return connection.execute(query).first() is not None
