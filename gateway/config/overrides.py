"""Environment variables over the file's values, and secrets from variables and files.

``GATEWAY__SMTP__LISTEN=127.0.0.1:2525`` sets ``smtp.listen``: two underscores between the levels, letters of any case,
entries of lists by their number from 0. Variables with one underscore, such as ``GATEWAY_HOME``, are not ours.
"""

import re
from collections.abc import Callable, Mapping
from pathlib import Path

from pydantic import BaseModel

from gateway.config.mistakes import Mistake, Place, did_you_mean
from gateway.config.schema import Shape, fields_of, shape_of, step
from gateway.config.source import Node, sound

PREFIX = "GATEWAY__"
MAX_SECRET_BYTES = 64 * 1024

Refuse = Callable[[Place, str], None]


def apply_overrides(tree: Node, model: type[BaseModel], environ: Mapping[str, str]) -> tuple[Mistake, ...]:
    """Put the values of all ``GATEWAY__`` variables into the tree; what cannot be placed is a mistake."""
    mistakes: list[Mistake] = []
    taken: dict[tuple[str, ...], str] = {}
    names = [name for name in environ if name.startswith(PREFIX)]
    for name in sorted(names, key=lambda name: [(len(part), part) for part in name.split("__")]):
        place = Place(f"environment:{name.encode('utf-8', 'replace').decode()}")
        parts = tuple(part.lower() for part in name[len(PREFIX) :].split("__"))
        if parts in taken:
            mistakes.append(Mistake.at(place, f"sets the same as {taken[parts]}; unset one of them"))
            continue
        taken[parts] = name
        text = environ[name]
        whole = Shape("section", model=model)
        problem = _place(tree, whole, parts, text, place) if sound(text) else "its value is not UTF-8 text"
        if problem:
            mistakes.append(Mistake.at(place, problem))
    return tuple(mistakes)


def _place(tree: Node, shape: Shape, parts: tuple[str, ...], text: str, place: Place) -> str:
    """Set one value. Returns what is wrong, "" where nothing is."""
    node, done = tree, "GATEWAY"
    for index, part in enumerate(parts):
        key, problem = _key(node, shape, part, done)
        if key is None:
            rest = "".join(f"__{later.upper()}" for later in parts[index + 1 :])
            return problem.replace("?", f"{rest}?")
        below = step(shape, key)
        assert below is not None
        last = index == len(parts) - 1
        if (
            last
            and below.kind != "scalar"
            and not (below.kind == "list" and below.item and below.item.kind == "scalar")
        ):
            return f"names a whole {_noun(below)}; name one of its values, such as {_example(place.file, below)}"
        opened = None if last else _open(node, key, shape, below, place)
        if opened is None and not last:
            return ""  # the file has something else there, which is reported as the file's mistake
        child = opened or _value(below, text, place)
        _put(node, key, child)
        node, shape, done = child, below, f"{done}__{part.upper()}"
    return ""


def _key(node: Node, shape: Shape, part: str, done: str) -> tuple[str | int | None, str]:
    if shape.kind == "list":
        if not re.fullmatch(r"[0-9]{1,4}", part):
            return None, f"`{done}` is a list: put a number after it, from 0, as in {done}__0"
        length = len(node.value) if isinstance(node.value, list) else 0
        if int(part) > length or (shape.length and int(part) >= shape.length):
            return None, f"there is no entry {int(part)}: `{done}` has {length}, counted from 0"
        return int(part), ""
    choices = tuple(fields_of(shape.model)) if shape.kind == "section" and shape.model else shape.choices
    if part in choices:
        return part, ""
    if not choices:
        return None, f"`{done}` is one value and has nothing below it"
    near = did_you_mean(part, choices)
    if near:
        near = near.replace("`", "").replace(near.split("`")[1], f"{done}__{near.split('`')[1].upper()}")
    return (
        None,
        f"there is no such setting.{near}" if near else "there is no such setting; docs/configuration.md lists all",
    )


def _open(node: Node, key: str | int, shape: Shape, below: Shape, place: Place) -> Node | None:
    """The section or list at ``key``, made where the file has none; a list that is left out starts from its default."""
    child = node.child(key)
    wanted = list if below.kind == "list" else dict
    if child is not None and (isinstance(child.value, wanted) or below.kind == "scalar"):
        return child
    if child is not None and child.value is not None:
        return None
    if below.kind == "list":
        info = fields_of(shape.model).get(str(key)) if shape.model else None
        default = info.default if info is not None and isinstance(info.default, tuple) else ()
        return _node_of(default, place)
    return Node({}, place, node.place if child is None else child.key_place)


def _node_of(value: object, place: Place) -> Node:
    if isinstance(value, tuple):
        return Node([_node_of(item, place) for item in value], place)
    assert isinstance(value, str | int | float | bool) or value is None
    return Node(value, place)


def _put(node: Node, key: str | int, child: Node) -> None:
    if isinstance(node.value, dict):
        node.value[str(key)] = child
    elif isinstance(node.value, list) and isinstance(key, int):
        node.value[key : key + 1] = [child]


def _value(shape: Shape, text: str, place: Place) -> Node:
    if shape.kind == "list":
        pieces = [piece.strip() for piece in text.split(",") if piece.strip()]
        return Node([Node(piece, place, written=piece) for piece in pieces], place)
    empty_means_none = shape.optional and text == ""
    return Node(None if empty_means_none else text, place, written=text)


def _noun(shape: Shape) -> str:
    return "list" if shape.kind == "list" else "section"


def _example(file: str, shape: Shape) -> str:
    name = file.removeprefix("environment:")
    while shape.kind != "scalar":
        if shape.kind == "list":
            assert shape.item is not None
            name, shape = f"{name}__0", shape.item
        elif shape.kind == "map":
            return f"{name}__{shape.choices[0].upper()}"
        else:
            assert shape.model is not None
            first, info = next(iter(fields_of(shape.model).items()))
            name, shape = f"{name}__{first.upper()}", shape_of(info.annotation)
    return name


_VARIABLE = re.compile(r"\$(?:\$|\{([^{}]*)\})")


def fill_secrets(tree: Node, environ: Mapping[str, str], base: Path) -> tuple[Mistake, ...]:
    """Replace ``${NAME}`` (``$$`` stands for one $) and ``file:PATH`` in every text; PATH may be relative to ``base``."""
    mistakes: list[Mistake] = []
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node.value, dict):
            waiting.extend(node.value.values())
        elif isinstance(node.value, list):
            waiting.extend(node.value)
        elif isinstance(node.value, str) and ("$" in node.value or node.value.startswith("file:")):
            _fill(node, environ, base, lambda place, message: mistakes.append(Mistake.at(place, message)))
    return tuple(mistakes)


def _fill(node: Node, environ: Mapping[str, str], base: Path, refuse: Refuse) -> None:
    text = str(node.value)

    def variable(match: re.Match[str]) -> str:
        name = match[1]
        if name is None:
            return "$"
        node.secret = True
        value = environ.get(name)
        if value is None:
            near = did_you_mean(name, environ) if name else ""
            refuse(
                node.place, f"the environment variable `{name}` is not set; set it, or write `$$` for a plain $.{near}"
            )
        elif not sound(value):
            refuse(node.place, f"the environment variable `{name}` is not UTF-8 text")
            return ""
        return value or ""

    node.value = _VARIABLE.sub(variable, text)
    if text.startswith("file:"):
        node.secret = True
        node.value = _read_secret(base / node.value[5:].strip(), node.place, refuse)


def _read_secret(path: Path, place: Place, refuse: Refuse) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(MAX_SECRET_BYTES + 1)
        if len(content) > MAX_SECRET_BYTES:
            refuse(place, f"{path} is larger than 64 KB; a secret is one short line")
            return ""
        if b"\0" in content:
            refuse(place, f"{path} is not a text file")
        return content.decode().removesuffix("\n").removesuffix("\r")
    except UnicodeDecodeError:
        refuse(place, f"{path} is not UTF-8 text")
    except (OSError, ValueError) as error:
        reason = (getattr(error, "strerror", None) or "its name is not sound").lower()
        refuse(place, f"cannot read {path}: {reason}")
    return ""
