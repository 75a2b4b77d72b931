"""``fields.yaml``: what a ticket carries besides its conversation. Own fields, own statuses, priorities by impact and urgency."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from gateway.config.labels import Labels, Names, by_language, listed
from gateway.config.mistakes import Mistake, did_you_mean
from gateway.config.section import Re2, Section
from gateway.config.source import Node
from gateway.config.statuses import WrittenStatus, check_statuses, statuses_of
from gateway.config.validate import place_of
from gateway.rules.fields import LEVELS, SEPARATOR, FieldDefinition, FieldType, Need, TicketFields, fold, plain
from gateway.rules.patterns import compile_pattern
from gateway.rules.statuses import Statuses

IMPACT, URGENCY = "impact", "urgency"
MATRIX_LABELS = {
    IMPACT: {"en": "Impact", "ko": "영향", "ja": "影響"},
    URGENCY: {"en": "Urgency", "ko": "긴급도", "ja": "緊急度"},
}
LEVEL_WORDS = {
    "low": {"en": "low", "ko": "낮음", "ja": "低"},
    "medium": {"en": "medium", "ko": "보통", "ja": "中"},
    "high": {"en": "high", "ko": "높음", "ja": "高"},
}
_DEFAULT_TABLE: Mapping[str, Mapping[str, str]] = {
    "low": {"low": "low", "medium": "low", "high": "normal"},
    "medium": {"low": "low", "medium": "normal", "high": "high"},
    "high": {"low": "normal", "medium": "high", "high": "urgent"},
}
_MOST_CHOICES = 2_000


def _day(written: str) -> str:
    try:
        date.fromisoformat(written)
    except ValueError as error:
        raise ValueError(f"{written!r} is no day; write it like 2026-12-31") from error
    return written


Day = Annotated[str, AfterValidator(_day)]
Priority = Literal["low", "normal", "high", "urgent"]


class WrittenField(Section):
    """A field."""

    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")] = Field(
        examples=["order_number"],
        description="What rules, commands and mails call it: small letters, digits, `_`. Never change it: values are kept by it.",
    )
    type: Literal["text", "number", "date", "choice", "choices", "yes_no", "pattern", "tree"] = Field(
        examples=["choice"],
        description="`text`; `number`; `date`; one or several of `choices`; `yes_no`; `pattern`, a text of a form; "
        "`tree`, up to three levels of which each depends on the one above.",
    )
    label: Labels = Field(default_factory=dict, description="What people read, by language. Empty: the id.")
    purpose: Literal["routing", "solving", "reporting"] = Field(
        default="reporting",
        description="What it is for: `routing` brings the ticket to the right people, `solving` is needed to answer, "
        "`reporting` is counted afterwards. Fields are shown in this order.",
    )
    choices: Names = Field(
        default=(), max_length=_MOST_CHOICES, description="Of `choice` and `choices`: what may be chosen."
    )
    tree: dict[str, Any] = Field(
        default_factory=dict,
        description="Of `tree`: names below names, three levels at most; the last one may be a list. Kept as `Delivery > Late > Courier`.",
    )
    words: dict[str, Labels] = Field(
        default_factory=dict, description="How a choice, or a level of a tree, is called in other languages: by choice."
    )
    pattern: Re2 | None = Field(
        default=None,
        description="Of `pattern`: regular expression (RE2) that all of the value must fit, upper and lower case alike.",
    )
    min: float | None = Field(default=None, description="Of `number`: the smallest.")
    max: float | None = Field(default=None, description="Of `number`: the largest.")
    earliest: Day | None = Field(default=None, description="Of `date`: the first day.")
    latest: Day | None = Field(default=None, description="Of `date`: the last day.")
    required: Annotated[tuple[Literal["intake", "solve"], ...], BeforeValidator(listed)] = Field(
        default=(),
        description="`solve`: the ticket cannot be solved without it. `intake`: customers are asked for it when it is missing.",
    )
    brands: Names = Field(default=(), description="Only tickets of these brands have it. Empty: all.")
    teams: Names = Field(default=(), description="Only tickets of these teams have it. Empty: all.")


class WrittenMatrix(Section):
    """Agents set impact and urgency; the priority follows from them."""

    impact: Names = Field(default=("low", "medium", "high"), min_length=1, max_length=10, description="Its levels.")
    urgency: Names = Field(default=("low", "medium", "high"), min_length=1, max_length=10, description="Its levels.")
    table: dict[str, dict[str, Priority]] = Field(
        default_factory=dict,
        description="The priority of each pair: by impact, then by urgency. Empty, with the levels left as they are: "
        "the usual one, from `low` to `urgent`.",
    )
    words: dict[str, Labels] = Field(
        default_factory=dict, description="How a level is called in other languages: by level."
    )


class FieldsFile(Section):
    """The file."""

    fields: tuple[WrittenField, ...] = Field(default=(), max_length=200, description="Own fields of tickets.")
    statuses: tuple[WrittenStatus, ...] = Field(default=(), max_length=50, description="Own statuses.")
    transitions: dict[str, Annotated[Names, Field(min_length=1)]] = Field(
        default_factory=dict,
        description="By status, which ones people and rules may set next: `new: [open, on_hold]`. To `open` they always may. "
        "A status that is not named here may become any.",
    )
    matrix: WrittenMatrix | None = Field(
        default=None,
        description="Impact × urgency → priority: two more fields, `impact` and `urgency`. "
        "`matrix: {}` takes the usual table of three by three. Empty: priorities are set by hand and by rules.",
    )


# --- what types alone cannot tell ---------------------------------------------------------------------------------------


def check_fields(written: FieldsFile, tree: Node, *, brands: Sequence[str], teams: Sequence[str]) -> Iterator[Mistake]:
    """Names that stand twice or lead nowhere, settings of other types, bounds the wrong way round, trees that are none.

    ``brands`` and ``teams``: the ids that there are; without any teams their names are not checked.
    """
    ids = [one.id for one in written.fields]
    for index, one in enumerate(written.fields):
        path: tuple[str | int, ...] = ("fields", index)
        if one.id in ids[:index]:
            yield Mistake.at(place_of(tree, *path, "id"), f"another field has the id `{one.id}` too")
        if written.matrix is not None and one.id in (IMPACT, URGENCY):
            yield Mistake.at(place_of(tree, *path, "id"), f"`{one.id}` is a field of the `matrix` already")
        yield from _of_its_type(one, tree, path)
        yield from _bounds(one, tree, path)
        yield from _choices(one, tree, path)
        yield from _known(one.brands, brands, "brand", tree, *path, "brands")
        yield from _known(one.teams, teams, "team", tree, *path, "teams") if teams else ()
    yield from check_statuses(written.statuses, written.transitions, tree)
    if written.matrix is not None:
        yield from _matrix(written.matrix, tree)


_SETTINGS: Mapping[str, tuple[str, ...]] = {
    "choices": ("choice", "choices"),
    "tree": ("tree",),
    "pattern": ("pattern",),
    "min": ("number",),
    "max": ("number",),
    "earliest": ("date",),
    "latest": ("date",),
    "words": ("choice", "choices", "tree"),
}
_NEEDED = {"choice": "choices", "choices": "choices", "tree": "tree", "pattern": "pattern"}


def _of_its_type(one: WrittenField, tree: Node, path: tuple[str | int, ...]) -> Iterator[Mistake]:
    for name, types in _SETTINGS.items():
        if name in one.model_fields_set and one.type not in types and getattr(one, name):
            place = place_of(tree, *path, name)
            yield Mistake.at(place, f"`{name}` is for fields of the type {' or '.join(types)}; this one is {one.type}")
    needed = _NEEDED.get(one.type)
    if needed is not None and not getattr(one, needed):
        yield Mistake.at(place_of(tree, *path), f"a field of the type {one.type} needs `{needed}`")


def _bounds(one: WrittenField, tree: Node, path: tuple[str | int, ...]) -> Iterator[Mistake]:
    if one.min is not None and one.max is not None and one.min > one.max:
        yield Mistake.at(place_of(tree, *path, "max"), f"`max` is below `min`, {one.min:g}: no number fits")
    if one.earliest is not None and one.latest is not None and one.earliest > one.latest:
        yield Mistake.at(place_of(tree, *path, "latest"), f"`latest` is before `earliest`, {one.earliest}: no day fits")


def _choices(one: WrittenField, tree: Node, path: tuple[str | int, ...]) -> Iterator[Mistake]:
    seen: dict[str, str] = {}
    for number, choice in enumerate(one.choices):
        if fold(choice) in seen:
            place = place_of(tree, *path, "choices", number)
            yield Mistake.at(place, f"`{choice}` and `{seen[fold(choice)]}` are the same choice")
        seen.setdefault(fold(choice), choice)
    names = set(one.choices)
    root = place_node(tree, *path, "tree")
    if one.type == "tree" and root is not None:
        yield from _branches(root, 1)
        names = {level for branch in _paths(one.tree) for level in branch}
    for name in one.words if names else ():
        if name not in names:
            place = place_of(tree, *path, "words", name)
            yield Mistake.at(place, f"there is no choice `{name}`.{did_you_mean(name, names)}")


def place_node(tree: Node, *path: str | int) -> Node | None:
    """The node at the path, None where there is none."""
    node: Node | None = tree
    for step in path:
        node = node.child(step) if node is not None else None
    return node


def _branches(node: Node, level: int) -> Iterator[Mistake]:
    """A tree's mistakes from this level down."""
    if node.value is None:
        return
    if not isinstance(node.value, dict | list):
        yield Mistake.at(
            node.place, "write what is below it as a list, as in `[Card, Bank transfer]`, or leave it empty"
        )
        return
    if not node.value:
        return
    if level > LEVELS:
        yield Mistake.at(node.place, f"a tree has {LEVELS} levels at most")
        return
    children = (
        [(name, child) for name, child in node.value.items()]
        if isinstance(node.value, dict)
        else [(child.value, child) for child in node.value]
    )
    seen: set[str] = set()
    for name, child in children:
        if not isinstance(name, str):
            yield Mistake.at(child.place, "a level's name is a text; numbers and `true` need quotes to be text")
            continue
        if not name or name != plain(name) or SEPARATOR.strip() in name or "/" in name or len(name) > 80:
            yield Mistake.at(
                child.at, f"{name[:90]!r} is no name of a level: one line of 80 characters, without > and /"
            )
        elif fold(name) in seen:
            yield Mistake.at(child.at, f"`{name}` stands here twice")
        seen.add(fold(name))
        if isinstance(node.value, dict):
            yield from _branches(child, level + 1)


def _known(names: Sequence[str], known: Sequence[str], what: str, tree: Node, *path: str | int) -> Iterator[Mistake]:
    for number, name in enumerate(names):
        if name not in known:
            place = place_of(tree, *path, number)
            yield Mistake.at(place, f"there is no {what} `{name}`.{did_you_mean(name, known)}")


def _matrix(matrix: WrittenMatrix, tree: Node) -> Iterator[Mistake]:
    table = table_of(matrix)
    at = place_of(tree, "matrix", "table") if matrix.table else place_of(tree, "matrix")
    for impact in matrix.impact:
        missing = [urgency for urgency in matrix.urgency if urgency not in table.get(impact, {})]
        if missing:
            yield Mistake.at(at, f"the table says no priority for impact {impact} with urgency {', '.join(missing)}")
    for impact, row in matrix.table.items():
        if impact not in matrix.impact:
            place = place_of(tree, "matrix", "table", impact)
            yield Mistake.at(place, f"there is no impact `{impact}`.{did_you_mean(impact, matrix.impact)}")
        for urgency in row:
            if urgency not in matrix.urgency:
                place = place_of(tree, "matrix", "table", impact, urgency)
                yield Mistake.at(place, f"there is no urgency `{urgency}`.{did_you_mean(urgency, matrix.urgency)}")
    for name in matrix.words:
        if name not in (*matrix.impact, *matrix.urgency):
            place = place_of(tree, "matrix", "words", name)
            yield Mistake.at(place, f"there is no level `{name}`.{did_you_mean(name, matrix.impact)}")


# --- ready for use -------------------------------------------------------------------------------------------------------


def table_of(matrix: WrittenMatrix) -> Mapping[str, Mapping[str, str]]:
    """The priority by impact and urgency."""
    return matrix.table or _DEFAULT_TABLE


def compile_fields(written: FieldsFile) -> TicketFields:
    """All fields, those of the matrix first, else by purpose and in the order in which they stand."""
    order = ("routing", "solving", "reporting")
    own = sorted((_compiled(one) for one in written.fields), key=lambda one: order.index(one.purpose))
    matrix = written.matrix
    if matrix is None:
        return TicketFields(tuple(own))
    words = {
        level: {**LEVEL_WORDS.get(level, {}), **matrix.words.get(level, {})}
        for level in (*matrix.impact, *matrix.urgency)
    }
    first = (
        FieldDefinition(name, FieldType.CHOICE, MATRIX_LABELS[name], "routing", choices=levels, words=words)
        for name, levels in ((IMPACT, matrix.impact), (URGENCY, matrix.urgency))
    )
    return TicketFields((*first, *own), table_of(matrix))


def _compiled(one: WrittenField) -> FieldDefinition:
    paths = [SEPARATOR.join(levels) for levels in _paths(one.tree)]
    branches = {path.rpartition(SEPARATOR)[0] for path in paths}
    return FieldDefinition(
        id=one.id,
        type=FieldType(one.type),
        labels=by_language(one.label),
        purpose=one.purpose,
        choices=tuple(paths) if one.type == "tree" else one.choices,
        leaves=frozenset(paths) - branches,
        words={choice: by_language(words) for choice, words in one.words.items()},
        pattern=None if one.pattern is None else compile_pattern(rf"\A(?:{one.pattern})\z"),
        smallest=one.min,
        largest=one.max,
        earliest=None if one.earliest is None else date.fromisoformat(one.earliest),
        latest=None if one.latest is None else date.fromisoformat(one.latest),
        needed=frozenset(map(Need, one.required)),
        brands=frozenset(one.brands),
        teams=frozenset(one.teams),
    )


def _paths(tree: object, above: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Every path, a branch before what is below it."""
    if len(above) >= LEVELS:
        return
    for name in tree if isinstance(tree, dict | list) else ():
        yield (*above, str(name))
        if isinstance(tree, dict):
            yield from _paths(tree[name], (*above, str(name)))


def compile_statuses(written: FieldsFile) -> Statuses:
    """The fixed statuses and the own ones, and which may follow on which."""
    return statuses_of(written.statuses, written.transitions)
