"""``menus.yaml``: what customers may choose by answering with a number, and what comes of it."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from gateway.config.mistakes import Mistake
from gateway.config.section import Language, Line, Section
from gateway.config.source import Node
from gateway.config.validate import place_of
from gateway.rules.automation import Reply, TicketThen
from gateway.rules.model import Words

MOST_CHOICES = 5
LEVELS = 3
"""More is what people hang up on."""

_SETS = ("team", "priority", "status", "type", "tags", "fields", "macro", "reply")
_ANSWERS = ("macro", "reply", "status")
_Label = Annotated[Line, Field(min_length=1, max_length=80)]


class LastChoice(Section):
    """What comes of a choice. The changes are made as by a rule, and event rules see them."""

    label: dict[Language, _Label] = Field(
        min_length=1,
        examples=[{"en": "Where is my parcel?"}],
        description="What customers read beside the number, by language. A language that is missing gets the brand's.",
    )
    team: str | None = Field(default=None, min_length=1, max_length=64, description="Give the ticket to this team.")
    priority: Literal["low", "normal", "high", "urgent"] | None = Field(default=None, description="Set the priority.")
    status: str | None = Field(default=None, min_length=1, max_length=64, description="Set the status.")
    type: str | None = Field(default=None, min_length=1, max_length=64, description="Set the type.")
    tags: Words | None = Field(default=None, description="Add tags.")
    fields: dict[str, Annotated[str, Field(min_length=1, max_length=1000)]] | None = Field(
        default=None, min_length=1, description="Set fields, as in rules."
    )
    macro: str | None = Field(
        default=None, min_length=1, max_length=64, description="Answer with a macro of `macros.yaml`."
    )
    reply: Reply | None = Field(
        default=None,
        description="Answer with a template, as rules do. Without an answer, we say that the choice is noted.",
    )

    @model_validator(mode="before")
    @classmethod
    def _ends_here(cls, written: Any) -> Any:
        if isinstance(written, Mapping) and "choices" in written and "choices" not in cls.model_fields:
            raise ValueError(f"a menu has {LEVELS} levels: this choice cannot lead to others")
        return written

    @model_validator(mode="after")
    def _does_something(self) -> Self:
        given = [name for name in _SETS if getattr(self, name) is not None]
        further = further_choices(self)
        if further and (too_soon := [name for name in _ANSWERS if name in given]):
            raise ValueError(f"this choice leads to others: write `{too_soon[0]}` into the last one")
        if not given and not further:
            raise ValueError("this choice does nothing; write what comes of it, such as `team: billing`, or `choices`")
        return self

    def then(self) -> TicketThen | None:
        """What it does, as rules say it; None where it only leads to others."""
        given = {name: value for name in _SETS if (value := getattr(self, name)) is not None}
        return TicketThen(**given) if given else None

    def label_in(self, *languages: str) -> str:
        """In the first of these languages in which there is one, else the first that is written."""
        by_language: dict[str, str] = {str(language): text for language, text in self.label.items()}
        return next((by_language[it] for it in languages if it in by_language), next(iter(by_language.values())))


class SecondChoice(LastChoice):
    """A choice that may lead to others."""

    choices: tuple[LastChoice, ...] = Field(
        default=(), max_length=MOST_CHOICES, description="What may be chosen next. The last level."
    )


class FirstChoice(LastChoice):
    """A choice that may lead to others. What it sets is set at once, also if the customer does not go on."""

    choices: tuple[SecondChoice, ...] = Field(
        default=(), max_length=MOST_CHOICES, description="What may be chosen next."
    )


class MenuDefinition(Section):
    """One menu. To talk to a person is always open: by any answer in words."""

    id: str = Field(
        pattern=r"^[a-z0-9][a-z0-9-]{0,39}$", examples=["welcome"], description="What rules and settings call it."
    )
    choices: tuple[FirstChoice, ...] = Field(
        min_length=1,
        max_length=MOST_CHOICES,
        examples=[[{"label": {"en": "Billing"}, "team": "billing"}]],
        description="What may be chosen first.",
    )


class MenusFile(Section):
    """The file."""

    menus: tuple[MenuDefinition, ...] = Field(
        default=(), max_length=100, description="Menus; nobody sees one by itself."
    )


def further_choices(choice: LastChoice) -> Sequence[LastChoice]:
    """What may be chosen next."""
    found: Sequence[LastChoice] = getattr(choice, "choices", ())
    return found


def choices_at(menu: MenuDefinition, path: Sequence[int]) -> Sequence[LastChoice]:
    """What may be chosen after the choices of ``path`` (counted from 1); empty where the path leads nowhere or to an end."""
    choices: Sequence[LastChoice] = menu.choices
    for number in path:
        if not 1 <= number <= len(choices):
            return ()
        choices = further_choices(choices[number - 1])
    return choices


def choice_at(menu: MenuDefinition, path: Sequence[int]) -> LastChoice | None:
    """The choice to which ``path`` leads; None where there is none."""
    *before, last = path
    choices = choices_at(menu, before)
    return choices[last - 1] if 1 <= last <= len(choices) else None


def labels(choices: Sequence[LastChoice], *languages: str) -> tuple[str, ...]:
    """What customers read, in the order of the numbers."""
    return tuple(choice.label_in(*languages) for choice in choices)


def every_choice(
    choices: Sequence[LastChoice], path: tuple[str | int, ...] = ("choices",)
) -> Iterator[tuple[tuple[str | int, ...], LastChoice]]:
    """All of them, from top to bottom, each with where it stands."""
    for index, choice in enumerate(choices):
        yield (*path, index), choice
        yield from every_choice(further_choices(choice), (*path, index, "choices"))


def check_menus(written: MenusFile, tree: Node) -> Iterator[Mistake]:
    """What types alone cannot tell: ids that stand twice, choices that read alike."""
    seen: set[str] = set()
    for index, menu in enumerate(written.menus):
        if menu.id in seen:
            yield Mistake.at(place_of(tree, "menus", index, "id"), f"another menu has the id `{menu.id}` too")
        seen.add(menu.id)
        levels: list[tuple[tuple[str | int, ...], Sequence[LastChoice]]] = [(("choices",), menu.choices)]
        levels += [((*path, "choices"), further_choices(one)) for path, one in every_choice(menu.choices)]
        for path, choices in levels:
            for language in ("ko", "ja", "en"):
                yield from _alike(choices, language, ("menus", index, *path), tree)


def _alike(choices: Sequence[LastChoice], language: str, path: tuple[str | int, ...], tree: Node) -> Iterator[Mistake]:
    read = [dict(choice.label).get(language, "").casefold() for choice in choices]  # type: ignore[call-overload]
    counted = Counter(filter(None, read))
    for number, text in enumerate(read):
        if counted[text] > 1 and read.index(text) != number:
            place = place_of(tree, *path, number, "label", language)
            yield Mistake.at(place, f"choice {read.index(text) + 1} reads the same in {language}")
