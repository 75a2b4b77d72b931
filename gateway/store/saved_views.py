"""Views that people define: those of ``views.yaml``, and each agent's own ones in the database."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from gateway.config.views import COLUMNS, ME, NOBODY, ColumnName, SharedView, ViewDefinition
from gateway.mail.address import address_key
from gateway.rules.durations import parse_duration
from gateway.store.schema import agents, personal_views
from gateway.store.view_model import VIEWS, Conditions, Order, TicketFilter
from gateway.threading.model import Status

MOST = 50
"""Views of one agent: each is counted whenever they look at a list."""

_NOT_THERE = -1  # the id of an agent who has no account: nobody's tickets


@dataclass(frozen=True, slots=True)
class Shown:
    """A view that somebody looks at. ``name`` is "" for the built-in ones, which are called in each language."""

    id: str
    name: str
    wanted: TicketFilter
    columns: tuple[ColumnName, ...] = COLUMNS


class ViewError(Exception):
    """The message is for the person who asked."""


@dataclass(frozen=True, slots=True)
class PersonalView:
    id: int
    definition: ViewDefinition


def all_views(connection: Connection, shared: Sequence[SharedView], me: int, now: datetime) -> tuple[Shown, ...]:
    """Built-in views, those of ``views.yaml``, and the agent's own ones, whose ids are ``my-`` and their number."""
    built_in = [Shown(view.id, "", view.of(me, now)) for view in VIEWS]
    named: list[tuple[str, ViewDefinition]] = [(view.id, view) for view in shared]
    named += [(f"my-{view.id}", view.definition) for view in list_views(connection, me)]
    return (
        *built_in,
        *(Shown(key, view.name, filter_of(connection, view, me, now), view.columns) for key, view in named),
    )


def filter_of(connection: Connection, view: ViewDefinition, me: int, now: datetime) -> TicketFilter:
    """The tickets of a view as the agent ``me`` sees it at ``now``."""
    when = view.when
    known = _ids_of(connection, [name for name in when.agent if name not in (ME, NOBODY)])
    return TicketFilter(
        statuses=tuple(Status(status) for status in when.statuses),
        order=Order(view.order),
        view=Conditions(
            agents=tuple(_agent(name, me, known) for name in when.agent),
            teams=tuple(None if team == NOBODY else team for team in when.team),
            tags=when.tags,
            priorities=when.priority,
            brands=when.brand,
            waiting_before=_before(when.waiting_over, now),
            created_before=_before(when.age_over, now),
            due_before=now + parse_duration(when.due_within) if when.due_within is not None else None,
        ),
    )


def _before(duration: str | None, now: datetime) -> datetime | None:
    return now - parse_duration(duration) if duration is not None else None


def _agent(name: str, me: int, known: Mapping[str, int]) -> int | None:
    if name == NOBODY:
        return None
    return me if name == ME else known.get(address_key(name), _NOT_THERE)


def _ids_of(connection: Connection, addresses: list[str]) -> dict[str, int]:
    if not addresses:
        return {}
    keys = [address_key(address) for address in addresses]
    found = connection.execute(select(agents.c.address_key, agents.c.id).where(agents.c.address_key.in_(keys)))
    return {key: int(number) for key, number in found}


def list_views(connection: Connection, agent_id: int) -> tuple[PersonalView, ...]:
    """An agent's own views, in the order in which they were made."""
    rows = connection.execute(
        select(personal_views).where(personal_views.c.agent_id == agent_id).order_by(personal_views.c.id)
    )
    return tuple(PersonalView(row.id, ViewDefinition.model_validate(row.definition)) for row in rows)


def add_view(connection: Connection, agent_id: int, view: ViewDefinition, now: datetime) -> int:
    """A new view of the agent; its number. ViewError where the name is taken or there are too many."""
    mine = select(func.count()).where(personal_views.c.agent_id == agent_id)
    if connection.execute(mine).scalar_one() >= MOST:
        raise ViewError(f"nobody can have more than {MOST} views of their own; remove one first")
    values = {"agent_id": agent_id, "name": view.name, "definition": view.model_dump(mode="json"), "created_at": now}
    try:
        with connection.begin_nested():
            made = connection.execute(insert(personal_views).values(values)).inserted_primary_key
    except IntegrityError as error:
        raise _taken(view) from error
    assert made is not None
    return int(made[0])


def change_view(connection: Connection, agent_id: int, number: int, view: ViewDefinition) -> None:
    """ViewError where the agent has no such view, or another one of this name."""
    change = (
        update(personal_views)
        .where(personal_views.c.id == number, personal_views.c.agent_id == agent_id)
        .values(name=view.name, definition=view.model_dump(mode="json"))
    )
    try:
        with connection.begin_nested():
            changed = connection.execute(change).rowcount
    except IntegrityError as error:
        raise _taken(view) from error
    if not changed:
        raise ViewError(f"you have no view {number}")


def remove_view(connection: Connection, agent_id: int, number: int) -> None:
    """ViewError where the agent has no such view."""
    gone = connection.execute(
        delete(personal_views).where(personal_views.c.id == number, personal_views.c.agent_id == agent_id)
    ).rowcount
    if not gone:
        raise ViewError(f"you have no view {number}")


def _taken(view: ViewDefinition) -> ViewError:
    return ViewError(f"you have a view {view.name!r} already; choose another name")
