"""Campaigns: mails in other people's names that belong together, as somebody's "this was not me" brought them to light."""

import ipaddress
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, select

from gateway.store.schema import contacts, events, journal, messages, tickets

DAYS = timedelta(days=30)  # how far back denials are looked at
MOST_DENIED = 2000
MOST_CAMPAIGNS = 20
AROUND = 2000  # tickets before the first and after the last denied one that are compared
MOST_NUMBERS = 200  # tickets of a campaign that are named, and whose networks are looked up
_LINK = re.compile(r"(?:https?://|www\.)\S{1,2000}")


@dataclass(frozen=True, slots=True)
class Campaign:
    """One wave of similar mails. Tickets are counted, whether their requester denied them or not."""

    subject: str  # of the newest one
    denied: int  # tickets of addresses whose owner said that it was not them
    tickets: int
    addresses: int
    first: datetime
    last: datetime
    networks: tuple[tuple[str, int], ...]  # where the mails came from, the most frequent first
    numbers: tuple[int, ...]  # of the tickets, newest first


def skeleton(subject: str) -> str:
    """What is left of a subject without what a sender varies: digits, links, spaces, punctuation, upper case."""
    text = unicodedata.normalize("NFKC", subject[:500]).lower()
    return "".join(letter for letter in _LINK.sub("", text) if letter.isalpha())[:80]


def network_of(peer: str) -> str:
    """The network that one sender is likely to have: IPv4 /24, IPv6 /64; "" for no address."""
    try:
        address = ipaddress.ip_address(peer)
    except ValueError:
        return ""
    return str(ipaddress.ip_network((address, 24 if address.version == 4 else 64), strict=False))


def campaigns(connection: Connection, *, wave: timedelta, now: datetime) -> list[Campaign]:
    """Those that came to light in the last 30 days, the newest first. ``wave``: how far around a denied mail others belong to it."""
    denied = connection.execute(
        select(tickets.c.id, tickets.c.subject, tickets.c.created_at)
        .join(events, events.c.ticket_id == tickets.c.id)
        .where(events.c.kind == "not_me", events.c.at >= now - DAYS)
        .order_by(tickets.c.id.desc())
        .limit(MOST_DENIED)
    ).all()
    groups: dict[str, list[Row[*tuple[Any, ...]]]] = {}
    for row in denied:
        groups.setdefault(skeleton(row.subject), []).append(row)
    return [_campaign(connection, key, rows, wave) for key, rows in list(groups.items())[:MOST_CAMPAIGNS]]


def _campaign(connection: Connection, key: str, denied: list[Row[*tuple[Any, ...]]], wave: timedelta) -> Campaign:
    first, last = denied[-1], denied[0]
    near = connection.execute(
        select(tickets.c.id, tickets.c.subject, tickets.c.created_at, contacts.c.address_key)
        .join(contacts, contacts.c.id == tickets.c.requester_id)
        .where(
            tickets.c.id.between(first.id - AROUND, last.id + AROUND),
            tickets.c.created_at.between(first.created_at - wave, last.created_at + wave),
        )
        .order_by(tickets.c.id.desc())
    ).all()
    theirs = {row.id for row in denied}
    # A subject without a letter is like every other such subject: there only what was denied counts.
    similar = [row for row in near if row.id in theirs or (key and skeleton(row.subject) == key)]
    numbers = tuple(row.id for row in similar[:MOST_NUMBERS])
    return Campaign(
        subject=last.subject,
        denied=len(theirs),
        tickets=len(similar),
        addresses=len({row.address_key for row in similar}),
        first=min(row.created_at for row in similar),
        last=max(row.created_at for row in similar),
        networks=_networks(connection, numbers),
        numbers=numbers,
    )


def _networks(connection: Connection, numbers: Iterable[int]) -> tuple[tuple[str, int], ...]:
    peers = connection.execute(
        select(journal.c.peer)
        .join(messages, messages.c.journal_id == journal.c.id)
        .where(messages.c.ticket_id.in_(list(numbers)), messages.c.kind == "mail")
    ).scalars()
    return tuple(Counter(filter(None, map(network_of, peers))).most_common(10))
