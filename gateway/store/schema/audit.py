"""Who saw and did what."""

from sqlalchemy import JSON, Column, Index, String, Table

from gateway.store.schema.base import BigKey, UtcDateTime, metadata

audit = Table(
    "audit",
    metadata,
    Column("id", BigKey, primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Column(
        "actor", String(320), nullable=False
    ),  # an agent's address, "NAME (command line)", "gateway", "" nobody known
    Column("origin", String(80), nullable=False),  # address of the browser, "command line", "gateway"
    Column("what", String(40), nullable=False),  # gateway.store.audit.What
    Column("about", String(320), nullable=False),  # "ticket 12", "message 7", an agent's address
    Column("data", JSON, nullable=False),
    Column("once", String(120), unique=True),  # what is written once however often it happens: views within an hour
    Column("previous", String(64), nullable=False),  # hash of the row before; "" in the very first
    Column("hash", String(64), nullable=False),
    Index("ix_audit_what_id", "what", "id"),
    Index("ix_audit_actor_id", "actor", "id"),
    Index("ix_audit_about_id", "about", "id"),
)
