"""Which agent an account at an OIDC provider is. By issuer and subject alone: addresses change hands, subjects do not."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select

from gateway.mail.address import domain_key
from gateway.store.agents import Agent, AgentError, find_agent
from gateway.store.schema import agent_identities

LONGEST = 255  # characters of a subject (OpenID Connect Core, section 2)


@dataclass(frozen=True, slots=True)
class LinkedIdentity:
    agent_id: int
    issuer: str
    subject: str
    linked_at: datetime


def linked_agent(connection: Connection, issuer: str, subject: str) -> Agent | None:
    """The agent to whom this account was linked, also an inactive one."""
    found = connection.execute(
        select(agent_identities.c.agent_id).where(
            agent_identities.c.issuer == issuer, agent_identities.c.subject == subject
        )
    ).scalar_one_or_none()
    return None if found is None else find_agent(connection, found)


def identities_of(connection: Connection, agent_id: int) -> tuple[LinkedIdentity, ...]:
    rows = connection.execute(
        select(agent_identities).where(agent_identities.c.agent_id == agent_id).order_by(agent_identities.c.id)
    )
    return tuple(LinkedIdentity(row.agent_id, row.issuer, row.subject, row.linked_at) for row in rows)


def link_identity(connection: Connection, agent_id: int, *, issuer: str, subject: str, now: datetime) -> None:
    """From now on this account logs in as this agent. AgentError where it is another agent's already, or no subject at all."""
    if not 1 <= len(subject) <= LONGEST or not subject.isprintable():
        raise AgentError("a subject has 1 to 255 characters; the log line and the page of a refused login name it")
    other = linked_agent(connection, issuer, subject)
    if other is not None and other.id != agent_id:
        raise AgentError(f"this account is linked to {other.address}; unlink it there first")
    if other is None:
        connection.execute(
            insert(agent_identities).values(agent_id=agent_id, issuer=issuer, subject=subject, linked_at=now)
        )


def unlink_identities(connection: Connection, agent_id: int) -> int:
    """Forget all accounts of an agent; how many there were."""
    return connection.execute(delete(agent_identities).where(agent_identities.c.agent_id == agent_id)).rowcount


def agent_by_verified_address(
    connection: Connection, *, issuer: str, email: str, email_verified: bool, trusted_domains: tuple[str, ...]
) -> Agent | None:
    """The agent whom an account that was never seen may be linked to; None in all cases of doubt.

    Only where the provider verified the address, the admin trusts it for that very domain, and the agent is active and has no account
    there yet: an address alone proves nothing, and who has an account is not given a second one.
    """
    domain = domain_key(email.rpartition("@")[2])
    if not email_verified or "@" not in email or domain not in trusted_domains:
        return None
    agent = find_agent(connection, email)
    if agent is None or not agent.active:
        return None
    taken = any(identity.issuer == issuer for identity in identities_of(connection, agent.id))
    return None if taken else agent
