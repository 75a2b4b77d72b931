"""``macros.yaml``: texts that agents use again and again, with what they set on the ticket."""

import re
from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from gateway.config.mistakes import Mistake, did_you_mean
from gateway.config.section import Language, Line, Section
from gateway.config.source import Node
from gateway.config.validate import place_of

PLACEHOLDERS = ("agent", "brand", "customer", "number", "reference", "subject")
_PLACEHOLDER = re.compile(r"\{\{([^{}]{0,100})\}\}")
_OPEN = re.compile(r"\{\{|\{%|\{#")


class Macro(Section):
    """One macro."""

    id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")] = Field(
        examples=["refund"], description="What agents write after `#macro`: small letters, digits, hyphens."
    )
    title: Line = Field(
        min_length=1, max_length=80, examples=["Refund granted"], description="What agents read in lists."
    )
    text: dict[Language, str] = Field(
        default_factory=dict,
        description="The text by language; the ticket's language is used, else the brand's, else the first one here. "
        "May hold `{{ customer }}`, `{{ agent }}`, `{{ brand }}`, `{{ number }}`, `{{ reference }}`, `{{ subject }}`.",
    )
    status: Literal["open", "pending", "on_hold", "solved"] | None = Field(
        default=None, description="Status that the ticket gets with the answer."
    )
    priority: Literal["low", "normal", "high", "urgent"] | None = Field(default=None, description="Priority to set.")
    team: Line | None = Field(default=None, max_length=64, description="Team to give the ticket to.")
    tags: tuple[Annotated[str, Field(pattern=r"^[^\s,]{1,64}$")], ...] = Field(
        default=(), max_length=20, description="Tags to add."
    )


class MacrosFile(Section):
    """The file."""

    macros: tuple[Macro, ...] = Field(
        default=(), max_length=1000, description="Macros, in the order in which lists show them."
    )


def check_macros(written: MacrosFile, tree: Node) -> Iterator[Mistake]:
    """What types alone cannot tell: ids that stand twice, macros that do nothing, placeholders that nothing fills."""
    seen: set[str] = set()
    for index, macro in enumerate(written.macros):
        if macro.id in seen:
            yield Mistake.at(place_of(tree, "macros", index, "id"), f"another macro has the id `{macro.id}` too")
        seen.add(macro.id)
        if not (macro.text or macro.status or macro.priority or macro.team or macro.tags):
            yield Mistake.at(place_of(tree, "macros", index), f"the macro `{macro.id}` does nothing; give it a `text`")
        for language, text in macro.text.items():
            for wrong in unknown_placeholders(text):
                meant = did_you_mean(wrong, PLACEHOLDERS) or f" There are {', '.join(PLACEHOLDERS)}."
                place = place_of(tree, "macros", index, "text", language)
                yield Mistake.at(place, f"unknown placeholder {wrong!r}.{meant}")


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
