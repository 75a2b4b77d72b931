"""Who is logged in, and who tries to be. Sessions are rows: ending one ends it at once, everywhere.

The cookie's token is not stored, its digest is: whoever reads the table cannot use it.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from gateway.mail.address import address_key
from gateway.store.agents import Agent, find_agent
from gateway.store.schema import agents, login_failures, sessions

IDLE = timedelta(hours=12)
LONGEST = timedelta(days=7)
SEEN_EVERY = timedelta(minutes=5)  # how exactly "idle" is known; a write for every page would be too many

WINDOW = timedelta(minutes=15)
FAILURES_PER_AGENT = 10  # within the window; then nobody gets in under this address until it has passed
FAILURES_PER_PEER = 30


@dataclass(frozen=True, slots=True)
class Session:
    id: int
    agent: Agent
    csrf: str  # goes into every form
    seen_at: datetime
    method: str  # how the agent proved who they are: password, totp, recovery, oidc

    def is_seen(self, now: datetime) -> bool:
        return now - self.seen_at < SEEN_EVERY


@dataclass(frozen=True, slots=True)
class OpenSession:
    """A live session as a list shows it."""

    id: int
    agent_id: int
    agent: str  # address
    method: str
    created_at: datetime
    seen_at: datetime  # to within five minutes
    expires_at: datetime
    peer: str
    user_agent: str


def start_session(
    connection: Connection,
    agent_id: int,
    *,
    token: str,
    csrf: str,
    now: datetime,
    peer: str,
    user_agent: str,
    method: str = "password",
) -> None:
    """A session for whoever shows ``token`` (at least 128 random bits). Clears away sessions that have run out."""
    connection.execute(delete(sessions).where(sessions.c.expires_at <= now))
    connection.execute(
        insert(sessions).values(
            token_digest=_digest(token),
            agent_id=agent_id,
            csrf=csrf,
            created_at=now,
            seen_at=now,
            expires_at=now + LONGEST,
            peer=peer[:64],
            user_agent=user_agent[:255],
            method=method,
        )
    )


def find_session(connection: Connection, token: str, now: datetime) -> Session | None:
    """The live session of this token; None where there is none, it has run out, or its agent was deactivated."""
    row = connection.execute(select(sessions).where(sessions.c.token_digest == _digest(token))).one_or_none()
    if row is None or now >= row.expires_at or now - row.seen_at >= IDLE:
        return None
    agent = find_agent(connection, row.agent_id)
    if agent is None or not agent.active:
        return None
    return Session(row.id, agent, row.csrf, row.seen_at, row.method)


def mark_seen(connection: Connection, session_id: int, now: datetime) -> None:
    connection.execute(update(sessions).where(sessions.c.id == session_id).values(seen_at=now))


def end_session(connection: Connection, session_id: int, *, of: int | None = None) -> bool:
    """End it at once; False where there is none, or it is not the session of the agent ``of``."""
    where = [sessions.c.id == session_id, *([sessions.c.agent_id == of] if of is not None else [])]
    return connection.execute(delete(sessions).where(*where)).rowcount > 0


def end_sessions(connection: Connection, agent_id: int, *, but: int | None = None) -> int:
    """End all sessions of an agent, but the one that asks; how many there were."""
    where = [sessions.c.agent_id == agent_id, *([sessions.c.id != but] if but is not None else [])]
    return connection.execute(delete(sessions).where(*where)).rowcount


def strengthen_session(connection: Connection, session_id: int, method: str) -> None:
    """The agent has proved more in this session than at its start."""
    connection.execute(update(sessions).where(sessions.c.id == session_id).values(method=method))


def list_sessions(connection: Connection, now: datetime, *, agent_id: int | None = None) -> tuple[OpenSession, ...]:
    """Every live session, or those of one agent; the one used last is first."""
    query = (
        select(sessions, agents.c.address)
        .join(agents, agents.c.id == sessions.c.agent_id)
        .where(sessions.c.expires_at > now, sessions.c.seen_at > now - IDLE, agents.c.active)
        .order_by(sessions.c.seen_at.desc(), sessions.c.id.desc())
    )
    if agent_id is not None:
        query = query.where(sessions.c.agent_id == agent_id)
    return tuple(_open(row) for row in connection.execute(query))


def begin_login(connection: Connection, *, peer: str, address: str | None, now: datetime) -> bool:
    """Count one try before it is made; False where there were too many within the window.

    ``address`` is None where it is not yet known who comes: then the peer alone counts.

    It is counted as a failure first and taken back by ``login_succeeded``: a hundred tries at the same instant are a hundred.
    """
    if connection.dialect.name == "postgresql":  # count and insert as one step; on SQLite writers queue anyway
        connection.execute(select(func.pg_advisory_xact_lock(732118)))
    connection.execute(delete(login_failures).where(login_failures.c.at <= now - WINDOW))
    allowed = True
    counted = {_peer_key(peer): FAILURES_PER_PEER}
    if address is not None:
        counted[_agent_key(address)] = FAILURES_PER_AGENT
    for key, most in counted.items():
        tried = connection.execute(select(func.count()).where(login_failures.c.key == key)).scalar_one()
        allowed = allowed and tried < most
    if allowed:
        connection.execute(insert(login_failures), [{"key": key, "at": now} for key in counted])
    return allowed


def login_succeeded(connection: Connection, *, peer: str, address: str, now: datetime) -> None:
    """Forget the agent's failures, and this try of the peer; the peer's other failures stay."""
    connection.execute(delete(login_failures).where(login_failures.c.key == _agent_key(address)))
    forgive_peer(connection, peer=peer, now=now)


def forgive_peer(connection: Connection, *, peer: str, now: datetime) -> None:
    """Take this one try back for the peer: the password was right. For the agent it stays until the whole login succeeded."""
    own = (
        select(login_failures.c.id)
        .where(login_failures.c.key == _peer_key(peer), login_failures.c.at == now)
        .limit(1)
        .scalar_subquery()
    )
    connection.execute(delete(login_failures).where(login_failures.c.id == own))


def _open(row: Row[Any]) -> OpenSession:
    return OpenSession(
        id=row.id,
        agent_id=row.agent_id,
        agent=row.address,
        method=row.method,
        created_at=row.created_at,
        seen_at=row.seen_at,
        expires_at=row.expires_at,
        peer=row.peer,
        user_agent=row.user_agent,
    )


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).hexdigest()


def _peer_key(peer: str) -> str:
    return f"peer:{peer}"[:320]


def _agent_key(address: str) -> str:
    """People type their password into the wrong field: what is no address is kept as a digest."""
    return f"agent:{address_key(address) if '@' in address else _digest(address)}"[:320]
