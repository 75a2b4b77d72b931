"""The people who answer. Agents are made by an admin, never by mail and never by matching addresses."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update

from gateway.mail.address import address_key
from gateway.store.passwords import hash_password, one_time_password
from gateway.store.schema import agents, sessions

ROLES = ("admin", "agent")
LANGUAGES = ("en", "ko", "ja")


class AgentError(Exception):
    """The message is for the person who asked."""


@dataclass(frozen=True, slots=True)
class Agent:
    id: int
    address: str
    name: str
    role: str  # admin, agent
    language: str  # of the web view
    active: bool
    has_password: bool
    must_change_password: bool
    created_at: datetime
    away_since: datetime | None = None  # by their own word: no ticket is given to them

    @property
    def shown_name(self) -> str:
        return self.name or self.address


def list_agents(connection: Connection, *, active_only: bool = False) -> tuple[Agent, ...]:
    """All agents by name, the inactive ones last."""
    query = select(agents).order_by(agents.c.active.desc(), func.lower(agents.c.name), agents.c.address_key)
    if active_only:
        query = query.where(agents.c.active)
    return tuple(_agent(row) for row in connection.execute(query))


def find_agent(connection: Connection, who: int | str) -> Agent | None:
    """The agent with this id or address, also an inactive one."""
    row = connection.execute(select(agents).where(_is(who))).one_or_none()
    return None if row is None else _agent(row)


def password_hash_of(connection: Connection, address: str) -> tuple[Agent, str] | None:
    """The agent who may log in under this address, with the hash; None where nobody may."""
    row = connection.execute(
        select(agents).where(_is(address), agents.c.active, agents.c.password_hash.is_not(None))
    ).one_or_none()
    return None if row is None else (_agent(row), row.password_hash)


def create_agent(connection: Connection, *, address: str, name: str, role: str, language: str, now: datetime) -> Agent:
    """A new agent without a password. AgentError where the address is no address or taken, or role or language unknown."""
    address = address.strip()
    local, at, domain = address.rpartition("@")
    if not (local and at and domain) or len(address) > 320 or any(letter.isspace() for letter in address):
        raise AgentError(f"{address!r} is not an e-mail address; write it like kim@example.com")
    _one_of("role", role, ROLES)
    _one_of("language", language, LANGUAGES)
    if find_agent(connection, address) is not None:
        raise AgentError(f"there is an agent {address} already")
    connection.execute(
        insert(agents).values(
            address_key=address_key(address),
            address=address,
            name=name.strip()[:255],
            role=role,
            language=language,
            active=True,
            created_at=now,
        )
    )
    made = find_agent(connection, address)
    assert made is not None, "the row was written in this transaction"
    return made


def set_password(connection: Connection, agent_id: int, password_hash: str, *, one_time: bool) -> None:
    """Store a hash and end every session of the agent: whoever had the old password is out.

    ``one_time``: it must be changed at the next login.
    """
    connection.execute(
        update(agents).where(agents.c.id == agent_id).values(password_hash=password_hash, password_is_one_time=one_time)
    )
    connection.execute(sessions.delete().where(sessions.c.agent_id == agent_id))


def give_one_time_password(connection: Connection, agent_id: int, entropy: bytes) -> str:
    """Replace the password by a fresh one that must be changed at the next login, and return it. 10 random bytes or more."""
    password = one_time_password(entropy)
    set_password(connection, agent_id, hash_password(password), one_time=True)
    return password


def set_active(connection: Connection, agent_id: int, active: bool) -> None:
    """Let an agent in, or keep them out and end their sessions. AgentError for the last active admin."""
    agent = find_agent(connection, agent_id)
    if agent is None:
        raise AgentError(f"there is no agent {agent_id}")
    if not active:
        if agent.role == "admin":
            _keep_an_admin(connection, agent)
        connection.execute(sessions.delete().where(sessions.c.agent_id == agent_id))
    connection.execute(update(agents).where(agents.c.id == agent_id).values(active=active))


def set_role(connection: Connection, agent_id: int, role: str) -> None:
    """Give an agent other rights and end their sessions, which were opened under the old ones. AgentError for the last active admin."""
    _one_of("role", role, ROLES)
    agent = find_agent(connection, agent_id)
    if agent is None:
        raise AgentError(f"there is no agent {agent_id}")
    if role == agent.role:
        return
    if agent.role == "admin" and agent.active:
        _keep_an_admin(connection, agent)
    connection.execute(update(agents).where(agents.c.id == agent_id).values(role=role))
    connection.execute(sessions.delete().where(sessions.c.agent_id == agent_id))


def set_language(connection: Connection, agent_id: int, language: str) -> None:
    _one_of("language", language, LANGUAGES)
    connection.execute(update(agents).where(agents.c.id == agent_id).values(language=language))


def ensure_first_admin(connection: Connection, address: str, now: datetime, entropy: bytes) -> str | None:
    """Make the first admin where there is no agent at all; returns the one-time password, or None where there was one.

    ``entropy``: 10 random bytes or more.
    """
    if connection.execute(select(agents.c.id).limit(1)).first() is not None:
        return None
    name = address.partition("@")[0].capitalize()
    admin = create_agent(connection, address=address, name=name, role="admin", language="en", now=now)
    return give_one_time_password(connection, admin.id, entropy)


def _keep_an_admin(connection: Connection, agent: Agent) -> None:
    others = connection.execute(
        select(func.count()).where(agents.c.role == "admin", agents.c.active, agents.c.id != agent.id)
    ).scalar_one()
    if others == 0:
        raise AgentError(f"{agent.address} is the last active admin; make another one first")


def _is(who: int | str) -> Any:
    return agents.c.id == who if isinstance(who, int) else agents.c.address_key == address_key(who)


def _one_of(what: str, value: str, allowed: Iterable[str]) -> None:
    if value not in allowed:
        raise AgentError(f"{value!r} is not a {what}; choose one of {', '.join(allowed)}")


def _agent(row: Row[Any]) -> Agent:
    return Agent(
        id=row.id,
        address=row.address,
        name=row.name,
        role=row.role,
        language=row.language,
        active=row.active,
        has_password=row.password_hash is not None,
        must_change_password=row.password_is_one_time,
        created_at=row.created_at,
        away_since=row.away_since,
    )
