"""Tickets of the past as stories: what mail said and people did, read from stored text and events, without reading a mail anew."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, select

from gateway.mail.address import address_key, domain_of
from gateway.rules.backtest import Happened, Story
from gateway.rules.facts import Facts, SenderFacts, Standing
from gateway.rules.ticket import Actor, Event, EventKind
from gateway.store.schema import contacts, events, messages, tickets
from gateway.store.tickets import GATEWAY

BATCH = 200

_KINDS = {
    "replied": EventKind.REPLIED,
    "answered": EventKind.ANSWERED,
    "noted": EventKind.NOTED,
    "status": EventKind.STATUS,
    "assigned": EventKind.ASSIGNED,
    "team": EventKind.TEAM,
    "priority": EventKind.PRIORITY,
    "tags": EventKind.TAGGED,
    "fields": EventKind.FIELD,
    "type": EventKind.FIELD,
    "rated": EventKind.RATED,
    "delivery_failed": EventKind.BOUNCED,
    "sla_warned": EventKind.SLA_WARNED,
    "sla_breached": EventKind.SLA_BREACHED,
}
_VALUE_OF = {
    EventKind.STATUS: "status",
    EventKind.ASSIGNED: "agent",
    EventKind.TEAM: "team",
    EventKind.PRIORITY: "priority",
}
_BY_RULES = "a rule set it"
"""What the event of a status says that an intake rule gave: gateway.pipeline.opening."""


def count_since(connection: Connection, since: datetime) -> int:
    """How many tickets were opened since then."""
    return connection.execute(
        select(func.count()).select_from(tickets).where(tickets.c.created_at >= since)
    ).scalar_one()


def stories_since(connection: Connection, since: datetime) -> Iterator[Story]:
    """Every ticket that a mail opened since then, in the order of opening. Tickets that agents opened are left out."""
    last = 0
    while True:
        rows = connection.execute(
            select(tickets, contacts.c.address.label("requester"))
            .join(contacts, contacts.c.id == tickets.c.requester_id)
            .where(tickets.c.created_at >= since, tickets.c.id > last)
            .order_by(tickets.c.id)
            .limit(BATCH)
        ).all()
        if not rows:
            return
        last = rows[-1].id
        numbers = [row.id for row in rows]
        mails = _mails(connection, numbers)
        happened = _events(connection, numbers)
        for row in rows:
            story = _story(row, mails.get(row.id, {}), happened.get(row.id, ()))
            if story is not None:
                yield story


def _mails(connection: Connection, numbers: Sequence[int]) -> Mapping[int, dict[int, Any]]:
    """By ticket and message."""
    columns = (
        *(messages.c.id, messages.c.ticket_id, messages.c.author, messages.c.subject, messages.c.text),
        *(messages.c.recipients, messages.c.trace, messages.c.trust, messages.c.created_at),
    )
    found: defaultdict[int, dict[int, Any]] = defaultdict(dict)
    wanted = select(*columns).where(
        messages.c.ticket_id.in_(numbers), messages.c.direction == "in", messages.c.kind == "mail"
    )
    for row in connection.execute(wanted.order_by(messages.c.id)):
        found[row.ticket_id][row.id] = row
    return found


def _events(connection: Connection, numbers: Sequence[int]) -> Mapping[int, list[Row[Any]]]:
    found: defaultdict[int, list[Row[Any]]] = defaultdict(list)
    wanted = select(events).where(events.c.ticket_id.in_(numbers), events.c.kind.in_(list(_KINDS)))
    for row in connection.execute(wanted.order_by(events.c.id)):
        found[row.ticket_id].append(row)
    return found


def _story(row: Row[Any], mails: dict[int, Row[Any]], happened: Sequence[Row[Any]]) -> Story | None:
    first = next(iter(mails.values()), None)
    if first is None:
        return None
    told = [one for event in happened if (one := _happened(event, row, mails)) is not None]
    # Reports and releases may have put a mail on a ticket later than its first one is dated.
    return Story(row.id, row.created_at, mail_facts(first, row), tuple(sorted(told, key=lambda one: one.at)))


def _happened(event: Row[Any], row: Row[Any], mails: Mapping[int, Row[Any]]) -> Happened | None:
    if event.actor == "rule" or event.data.get("why") == _BY_RULES:
        return None
    kind, data = _KINDS[event.kind], event.data
    mail = mails.get(data.get("message", 0)) if kind is EventKind.REPLIED else None
    was, became = data.get("from") or "", data.get("to") or ""
    changed: dict[str, Any] = {}
    own_was, own_became = str(data.get("own_from") or ""), str(data.get("own_to") or "")
    if kind in _VALUE_OF:
        if kind is EventKind.ASSIGNED:
            was, became = (address_key(one) if one else "" for one in (str(was), str(became)))
        changed = {_VALUE_OF[kind]: str(became)}
        if kind is EventKind.STATUS:
            changed["own_status"] = own_became
        told = Event(kind, _actor(event.actor, row), str(was), str(became), own_was, own_became)
    else:
        told = Event(kind, _actor(event.actor, row))
    if event.kind == "type":
        changed = {"type": str(became)}
    tags = (tuple(data.get("added", ())), tuple(data.get("removed", ()))) if event.kind == "tags" else ((), ())
    own_fields = data.get("changed") if event.kind == "fields" else None
    facts = mail_facts(mail, row) if mail is not None else None
    return Happened(event.at, told, facts, changed, tags, own_fields if isinstance(own_fields, Mapping) else {})


def _actor(actor: str, row: Row[Any]) -> Actor:
    if actor == GATEWAY:
        return Actor.GATEWAY
    return Actor.CUSTOMER if actor == row.requester else Actor.AGENT


def mail_facts(mail: Row[Any], ticket: Row[Any]) -> Facts:
    """The mail's facts as they were when it came in, but for its header fields, which are not kept beside the mail itself."""
    trace: Mapping[str, Any] = mail.trace
    trust: Mapping[str, Any] = trace.get("trust") or {}
    if not isinstance(trust, dict):
        trust = {}
    reports = [one for one in trace.get("scan", ()) if "fault" not in one]
    standing: Mapping[str, Any] = trace.get("standing") or {}
    named = (
        *(trace.get("envelope") or {}).get("forward_paths", ()),
        *mail.recipients.get("to", ()),
        *mail.recipients.get("cc", ()),
    )
    scores = [one["score"] for one in reports if one.get("score") is not None]
    facts = Facts(
        recipients=tuple(dict.fromkeys(address_key(address) for address in named)),
        author=address_key(mail.author) if mail.author else "",
        author_domain=domain_of(mail.author) if mail.author else "",
        subject=mail.subject,
        body=mail.text,
        language=trace.get("language", ticket.language) or "",
        kind=(trace.get("kind") or {}).get("kind", "human"),
        brand=ticket.brand,
    )
    return replace(
        facts,
        sender=SenderFacts(
            trust=str(trust.get("level", mail.trust)),
            proof=str(trust.get("proof", "unchecked")),
            domain=str(trust.get("domain") or ""),
            dkim=str(trust.get("dkim", "none")),
            spf=str(trust.get("spf", "none")),
            dmarc=str(trust.get("dmarc", "none")),
        ),
        standing=Standing(
            is_vip=bool(standing.get("vip")),
            listed="allow" if standing.get("listed") else "",  # mail of every other list opens no ticket
            spam_score=max(scores, default=None),
            symbols=tuple(symbol for one in reports for symbol in one.get("symbols", ())),
            virus=next((one["virus"] for one in reports if one.get("virus")), ""),
        ),
    )
