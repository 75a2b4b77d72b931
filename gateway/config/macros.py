"""``macros.yaml``: texts that agents use again and again, with what they set on the ticket."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from gateway.config.mistakes import Mistake, did_you_mean
from gateway.config.section import Language, Line, Section
from gateway.config.source import Node
from gateway.config.validate import place_of
from gateway.rules.fields import MAX_TEXT, TicketFields, UnsoundValue
from gateway.rules.statuses import Statuses

PLACEHOLDERS = ("agent", "brand", "customer", "number", "reference", "subject")
MOST_TEXT = 20_000
"""Characters of a macro's text in one language."""

OWN_ID = re.compile(r"my-[0-9]+")
"""How pages call the macros that agents keep for themselves."""

_BY_ITSELF = ("new", "closed")
_PLACEHOLDER = re.compile(r"\{\{([^{}]{0,100})\}\}")
_OPEN = re.compile(r"\{\{|\{%|\{#")


class MacroDefinition(Section):
    """What a macro says and sets. Agents keep their own ones in the database in this shape, by their title."""

    title: Line = Field(
        min_length=1, max_length=80, examples=["Refund granted"], description="What agents read in lists."
    )
    text: dict[Language, Annotated[str, Field(max_length=MOST_TEXT)]] = Field(
        default_factory=dict,
        description="The text by language; the ticket's language is used, else the brand's, else the first one here. "
        "May hold `{{ customer }}`, `{{ agent }}`, `{{ brand }}`, `{{ number }}`, `{{ reference }}`, `{{ subject }}`.",
    )
    status: Line | None = Field(
        default=None,
        max_length=40,
        description="Status that the ticket gets with the answer: `open`, `pending`, `on_hold`, `solved`, or one of `fields.yaml`.",
    )
    priority: Literal["low", "normal", "high", "urgent"] | None = Field(default=None, description="Priority to set.")
    team: Line | None = Field(default=None, max_length=64, description="Team to give the ticket to.")
    tags: tuple[Annotated[str, Field(pattern=r"^[^\s,]{1,64}$")], ...] = Field(
        default=(), max_length=20, description="Tags to add."
    )
    fields: dict[str, Annotated[str, Field(max_length=MAX_TEXT)]] = Field(
        default_factory=dict,
        max_length=50,
        description="Fields to set, by id, each with a value as people write it; `''` empties the field. They are set before the status.",
    )


class Macro(MacroDefinition):
    """One macro."""

    id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")] = Field(
        examples=["refund"], description="What agents write after `#macro`: small letters, digits, hyphens."
    )


@dataclass(frozen=True, slots=True)
class MacroNames:
    """What macros may name. Without any ``teams``, teams are not checked: rules may name others too."""

    fields: TicketFields
    statuses: Statuses
    teams: frozenset[str] = frozenset()


class MacrosFile(Section):
    """The file."""

    macros: tuple[Macro, ...] = Field(
        default=(), max_length=1000, description="Macros, in the order in which lists show them."
    )


def check_macros(written: MacrosFile, tree: Node, names: MacroNames | None) -> Iterator[Mistake]:
    """What types alone cannot tell: ids that stand twice, macros that do nothing, placeholders that nothing fills, unknown names.

    ``names`` None: the files that hold them have mistakes of their own.
    """
    seen: set[str] = set()
    for index, macro in enumerate(written.macros):
        place = place_of(tree, "macros", index, "id")
        if macro.id in seen:
            yield Mistake.at(place, f"another macro has the id `{macro.id}` too")
        if OWN_ID.fullmatch(macro.id):
            yield Mistake.at(place, "`my-` with a number stands for macros that agents keep for themselves")
        seen.add(macro.id)
        for path, message in mistakes_of(macro, f"the macro `{macro.id}`", names):
            yield Mistake.at(place_of(tree, "macros", index, *path), message)


def mistakes_of(macro: MacroDefinition, called: str, names: MacroNames | None) -> Iterator[tuple[tuple[str, ...], str]]:
    """Every mistake with the path of the setting inside the macro. ``called``: what a sentence calls the macro."""
    if not (macro.text or macro.status or macro.priority or macro.team or macro.tags or macro.fields):
        yield (), f"{called} does nothing; give it a `text`"
    for language, text in macro.text.items():
        for wrong in unknown_placeholders(text):
            meant = did_you_mean(wrong, PLACEHOLDERS) or f" There are {', '.join(PLACEHOLDERS)}."
            yield ("text", language), f"unknown placeholder {wrong!r}.{meant}"
    if names is None:
        return
    by_hand = [one.id for one in names.statuses.by_id.values() if one.category not in _BY_ITSELF]
    if macro.status is not None and macro.status not in by_hand:
        if macro.status in _BY_ITSELF:
            yield ("status",), f"nobody sets a ticket {macro.status} by hand: it is {macro.status} by itself"
        else:
            meant = did_you_mean(macro.status, by_hand) or f" There are {', '.join(by_hand[:12])}."
            yield ("status",), f"there is no status `{macro.status}`.{meant}"
    if macro.team is not None and names.teams and macro.team not in names.teams:
        yield ("team",), f"there is no team `{macro.team}`.{did_you_mean(macro.team, names.teams)}"
    for name, value in macro.fields.items():
        try:
            names.fields.read(name, value)
        except UnsoundValue as error:
            known = name in names.fields.by_id or not names.fields.by_id
            yield ("fields", name), f"{error}{'' if known else '.' + did_you_mean(name, names.fields.by_id)}"


def unknown_placeholders(text: str) -> Iterator[str]:
    """Every piece in double braces that is no placeholder, and every brace that opens one without closing it."""
    for match in _PLACEHOLDER.finditer(text):
        if match[1].strip() not in PLACEHOLDERS:
            yield match[1].strip()
    rest = _PLACEHOLDER.sub("", text)
    if (stray := _OPEN.search(rest)) is not None:
        yield rest[stray.start() : stray.start() + 20]


def fill(text: str, values: dict[str, str]) -> str:
    """The text with its placeholders filled in. What stands in a value is never read as a placeholder."""
    return _PLACEHOLDER.sub(lambda match: values.get(match[1].strip(), ""), text)
