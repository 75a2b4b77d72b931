"""How agents prove who they are, besides a password: second factors, recovery codes, accounts at an OIDC provider."""

from sqlalchemy import BigInteger, Column, ForeignKey, String, Table, Text, UniqueConstraint, text

from gateway.store.schema.base import BigKey, UtcDateTime, metadata

second_factors = Table(
    "second_factors",
    metadata,
    Column("agent_id", BigKey, ForeignKey("agents.id"), primary_key=True, autoincrement=False),
    Column("sealed_secret", Text, nullable=False),  # sealed with the signing keys, which are not in the database
    Column("created_at", UtcDateTime, nullable=False),
    Column("confirmed_at", UtcDateTime),  # None: shown to the agent, who has not yet typed a code of it
    Column("last_step", BigInteger, nullable=False, server_default=text("0")),  # of the last code: none counts twice
)

recovery_codes = Table(
    "recovery_codes",
    metadata,
    Column("id", BigKey, primary_key=True),
    Column("agent_id", BigKey, ForeignKey("agents.id"), nullable=False, index=True),
    Column("digest", String(64), nullable=False),  # SHA-256: 80 random bits need no slow hash
    Column("used_at", UtcDateTime),
)

agent_identities = Table(
    "agent_identities",
    metadata,
    Column("id", BigKey, primary_key=True),
    Column("agent_id", BigKey, ForeignKey("agents.id"), nullable=False, index=True),
    Column("issuer", String(255), nullable=False),
    Column("subject", String(255), nullable=False),
    Column("linked_at", UtcDateTime, nullable=False),
    UniqueConstraint("issuer", "subject"),
)
