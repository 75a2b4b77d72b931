"""JSON Schema (2020-12) of every file, for editors that complete and check while an admin types.

The gateway's own check knows more: names in other files, secrets, contradictions. What it takes, the schema takes too.
"""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from gateway.config.calendars import CalendarsFile
from gateway.config.fields import FieldsFile
from gateway.config.macros import MacrosFile
from gateway.config.menus import MenusFile
from gateway.config.model import Configuration
from gateway.config.sla import SlaFile
from gateway.config.teams import TeamsFile
from gateway.config.views import ViewsFile
from gateway.config.webhooks import WebhooksFile
from gateway.rules.file import RulesFile

FILES: Mapping[str, type[BaseModel]] = {
    "calendars": CalendarsFile,
    "fields": FieldsFile,
    "gateway": Configuration,
    "macros": MacrosFile,
    "menus": MenusFile,
    "rules": RulesFile,
    "sla": SlaFile,
    "teams": TeamsFile,
    "views": ViewsFile,
    "webhooks": WebhooksFile,
}
_SCALARS = ("string", "integer", "number", "boolean")
_FROM_ELSEWHERE = {"type": "string", "pattern": r"\$\{|^file:"}


def schema_of(file: str) -> dict[str, Any]:
    """The schema of ``FILES[file]``."""
    made = FILES[file].model_json_schema(by_alias=True, mode="validation")
    widened: dict[str, Any] = _widened(made)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **widened, "title": f"{file}.yaml"}


def _widened(part: Any) -> Any:
    """As the gateway reads YAML: a key without a value is left out, one value stands for a list of it, a number may be ``${NAME}``."""
    if isinstance(part, list):
        return [_widened(one) for one in part]
    if not isinstance(part, dict):
        return part
    made = {
        name: {key: _or_nothing(_widened(inner)) for key, inner in value.items()}
        if name == "properties"
        else value
        if name in ("default", "examples", "const", "enum", "required")
        else _widened(value)
        for name, value in part.items()
    }
    items = made.get("items")
    if (
        made.get("type") == "array"
        and isinstance(items, dict)
        and ({"enum", "const"} & items.keys() or _is_scalar(items))
    ):
        return {"anyOf": [made, items], **_told(made)}
    if made.get("type") in ("integer", "number", "boolean"):
        return {"anyOf": [made, _FROM_ELSEWHERE], **_told(made)}
    if made.get("type") == "string" and "enum" not in made:
        # A plain scalar such as 2026 or true is a text where a text is wanted.
        return {"anyOf": [made, {"type": ["integer", "number", "boolean"]}], **_told(made)}
    return made


def _is_scalar(schema: Mapping[str, Any]) -> bool:
    choices = schema.get("anyOf", (schema,))
    return all(one.get("type") in _SCALARS or isinstance(one.get("type"), list) for one in choices)


def _or_nothing(schema: dict[str, Any]) -> dict[str, Any]:
    return {"anyOf": [schema, {"type": "null"}], **_told(schema)}


def _told(schema: dict[str, Any]) -> dict[str, Any]:
    """What editors show, moved to the outside."""
    return {name: schema.pop(name) for name in ("title", "description", "default", "examples") if name in schema}
