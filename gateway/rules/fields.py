"""Fields of tickets that an admin defines: which value is sound, what it means as somebody wrote it, and which are missing. Pure."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import cached_property

from gateway.rules.patterns import Pattern
from gateway.rules.ticket import FieldValue

MAX_TEXT = 1_000
"""Characters of a text: customers may have written it."""

LEVELS = 3
SEPARATOR = " > "
"""Between the levels of a value of a tree: ``Delivery > Late > Courier``."""

_YES = ("yes", "y", "true", "on", "1", "예", "네", "はい", "有")
_NO = ("no", "n", "false", "off", "0", "아니요", "아니오", "いいえ", "無")
_NUMBER = re.compile(r"[+-]?(?:\d{1,15}|\d{1,3}(?:,\d{3}){1,4})(?:\.\d{1,10})?")
_DAY = re.compile(r"(\d{4})\s*[-./년年]\s*(\d{1,2})\s*[-./월月]\s*(\d{1,2})\s*[.일日]?")
_BETWEEN = re.compile(r"\s*[,;、，；]\s*")
_BETWEEN_LEVELS = re.compile(r"\s*[>›»/＞]\s*")


class FieldType(StrEnum):
    TEXT = "text"
    NUMBER = "number"
    DATE = "date"
    CHOICE = "choice"
    CHOICES = "choices"
    YES_NO = "yes_no"
    PATTERN = "pattern"
    TREE = "tree"


class Need(StrEnum):
    """When a value must be there."""

    INTAKE = "intake"  # customers are asked for it
    SOLVE = "solve"  # the ticket cannot be solved without it


class UnsoundValue(ValueError):
    """A value that a field does not take; the text says why and what it takes, to whoever wrote it."""


@dataclass(frozen=True, slots=True)
class FieldDefinition:
    """One field. ``labels`` and ``words`` are by language; ``words`` say how a choice is called there."""

    id: str
    type: FieldType
    labels: Mapping[str, str] = field(default_factory=dict)
    purpose: str = "reporting"
    choices: tuple[str, ...] = ()  # of a tree: every path, a branch before what is below it
    leaves: frozenset[str] = frozenset()  # of a tree: the paths that end
    words: Mapping[str, Mapping[str, str]] = field(default_factory=dict)  # by choice
    pattern: Pattern | None = None
    smallest: float | None = None
    largest: float | None = None
    earliest: date | None = None
    latest: date | None = None
    needed: frozenset[Need] = frozenset()
    brands: frozenset[str] = frozenset()  # none: all
    teams: frozenset[str] = frozenset()  # none: all, and tickets of no team

    def label(self, language: str) -> str:
        return self.labels.get(language) or self.labels.get("en") or next(iter(self.labels.values()), self.id)

    def shown(self, value: FieldValue, language: str) -> str:
        """The value for people; yes and no stay ``yes`` and ``no``, for whoever shows them to translate."""
        if isinstance(value, bool):
            return "yes" if value else "no"
        if isinstance(value, float | int):
            return say_number(value)
        if isinstance(value, tuple | list):
            return ", ".join(self._word(one, language) for one in value)
        if self.type is FieldType.TREE:
            return SEPARATOR.join(self._word(level, language) for level in value.split(SEPARATOR))
        return self._word(value, language)

    def _word(self, choice: str, language: str) -> str:
        return self.words.get(choice, {}).get(language) or choice

    def belongs_to(self, brand: str, team: str) -> bool:
        """Whether tickets of this brand and team ("": none) have the field."""
        return (not self.brands or brand in self.brands) and (not self.teams or team in self.teams)

    def is_met(self, value: FieldValue | None) -> bool:
        """Whether the value is enough where one is needed: of a tree, only the last level is."""
        if value is None or value in ("", ()):
            return False
        return self.type is not FieldType.TREE or value in self.leaves


def read_value(definition: FieldDefinition, written: str | Iterable[str]) -> FieldValue | None:
    """What somebody wrote, as it is kept; None for nothing, which empties the field. UnsoundValue where the field does not take it.

    Forgiving in form (width, case, date and number notations of three languages), never in meaning.
    """
    if not isinstance(written, str):
        pieces = tuple(piece for piece in (plain(one) for one in written) if piece)
        return _choices(definition, pieces) if definition.type is FieldType.CHOICES else _one(definition, pieces)
    text = plain(written)
    if not text:
        return None
    if definition.type is FieldType.CHOICES:
        return _choices(definition, tuple(piece for piece in _BETWEEN.split(text) if piece))
    return _read(definition, text)


def say_number(value: float) -> str:
    """As people write it: ``1000000``, ``12.5``."""
    return f"{value:.10f}".rstrip("0").rstrip(".")


def plain(written: str) -> str:
    """One line without control characters and spaces around it, at most one space between words, letters composed."""
    composed = unicodedata.normalize("NFC", written)
    return " ".join("".join(one if one.isprintable() or one == "\u200d" else " " for one in composed).split())


def _one(definition: FieldDefinition, pieces: tuple[str, ...]) -> FieldValue | None:
    if len(pieces) > 1:
        raise UnsoundValue("it takes one value")
    return _read(definition, pieces[0]) if pieces else None


def _read(definition: FieldDefinition, text: str) -> FieldValue:
    if len(text) > MAX_TEXT:
        raise UnsoundValue(f"it takes at most {MAX_TEXT} characters")
    match definition.type:
        case FieldType.NUMBER:
            return _number(definition, text)
        case FieldType.DATE:
            return _day(definition, text)
        case FieldType.YES_NO:
            return _yes_or_no(text)
        case FieldType.CHOICE | FieldType.CHOICES:
            return _choice(definition, text)
        case FieldType.TREE:
            return _path(definition, text)
        case FieldType.PATTERN:
            if definition.pattern is None or not definition.pattern.found_in(text):
                raise UnsoundValue(f"{text[:80]!r} does not have its form")
    return text


def _number(definition: FieldDefinition, text: str) -> float:
    narrow = unicodedata.normalize("NFKC", text).replace("−", "-")
    if not _NUMBER.fullmatch(narrow):
        raise UnsoundValue(f"{text[:80]!r} is no number; write it like 1250 or 12.5")
    value = float(narrow.replace(",", ""))
    if definition.smallest is not None and value < definition.smallest:
        raise UnsoundValue(f"it must be at least {say_number(definition.smallest)}")
    if definition.largest is not None and value > definition.largest:
        raise UnsoundValue(f"it must be at most {say_number(definition.largest)}")
    return value


def _day(definition: FieldDefinition, text: str) -> str:
    match = _DAY.fullmatch(unicodedata.normalize("NFKC", text))
    value = _date_of(match.groups()) if match is not None else None
    if value is None:
        raise UnsoundValue(f"{text[:80]!r} is no day; write it like 2026-12-31")
    if definition.earliest is not None and value < definition.earliest:
        raise UnsoundValue(f"it must not be before {definition.earliest}")
    if definition.latest is not None and value > definition.latest:
        raise UnsoundValue(f"it must not be after {definition.latest}")
    return value.isoformat()


def _date_of(numbers: Iterable[str]) -> date | None:
    try:
        return date(*map(int, numbers))
    except ValueError:
        return None


def _yes_or_no(text: str) -> bool:
    folded = fold(text)
    if folded in _YES:
        return True
    if folded in _NO:
        return False
    raise UnsoundValue(f"{text[:80]!r} is neither yes nor no")


def _choices(definition: FieldDefinition, pieces: tuple[str, ...]) -> tuple[str, ...] | None:
    chosen = {_choice(definition, piece) for piece in pieces}
    return tuple(one for one in definition.choices if one in chosen) or None


def _choice(definition: FieldDefinition, text: str) -> str:
    wanted = fold(text)
    for choice in definition.choices:
        if wanted == fold(choice) or any(wanted == fold(word) for word in definition.words.get(choice, {}).values()):
            return choice
    raise UnsoundValue(f"{text[:80]!r} is none of its choices: {_listed(definition.choices)}")


def _path(definition: FieldDefinition, text: str) -> str:
    """A path of whole levels, or the last level alone where only one path has it."""
    wanted = [fold(level) for level in _BETWEEN_LEVELS.split(text)]
    fitting = [path for path in definition.choices if _fits(definition, path.split(SEPARATOR), wanted)]
    exact = [path for path in fitting if len(path.split(SEPARATOR)) == len(wanted)]
    found = exact or fitting
    if len(found) == 1:
        return found[0]
    if found:
        raise UnsoundValue(f"{text[:80]!r} is several: {_listed(found)}")
    raise UnsoundValue(f"{text[:80]!r} is none of its choices: {_listed(definition.choices)}")


def _fits(definition: FieldDefinition, levels: list[str], wanted: list[str]) -> bool:
    """Whether the path ends in what is wanted."""
    tail = levels[-len(wanted) :]
    return len(tail) == len(wanted) and all(
        sought in (fold(level), *(fold(word) for word in definition.words.get(level, {}).values()))
        for level, sought in zip(tail, wanted, strict=True)
    )


def _listed(choices: Iterable[str]) -> str:
    names = list(choices)
    return ", ".join(names[:12]) + (" …" if len(names) > 12 else "")


def fold(text: str) -> str:
    """How names are compared: width, case and spaces do not matter."""
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())


@dataclass(frozen=True)
class TicketFields:
    """All fields of a configuration, in its order."""

    definitions: tuple[FieldDefinition, ...] = ()
    priorities: Mapping[str, Mapping[str, str]] = field(default_factory=dict)  # by impact, then urgency

    @cached_property
    def by_id(self) -> Mapping[str, FieldDefinition]:
        return {one.id: one for one in self.definitions}

    def of(self, brand: str, team: str) -> tuple[FieldDefinition, ...]:
        """Those that tickets of this brand and team have."""
        return tuple(one for one in self.definitions if one.belongs_to(brand, team))

    def missing(
        self, need: Need, values: Mapping[str, FieldValue], *, brand: str, team: str
    ) -> tuple[FieldDefinition, ...]:
        """Those whose value must be there and is not, or not down to the last level."""
        return tuple(one for one in self.of(brand, team) if need in one.needed and not one.is_met(values.get(one.id)))

    def priority_of(self, values: Mapping[str, FieldValue]) -> str | None:
        """What follows from impact and urgency; None where one of them is not known, or nothing follows from them."""
        return self.priorities.get(str(values.get("impact", "")), {}).get(str(values.get("urgency", "")))

    def read(self, name: str, written: str | Iterable[str]) -> FieldValue | None:
        """The value as it is kept, None for an empty one; UnsoundValue, with the field's id, where it cannot be.

        Where no field is defined at all, every name is a field of text.
        """
        definition = self.by_id.get(name)
        if definition is None:
            if self.definitions:
                raise UnsoundValue(f"there is no field {name!r}; there are {_listed(self.by_id)}")
            definition = FieldDefinition(name, FieldType.TEXT)
        try:
            return read_value(definition, written)
        except UnsoundValue as error:
            raise UnsoundValue(f"{name}: {error}") from error
