"""Each agent's own macros, in the database. Nobody else sees them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from gateway.config.macros import MacroDefinition
from gateway.store.schema import personal_macros

MOST = 200
"""Macros of one agent."""


class MacroError(Exception):
    """The message is for the person who asked."""


@dataclass(frozen=True, slots=True)
class PersonalMacro:
    number: int
    definition: MacroDefinition

    @property
    def id(self) -> str:
        """How pages call it; no shared macro is called so."""
        return f"my-{self.number}"


def list_macros(connection: Connection, agent_id: int) -> tuple[PersonalMacro, ...]:
    """An agent's own macros by title."""
    rows = connection.execute(
        select(personal_macros)
        .where(personal_macros.c.agent_id == agent_id)
        .order_by(personal_macros.c.title, personal_macros.c.id)
    )
    return tuple(PersonalMacro(row.id, MacroDefinition.model_validate(row.definition)) for row in rows)


def add_macro(connection: Connection, agent_id: int, macro: MacroDefinition, now: datetime) -> int:
    """A new macro of the agent; its number. MacroError where the title is taken or there are too many."""
    mine = select(func.count()).where(personal_macros.c.agent_id == agent_id)
    if connection.execute(mine).scalar_one() >= MOST:
        raise MacroError(f"nobody can have more than {MOST} macros of their own; remove one first")
    try:
        with connection.begin_nested():
            made = connection.execute(
                insert(personal_macros).values(agent_id=agent_id, created_at=now, **_values(macro))
            ).inserted_primary_key
    except IntegrityError as error:
        raise _taken(macro) from error
    assert made is not None
    return int(made[0])


def change_macro(connection: Connection, agent_id: int, number: int, macro: MacroDefinition) -> None:
    """MacroError where the agent has no such macro, or another one of this title."""
    change = update(personal_macros).where(_is_theirs(agent_id, number)).values(**_values(macro))
    try:
        with connection.begin_nested():
            changed = connection.execute(change).rowcount
    except IntegrityError as error:
        raise _taken(macro) from error
    if not changed:
        raise MacroError(f"you have no macro {number}")


def remove_macro(connection: Connection, agent_id: int, number: int) -> None:
    """MacroError where the agent has no such macro."""
    if not connection.execute(delete(personal_macros).where(_is_theirs(agent_id, number))).rowcount:
        raise MacroError(f"you have no macro {number}")


def _is_theirs(agent_id: int, number: int) -> ColumnElement[bool]:
    return and_(personal_macros.c.id == number, personal_macros.c.agent_id == agent_id)


def _values(macro: MacroDefinition) -> dict[str, Any]:
    return {"title": macro.title, "definition": macro.model_dump(mode="json")}


def _taken(macro: MacroDefinition) -> MacroError:
    return MacroError(f"you have a macro {macro.title!r} already; choose another title")
