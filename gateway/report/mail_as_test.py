"""A stored mail as an entry of ``tests:`` beside the rules: its facts, and what today's rules make of it.

Whoever reads the rules reads their tests, so the customer stays out of them where the rules let: the local part of the address and
the end of a long text are left out unless something would come out otherwise without them. Card and resident numbers are hidden.
"""

import io
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Row, or_, select

from gateway.automation.facts import facts_of_ticket
from gateway.config.load import Loaded
from gateway.config.rule_trials import rules_of, simulate, trial_facts
from gateway.desk.office import Office
from gateway.journal import Damaged, checked_bytes
from gateway.mail.address import domain_of
from gateway.mail.masking import mask
from gateway.mail.read import read
from gateway.report.stories import mail_facts
from gateway.rules.automation import NOBODY
from gateway.rules.durations import say_duration
from gateway.rules.facts import Facts
from gateway.rules.model import When
from gateway.rules.simulation import Rules, Simulated
from gateway.rules.ticket import TicketFacts
from gateway.rules.trial_verdict import differences
from gateway.rules.trials import Expected, Trial, TrialMail
from gateway.store.quarantine import is_erased
from gateway.store.schema import journal, messages, tickets
from gateway.store.ticket_history import histories

SHORT_BODY = 1_000
"""Characters of a text that are kept where the rest changes nothing."""

_WORD = 64  # characters that an expectation may have
_PLAIN = "customer"
_EXPECT = {"expect": {"drop": False}}


class NoSuchMail(Exception):
    """There is nothing to make a test of; the text says why."""


@dataclass(frozen=True, slots=True)
class MailAsTest:
    name: str
    message: int
    ticket: int
    yaml: str  # an entry to be pasted below ``tests:``


def find_mail(connection: Connection, wanted: str) -> int:
    """The message that a person names: by a ticket's number (its first mail), a Message-ID or a receipt. NoSuchMail."""
    number = wanted.strip().lstrip("#")
    named = (
        messages.c.ticket_id == int(number[:15])
        if number.isdecimal()
        else or_(messages.c.message_id == number.strip("<> "), journal.c.receipt == number.lower())
    )
    found = connection.execute(
        select(messages.c.id)
        .outerjoin(journal, journal.c.id == messages.c.journal_id)
        .where(named, messages.c.direction == "in", messages.c.kind == "mail")
        .order_by(messages.c.id)
        .limit(1)
    ).scalar()
    if found is None:
        raise NoSuchMail(
            f"there is no customer's mail for {wanted!r}: give a ticket's number, a Message-ID or a receipt"
        )
    return int(found)


def mail_as_test(connection: Connection, blobs: Any, office: Office, message: int) -> MailAsTest:
    """The test of a mail that came in. Of one that opened its ticket: as it came; of another: as an answer on its ticket as it is today.

    NoSuchMail where it is no customer's mail. Raises the database's errors.
    """
    row = connection.execute(
        select(messages, journal.c.fate, journal.c.raw, journal.c.digest, tickets.c.brand, tickets.c.language)
        .join(tickets, tickets.c.id == messages.c.ticket_id)
        .outerjoin(journal, journal.c.id == messages.c.journal_id)
        .where(messages.c.id == message)
    ).one_or_none()
    if row is None or row.direction != "in" or row.kind != "mail":
        raise NoSuchMail(f"message {message} is no customer's mail")
    loaded = office.loaded
    rules = rules_of(loaded.configuration, loaded.ruleset, loaded.written.automation(), loaded.side)
    facts = mail_facts(row, row)
    headers = _headers(connection, blobs, row, _asked_headers(loaded)) if row.journal_id is not None else {}
    entry: dict[str, Any] = {"name": f"Ticket {row.ticket_id}, message {row.id}"}
    if row.fate not in ("opened", "follow_up", None):
        history = histories(connection, [row.ticket_id])[row.ticket_id]
        entry["ticket"] = _ticket(replace(facts_of_ticket(history, office), number=1), row)
        entry["event"] = {"kind": "replied"}
    entry["at"] = row.created_at.astimezone(UTC).isoformat(timespec="seconds")
    maker = _Maker(loaded, rules, entry)
    entry["mail"] = maker.shortest(list(_written(facts, row, headers, office)), facts)
    entry["expect"] = maker.expected()
    return MailAsTest(entry["name"], row.id, row.ticket_id, _as_yaml(maker.in_order()))


@dataclass
class _Maker:
    """Tries a test before it is shown."""

    loaded: Loaded
    rules: Rules
    entry: dict[str, Any]

    def shortest(self, written: list[dict[str, Any]], facts: Facts) -> dict[str, Any]:
        """The first way to write the mail of which the same comes as of the last, which is the whole mail."""
        whole = self._outcome(self._as_it_was(written[-1], facts))
        for one in written[:-1]:
            mail = self._as_it_was(one, facts)
            if self._outcome(mail) == whole:
                return mail
        return self._as_it_was(written[-1], facts)

    def expected(self) -> dict[str, Any]:
        """What comes of the test as it is written, in words of ``expect``."""
        state, asked = self._simulated(self.entry["mail"])
        applied = [hit.name for hit in asked if hit.matched and len(hit.name) <= _WORD]
        told = dict(_told(state)) | ({"rules": list(dict.fromkeys(applied))} if applied else {})
        assert not list(differences(Expected.model_validate(told), state, asked)), "it was read from this very state"
        return told

    def in_order(self) -> dict[str, Any]:
        return {
            name: self.entry[name] for name in ("name", "ticket", "event", "mail", "at", "expect") if name in self.entry
        }

    def _as_it_was(self, mail: dict[str, Any], facts: Facts) -> dict[str, Any]:
        """With language and kind as they were found, where the written mail alone would tell others."""
        configuration = self.loaded.configuration
        found = trial_facts(TrialMail.model_validate(mail), configuration, self.loaded.address_book, Path())
        more = {}
        if found.language != facts.language and facts.language in ("ko", "ja", "en"):
            more["language"] = facts.language
        if found.kind != facts.kind:
            more["kind"] = facts.kind
        if found.brand != facts.brand:
            more["brand"] = facts.brand
        return mail | more

    def _outcome(self, mail: dict[str, Any]) -> Any:
        """All that a test could tell apart; the address itself is no outcome."""
        state, asked = self._simulated(mail)
        ticket = None if state.ticket is None else replace(state.ticket, requester="", subject="")
        effects = [(effect.rule, effect.kind, effect.to) for effect in state.effects]
        applied = [hit.name for hit in asked if hit.matched]
        return ticket, state.dropped_by, state.held_by, state.acknowledge, effects, applied

    def _simulated(self, mail: dict[str, Any]) -> tuple[Simulated, Any]:
        trial = Trial.model_validate({**self.entry, "mail": mail, **_EXPECT})
        return simulate(trial, self.loaded.configuration, self.loaded.address_book, self.rules, Path())


def _written(facts: Facts, row: Row[Any], headers: Mapping[str, str], office: Office) -> Iterator[dict[str, Any]]:
    """Ways to write the mail, from the one that tells least to the whole mail."""
    kinds = office.configuration.privacy.mask
    sender, standing = facts.sender, facts.standing
    envelope = [to for to in (row.trace.get("envelope") or {}).get("forward_paths", ()) if isinstance(to, str)]
    named = [to for to in (*envelope, *facts.recipients) if office.addresses.verdict(to).kind == "brand"]
    known: dict[str, Any] = {
        "to": list(dict.fromkeys(named)) or None,
        "subject": mask(" ".join(row.subject.split()), kinds),
        "headers": {name: mask(" ".join(value.split()), kinds) for name, value in headers.items()} or None,
        "trust": sender.trust if sender.trust != "strong" else None,
        "proof": sender.proof if sender.proof != "passed" else None,
        "verified_domain": sender.domain,
        **{name: value for name in ("dkim", "spf", "dmarc") if (value := getattr(sender, name)) != "none"},
        "listed": standing.listed,
        "vip": standing.is_vip,
        "spam_score": standing.spam_score,
        "spam_symbols": [symbol for symbol in standing.symbols if len(symbol) <= _WORD] or None,
        "virus": standing.virus,
        "not_scanned": standing.not_scanned,
    }
    known = {name: value for name, value in known.items() if value not in (None, "", False)}
    body, domain = mask(row.text, kinds).strip("\n"), domain_of(facts.author)
    anonymous = f"{_PLAIN}@{domain}" if domain else ""
    for author in dict.fromkeys((anonymous, facts.author)):
        for text in dict.fromkeys((body[:SHORT_BODY].rstrip(), body)):
            yield ({"from": author} if author else {}) | known | {"body": text}


def _told(state: Simulated) -> Iterator[tuple[str, Any]]:
    ticket = state.ticket
    if ticket is None:
        yield "drop" if state.dropped_by is not None else "quarantine", True
        return
    for name in ("team", "agent"):
        yield name, getattr(ticket, name) or NOBODY
    yield "priority", ticket.priority
    yield "status", ticket.own_status or ticket.status
    if ticket.type:
        yield "type", ticket.type
    if ticket.tags:
        yield "tags", sorted(ticket.tags)
    if ticket.fields:
        yield "fields", {name: str(value) for name, value in ticket.fields.items()}
    if state.acknowledge is False:
        yield "acknowledge", False
    if state.effects:
        yield "effects", list(dict.fromkeys(effect.kind for effect in state.effects))


def _ticket(ticket: TicketFacts, row: Row[Any]) -> dict[str, Any]:
    """The ticket as it is today, with spans of time from the mail's own moment."""
    spans = {
        "since_created": ticket.created_at,
        "since_status": ticket.status_since,
        "since_agent": ticket.agent_at,
        "waiting": ticket.waiting_since,
    }
    told: dict[str, Any] = {
        "brand": ticket.brand,
        "status": ticket.own_status or ticket.status,
        "priority": ticket.priority,
        "type": ticket.type,
        "team": ticket.team,
        "agent": ticket.agent,
        "tags": sorted(ticket.tags) or None,
        "fields": {name: str(value) for name, value in ticket.fields.items()} or None,
        "language": ticket.language,
        "requester": f"{_PLAIN}@{ticket.requester_domain}",
        "vip": ticket.vip,
        "trust": ticket.trust if ticket.trust in ("none", "weak", "forwarded", "strong") else "none",
        "replies": ticket.replies,
        "exchanges": ticket.exchanges,
        "reopened": ticket.reopened,
        "rating": ticket.rating,
    }
    for name, moment in spans.items():
        if moment is not None and (row.created_at - moment).total_seconds() >= 60:
            told[name] = say_duration(row.created_at - moment)
    return {name: value for name, value in told.items() if value not in (None, "", False, 0)}


def _asked_headers(loaded: Loaded) -> frozenset[str]:
    """Header fields that rules ask for, in lower case."""
    return frozenset(name.lower() for rule in loaded.written.rules.rules for name in _names(rule.when))


def _names(when: When | None) -> Iterator[str]:
    if when is None:
        return
    yield from when.has_header or ()
    for inner in (*(when.all_of or ()), *(when.any_of or ()), *((when.none_of,) if when.none_of else ())):
        yield from _names(inner)


def _headers(connection: Connection, blobs: Any, row: Row[Any], asked: frozenset[str]) -> dict[str, str]:
    """Those of the mail's header fields that rules ask for; none where its bytes are gone."""
    if not asked or is_erased(connection, row.journal_id) is not None:
        return {}
    try:
        found = read(checked_bytes(blobs, row.raw, row.digest)).headers
    except Damaged:
        return {}
    return {name: value or "yes" for name, value in reversed(found) if name.lower() in asked}


def _as_yaml(entry: Mapping[str, Any]) -> str:
    """One item of a list, two blanks in, as it stands below ``tests:``."""
    from ruamel.yaml import YAML  # here, because the web view should pay for it only when somebody asks
    from ruamel.yaml.scalarstring import LiteralScalarString

    body = entry.get("mail", {}).get("body", "")
    if "\n" in body and all(line == line.strip() for line in body.splitlines()):
        entry = {**entry, "mail": {**entry["mail"], "body": LiteralScalarString(body)}}
    writer, text = YAML(), io.StringIO()
    writer.default_flow_style = False
    writer.allow_unicode = True
    writer.width = 140
    writer.dump([entry], text)
    return textwrap.indent(text.getvalue(), "  ")
