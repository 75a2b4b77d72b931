"""Calls of other programs, waiting or done."""

from sqlalchemy import JSON, Column, ForeignKey, Index, Integer, String, Table, Text, text

from gateway.store.schema.base import BigKey, UtcDateTime, metadata

webhook_calls = Table(
    "webhook_calls",
    metadata,
    Column("id", BigKey, primary_key=True),
    Column("webhook", String(40), nullable=False),  # id in webhooks.yaml
    Column("rule", String(80), nullable=False),
    Column("ticket_id", BigKey, ForeignKey("tickets.id"), nullable=False, index=True),
    Column("key", String(64), nullable=False, unique=True),  # sent along, so that the other side can tell a repetition
    Column("payload", JSON, nullable=False),
    Column("state", String(12), nullable=False),  # waiting, done, failed
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    Column("created_at", UtcDateTime, nullable=False),
    Column("next_attempt_at", UtcDateTime),
    Column("lease_until", UtcDateTime),
    Column("finished_at", UtcDateTime),
    Column("last_reply", Text),
    Index("ix_webhook_calls_state_next_attempt_at", "state", "next_attempt_at"),
)
