"""What the models say about a setting, for whoever walks a configuration: overrides, "did you mean", documentation."""

import types
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo


@dataclass(frozen=True, slots=True)
class Shape:
    """The form of a value. ``model`` for a section, ``item`` for a list's or a map's values, ``type`` for a scalar."""

    kind: Literal["section", "list", "map", "scalar"]
    optional: bool = False
    model: type[BaseModel] | None = None
    item: "Shape | None" = None
    type: Any = str
    choices: tuple[str, ...] = ()  # of a scalar, or of a map's keys
    length: int | None = None  # of a list that always has so many


def shape_of(annotation: Any) -> Shape:
    """The shape behind a field's annotation; TypeError for one that no configuration uses."""
    return _shape_of(annotation)


@cache
def _shape_of(annotation: Any) -> Shape:
    origin = get_origin(annotation)
    if origin is Annotated:
        return shape_of(get_args(annotation)[0])
    if origin in (Union, types.UnionType):
        inner = [option for option in get_args(annotation) if option is not type(None)]
        shape = shape_of(inner[0])
        return Shape(shape.kind, True, shape.model, shape.item, shape.type, shape.choices, shape.length)
    if origin is tuple:
        items = get_args(annotation)
        return Shape("list", item=shape_of(items[0]), length=None if items[-1] is Ellipsis else len(items))
    if origin is dict:
        key, value = get_args(annotation)
        return Shape("map", item=shape_of(value), choices=shape_of(key).choices)
    if origin is Literal:
        return Shape("scalar", choices=tuple(_spelled(choice) for choice in get_args(annotation)))
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return Shape("section", model=annotation)
    if isinstance(annotation, type):
        return Shape("scalar", type=annotation)
    raise TypeError(f"no shape for {annotation!r}")


def _spelled(choice: object) -> str:
    return str(choice).lower() if isinstance(choice, bool) else str(choice)


@cache
def fields_of(model: type[BaseModel]) -> Mapping[str, FieldInfo]:
    """The fields of a section by the name that YAML uses."""
    return {info.alias or name: info for name, info in model.model_fields.items()}


def step(shape: Shape, key: str | int) -> Shape | None:
    """The shape one level down, None where there is none."""
    if shape.kind == "section" and shape.model is not None:
        info = fields_of(shape.model).get(str(key))
        return shape_of(info.annotation) if info else None
    if shape.kind == "map":
        return shape.item if not shape.choices or key in shape.choices else None
    return shape.item if shape.kind == "list" and isinstance(key, int) else None


def field_at(root: type[BaseModel], path: tuple[str | int, ...]) -> FieldInfo | None:
    """The field that the path ends in or passes last."""
    shape, found = Shape("section", model=root), None
    for key in path:
        if shape.kind == "section" and shape.model is not None:
            found = fields_of(shape.model).get(str(key))
            if found is None:
                return None
        below = step(shape, key)
        if below is None:
            return found
        shape = below
    return found


def shape_at(root: type[BaseModel], path: tuple[str | int, ...]) -> Shape | None:
    shape: Shape | None = Shape("section", model=root)
    for key in path:
        if shape is None:
            return None
        shape = step(shape, key)
    return shape


def type_name(shape: Shape) -> str:
    """How documentation and messages call the type."""
    if shape.choices and shape.kind == "scalar":
        return " | ".join(f"`{choice}`" for choice in shape.choices)
    if shape.kind == "section":
        return "section"
    if shape.kind == "list" and shape.item is not None:
        if shape.length:
            return f"{shape.length} × {type_name(shape.item)}"
        return f"list of {type_name(shape.item)}"
    if shape.kind == "map" and shape.item is not None:
        return f"{type_name(shape.item)} by {' | '.join(f'`{choice}`' for choice in shape.choices)}"
    names = {int: "whole number", float: "number", bool: "`true` or `false`", Path: "path"}
    return names.get(shape.type, "text")
