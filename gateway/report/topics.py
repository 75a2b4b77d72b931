"""What customers write about: tickets by tag, type and field, beside the same span of time before; and fields that nobody fills."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from gateway.desk.office import Office
from gateway.rules.fields import SEPARATOR, FieldDefinition, FieldType
from gateway.store.schema import ticket_tags, tickets

FILLED = "(filled)"
"""In place of the value, for fields whose values are each customer's own."""

_COUNTED = (FieldType.CHOICE, FieldType.CHOICES, FieldType.YES_NO, FieldType.TREE)


@dataclass(frozen=True, slots=True)
class Topic:
    """``by``: tag, type, or a field's id behind ``field:``. ``tickets`` of the span, ``before``: of the one before."""

    by: str
    name: str
    tickets: int
    before: int


@dataclass(frozen=True, slots=True)
class Topics:
    """``topics``: by what they are, the most frequent first. ``unused``: ids of fields that no ticket of the span has."""

    tickets: int
    before: int
    topics: tuple[Topic, ...]
    unused: tuple[str, ...]


def topics(
    connection: Connection, office: Office, since: datetime, until: datetime, *, most: int | None = None
) -> Topics:
    """Tickets created from ``since`` until before ``until``, and as long before; merged ones are left out.

    ``most``: of more tickets than these in one of the two spans only the newest are counted.
    """
    now, count = _counted(connection, office, since, until, most)
    before, count_before = _counted(connection, office, since - (until - since), since, most)
    found = [Topic(by, name, now[by, name], before[by, name]) for by, name in now.keys() | before.keys()]
    found.sort(key=lambda topic: (topic.by, -topic.tickets, -topic.before, topic.name))
    filled = {by.removeprefix("field:") for by, _ in now}
    unused = tuple(one.id for one in office.fields.definitions if one.id not in filled)
    return Topics(count, count_before, tuple(found), unused)


def _counted(
    connection: Connection, office: Office, since: datetime, until: datetime, most: int | None
) -> tuple[Counter[tuple[str, str]], int]:
    mine = (
        select(tickets.c.id, tickets.c.type, tickets.c.fields)
        .where(tickets.c.created_at >= since, tickets.c.created_at < until, tickets.c.merged_into.is_(None))
        .order_by(tickets.c.id.desc())
        .limit(most)
    )
    chosen = mine.subquery()
    counts: Counter[tuple[str, str]] = Counter()
    tagged = select(ticket_tags.c.tag).join(chosen, chosen.c.id == ticket_tags.c.ticket_id)
    counts.update(("tag", tag) for tag in connection.execute(tagged).scalars())
    number = 0
    for row in connection.execute(mine):
        number += 1
        if row.type:
            counts["type", row.type] += 1
        counts.update(_values(office.fields.by_id, row.fields))
    return counts, number


def _values(definitions: Mapping[str, FieldDefinition], fields: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What of a ticket's fields is counted: choices and first levels of trees by themselves, anything else as filled."""
    for name, value in fields.items():
        definition = definitions.get(name)
        if definition is None or value is None:
            continue
        if definition.type not in _COUNTED:
            yield f"field:{name}", FILLED
        elif isinstance(value, list):
            yield from ((f"field:{name}", str(one)) for one in value)
        elif isinstance(value, bool):
            yield f"field:{name}", "yes" if value else "no"
        else:
            yield f"field:{name}", str(value).partition(SEPARATOR)[0]
