"""Contacts, agents, their sessions and keys."""

from sqlalchemy import Boolean, Column, ForeignKey, Index, String, Table, Text, text

from gateway.store.schema.base import BigKey, UtcDateTime, metadata

contacts = Table(
    "contacts",
    metadata,
    Column("id", BigKey, primary_key=True),
    Column("address_key", String(320), nullable=False, unique=True),
    Column("address", String(320), nullable=False),  # as first written; mail goes here
    Column("name", String(255), nullable=False, server_default=""),
    Column("language", String(8)),
    Column("created_at", UtcDateTime, nullable=False),
    Column("undeliverable_at", UtcDateTime),  # a hard bounce came back: no automatic mail any more
    Column("undeliverable_reason", Text),
    Column("no_surveys_at", UtcDateTime),  # they want to be asked no more how they were served
)

agents = Table(
    "agents",
    metadata,
    Column("id", BigKey, primary_key=True),
    Column("address_key", String(320), nullable=False, unique=True),
    Column("address", String(320), nullable=False),
    Column("name", String(255), nullable=False, server_default=""),
    Column("role", String(16), nullable=False),  # admin, agent
    Column("language", String(8), nullable=False, server_default="en"),
    Column("password_hash", Text),  # argon2; None: cannot log in
    Column("password_is_one_time", Boolean, nullable=False, server_default=text("false")),
    Column("active", Boolean, nullable=False, server_default=text("true")),
    Column(
        "notifications", String(120), nullable=False, server_default="assigned,reply,mention,sla"
    ),  # of what they are told by mail: gateway.store.notifications
    Column("created_at", UtcDateTime, nullable=False),
    Column("away_since", UtcDateTime),  # by their own word; None: present
    Column("assigned_at", UtcDateTime),  # the last time that a ticket was given to them
    Column("worked_at", UtcDateTime),  # their last work on any ticket
)

sessions = Table(
    "sessions",
    metadata,
    Column("id", BigKey, primary_key=True),
    Column(
        "token_digest", String(64), nullable=False, unique=True
    ),  # SHA-256 of the cookie: the table alone opens nothing
    Column("agent_id", BigKey, ForeignKey("agents.id"), nullable=False, index=True),
    Column("csrf", String(64), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("seen_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("peer", String(64), nullable=False),
    Column("user_agent", String(255), nullable=False),
    Column("method", String(16), nullable=False, server_default="password"),  # password, totp, recovery, oidc
)

api_keys = Table(
    "api_keys",
    metadata,
    Column("id", BigKey, primary_key=True),
    Column("name", String(64), nullable=False, unique=True),
    Column("digest", String(64), nullable=False),  # SHA-256 of the secret: 160 random bits need no slow hash
    Column("created_at", UtcDateTime, nullable=False),
    Column("used_at", UtcDateTime),
    Column("revoked_at", UtcDateTime),
)

login_failures = Table(
    "login_failures",
    metadata,
    Column("id", BigKey, primary_key=True),
    Column("key", String(320), nullable=False),  # "peer:192.0.2.1" or "agent:kim@example.com"
    Column("at", UtcDateTime, nullable=False),
    Index("ix_login_failures_key_at", "key", "at"),
)
