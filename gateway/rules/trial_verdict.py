"""Where rules do otherwise than a test expects, with what the rules themselves said. Pure."""

from collections.abc import Iterator, Sequence

from gateway.mail.address import address_key
from gateway.rules.automation import NOBODY
from gateway.rules.model import RuleHit
from gateway.rules.simulation import Simulated
from gateway.rules.ticket import TicketFacts
from gateway.rules.trials import Expected

Difference = tuple[tuple[str | int, ...], str]
"""Where in the test the expectation stands, and what was found instead."""


def differences(expect: Expected, found: Simulated, asked: Sequence[RuleHit]) -> Iterator[Difference]:
    """Every expectation that is not met. ``asked``: what each rule that was asked said."""
    fates = (("drop", found.dropped_by, "drops"), ("quarantine", found.held_by, "holds"))
    for name, by, does in fates:
        if (by is not None) is not (getattr(expect, name) or False):
            what = f"rule {by!r} {does} the mail" if by is not None else f"no rule {does} the mail"
            yield (name,) if getattr(expect, name) is not None else (), f"{what}{_because(asked)}"
            return
    if expect.acknowledge is not None and (found.acknowledge is not False) is not expect.acknowledge:
        said = "false" if found.acknowledge is False else "not false"
        yield ("acknowledge",), f"`acknowledge` is {said}{_because(asked)}"
    ticket = found.ticket
    if ticket is not None:
        if expect.status is not None and expect.status not in (ticket.status, ticket.own_status):
            there = " ".join(dict.fromkeys((ticket.status, ticket.own_status))).strip()
            yield ("status",), f"`status` is {there!r}, not {expect.status!r}{_because(asked)}"
        for name in ("team", "agent", "priority", "type"):
            wanted, is_there = getattr(expect, name), getattr(ticket, name) or NOBODY
            if wanted is not None and (address_key(wanted) if name == "agent" else wanted) != is_there:
                yield (name,), f"`{name}` is {is_there!r}, not {wanted!r}{_because(asked)}"
        yield from _tags_and_fields(expect, ticket, asked)
    yield from _effects(expect, found, asked)
    yield from _rules(expect, asked)


def _tags_and_fields(expect: Expected, ticket: TicketFacts, asked: Sequence[RuleHit]) -> Iterator[Difference]:
    there = ", ".join(sorted(ticket.tags)) or "none"
    for number, tag in enumerate(expect.tags or ()):
        if tag not in ticket.tags:
            yield ("tags", number), f"the tag {tag!r} is missing (tags: {there}){_because(asked)}"
    for number, tag in enumerate(expect.not_tags or ()):
        if tag in ticket.tags:
            yield ("not_tags", number), f"the tag {tag!r} is there{_because(asked)}"
    for name, wanted in (expect.fields or {}).items():
        value = ticket.fields.get(name, "")
        if str(value) != wanted:
            yield ("fields", name), f"the field `{name}` is {str(value)!r}, not {wanted!r}{_because(asked)}"


def _effects(expect: Expected, found: Simulated, asked: Sequence[RuleHit]) -> Iterator[Difference]:
    done = {name for effect in found.effects for name in (effect.kind, f"{effect.kind} {effect.value}")}
    listed = ", ".join(sorted({effect.kind for effect in found.effects})) or "nothing"
    for number, name in enumerate(expect.effects or ()):
        if name not in done:
            yield ("effects", number), f"{name!r} is not done (done: {listed}){_because(asked)}"
    for number, name in enumerate(expect.not_effects or ()):
        if name in done:
            yield ("not_effects", number), f"{name!r} is done{_because(asked)}"


def _rules(expect: Expected, asked: Sequence[RuleHit]) -> Iterator[Difference]:
    applied = {hit.name: hit for hit in asked if hit.matched}
    for number, name in enumerate(expect.rules or ()):
        if name not in applied:
            why = next((hit.why for hit in reversed(asked) if hit.name == name), "it was not asked")
            yield ("rules", number), f"the rule {name!r} does not apply: {why}"
    for number, name in enumerate(expect.not_rules or ()):
        if name in applied:
            yield ("not_rules", number), f"the rule {name!r} applies: {applied[name].why}"


def _because(asked: Sequence[RuleHit]) -> str:
    """What rules said, those that applied first; nobody reads more than a few."""
    applied = list(dict.fromkeys(f"{hit.name!r} applies: {hit.why}" for hit in asked if hit.matched))
    names = {hit.name for hit in asked if hit.matched}
    others = [f"{hit.name!r} does not: {hit.why}" for hit in asked if not hit.matched and hit.name not in names]
    told = [*applied, *others][:4]
    return f"; {'; '.join(told)}" if told else "; no rule was asked"
