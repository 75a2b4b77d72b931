"""Commands by mail about the ticket's model: fields, types, own statuses."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from gateway.desk.command_words import TYPE_WORDS
from gateway.desk.commands import Named, Order, fold
from gateway.desk.ticket_model import set_fields, set_type
from gateway.notify.agent_words import say
from gateway.rules.fields import FieldDefinition, TicketFields
from gateway.rules.statuses import Statuses
from gateway.store.tickets import ticket_row

if TYPE_CHECKING:
    from gateway.desk.agent_orders import Work

_BETWEEN = " \t:：=＝"


def set_field(work: Work, order: Order) -> None:
    """``order AB-123456``, ``주문번호: AB-123456``: a field by its id or its label in any language, and its value; ``-`` empties it."""
    definition, value = split_field(work.office.fields, order.value)
    if definition is None and work.office.fields.definitions:
        work.failed("no_such", line=order.written, value=order.value[:80])
        return
    name, _, rest = order.value.partition(" ")
    wanted = definition.id if definition is not None else name.rstrip(_BETWEEN)
    text = "" if value == "-" else value if definition is not None else rest.strip()
    changed = set_fields(work.desk, work.ticket, {wanted: text}, work.agent.id)
    label = definition.label(work.language) if definition is not None else wanted
    kept = changed.get(wanted, text)
    if kept is None or kept == "":
        work.did("done_field_emptied", name=label)
    else:
        shown = definition.shown(kept, work.language) if definition is not None and wanted in changed else str(kept)
        if isinstance(kept, bool):
            shown = say(work.language, "yes" if kept else "no")
        work.did("done_field", name=label, value=shown)


def split_field(fields: TicketFields, written: str) -> tuple[FieldDefinition | None, str]:
    """The field that the text begins with, and what follows; labels of several words are known, the longest name counts."""
    best: tuple[int, FieldDefinition | None, str] = (0, None, "")
    for end in (*[place for place, sign in enumerate(written) if sign in _BETWEEN][:20], len(written)):
        head = fold(written[:end])
        for one in fields.definitions:
            if end > best[0] and head and head in map(fold, (one.id, *one.labels.values())):
                best = (end, one, written[end:].strip(_BETWEEN))
    return best[1], best[2]


def set_kind(work: Work, order: Order, pick: Callable[[Order, list[Named]], str | None]) -> None:
    """Question, incident, problem or task."""
    name = pick(order, [Named(name, words) for name, words in TYPE_WORDS.items()])
    if name is not None:
        set_type(work.desk, work.ticket, name, work.agent.id)
        work.did("done_type", value=say(work.language, f"type_{name}"))


def own_status(statuses: Statuses) -> list[Named]:
    """The admin's own ones by all their names."""
    return [Named(one.id, tuple(dict.fromkeys((*one.labels.values(), one.id)))) for one in statuses.own]


def status_word(work: Work, status: str) -> str:
    """How the status is called that the ticket has now."""
    row = ticket_row(work.connection, work.ticket)
    own = work.office.statuses.of(status, row.substatus if row is not None else "").label(work.language)
    return own or say(work.language, f"status_{status}")
