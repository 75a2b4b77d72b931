"""Views that agents keep for themselves. Shared ones stand in ``views.yaml``."""

from sqlalchemy import JSON, Column, ForeignKey, String, Table, UniqueConstraint

from gateway.store.schema.base import BigKey, UtcDateTime, metadata

personal_views = Table(
    "personal_views",
    metadata,
    Column("id", BigKey, primary_key=True),
    Column("agent_id", BigKey, ForeignKey("agents.id"), nullable=False),
    Column("name", String(80), nullable=False),
    Column("definition", JSON, nullable=False),  # gateway.config.views.ViewDefinition
    Column("created_at", UtcDateTime, nullable=False),
    UniqueConstraint("agent_id", "name"),
)
