"""Senders that admins allow, block, suspend or reject."""

from sqlalchemy import Column, Index, String, Table, Text

from gateway.store.schema.base import BigKey, UtcDateTime, metadata

sender_lists = Table(
    "sender_lists",
    metadata,
    Column("id", BigKey, primary_key=True),  # named in traces: rows are never deleted
    Column("action", String(8), nullable=False),  # gateway.rules.sender_lists.Action
    Column("kind", String(8), nullable=False),  # gateway.rules.sender_lists.Kind
    Column("value", Text, nullable=False),  # as it is compared
    Column("reason", Text, nullable=False),
    Column("author", String(320), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime),  # None: never
    Column("removed_at", UtcDateTime),
    Column("removed_by", String(320)),
    Index("ix_sender_lists_value", "value"),
)
