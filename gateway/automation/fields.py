"""Fields that rules set. Their values may come from a stranger's mail: one that the field does not take is told, and not kept."""

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import Row

from gateway.automation.effects import ACTOR
from gateway.rules.fields import TicketFields, UnsoundValue
from gateway.rules.ticket import FieldValue
from gateway.store.tickets import Happened


def fields_by_rule(
    fields: TicketFields,
    row: Row[Any],
    before: Mapping[str, FieldValue],
    after: Mapping[str, FieldValue],
    rules: str,
    values: dict[str, Any],
) -> Iterator[Happened]:
    """What happened; the columns that change are put into ``values``: fields, and the priority that follows from impact and urgency."""
    wanted = {name: value for name, value in after.items() if before.get(name) != value}
    sound: dict[str, FieldValue] = {}
    for name, written in wanted.items():
        try:
            value = fields.read(name, written if isinstance(written, str | tuple) else str(written))
        except UnsoundValue as error:
            yield "rule_failed", ACTOR, {"rule": rules, "why": str(error)}
            continue
        if value is not None and before.get(name) != value:
            sound[name] = value
    if not sound:
        return
    kept = {**before, **sound}
    values["fields"] = kept
    yield "fields", ACTOR, {"changed": sound, "rule": rules}
    priority = fields.priority_of(kept) if sound.keys() & {"impact", "urgency"} else None
    if priority is not None and "priority" not in values and priority != row.priority:
        values["priority"] = priority
        why = f"impact {kept['impact']}, urgency {kept['urgency']}"
        yield "priority", ACTOR, {"from": row.priority, "to": priority, "why": why, "rule": rules}
