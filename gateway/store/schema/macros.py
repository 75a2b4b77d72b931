"""Macros that agents keep for themselves. Shared ones stand in ``macros.yaml``."""

from sqlalchemy import JSON, Column, ForeignKey, String, Table, UniqueConstraint

from gateway.store.schema.base import BigKey, UtcDateTime, metadata

personal_macros = Table(
    "personal_macros",
    metadata,
    Column("id", BigKey, primary_key=True),
    Column("agent_id", BigKey, ForeignKey("agents.id"), nullable=False),
    Column("title", String(320), nullable=False),  # of 80 letters, and longer where addresses in it were replaced
    Column("definition", JSON, nullable=False),  # gateway.config.macros.MacroDefinition
    Column("created_at", UtcDateTime, nullable=False),
    UniqueConstraint("agent_id", "title"),
)
