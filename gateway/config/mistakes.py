"""What is wrong with a configuration, where, and what to write instead."""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A place in a file. ``line`` and ``column`` count from 1; both are 0 where there is no line, as in an environment variable."""

    file: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}" if self.line else self.file


@dataclass(frozen=True, slots=True, order=True)
class Mistake:
    """One mistake of the admin; ``str`` is the line that is printed: ``file:line:column: message``."""

    file: str
    line: int
    column: int
    message: str

    @classmethod
    def at(cls, place: Place, message: str) -> Self:
        return cls(place.file, place.line, place.column, message)

    def __str__(self) -> str:
        # One mistake is one line, whatever a value that it quotes may hold.
        return f"{Place(self.file, self.line, self.column)}: {' '.join(self.message.split())}"

    def as_warning(self) -> str:
        """The line for something that does not keep the configuration from going live."""
        return f"{Place(self.file, self.line, self.column)}: warning: {' '.join(self.message.split())}"

    def as_json(self) -> dict[str, str | int]:
        return {"file": self.file, "line": self.line, "column": self.column, "message": self.message}


class ConfigurationError(Exception):
    """The configuration cannot be used. Carries every mistake that was found, in the order of their places."""

    def __init__(self, mistakes: Iterable[Mistake]) -> None:
        self.mistakes = tuple(sorted(set(mistakes)))
        super().__init__("\n".join(map(str, self.mistakes)))


def did_you_mean(word: str, choices: Iterable[str]) -> str:
    """`` Did you mean `brands`?``, with its leading space; "" where nothing is near."""
    by_key = {choice.lower().replace("-", "_"): choice for choice in choices}
    near = difflib.get_close_matches(word.lower().replace("-", "_")[:80], by_key, n=1, cutoff=0.6)
    return f" Did you mean `{by_key[near[0]]}`?" if near else ""


def one_of(choices: Iterable[str]) -> str:
    """```none`, `weak` or `forwarded```."""
    quoted = [f"`{choice}`" for choice in choices]
    return quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} or {quoted[-1]}"
