"""Rules as docs/rules.md describes them, in the slowest and most obvious way: an interpreter of the written YAML.

It shares nothing with the gateway's own but the ways of writing addresses and spans of time, and asks Python's ``re`` for patterns.
"""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from gateway.mail.address import address_key, domain_key
from gateway.rules.facts import Facts
from gateway.rules.ticket import Case

Written = Mapping[str, Any]
NO_BUSINESS = "the world of these tests has no calendars"


def many(value: Any) -> list[Any]:
    return [value] if isinstance(value, str) else list(value)


def span(text: str) -> timedelta:
    return timedelta(hours=int(text.removesuffix("h")))


def fits(pattern: str, value: str) -> bool:
    begin, star, end = pattern.partition("*")
    if not value:
        return False
    return (
        value.startswith(begin) and value.endswith(end) and len(value) >= len(pattern) - 1 if star else value == pattern
    )


def found(patterns: Any, text: str) -> bool:
    return any(re.search(pattern, text, re.IGNORECASE | re.ASCII) for pattern in many(patterns))


def mail_holds(when: Written, mail: Facts) -> bool:
    for name, value in when.items():
        if name == "all":
            holds = all(mail_holds(inner, mail) for inner in value)
        elif name == "any":
            holds = any(mail_holds(inner, mail) for inner in value)
        elif name == "not":
            holds = not mail_holds(value, mail)
        elif name == "to":
            holds = any(fits(address_key(one), recipient) for one in many(value) for recipient in mail.recipients)
        elif name == "author":
            holds = any(fits(address_key(one), mail.author) for one in many(value))
        elif name == "author_domain":
            holds = any(fits(domain_key(one), mail.author_domain) for one in many(value))
        elif name in ("subject", "body"):
            holds = found(value, getattr(mail, name))
        elif name == "has_header":
            holds = any(one.lower() == header.lower() for one in many(value) for header, _ in mail.headers)
        elif name == "vip":
            holds = mail.standing.is_vip == value
        elif name == "spam_score":
            holds = mail.standing.spam_score is not None and mail.standing.spam_score >= value
        elif name in ("trust", "dkim"):
            holds = getattr(mail.sender, name) in many(value)
        else:
            holds = getattr(mail, name) in many(value)
        if not holds:
            return False
    return True


def intake(rules: list[Written], mail: Facts) -> dict[str, Any]:
    """What all rules say: ``drop`` the name of the rule that drops; ``applied`` the names of those that apply."""
    said: dict[str, Any] = {"drop": None, "tags": [], "applied": []}
    for rule in rules:
        if "when" in rule and not mail_holds(rule["when"], mail):
            continue
        said["applied"].append(rule["name"])
        then = rule["then"]
        if "drop" in then:
            return {"drop": rule["name"], "tags": [], "applied": said["applied"]}
        for name, value in then.items():
            if name == "tags":
                said["tags"] += [tag for tag in many(value) if tag not in said["tags"]]
            else:
                said[name] = value
        if rule.get("stop"):
            break
    return said


class Ticket:
    """A ticket while rules are asked about it."""

    def __init__(self, case: Case) -> None:
        facts = case.ticket
        self.facts = facts
        self.now = case.now
        self.values = {
            name: getattr(facts, name)
            for name in ("team", "agent", "priority", "status", "language", "requester_domain", "subject", "vip")
        }
        self.tags = set(facts.tags)
        self.fields: dict[str, Any] = dict(facts.fields)

    def holds(self, when: Written, event: Written, mail: Facts | None) -> bool:
        return all(self._one(name, value, event, mail) for name, value in when.items())

    def _one(self, name: str, value: Any, event: Written, mail: Facts | None) -> bool:
        if name == "all":
            return all(self.holds(inner, event, mail) for inner in value)
        if name == "any":
            return any(self.holds(inner, event, mail) for inner in value)
        if name == "not":
            return not self.holds(value, event, mail)
        if name == "tags":
            return bool(self.tags & set(many(value)))
        if name == "subject":
            return found(value, self.values["subject"])
        if name == "vip":
            return bool(self.values["vip"] == value)
        if name == "mail":
            return mail is not None and mail_holds(value, mail)
        if name == "field":
            return all(self._field(self.fields.get(field), test) for field, test in value.items())
        if name == "replies":
            return number(self.facts.replies, value)
        if name in ("waiting", "since_created", "since_status"):
            moments = {"waiting": "waiting_since", "since_created": "created_at", "since_status": "status_since"}
            return age(getattr(self.facts, moments[name]), self.now, value)
        if name == "until_due":
            return left(self.facts.due_at, self.now, value)
        known = {**self.values, **event}
        return (known[name] or "none") in many(value)

    def _field(self, value: Any, test: Written) -> bool:
        values = list(value) if isinstance(value, tuple) else [] if value in (None, "") else [value]
        texts = [f"{one:g}" if isinstance(one, float) else str(one) for one in values]
        for name, wanted in test.items():
            holds = {
                "set": lambda wanted=wanted: bool(values) == wanted,
                "is": lambda wanted=wanted: any(text in many(wanted) for text in texts),
                "matches": lambda wanted=wanted: any(found(wanted, text) for text in texts),
                "over": lambda wanted=wanted: isinstance(value, float) and value > wanted,
            }[name]()
            if not holds:
                return False
        return True


def number(value: float, bounds: Written) -> bool:
    return (
        value > bounds.get("over", value - 1)
        and value < bounds.get("under", value + 1)
        and value == bounds.get("is", value)
    )


def age(moment: datetime | None, now: datetime, bounds: Written) -> bool:
    if moment is None:
        return False
    old = max(now - moment, timedelta())
    return ("over" not in bounds or old >= span(bounds["over"])) and (
        "under" not in bounds or old < span(bounds["under"])
    )


def left(moment: datetime | None, now: datetime, bounds: Written) -> bool:
    if moment is None:
        return False
    rest = max(moment - now, timedelta())
    return ("over" not in bounds or rest >= span(bounds["over"])) and (
        "under" not in bounds or rest <= span(bounds["under"])
    )


def captured(when: Written, subject: str, mail: Facts | None) -> str:
    """What ``(?P<order>...)`` caught, in the order in which conditions are read; nothing under ``not``."""
    for pattern in many(when.get("subject", ())):
        hit = re.search(pattern, subject, re.IGNORECASE)
        if hit and hit.groupdict().get("order"):
            return str(hit["order"])
    if "mail" in when and mail is not None:
        caught = caught_in_mail(when["mail"], mail)
        if caught:
            return caught
    for inner in (*when.get("all", ()), *when.get("any", ())):
        caught = captured(inner, subject, mail)
        if caught:
            return caught
    return ""


def caught_in_mail(when: Written, mail: Facts) -> str:
    for name in ("subject", "body"):
        for pattern in many(when.get(name, ())):
            hit = re.search(pattern, getattr(mail, name), re.IGNORECASE)
            if hit and hit.groupdict().get("order"):
                return str(hit["order"])
    for inner in (*when.get("all", ()), *when.get("any", ())):
        caught = caught_in_mail(inner, mail)
        if caught:
            return caught
    return ""


def names_order(when: Written) -> bool:
    """Whether any pattern has the group, outside of ``not``."""
    own = [*many(when.get("subject", ())), *many(when.get("body", ()))]
    inner = [*when.get("all", ()), *when.get("any", ()), *([when["mail"]] if "mail" in when else [])]
    return any("(?P<order>" in pattern for pattern in own) or any(names_order(one) for one in inner)


def happen(rules: list[Written], case: Case) -> tuple[Ticket, list[tuple[str, str, str]], set[str]]:
    """The ticket afterwards, the effects (rule, kind, value), and the names of the rules that applied."""
    assert case.event is not None
    ticket, effects, applied = Ticket(case), list[tuple[str, str, str]](), set[str]()
    first = {
        "kind": case.event.kind.value,
        "by": case.event.by.value,
        "was": case.event.was,
        "became": case.event.became,
    }
    queue = [(first, case.mail)]
    while queue:
        event, mail = queue.pop(0)
        for rule in rules:
            if rule["name"] in applied or event["kind"] not in many(rule["on"]):
                continue
            when = rule.get("when", {})
            if not ticket.holds(when, event, mail):
                continue
            applied.add(rule["name"])
            order = captured(when, ticket.values["subject"], mail) if names_order(when) else None
            made = apply(rule["name"], rule["then"], ticket, order, effects)
            queue += [(one, None) for one in made]
            if rule.get("stop"):
                break
    return ticket, effects, applied


def apply(
    rule: str, then: Written, ticket: Ticket, order: str | None, effects: list[tuple[str, str, str]]
) -> list[dict[str, str]]:
    """Change the ticket; what that makes happen. Placeholders stand for the ticket as it was before this rule."""
    facts = dict(ticket.values)

    def fill(text: str) -> str:
        for name in ("team", "status"):
            text = text.replace(f"{{ticket.{name}}}", facts[name])
        text = text.replace("{ticket.number}", str(ticket.facts.number))
        return text if order is None else text.replace("{match.order}", order)

    made = []
    for name, kind in (("team", "team"), ("agent", "assigned"), ("priority", "priority"), ("status", "status")):
        if name in then and not (name == "agent" and then[name] == "auto"):
            wanted = "" if then[name] == "none" and name in ("team", "agent") else then[name]
            if wanted != ticket.values[name]:
                made.append({"kind": kind, "by": "rule", "was": ticket.values[name], "became": wanted})
                ticket.values[name] = wanted
    tags = (ticket.tags | set(many(then.get("tags", ())))) - set(many(then.get("remove_tags", ())))
    if tags != ticket.tags:
        ticket.tags = tags
        made.append({"kind": "tagged", "by": "rule", "was": "", "became": ""})
    before = dict(ticket.fields)
    for name, text in then.get("fields", {}).items():
        if fill(text):
            ticket.fields[name] = fill(text)
    if ticket.fields != before:
        made.append({"kind": "field", "by": "rule", "was": "", "became": ""})
    if then.get("agent") == "auto":
        effects.append((rule, "agent_auto", ""))
    if "reply" in then:
        effects.append((rule, "reply", then["reply"]["template"]))
    if "menu" in then:
        effects.append((rule, "menu", then["menu"]))
    if "note" in then:
        effects.append((rule, "note", fill(then["note"])))
    return made
