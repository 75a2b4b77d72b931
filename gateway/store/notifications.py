"""Of what each agent is told by mail."""

from collections.abc import Collection, Iterable

from sqlalchemy import Connection, select, update

from gateway.store.agents import AgentError
from gateway.store.schema import agents

NOTIFICATIONS = ("new", "assigned", "reply", "mention", "sla", "daily", "weekly")
"""``new``: tickets that nobody has, and replies on them; ``reply``: a customer wrote on a ticket of theirs;
``daily``: a summary of what they have in hand; ``weekly``: the week in figures, for admins alone."""


def notifications_of(connection: Connection, agent: int) -> tuple[str, ...]:
    """In the order of ``NOTIFICATIONS``; empty where there is no such agent."""
    written = connection.execute(select(agents.c.notifications).where(agents.c.id == agent)).scalar()
    return chosen(written or "")


def chosen(written: str) -> tuple[str, ...]:
    """What stands in the column, without what this version does not know."""
    return tuple(name for name in NOTIFICATIONS if name in written.split(","))


def set_notifications(connection: Connection, agent: int, wanted: Iterable[str]) -> tuple[str, ...]:
    """Replace them; AgentError for a word that is none."""
    names: Collection[str] = set(wanted)
    unknown = sorted(set(names) - set(NOTIFICATIONS))
    if unknown:
        raise AgentError(f"{unknown[0]!r} is not a notification; choose of {', '.join(NOTIFICATIONS)}")
    kept = tuple(name for name in NOTIFICATIONS if name in names)
    connection.execute(update(agents).where(agents.c.id == agent).values(notifications=",".join(kept)))
    return kept
