"""Organisations as a spreadsheet saves them: CSV text as the tree that YAML would give, each value with its line."""

import csv
import io
from pathlib import Path

from gateway.config.mistakes import Mistake, Place
from gateway.config.source import Node, Source

MOST_OCTETS = 16 * 1024 * 1024
_MOST_MISTAKES = 100
_OWN = ("id", "name", "domains", "tags", "policy")
_NEEDED = ("id", "name", "domains")
_LISTS = ("domains", "tags")
_FIELD = "field."


def organizations_table(path: Path) -> Source:
    """Read one CSV file. Its first line names the columns: ``id``, ``name``, ``domains``, ``tags``, ``policy``, and a column
    ``field.NAME`` for each field of tickets; every other column is a line of the contract. Never raises."""
    name = str(path)
    try:
        with path.open("rb") as file:
            content = file.read(MOST_OCTETS + 1)
    except OSError as error:
        reason = (error.strerror or "cannot be read").lower()
        return Source(None, b"", (Mistake.at(Place(name), f"cannot read this file: {reason}"),))
    if len(content) > MOST_OCTETS:
        return Source(None, b"", (Mistake.at(Place(name, 1, 1), "the file is larger than 16 MB"),))
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        hint = "this is not UTF-8 text; save it as “CSV UTF-8” in the spreadsheet"
        return Source(None, content, (Mistake.at(Place(name, line, 1), hint),))
    tree, mistakes = _tree(text, name)
    return Source(tree, content, tuple(mistakes[:_MOST_MISTAKES]))


def _tree(text: str, name: str) -> tuple[Node | None, list[Mistake]]:
    first = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=first.count)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    head: list[str] = []
    organizations: list[Node] = []
    mistakes: list[Mistake] = []
    line = 1
    try:
        for row in rows:
            place, line = Place(name, line, 1), rows.line_num + 1
            cells = [cell.strip() for cell in row]
            if not any(cells) or cells[0].startswith("#"):
                continue
            if not head:
                head = [cell.lower() if cell.lower() in _OWN else cell for cell in cells]
                mistakes += _head_mistakes(head, place)
                if mistakes:
                    return None, mistakes
            elif len(cells) > len(head):
                told = f"this line has {len(cells)} columns, and the first one names {len(head)}"
                mistakes.append(Mistake.at(place, f"{told}; put text with a `{delimiter}` into quotes"))
            else:
                organizations.append(_organization(head, cells, place))
    except csv.Error as error:
        mistakes.append(Mistake.at(Place(name, rows.line_num, 1), f"this is no CSV text: {error}"))
    place = Place(name, 1, 1)
    if not head and not mistakes:
        mistakes.append(Mistake.at(place, f"the first line must name the columns: {','.join(_OWN)}"))
    return Node({"organizations": Node(list(organizations), place)}, place), mistakes


def _head_mistakes(head: list[str], place: Place) -> list[Mistake]:
    mistakes = [
        Mistake.at(place, f"there is no column `{name}`; the first line must name the columns: {','.join(_OWN)}")
        for name in _NEEDED
        if name not in head
    ]
    twice = sorted({name for name in head if name and head.count(name) > 1})
    return mistakes + [Mistake.at(place, f"two columns are called `{name}`") for name in twice]


def _organization(head: list[str], cells: list[str], place: Place) -> Node:
    values: dict[str, Node] = {}
    inside: dict[str, dict[str, Node]] = {"contract": {}, "fields": {}}
    for name, cell in zip(head, cells, strict=False):
        if not name or not cell:
            continue
        if name in _LISTS:
            pieces = cell.replace(";", " ").replace(",", " ").replace("|", " ").split()
            values[name] = Node([_text(piece, place) for piece in pieces], place)
        elif name in _OWN:
            values[name] = _text(cell, place)
        elif name.startswith(_FIELD):
            inside["fields"][name.removeprefix(_FIELD)] = _text(cell, place)
        else:
            inside["contract"][name] = _text(cell, place)
    values |= {name: Node(dict(found), place) for name, found in inside.items() if found}
    return Node(dict(values), place)


def _text(cell: str, place: Place) -> Node:
    return Node(cell, place, written=cell)
