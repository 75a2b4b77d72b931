"""Who is logged in, and who tries to be. Sessions are rows: ending one ends it at once, everywhere.

The cookie's token is not stored, its digest is: whoever reads the table cannot use it.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, func, insert, select, update

from gateway.mail.address import address_key
from gateway.store.agents import Agent, find_agent
from gateway.store.schema import login_failures, sessions

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

    def is_seen(self, now: datetime) -> bool:
        return now - self.seen_at < SEEN_EVERY


def start_session(
    connection: Connection, agent_id: int, *, token: str, csrf: str, now: datetime, peer: str, user_agent: str
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
    return Session(row.id, agent, row.csrf, row.seen_at)


def mark_seen(connection: Connection, session_id: int, now: datetime) -> None:
    connection.execute(update(sessions).where(sessions.c.id == session_id).values(seen_at=now))


def end_session(connection: Connection, session_id: int) -> None:
    connection.execute(delete(sessions).where(sessions.c.id == session_id))


def begin_login(connection: Connection, *, peer: str, address: str, now: datetime) -> bool:
    """Count one try before it is made; False where there were too many within the window.

    It is counted as a failure first and taken back by ``login_succeeded``: a hundred tries at the same instant are a hundred.
    """
    if connection.dialect.name == "postgresql":  # count and insert as one step; on SQLite writers queue anyway
        connection.execute(select(func.pg_advisory_xact_lock(732118)))
    connection.execute(delete(login_failures).where(login_failures.c.at <= now - WINDOW))
    allowed = True
    for key, most in ((_peer_key(peer), FAILURES_PER_PEER), (_agent_key(address), FAILURES_PER_AGENT)):
        tried = connection.execute(select(func.count()).where(login_failures.c.key == key)).scalar_one()
        allowed = allowed and tried < most
    if allowed:
        connection.execute(
            insert(login_failures), [{"key": _peer_key(peer), "at": now}, {"key": _agent_key(address), "at": now}]
        )
    return allowed


def login_succeeded(connection: Connection, *, peer: str, address: str, now: datetime) -> None:
    """Forget the agent's failures, and this try of the peer; the peer's other failures stay."""
    connection.execute(delete(login_failures).where(login_failures.c.key == _agent_key(address)))
    own = (
        select(login_failures.c.id)
        .where(login_failures.c.key == _peer_key(peer), login_failures.c.at == now)
        .limit(1)
        .scalar_subquery()
    )
    connection.execute(delete(login_failures).where(login_failures.c.id == own))


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).hexdigest()


def _peer_key(peer: str) -> str:
    return f"peer:{peer}"[:320]


def _agent_key(address: str) -> str:
    return f"agent:{address_key(address)}"[:320]
