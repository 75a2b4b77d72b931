"""What an agent's mail orders: the command lines at its very top, and the text below them. Pure, one pass, never raises.

A command line is ``#word`` or ``#word value``; empty lines may stand between. The first other line ends the commands: a number sign
further down is a number sign. What begins like a command and is none is told apart, never guessed: somebody who writes ``#ntoe`` above
a remark must not find that the remark went to the customer.
"""

import difflib
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from gateway.desk.command_words import COMMANDS, Command, Spelling, Value

MAX_COMMANDS = 20
MAX_LINE = 500  # characters of a line that are looked at
MAX_WORD = 40

_WORD = re.compile(r"#[ \t]?([^\W\d_][\w-]*|\?)[ \t]*[:：=]?[ \t]*(.*)", re.DOTALL)
_BREAKS = r"[\s@._-]+"
_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad\u200e\u200f"))


@dataclass(frozen=True, slots=True)
class Order:
    """One command line that was understood so far: the word is known, and a value stands where one is needed."""

    command: Command
    value: str
    written: str  # the line, for the answer to its author


@dataclass(frozen=True, slots=True)
class Unclear:
    """A line at the top that begins like a command and is none, or lacks its value."""

    written: str
    command: Command | None  # known, but without its value; None: no such word
    meant: str | None = None  # the word that was probably meant, as it is written


@dataclass(frozen=True, slots=True)
class Orders:
    """A mail's commands and what is left of its text."""

    orders: tuple[Order, ...]
    unclear: tuple[Unclear, ...]
    text: str  # without command lines, also without those that were not understood

    @property
    def any(self) -> bool:
        return bool(self.orders or self.unclear)

    def has(self, command: Command) -> bool:
        return any(order.command is command for order in self.orders)


def fold(word: str) -> str:
    """How words are compared: width, case, decomposed letters, spaces and hyphens do not matter."""
    plain = unicodedata.normalize("NFKC", word.translate(_INVISIBLE)).casefold()
    return "".join(character for character in plain if character not in " _-\t")


_SPELLINGS: dict[str, Spelling] = {fold(word): spelling for spelling in COMMANDS for word in spelling.words}
_SHOWN: dict[str, str] = {fold(word): word for spelling in COMMANDS for word in spelling.words}


def read_orders(text: str) -> Orders:
    """Take the commands off the top of a mail's new text."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    orders: list[Order] = []
    unclear: list[Unclear] = []
    below: list[str] = []
    taken = 0
    for number, line in enumerate(lines):
        look = unicodedata.normalize("NFKC", line[:MAX_LINE].translate(_INVISIBLE)).strip()
        if not look:
            continue
        match = _WORD.fullmatch(look)
        if match is None or len(match[1]) > MAX_WORD:
            break
        word, value = match[1], match[2].strip()
        spelling = _spelling(word)
        if spelling is None and (spelling := _spelling(look[1:])) is not None:
            word, value = look[1:], ""  # "#on hold"
        if spelling is None and look[1:2].isspace():
            break  # "# Heading" is somebody's way to write a title
        taken = number + 1
        if len(orders) + len(unclear) < MAX_COMMANDS:
            _take(spelling, word, value, look, orders, unclear, below)
        else:
            unclear.append(Unclear(look, None))
            break
    return Orders(tuple(orders), tuple(unclear), "\n".join([*below, *lines[taken:]]).strip("\n \t"))


def _spelling(word: str) -> Spelling | None:
    return _SPELLINGS["help"] if word == "?" else _SPELLINGS.get(fold(word))


def _take(
    spelling: Spelling | None,
    word: str,
    value: str,
    line: str,
    orders: list[Order],
    unclear: list[Unclear],
    below: list[str],
) -> None:
    if spelling is None:
        close = closest(word, _SHOWN.values())
        unclear.append(Unclear(line, None, f"#{close}" if close else None))
    elif spelling.value is Value.NEEDED and not value:
        unclear.append(Unclear(line, spelling.command))
    elif spelling.value is Value.NONE and value:
        # "#solved thanks" may be an order, or a hashtag in a sentence: better asked than guessed.
        unclear.append(Unclear(line, spelling.command, f"#{word}"))
    else:
        orders.append(Order(spelling.command, value, line))
        if spelling.value is Value.TEXT and value:
            below.append(value)


def closest(word: str, known: Iterable[str]) -> str | None:
    """The one of ``known`` that was probably meant, or None where nothing is near."""
    words = {fold(each): each for each in known}
    near = difflib.get_close_matches(fold(word[:MAX_WORD]), list(words)[:1000], n=1, cutoff=0.7)
    return words[near[0]] if near else None


@dataclass(frozen=True, slots=True)
class Named:
    """Something that has names: an agent, a team, a macro."""

    key: str
    names: tuple[str, ...]  # the first one is shown to people


@dataclass(frozen=True, slots=True)
class Found:
    """Whom or what a value means: exactly one, or none with what could be meant."""

    key: str | None
    meant: tuple[str, ...] = ()  # where it is unclear


def find_named(value: str, known: Sequence[Named]) -> Found:
    """Forgiving: the whole name, else the one whose name has a word like it, else begins like it; never a guess between two."""
    wanted = fold(value.strip().removeprefix("@"))
    if not wanted:
        return Found(None)
    for fits in (_is_name, _has_word, _begins):
        hits = [one for one in known if any(fits(wanted, name) for name in one.names)]
        if len(hits) == 1:
            return Found(hits[0].key)
        if hits:
            return Found(None, tuple(one.names[0] for one in hits[:5]))
    shown = {
        piece: one.names[0]
        for one in known
        for name in one.names
        for piece in (name, *re.split(_BREAKS, name))
        if piece
    }
    near = closest(value, shown)
    return Found(None, (shown[near],) if near else ())


def _is_name(wanted: str, name: str) -> bool:
    return fold(name) == wanted


def _has_word(wanted: str, name: str) -> bool:
    return wanted in (fold(word) for word in re.split(_BREAKS, name))


def _begins(wanted: str, name: str) -> bool:
    return len(wanted) > 1 and fold(name).startswith(wanted)


def mentioned(text: str, known: Sequence[Named]) -> tuple[str, ...]:
    """The keys of all who are named with an @ in a note: by the whole name, the address or its local part.

    The longest name that fits counts. A particle may follow a name without a space (``@김민지님``).
    """
    found: dict[str, None] = {}
    plain = unicodedata.normalize("NFKC", text[:100_000]).casefold()
    names = sorted(
        ((unicodedata.normalize("NFKC", name).casefold(), one.key) for one in known for name in one.names if name),
        key=lambda it: -len(it[0]),
    )
    places = [place for place, character in enumerate(plain) if character == "@"][:50]
    for place in places:
        if place and plain[place - 1].isalnum() and plain[place - 1].isascii():
            continue  # the middle of an address
        rest = plain[place + 1 : place + 321]
        for name, key in names:
            following = rest[len(name) : len(name) + 1]
            if rest.startswith(name) and not (following.isascii() and following.isalnum()):
                found.setdefault(key)
                break
    return tuple(found)
