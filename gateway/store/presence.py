"""Agents who are away by their own word: no ticket is given to them until they are back."""

from datetime import datetime

from sqlalchemy import Connection, select, update

from gateway.store.schema import agents


def set_away(connection: Connection, agent_id: int, since: datetime | None) -> None:
    """``since`` None: they are back. Who is away already stays so since then."""
    change = update(agents).where(agents.c.id == agent_id)
    if since is not None:
        change = change.where(agents.c.away_since.is_(None))
    connection.execute(change.values(away_since=since))


def away_since(connection: Connection, agent_id: int) -> datetime | None:
    """Since when an agent is away; None: present."""
    found: datetime | None = connection.execute(
        select(agents.c.away_since).where(agents.c.id == agent_id)
    ).scalar_one_or_none()
    return found
