"""Mails, tickets and rules by chance, out of a small world in which they often meet."""

import random
from datetime import UTC, datetime, timedelta
from typing import Any

from gateway.rules.facts import Facts, SenderFacts, Standing
from gateway.rules.ticket import Actor, Case, Event, EventKind, TicketFacts

NOW = datetime(2026, 3, 9, 10, 0, tzinfo=UTC)
WORDS = ("lamp", "order 17", "refund", "urgent", "fee")
PATTERNS = ("lamp", r"order (?P<order>\d+)", "^refund", "urgent|fee", r"\bfee\b")
ADDRESSES = ("kim@a.example", "lee@b.a.example", "lee@b.example", "support@shop.example", "")
GLOBS = ("kim@a.example", "*@a.example", "lee@*", "*@b.a.example", "*@b.example", "support@shop.example")
DOMAINS = ("a.example", "*.a.example", "b.example", "*.example", "b.a.example")
LANGUAGES = ("ko", "ja", "en")
KINDS = ("human", "auto-reply", "list")
PRIORITIES = ("low", "normal", "high", "urgent")
STATUSES = ("new", "open", "pending", "solved")
TEAMS = ("shop", "billing")
TAGS = ("a", "b", "c")
HOURS = (1, 2, 4, 8, 30)

MAIL_CONDITIONS = (
    *("to", "author", "author_domain", "subject", "body", "language", "kind", "brand", "trust", "dkim"),
    *("vip", "spam_score", "has_header"),
)
TICKET_CONDITIONS = (
    *("status", "priority", "team", "agent", "tags", "subject", "language", "vip", "replies", "waiting"),
    *("since_created", "since_status", "until_due", "by", "was", "became", "field", "requester_domain", "mail"),
)


def some(chance: random.Random, choices: tuple[str, ...]) -> list[str]:
    return chance.sample(choices, chance.randint(1, min(3, len(choices))))


def mail_when(chance: random.Random, depth: int = 2) -> dict[str, Any]:
    """A ``when`` of an intake rule, as it is written."""
    written: dict[str, Any] = {}
    for name in chance.sample(MAIL_CONDITIONS, chance.choice((1, 1, 2, 3))):
        written[name] = _mail_value(chance, name)
    return _joined(chance, written, depth, mail_when)


def _joined(chance: random.Random, written: dict[str, Any], depth: int, inner: Any) -> dict[str, Any]:
    if depth and chance.random() < 0.2:
        written["all"] = [inner(chance, depth - 1) for _ in range(chance.randint(1, 2))]
    if depth and chance.random() < 0.2:
        written["any"] = [inner(chance, depth - 1) for _ in range(chance.randint(1, 2))]
    if depth and chance.random() < 0.2:
        written["not"] = inner(chance, depth - 1)
    return written


def _mail_value(chance: random.Random, name: str) -> Any:
    choices = {
        "to": GLOBS,
        "author": GLOBS,
        "author_domain": DOMAINS,
        "subject": PATTERNS,
        "body": PATTERNS,
        "language": LANGUAGES,
        "kind": KINDS,
        "brand": TEAMS,
        "trust": ("none", "weak", "strong"),
        "dkim": ("pass", "fail", "none"),
        "has_header": ("X-Shop", "x-list"),
    }
    if name == "vip":
        return chance.random() < 0.5
    return chance.choice((1, 3, 5.5)) if name == "spam_score" else some(chance, choices[name])


def mail(chance: random.Random) -> Facts:
    author = chance.choice(ADDRESSES)
    return Facts(
        recipients=tuple(some(chance, ADDRESSES[:-1])),
        author=author,
        author_domain=author.rpartition("@")[2],
        subject=" ".join(some(chance, WORDS)),
        body=" ".join(some(chance, WORDS)),
        headers=tuple((name, "1") for name in ("x-shop", "X-List") if chance.random() < 0.3),
        language=chance.choice((*LANGUAGES, "")),
        kind=chance.choice(KINDS),
        brand=chance.choice(TEAMS),
        sender=SenderFacts(
            trust=chance.choice(("none", "weak", "strong")), dkim=chance.choice(("pass", "fail", "none"))
        ),
        standing=Standing(is_vip=chance.random() < 0.3, spam_score=chance.choice((None, 0.5, 3, 6))),
    )


def ticket_when(chance: random.Random, depth: int = 2, *, timed: bool = False) -> dict[str, Any]:
    """A ``when`` of an event rule; ``timed``: without conditions on events."""
    known = [name for name in TICKET_CONDITIONS if not timed or name not in ("by", "was", "became", "mail")]
    written = {name: _ticket_value(chance, name) for name in chance.sample(known, chance.choice((1, 1, 2, 3)))}

    def inner(more: random.Random, left: int) -> dict[str, Any]:
        return ticket_when(more, left, timed=timed)

    return _joined(chance, written, depth, inner)


def _ticket_value(chance: random.Random, name: str) -> Any:
    choices: dict[str, tuple[str, ...]] = {
        "status": STATUSES,
        "priority": PRIORITIES,
        "team": (*TEAMS, "none"),
        "agent": ("kim@a.example", "none"),
        "tags": TAGS,
        "subject": PATTERNS,
        "language": LANGUAGES,
        "by": ("customer", "agent", "gateway", "rule"),
        "was": (*STATUSES, *PRIORITIES, "none"),
        "became": (*STATUSES, *PRIORITIES, *TEAMS, "none"),
        "requester_domain": ("a.example", "b.example"),
    }
    if name in choices:
        return some(chance, choices[name])
    if name == "vip":
        return chance.random() < 0.5
    if name == "replies":
        return chance.choice(({"over": 1}, {"under": 2}, {"is": 0}, {"over": 0, "under": 3}))
    if name == "field":
        return {"order": chance.choice(({"set": True}, {"is": "17"}, {"matches": "1"}, {"over": 3}, {"set": False}))}
    if name == "mail":
        return {key: value for key, value in mail_when(chance, 0).items() if key != "has_header"} or {"vip": True}
    bounds: dict[str, str] = {}
    if chance.random() < 0.7:
        bounds["over"] = f"{chance.choice(HOURS)}h"
    if not bounds or chance.random() < 0.3:
        bounds["under"] = f"{chance.choice(HOURS)}h"
    return bounds


def ticket_then(chance: random.Random) -> dict[str, Any]:
    choices: dict[str, Any] = {
        "team": chance.choice((*TEAMS, "none")),
        "agent": chance.choice(("kim@a.example", "auto", "none")),
        "priority": chance.choice(PRIORITIES),
        "status": chance.choice(STATUSES),
        "tags": some(chance, TAGS),
        "remove_tags": some(chance, TAGS),
        "fields": {"order": chance.choice(("{match.order}", "17", "{ticket.team}x"))},
        "reply": {"template": chance.choice(("in-progress", "thanks"))},
        "menu": chance.choice(("welcome", "returns")),
        "note": "{ticket.number} {ticket.status} {match.order}",
    }
    return {name: choices[name] for name in chance.sample(sorted(choices), chance.randint(1, 2))}


def event_rule(chance: random.Random, number: int) -> dict[str, Any]:
    kinds = tuple(kind.value for kind in EventKind)
    rule: dict[str, Any] = {"name": f"r{number}", "on": chance.sample(kinds, chance.randint(1, 6))}
    if chance.random() < 0.85:
        rule["when"] = ticket_when(chance)
    return {**rule, "then": ticket_then(chance), "stop": chance.random() < 0.25}


def intake_rule(chance: random.Random, number: int) -> dict[str, Any]:
    rule: dict[str, Any] = {"name": f"r{number}"}
    if chance.random() < 0.85:
        rule["when"] = mail_when(chance)
    if "when" in rule and chance.random() < 0.1:
        return {**rule, "then": {"drop": True}}
    choices: dict[str, Any] = {
        "team": chance.choice(TEAMS),
        "priority": chance.choice(PRIORITIES),
        "tags": some(chance, TAGS),
        "status": chance.choice(STATUSES),
        "acknowledge": chance.random() < 0.5,
        "menu": chance.choice(("welcome", "returns")),
    }
    then = {name: choices[name] for name in chance.sample(sorted(choices), chance.randint(1, 3))}
    return {**rule, "then": then, "stop": chance.random() < 0.2}


def case(chance: random.Random) -> Case:
    def ago() -> datetime:
        return NOW - timedelta(minutes=chance.choice((5, 60, 61, 119, 120, 240, 300, 480, 1800, 4000)))

    created = ago()
    requester = chance.choice(ADDRESSES[:-1])
    ticket = TicketFacts(
        number=chance.randint(1, 99),
        brand=chance.choice(TEAMS),
        status=chance.choice(STATUSES),
        created_at=created,
        status_since=max(created, ago()),
        priority=chance.choice(PRIORITIES),
        team=chance.choice((*TEAMS, "")),
        agent=chance.choice(("kim@a.example", "")),
        tags=frozenset(tag for tag in TAGS if chance.random() < 0.4),
        fields=chance.choice(({}, {"order": "17"}, {"order": 17.0}, {"order": ("17", "x")})),
        subject=" ".join(some(chance, WORDS)),
        language=chance.choice((*LANGUAGES, "")),
        requester=requester,
        requester_domain=requester.rpartition("@")[2],
        vip=chance.random() < 0.3,
        replies=chance.randint(0, 3),
        waiting_since=chance.choice((None, ago())),
        due_at=chance.choice((None, NOW + timedelta(minutes=chance.randint(-300, 600)))),
    )
    kind = chance.choice(tuple(EventKind))
    has_values = kind in (EventKind.STATUS, EventKind.ASSIGNED, EventKind.TEAM, EventKind.PRIORITY)
    values = (chance.choice((*STATUSES, *PRIORITIES, "")), chance.choice((*STATUSES, *PRIORITIES, *TEAMS, "")))
    event = Event(kind, chance.choice(tuple(Actor)), *(values if has_values else ()))
    brought = kind in (EventKind.CREATED, EventKind.REPLIED)
    return Case(ticket, NOW, event, mail(chance) if brought else None)
