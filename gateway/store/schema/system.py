"""What the running system remembers about itself."""

from sqlalchemy import JSON, Column, String, Table

from gateway.store.schema.base import metadata

settings = Table(
    "settings",
    metadata,
    Column("key", String(64), primary_key=True),  # what the running system remembers about itself
    Column("value", JSON, nullable=False),
)
