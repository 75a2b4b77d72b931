"""YAML text to a tree in which every value knows its place, or to every mistake of the text.

The tree is built from the parser's events, not by a YAML constructor: so nothing in a file can make objects, anchors and
aliases (and with them alias bombs) are refused where they stand, and duplicate keys are found all at once.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gateway.config.mistakes import Mistake, Place

MAX_BYTES = 1024 * 1024
MAX_DEPTH = 32
MAX_VALUES = 100_000
MAX_MISTAKES = 200  # of syntax; nobody reads more, and a hostile file could have half a million

_REFUSED = "\x00"  # a key that was refused already; no sound key can be this

Value = str | int | float | bool | None


@dataclass(slots=True)
class Node:
    """A value of the file: a scalar, a list of nodes, or a mapping of names to nodes."""

    value: "Value | list[Node] | dict[str, Node]"
    place: Place
    key_place: Place | None = None  # of the key that leads here, in a mapping
    secret: bool = False  # came from a variable or a secret file: never show it
    written: str = field(default="")  # the scalar as it was written, for messages

    @property
    def at(self) -> Place:
        """Where a person looks for this entry: its key, else the value itself."""
        return self.key_place or self.place

    def child(self, step: str | int) -> "Node | None":
        if isinstance(self.value, dict):
            return self.value.get(str(step))
        if isinstance(self.value, list) and isinstance(step, int) and 0 <= step < len(self.value):
            return self.value[step]
        return None


@dataclass(frozen=True, slots=True)
class Source:
    """One file that was read: its tree (None where it could not be understood), its bytes, and its mistakes."""

    tree: Node | None
    content: bytes
    mistakes: tuple[Mistake, ...]


def read_source(path: Path, name: str) -> Source:
    """Read and parse one file; ``name`` is what messages call it. Never raises."""
    start = Place(name, 1, 1)
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        reason = (error.strerror or "cannot be read").lower()
        hint = ": name the file with -c, or write a starter with `gateway init DIR`" if error.errno == 2 else ""
        return Source(None, b"", (Mistake.at(Place(name), f"cannot read this file: {reason}{hint}"),))
    if len(content) > MAX_BYTES:
        return Source(None, b"", (Mistake.at(start, "the file is larger than 1 MB; no configuration needs that"),))
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        column = error.start - (content.rfind(b"\n", 0, error.start) + 1) + 1
        place = Place(name, line, column)
        return Source(None, content, (Mistake.at(place, "this is not UTF-8 text; save the file as UTF-8"),))
    tree, mistakes = parse(text, name)
    return Source(tree, content, mistakes)


def parse(text: str, name: str) -> tuple[Node | None, tuple[Mistake, ...]]:
    """The tree of one YAML document, and every mistake. No tree where the syntax is broken. Never raises."""
    builder = _Builder(name)
    try:
        for event in _events(text):
            if not builder.take(event):
                break
    except Exception as error:  # the parser's own errors, and whatever hostile text makes it stumble over
        message = _syntax_message(error)
        unclosed = message == _UNCLOSED and builder.open
        builder.refuse(builder.open[-1].place if unclosed else _error_place(error, text, name), message)
        return None, tuple(builder.mistakes)
    if builder.broken:
        return None, tuple(builder.mistakes)
    return builder.root or Node({}, Place(name, 1, 1)), tuple(builder.mistakes)


def _events(text: str) -> Iterator[Any]:
    from ruamel.yaml import YAML  # here, because only commands that read a configuration should pay for it

    return iter(YAML(typ="safe", pure=True).parse(text))


class _Builder:
    """Takes the parser's events one by one and grows the tree. Iterative: nesting cannot exhaust the stack."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.root: Node | None = None
        self.mistakes: list[Mistake] = []
        self.broken = False  # the tree is of no use
        self.documents = 0
        self.events = 0
        self.open: list[Node] = []  # mappings and lists not yet closed
        self.keys: list[tuple[str, Place] | None] = []  # for each open mapping: the key that waits for its value
        self.skip = 0  # depth inside a key that is itself a mapping or list: refused, its content ignored

    def refuse(self, place: Place, message: str) -> None:
        self.mistakes.append(Mistake.at(place, message))

    def take(self, event: Any) -> bool:
        """False: stop reading."""
        kind = type(event).__name__
        place = Place(self.name, event.start_mark.line + 1, event.start_mark.column + 1)
        self.events += 1
        if self.events > MAX_VALUES or len(self.mistakes) >= MAX_MISTAKES:
            self.refuse(place, "this file has too many values or mistakes; reading stops here")
            self.broken = True
            return False
        if kind == "DocumentStartEvent":
            self.documents += 1
            if self.documents > 1:
                self.refuse(place, "a second document begins here; remove the `---`: one file is one configuration")
                return False
        elif kind in ("MappingStartEvent", "SequenceStartEvent"):
            return self._begin(event, {} if kind == "MappingStartEvent" else [], place)
        elif kind in ("MappingEndEvent", "SequenceEndEvent"):
            if self.skip:
                self.skip -= 1
            else:
                self.open.pop()
                self.keys.pop()
        elif kind == "ScalarEvent":
            self._scalar(event, place)
        elif kind == "AliasEvent":
            self.refuse(place, f"`*{event.anchor}` is an alias; aliases are not used here, write the value out")
            if self._awaits_key():
                self.keys[-1] = (_REFUSED, place)
            else:
                self._add(Node(None, place))
        return True

    def _begin(self, event: Any, value: "list[Node] | dict[str, Node]", place: Place) -> bool:
        self._refuse_decorations(event, place)
        if len(self.open) + self.skip >= MAX_DEPTH:
            self.refuse(place, f"this is nested more than {MAX_DEPTH} levels deep")
            self.broken = True
            return False
        if self.skip or self._awaits_key():
            if not self.skip:
                self.refuse(place, "a key must be a plain word")
                self.keys[-1] = (_REFUSED, place)
            self.skip += 1
            return True
        node = Node(value, place)
        self._add(node)
        self.open.append(node)
        self.keys.append(None)
        return True

    def _scalar(self, event: Any, place: Place) -> None:
        if self.skip:
            return
        self._refuse_decorations(event, place)
        text: str = event.value
        if not sound(text):
            self.refuse(place, "this text holds a character that no setting can have (NUL or half a surrogate pair)")
            text = ""
        if self._awaits_key():
            self.keys[-1] = (text, place)
            return
        plain = bool(event.implicit[0])
        self._add(Node(resolve(text) if plain else text, place, written=text))

    def _refuse_decorations(self, event: Any, place: Place) -> None:
        if event.anchor is not None:
            self.refuse(place, f"`&{event.anchor}` is an anchor; anchors and aliases are not used here, remove it")
        tag = getattr(event, "ctag", None)
        if tag is not None and str(tag) not in ("", "None"):
            short = str(tag).replace("tag:yaml.org,2002:", "!!")
            self.refuse(place, f"`{short[:60]}` is a tag; tags are not used here, write the plain value")

    def _awaits_key(self) -> bool:
        return bool(self.open) and isinstance(self.open[-1].value, dict) and self.keys[-1] is None

    def _add(self, node: Node) -> None:
        if self.skip:
            return
        if not self.open:
            self.root = node
            return
        parent = self.open[-1].value
        if isinstance(parent, list):
            parent.append(node)
            return
        assert isinstance(parent, dict)
        waiting = self.keys[-1]
        assert waiting is not None
        key, node.key_place = waiting
        self.keys[-1] = None
        if key in parent:
            first = parent[key].at
            self.refuse(node.key_place, f"`{key[:60]}` stands twice; the first one is in line {first.line}. Keep one")
        elif key != _REFUSED:
            parent[key] = node


_INTEGER = re.compile(r"[-+]?[0-9]{1,18}")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]{1,18}|[0-9]{1,18}(?:\.[0-9]{0,18})?)(?:[eE][-+]?[0-9]{1,2})?")
_WORDS: dict[str, bool | None] = {
    "true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False,
    "null": None, "Null": None, "NULL": None, "~": None, "": None,
}  # fmt: skip


def resolve(text: str) -> Value:
    """A plain scalar's value by the core schema of YAML 1.2 (section 10.3.2): ``no`` and ``12:30`` are text."""
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    if _FLOAT.fullmatch(text):
        return float(text)
    return text


def sound(text: str) -> bool:
    """Whether the text can be encoded and handed to the system."""
    return "\x00" not in text and not any("\ud800" <= character <= "\udfff" for character in text)


def _error_place(error: Exception, text: str, name: str) -> Place:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    if mark is not None:
        return Place(name, mark.line + 1, mark.column + 1)
    position = getattr(error, "position", None)
    if isinstance(position, int):
        before = text[:position]
        return Place(name, before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1)
    return Place(name, 1, 1)


_UNCLOSED = "YAML: this bracket is not closed, or a quote below it"

_HINTS = (
    ("mapping values are not allowed", "a `: ` cannot stand here; indent the line rightly, or put the text in quotes"),
    ("'\\t'", "a tab cannot be used for indentation; use spaces"),
    ("expected <block end>", "the indentation does not fit the lines above"),
    ("could not find expected ':'", "a `:` is missing after this key"),
    ("<stream end>", _UNCLOSED.removeprefix("YAML: ")),
    ("found unexpected end of stream", "a quote is not closed"),
    ("special characters are not allowed", "this control character cannot stand in a configuration; remove it"),
    ("cannot start any token", "text that begins with this character needs quotes"),
    ("expected ',' or", "a `,` or a closing bracket is missing"),
    ("found unknown escape character", "this escape is unknown; put the text in single quotes"),
)


def _syntax_message(error: Exception) -> str:
    problem = str(getattr(error, "problem", None) or getattr(error, "reason", None) or "")
    for sign, meaning in _HINTS:
        if sign in problem:
            return f"YAML: {meaning}"
    return f"YAML: {problem or 'this text cannot be understood'}"[:200]
