"""A tree of nodes against a model: the typed value, or every mistake at its place in words for people."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails, PydanticUndefined

from gateway.config.mistakes import Mistake, Place, did_you_mean, one_of
from gateway.config.schema import Shape, field_at, fields_of, shape_at, shape_of, step
from gateway.config.source import Node

Model = TypeVar("Model", bound=BaseModel)
Path_ = tuple[str | int, ...]
MANY_NAMES = 20
"""A section with more settings than this is not listed in a message: nobody would read it."""


def plain(node: Node, shape: Shape | None, base: Path | None = None) -> Any:
    """The node as pydantic takes it.

    A key without a value (``limits:`` with all of its lines commented out) counts as left out. Relative paths start at
    ``base``, but for those that a model's field declares otherwise.
    """
    if isinstance(node.value, dict):
        result: dict[str, Any] = {}
        for key, child in node.value.items():
            below = step(shape, key) if shape else None
            if child.value is None and _has_default(shape, key):
                continue
            keeps = shape is not None and shape.model is not None and _from_working_directory(shape.model, key)
            result[key] = plain(child, below, None if keeps else base)
        return result
    if isinstance(node.value, list):
        return [plain(child, shape.item if shape else None, base) for child in node.value]
    if base is not None and shape is not None and shape.type is Path and isinstance(node.value, str) and node.value:
        return str(base / node.value)
    return node.value


def _has_default(shape: Shape | None, key: str) -> bool:
    if shape is None or shape.model is None:
        return False
    info = fields_of(shape.model).get(key)
    return info is not None and not info.is_required()


def _from_working_directory(model: type[BaseModel], key: str) -> bool:
    info = fields_of(model).get(key)
    extra = info.json_schema_extra if info else None
    return isinstance(extra, dict) and bool(extra.get("from_working_directory"))


def mistakes_of(error: ValidationError, root: type[BaseModel], tree: Node, prefix: Path_ = ()) -> list[Mistake]:
    """Every error of pydantic, placed and put into words. ``prefix`` leads from the root model to what was validated."""
    found = []
    details = error.errors(include_url=False)
    meant = {
        (*detail["loc"][:-1], name)
        for detail in details
        if detail["type"] == "extra_forbidden"
        for name in [_meant((*prefix, *detail["loc"]), root)]
        if name
    }
    for detail in details:
        if detail["type"] == "missing" and detail["loc"] in meant:
            continue  # it is there, misspelt; one mistake is one line
        path = (*prefix, *(part for part in detail["loc"] if part != "[key]"))
        node, rest = locate(tree, path)
        kind = detail["type"]
        if kind == "too_short" and isinstance(node.value, list) and len(node.value) >= detail["ctx"]["min_length"]:
            continue  # its entries are wrong and reported by themselves
        scalar = not isinstance(node.value, dict | list)
        at_key = kind in ("missing", "extra_forbidden") or detail["loc"][-1:] == ("[key]",)
        place = node.at if at_key or node.value is None or (rest and not scalar) else node.place
        single = bool(rest) and scalar  # one value where a list may stand: its only entry is the value itself
        message = _message(detail, path, root, node, single)
        if node.secret and isinstance(node.value, str) and len(node.value) > 1:
            message = message.replace(repr(node.value), "its value").replace(node.value, "***")
        found.append(Mistake.at(place, message))
    return found


def locate(tree: Node, path: Path_) -> tuple[Node, Path_]:
    """The deepest node on the path, and what of the path it lacks."""
    node = tree
    for index, key in enumerate(path):
        child = node.child(key)
        if child is None:
            return node, path[index:]
        node = child
    return node, ()


def _message(detail: ErrorDetails, path: Path_, root: type[BaseModel], node: Node, single: bool) -> str:
    kind, context = detail["type"], detail.get("ctx", {})
    named = path[:-1] if single else path
    name = f"`{_short(named[-1])}`" if named and isinstance(named[-1], str) else _list_name(path)
    shape = shape_at(root, path)
    if kind == "missing":
        return _missing(path, root)
    if kind == "extra_forbidden":
        return _unknown(path, root)
    if kind == "value_error":
        return str(context.get("error", detail["msg"]))
    given = _show(node.written if isinstance(node.value, str) and node.written else node.value)
    if node.value is None and kind not in ("literal_error",):
        return f"{name} is empty; {_wanted(shape, path, root)}"
    bounds = {
        "greater_than_equal": ("at least", "ge"),
        "greater_than": ("more than", "gt"),
        "less_than_equal": ("at most", "le"),
        "less_than": ("less than", "lt"),
    }
    if kind in bounds:
        word, key = bounds[kind]
        return f"{name} must be {word} {context.get(key):g}, not {given}"
    if kind == "literal_error" and shape is not None and shape.choices:
        choices = shape.choices
        if detail["loc"][-1:] == ("[key]",):
            return f"{name} is unknown here; use {one_of(choices)}.{did_you_mean(str(path[-1]), choices)}"
        return f"{name} must be {one_of(choices)}, not {given}.{did_you_mean(str(node.value), choices)}"
    if kind == "literal_error":  # the key of a map
        above = shape_at(root, path[:-1])
        choices = above.choices if above else ()
        return f"{name} is unknown here; use {one_of(choices)}.{did_you_mean(str(path[-1]), choices)}"
    if kind in ("string_too_short", "too_short"):
        return f"{name} is empty; {_wanted(shape, path, root)}" if context.get("min_length") == 1 else (
            f"{name} is too short: {_count(shape)} {context.get('min_length')} at least"
        )  # fmt: skip
    if kind in ("string_too_long", "too_long"):
        return f"{name} is too long: {_count(shape)} {context.get('max_length')} at most"
    if kind == "finite_number":
        return f"{name} must be a number that ends, not {given}"
    return f"{name} cannot be {given}; {_wanted(shape, path, root)}"


def _count(shape: Shape | None) -> str:
    return "entries:" if shape is not None and shape.kind == "list" else "characters:"


def _list_name(path: Path_) -> str:
    names = [part for part in path if isinstance(part, str)]
    return f"entry {int(path[-1]) + 1} of {names[-1]}" if names and path else "this file"


def _wanted(shape: Shape | None, path: Path_, root: type[BaseModel]) -> str:
    """What to write instead."""
    if shape is None:
        return "see docs/configuration.md"
    info = field_at(root, path)
    example = info.examples[0] if info is not None and info.examples else None
    if shape.kind == "scalar" and example is not None:
        return f"write it like `{example}`"
    if shape.kind == "section":
        model = shape.model
        assert model is not None
        needed = [key for key, field in fields_of(model).items() if field.is_required()]
        first = needed or list(fields_of(model))[:1]
        return f"put its settings below it, indented: {', '.join(f'`{key}:`' for key in first)}"
    if shape.kind == "list":
        assert shape.item is not None
        if shape.length:
            return f"write {shape.length} values, as in `[{', '.join(['1'] * shape.length)}]`"
        if shape.item.kind == "scalar":
            return f"write a list, as in `[{example[0] if isinstance(example, list) else '...'}]`"
        return "write a list: each entry begins with `- `"
    if shape.kind == "map":
        if not shape.choices:
            return "write names below it, indented, each with its value: `name: value`"
        return f"put {one_of(shape.choices)} below it, indented, each with its text"
    if shape.choices:
        return f"write {one_of(shape.choices)}"
    if shape.type is int or shape.type is float:
        default = info.default if info is not None else PydanticUndefined
        shown = default if isinstance(default, int | float) else 10
        return f"write a {'whole ' if shape.type is int else ''}number, such as {shown}"
    if shape.type is bool:
        return "write `true` or `false`"
    return "write a path" if shape.type is Path else "write a text; numbers and `true` need quotes to be text"


def _missing(path: Path_, root: type[BaseModel]) -> str:
    info = field_at(root, path)
    shape = shape_at(root, path)
    if isinstance(path[-1], int):
        return f"`{path[-2]}` is too short; {_wanted(shape_at(root, path[:-1]), path[:-1], root)}"
    where = f" in `{path[-2]}`" if len(path) > 1 and isinstance(path[-2], str) else ""
    if len(path) > 1 and isinstance(path[-2], int):
        where = f" in {_list_name(path[:-1])}"
    about = f" ({info.description.rstrip('.')})" if info is not None and info.description else ""
    wanted = _wanted(shape, path, root) if shape is not None else ""
    if shape is not None and shape.kind == "scalar" and info is not None and info.examples:
        wanted = f"write `{path[-1]}: {info.examples[0]}`"
    return f"`{path[-1]}` is missing{where}{about}; {wanted}"


def _siblings(path: Path_, root: type[BaseModel]) -> tuple[str, ...]:
    above = shape_at(root, path[:-1])
    return tuple(fields_of(above.model)) if above is not None and above.model is not None else ()


def _meant(path: Path_, root: type[BaseModel]) -> str:
    return did_you_mean(str(path[-1]), _siblings(path, root)).removeprefix(" Did you mean `").removesuffix("`?")


def _unknown(path: Path_, root: type[BaseModel]) -> str:
    name, names = str(path[-1]), _siblings(path, root)
    near = did_you_mean(name, names)
    if near:
        return f"`{_short(name)}` is unknown here.{near}"
    elsewhere = _other_home(name, root)
    if elsewhere:
        return f"`{_short(name)}` is unknown here; it belongs under `{elsewhere}`"
    if len(names) > MANY_NAMES:
        return f"`{_short(name)}` is unknown here; docs/configuration.md lists what is known"
    return f"`{_short(name)}` is unknown here; known are {', '.join(f'`{n}`' for n in names)}"


def _other_home(name: str, root: type[BaseModel]) -> str:
    """The section one level down that has a setting of this name, "" if none or several have."""
    homes = [
        key
        for key, info in fields_of(root).items()
        if (shape := shape_of(info.annotation)).model is not None and name in fields_of(shape.model)
    ]
    return homes[0] if len(homes) == 1 else ""


def _short(text: str) -> str:
    text = re.sub(r"[\x00-\x20\x7f]+", " ", text)
    return f"{text[:60]}{'…' if len(text) > 60 else ''}"


def _show(value: object) -> str:
    if isinstance(value, bool):
        return "`true`" if value else "`false`"
    if isinstance(value, dict):
        return "a section"
    if isinstance(value, list):
        return "a list"
    return f"`{_short(str(value))}`"


def misplaced_booleans(node: Node, shape: Shape | None, name: str = "") -> list[Mistake]:
    """``true`` where a number belongs: pydantic would read it as 1."""
    found: list[Mistake] = []
    if isinstance(node.value, dict):
        for key, child in node.value.items():
            found += misplaced_booleans(child, step(shape, key) if shape else None, key)
    elif isinstance(node.value, list):
        for child in node.value:
            found += misplaced_booleans(child, shape.item if shape else None, name)
    elif isinstance(node.value, bool) and shape is not None and shape.kind == "scalar" and shape.type in (int, float):
        found.append(Mistake.at(node.place, f"`{name}` cannot be {_show(node.value)}; write a number"))
    return found


def validate(model: type[Model], tree: Node, base: Path | None) -> tuple[Model | None, list[Mistake]]:
    """The typed value, or None and every mistake."""
    shape = Shape("section", model=model)
    mistakes = misplaced_booleans(tree, shape)
    if not isinstance(tree.value, dict):
        return None, [Mistake.at(tree.place, "this file must hold settings: lines of the form `name: value`")]
    try:
        return model.model_validate(plain(tree, shape, base)), mistakes
    except ValidationError as error:
        return None, mistakes + mistakes_of(error, model, tree)


def sound_parts(model: type[BaseModel], tree: Node, base: Path | None) -> Mapping[str, Any]:
    """Of a configuration with mistakes: the top-level settings that are right, and of lists of sections the right entries.

    So that checks across settings still find their mistakes in the same run. List entries come as (index, value).
    """
    data = plain(tree, Shape("section", model=model), base)
    parts: dict[str, Any] = {}
    for name, info in fields_of(model).items():
        shape = shape_of(info.annotation)
        if shape.kind == "list" and shape.item is not None and shape.item.model is not None:
            entries = data.get(name)
            values = enumerate(entries if isinstance(entries, list) else [])
            checked = ((index, _try(TypeAdapter(shape.item.model), value)) for index, value in values)
            parts[name] = tuple((index, value) for index, value in checked if value is not None)
        elif name in data:
            annotated: Any = info.rebuild_annotation()
            parts[name] = _try(TypeAdapter(annotated), data[name])
        else:
            parts[name] = None if info.is_required() else info.get_default(call_default_factory=True)
    return parts


def _try(adapter: TypeAdapter[Any], value: Any) -> Any:
    try:
        return adapter.validate_python(value)
    except ValidationError:
        return None


def place_of(tree: Node, *path: str | int) -> Place:
    """Where the value at the path stands; the deepest thing above it where it does not stand in the file."""
    node, rest = locate(tree, path)
    return node.at if node.value is None or (rest and isinstance(node.value, dict | list)) else node.place
