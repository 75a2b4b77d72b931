"""What agents set on tickets beside the conversation: fields, types, own statuses."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row

from gateway.config.mistakes import did_you_mean
from gateway.desk.actions import Desk, DeskError, acting_agent, any_ticket, open_ticket
from gateway.desk.commands import fold
from gateway.rules.fields import TicketFields, UnsoundValue
from gateway.rules.statuses import Statuses, TicketStatus
from gateway.rules.ticket import FieldValue
from gateway.store.tickets import Happened, add_events, change_ticket
from gateway.threading.model import Status

TYPES = ("question", "incident", "problem", "task")

Written = Mapping[str, str | tuple[str, ...]]
"""Values as somebody wrote them, by field; an empty one empties the field."""


def set_fields(desk: Desk, ticket: int, written: Written, agent: int) -> dict[str, FieldValue | None]:
    """Set fields; what changed, None for those that were emptied. All or none: DeskError says every value that is wrong."""
    with desk.database.write() as connection:
        row, who = any_ticket(connection, ticket), acting_agent(connection, agent)
        return write_fields(connection, desk.office().fields, row, written, who.address, desk.now())


def write_fields(
    connection: Connection, fields: TicketFields, row: Row[Any], written: Written, actor: str, now: datetime
) -> dict[str, FieldValue | None]:
    """The same inside a transaction. Impact and urgency, where both are known, set the priority too."""
    values: dict[str, FieldValue | None] = {}
    wrong = []
    for name, text in written.items():
        definition = fields.by_id.get(name)
        try:
            if definition is not None and not definition.belongs_to(row.brand, row.team or ""):
                raise UnsoundValue(f"{name}: tickets of this brand and team have no such field")  # noqa: TRY301
            values[name] = fields.read(name, text)
        except UnsoundValue as error:
            wrong.append(f"{error}{'' if definition is not None else did_you_mean(name, fields.by_id)}")
    if wrong:
        raise DeskError("; ".join(wrong))
    before = {name: _kept(value) for name, value in row.fields.items()}
    changed = {name: value for name, value in values.items() if before.get(name) != value}
    if not changed:
        return {}
    after = {name: value for name, value in {**before, **changed}.items() if value is not None}
    happened: list[Happened] = [
        ("fields", actor, {"changed": changed, "from": {name: before.get(name) for name in changed}})
    ]
    priority = fields.priority_of(after) if changed.keys() & {"impact", "urgency"} else None
    more = {}
    if priority is not None and priority != row.priority:
        more["priority"] = priority
        why = f"impact {after['impact']}, urgency {after['urgency']}"
        happened.append(("priority", actor, {"from": row.priority, "to": priority, "why": why}))
    change_ticket(connection, row.id, now, fields=after, **more)
    add_events(connection, row.id, now, *happened)
    return changed


def _kept(value: Any) -> FieldValue:
    """A value as JSON gives it back."""
    return tuple(value) if isinstance(value, list) else value


def set_type(desk: Desk, ticket: int, kind: str, agent: int) -> None:
    """Question, incident, problem or task; "" for none."""
    if kind and kind not in TYPES:
        raise DeskError(f"there is no type {kind!r}; choose one of {', '.join(TYPES)}")
    with desk.database.write() as connection:
        row, who = open_ticket(connection, ticket), acting_agent(connection, agent)
        if row.type != kind:
            now = desk.now()
            change_ticket(connection, ticket, now, type=kind)
            add_events(connection, ticket, now, ("type", who.address, {"from": row.type or None, "to": kind or None}))


def find_status(statuses: Statuses, written: str) -> TicketStatus:
    """The status by its id or by how it is called in any language; DeskError where there is none, or nobody sets it by hand."""
    wanted = fold(written)
    for one in statuses.by_id.values():
        if wanted in map(fold, (one.id, *one.labels.values())):
            if one.category in (Status.NEW.value, Status.CLOSED.value):
                raise DeskError(f"nobody sets a ticket {one.id} by hand: it is {one.id} by itself")
            return one
    known = [one.id for one in statuses.by_id.values() if one.category not in (Status.NEW, Status.CLOSED)]
    raise DeskError(f"there is no status {written[:40]!r}; choose one of {', '.join(known)}")


def own_part(status: TicketStatus) -> str:
    """What stands in the column beside the category: "" for the fixed ones."""
    return "" if status.id == status.category else status.id
