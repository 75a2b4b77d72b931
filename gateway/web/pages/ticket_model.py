"""Fields, types and own statuses on the ticket page."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from gateway.desk.incidents import incidents_of, solved_with
from gateway.desk.office import Office
from gateway.desk.ticket_model import TYPES, set_fields, set_type
from gateway.rules.fields import FieldDefinition, FieldType, Need, say_number
from gateway.rules.ticket import FieldValue
from gateway.store.view_model import EventRow, TicketRow
from gateway.threading.model import Status
from gateway.web.render import tidy
from gateway.web.visit import Visit
from gateway.web.words import word


@dataclass(frozen=True, slots=True)
class Option:
    """One choice: what is sent, what people read, and whether it is chosen."""

    value: str
    name: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Shown:
    """A field as the form has it. ``kind``: text, number, date, one (of options) or many."""

    id: str
    label: str
    kind: str
    purpose: str
    value: str
    options: tuple[Option, ...]
    needed: bool
    lacking: bool  # needed, and not there


_KINDS = {
    FieldType.NUMBER: "number",
    FieldType.DATE: "date",
    FieldType.CHOICES: "many",
    FieldType.CHOICE: "one",
    FieldType.TREE: "one",
    FieldType.YES_NO: "one",
}


def allowed_statuses(visit: Visit, row: TicketRow) -> frozenset[str]:
    """Ids of the statuses that the ticket may get next, and its present one."""
    statuses = visit.services.desk.office().statuses
    present = statuses.own_part(row.status.value, row.own_status) or row.status.value
    return frozenset(name for name in statuses.by_id if not statuses.why_not(present, name))


def model_values(visit: Visit, row: TicketRow) -> dict[str, Any]:
    """What the partial template needs."""
    office, language = visit.services.desk.office(), visit.language
    own = office.statuses.own_part(row.status.value, row.own_status)
    with visit.services.database.read() as connection:
        incidents = incidents_of(connection, row.number) if row.type == "problem" else []
        solved = solved_with(connection, row.number) if incidents else []
    return {
        "organization": office.organizations.of(row.requester),
        "incidents": incidents,
        "can_reopen_incidents": any(one.number in solved and one.status is Status.SOLVED for one in incidents),
        "fields": [
            field_input(one, row.fields.get(one.id), language) for one in office.fields.of(row.brand, row.team or "")
        ],
        "types": TYPES,
        "own_status": own,
        "own_status_name": tidy(office.statuses.of(row.status.value, own).label(language)),
        "own_statuses": [(one.id, tidy(one.label(language)), one.category) for one in office.statuses.own],
    }


def field_input(one: FieldDefinition, value: Any, language: str) -> Shown:
    """The field with this value, as JSON keeps it, for the template ``_field_input``."""
    needed = Need.SOLVE in one.needed
    return Shown(
        id=one.id,
        label=tidy(one.label(language)),
        kind=_KINDS.get(one.type, "text"),
        purpose=one.purpose,
        value=_written(value),
        options=tuple(_options(one, value, language)),
        needed=needed,
        lacking=needed and not one.is_met(value),
    )


def _written(value: Any) -> str:
    """As a form sends it back."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return say_number(value)
    return ", ".join(value) if isinstance(value, list) else str(value or "")


def _options(one: FieldDefinition, value: Any, language: str) -> Iterator[Option]:
    if one.type is FieldType.YES_NO:
        for choice in ("yes", "no"):
            yield Option(choice, word(language, f"field_{choice}"), _written(value) == choice)
    for choice in one.choices:
        chosen = choice in value if isinstance(value, list) else choice == value
        yield Option(choice, tidy(one.shown(choice, language)), chosen)


def change_fields(visit: Visit, number: int) -> None:
    """Set what differs from what the form showed: nobody's work is undone. The type is among it."""
    desk, form, me = visit.services.desk, visit.form, visit.agent.id
    written: dict[str, str | tuple[str, ...]] = {}
    for one in desk.office().fields.definitions:
        was = form.get(f"was_field_{one.id}")
        if was is None:
            continue
        if one.type is FieldType.CHOICES:
            chosen = tuple(choice for at, choice in enumerate(one.choices) if form.get(f"field_{one.id}_{at}"))
            if ", ".join(chosen) != was:
                written[one.id] = chosen
        elif form.get(f"field_{one.id}", "").strip() != was.strip():
            written[one.id] = form.get(f"field_{one.id}", "")
    if written:
        set_fields(desk, number, written, me)
    if "type" in form and form["type"] != form.get("was_type", ""):
        set_type(desk, number, form["type"], me)


# --- in the timeline ----------------------------------------------------------------------------------------------------


def describe_model(language: str, office: Office, event: EventRow, data: Mapping[str, Any], actor: str) -> str | None:
    """Events of fields, own statuses and problems in words; None for all others."""
    match event.kind:
        case "fields":
            changed = data.get("changed")
            told = (_told(language, office, name, value) for name, value in (changed or {}).items())
            return word(language, "event_fields", actor=actor, change=tidy(", ".join(told))[:600])
        case "status" if data.get("own_from") or data.get("own_to"):
            before = _status(language, office, data.get("from"), data.get("own_from"))
            after = _status(language, office, data.get("to"), data.get("own_to"))
            return word(language, "event_status", actor=actor, before=before, after=after)
        case "type":
            kind = data.get("to")
            name = word(language, f"type_{kind}") if kind in TYPES else str(kind or word(language, "model_no_type"))
            return word(language, "event_type", actor=actor, after=tidy(name))
        case "problem_linked" | "problem_unlinked" | "incident_not_solved":
            names = {"problem": tidy(str(data.get("problem"))), "why": tidy(str(data.get("why", "")))}
            return word(language, f"event_{event.kind}", actor=actor, **names)
        case "incident_linked" | "incident_unlinked":
            return word(language, f"event_{event.kind}", actor=actor, incident=tidy(str(data.get("incident"))))
        case "incidents_solved" | "incidents_reopened":
            numbers = ", ".join(f"#{number}" for number in data.get("incidents", ()))[:600]
            return word(language, f"event_{event.kind}", actor=actor, solved=tidy(numbers), reopened=tidy(numbers))
    return None


def _told(language: str, office: Office, name: str, value: Any) -> str:
    one = office.fields.by_id.get(name)
    label = one.label(language) if one is not None else name
    if value is None:
        return word(language, "event_fields_emptied", name=label)
    if isinstance(value, bool):
        return f"{label}: {word(language, 'field_yes' if value else 'field_no')}"
    kept: FieldValue = tuple(value) if isinstance(value, list) else value
    return f"{label}: {one.shown(kept, language) if one is not None else kept}"


def _status(language: str, office: Office, fixed: Any, own: Any) -> str:
    name = office.statuses.of(str(fixed), str(own or "")).label(language)
    return tidy(name) or word(language, f"status_{fixed}")
