"""A ticket's rows as rules and promises see them."""

import itertools
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row

from gateway.desk.office import Office
from gateway.mail.address import address_key, domain_of
from gateway.rules.calendar import ALWAYS, Calendar
from gateway.rules.facts import Facts
from gateway.rules.sender_lists import Sender
from gateway.rules.sla import Happening, Phase, Speaker, Word
from gateway.rules.statuses import Statuses
from gateway.rules.ticket import TicketFacts
from gateway.store.ticket_history import History, Said
from gateway.threading.model import Status

_DONE = {Status.SOLVED, Status.CLOSED}


def facts_of_ticket(history: History, office: Office) -> TicketFacts:
    """Everything that conditions on tickets may ask."""
    row = history.row
    organization = office.organizations.of(row.requester)
    customer = [said.at for said in history.said if said.direction == "in"]
    ours = [said.at for said in history.said if said.direction == "out"]
    from_customer = [said for said in history.said if said.direction == "in"]
    return TicketFacts(
        number=row.id,
        brand=row.brand,
        status=row.status,
        created_at=row.created_at,
        status_since=history.statuses[-1].at if history.statuses else row.created_at,
        priority=row.priority,
        team=row.team or "",
        agent=address_key(row.agent) if row.agent else "",
        type=row.type,
        tags=history.tags,
        fields={name: tuple(value) if isinstance(value, list) else value for name, value in row.fields.items()},
        subject=row.subject,
        language=row.language,
        requester=address_key(row.requester),
        requester_domain=domain_of(row.requester),
        organization=organization.id if organization is not None else "",
        vip=_is_vip(office, history),
        trust=from_customer[-1].trust if from_customer else "none",
        replies=len(ours),
        exchanges=_exchanges(history.said),
        reopened=sum(change.was in _DONE and change.became not in _DONE for change in history.statuses),
        rating=row.rating,
        customer_at=max(customer, default=None),
        agent_at=max(ours, default=None),
        waiting_since=row.waiting_since,
        updated_at=row.updated_at,
        due_at=row.due_at,
        own_status=office.statuses.own_part(row.status, row.substatus),
        own_statuses=office.statuses.fixed,
    )


def _is_vip(office: Office, history: History) -> bool:
    """Whether the requester is an important customer: a From that nothing proves is none."""
    proven = any(said.direction == "in" and said.trust != "none" for said in history.said)
    # Entries of this list never end, so that the moment does not matter.
    return office.vips.find(Sender(history.row.requester, proven), now=history.row.created_at) is not None


def facts_of_mail(message: Row[Any], ticket: TicketFacts) -> Facts:
    """A mail on a ticket as conditions on mail see it. Its header is not looked at again: ``has_header`` is for mail that comes in."""
    named = (*message.recipients.get("to", ()), *message.recipients.get("cc", ()))
    return Facts(
        recipients=tuple(dict.fromkeys(address_key(address) for address in named)),
        author=address_key(message.author) if message.author else "",
        author_domain=domain_of(message.author) if message.author else "",
        subject=message.subject,
        body=message.text,
        language=ticket.language,
        kind=message.trace.get("kind", {}).get("kind", "human"),
        brand=ticket.brand,
    )


def _exchanges(said: Sequence[Said]) -> int:
    """How often an answer of ours was followed by another word of the customer's."""
    directions = [one.direction for one in said]
    return sum(pair == ("out", "in") for pair in itertools.pairwise(directions))


def happenings(history: History, statuses: Statuses) -> tuple[Happening, ...]:
    """The ticket's story as its promises see it."""
    words = [
        Word(said.at, Speaker.CUSTOMER if said.direction == "in" else Speaker.AGENT)
        for said in history.said
        if not said.shadow
    ]
    phases = [_phase(statuses, change.became, change.own, change.at) for change in history.statuses]
    first = history.statuses[0].was if history.statuses else history.row.status
    begin = [_phase(statuses, first, "", history.row.created_at)]
    return tuple(sorted((*words, *begin, *phases), key=lambda one: (one.at, _place(one))))


def _place(one: Happening) -> int:
    """At the same moment a word comes after the status that it opens the ticket with, and before the one that ends it."""
    if isinstance(one, Word):
        return 1
    return 2 if one.solved else 0


def _phase(statuses: Statuses, status: str, own: str, at: datetime) -> Phase:
    known = statuses.of(status, own)
    return Phase(
        at, runs=known.runs, customer_waits=known.waiting_on in ("us", "third"), solved=Status(status) in _DONE
    )


def calendar_for(office: Office, ticket: TicketFacts) -> Calendar:
    """Business time of a ticket: its team's."""
    team = office.teams.get(ticket.team)
    return team.calendar if team is not None else ALWAYS
