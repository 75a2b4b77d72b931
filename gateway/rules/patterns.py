"""Patterns that an admin writes. Matching takes time in proportion to the text, whatever the pattern is (RE2)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import re2

from gateway.mail.address import address_key, domain_key

MAX_PATTERN = 1000  # characters
BANK_MEMORY = 64 * 1024 * 1024
"""Octets for the automaton of all patterns of one kind together; what is not used is not taken."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """A regular expression in RE2's syntax: letters of either case match, and anywhere in the text."""

    written: str
    _program: Any = field(repr=False, compare=False)

    def found_in(self, text: str) -> bool:
        # Bytes spare the wrapper its conversion of offsets; half a surrogate pair in a mail must not raise.
        return self._program.search(text.encode("utf-8", "replace")) is not None

    def first_in(self, text: str) -> str | None:
        """The first group of the first match, all of the match where there are no groups; None where nothing matches."""
        found = self._program.search(text.encode("utf-8", "replace"))
        if found is None:
            return None
        value = found.group(1 if found.re.groups else 0)
        return (value or b"").decode("utf-8", "replace")

    @property
    def groups(self) -> Mapping[str, int]:
        """The names of its groups, each with its number."""
        return {name.decode(): number for name, number in self._program.groupindex.items()}

    def captures(self, text: str) -> dict[str, str]:
        """What its named groups caught in the first match, "" where they caught nothing; empty where nothing matches."""
        found = self._program.search(text.encode("utf-8", "replace"))
        if found is None:
            return {}
        return {name: (found.group(number) or b"").decode("utf-8", "replace") for name, number in self.groups.items()}


def _options(memory: int | None = None) -> Any:
    options = re2.Options()
    options.case_sensitive = False
    options.log_errors = False
    if memory is not None:
        options.max_mem = memory
    return options


def compile_pattern(written: str) -> Pattern:
    """ValueError, in words for people, where the expression cannot be used."""
    if not written:
        raise ValueError("an empty pattern matches every text; write what to look for")
    if len(written) > MAX_PATTERN:
        raise ValueError(f"the pattern has more than {MAX_PATTERN} characters")
    try:
        return Pattern(written, re2.compile(written.encode(), _options()))
    except re2.error as error:
        reason = error.args[0].decode("utf-8", "replace") if isinstance(error.args[0], bytes) else str(error.args[0])
        hint = "; look-around and back-references are not supported" if "(?" in reason or "escape" in reason else ""
        raise ValueError(f"{written!r} is not a regular expression: {reason}{hint}") from error


class PatternBank:
    """Many patterns looked for in one text at once: what a text has is worked out the first time that any of them is asked for."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._together: Any = None
        self._last: tuple[str, frozenset[int]] = ("", frozenset())

    def add(self, written: str) -> int:
        """The number of a pattern, the same for the same pattern. ValueError where it cannot be used."""
        if written not in self._numbers:
            compile_pattern(written)
            self._numbers[written] = len(self._numbers)
            self._together = None
        return self._numbers[written]

    def found_in(self, text: str) -> frozenset[int]:
        """The numbers of all patterns that the text has."""
        if self._together is None:
            self._together = self._compiled()
            self._last = ("", frozenset(self._together.Match(b"") or ()))
        text_, found = self._last
        if text_ is not text:  # one mail is asked about by many rules
            found = frozenset(self._together.Match(text.encode("utf-8", "replace")) or ())
            self._last = (text, found)
        return found

    def _compiled(self) -> Any:
        together = re2.Set.SearchSet(_options(BANK_MEMORY))
        for written in self._numbers:
            together.Add(written.encode())
        together.Compile()
        return together


@dataclass(frozen=True, slots=True)
class Glob:
    """An address or a domain in which ``*`` stands for any run of characters; compared as mailboxes are."""

    written: str
    _pattern: re.Pattern[str] = field(repr=False)

    def fits(self, key: str) -> bool:
        """``key``: an ``address_key`` or ``domain_key``."""
        return self._pattern.fullmatch(key) is not None


def address_glob(written: str) -> Glob:
    local, at, domain = written.strip().rpartition("@")
    if not at or not local or not domain or any(character.isspace() for character in written.strip()):
        raise ValueError(f"{written!r} is not an address; write it like billing@example.com or *@example.com")
    return _glob(written, address_key(written))


def domain_glob(written: str) -> Glob:
    if not written.strip() or "@" in written or any(character.isspace() for character in written.strip()):
        raise ValueError(f"{written!r} is not a domain; write it like example.com or *.example.com")
    return _glob(written, domain_key(written.strip()))


def _glob(written: str, key: str) -> Glob:
    if key.count("*") > 1:  # one star cannot backtrack: the standard library's matcher stays linear
        raise ValueError(f"{written!r} has more than one *")
    return Glob(written, re.compile(".*".join(map(re.escape, key.split("*"))), re.DOTALL))
