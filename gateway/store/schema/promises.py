"""What was promised until when, and which timed rules wait for which tickets."""

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, String, Table, Text, text

from gateway.store.schema.base import BigKey, UtcDateTime, metadata

promises = Table(
    "promises",
    metadata,
    Column("ticket_id", BigKey, ForeignKey("tickets.id"), primary_key=True),
    Column("metric", String(16), primary_key=True),  # gateway.rules.sla.Metric
    Column("round", Integer, primary_key=True),
    Column("policy", String(64), nullable=False),
    Column("started_at", UtcDateTime, nullable=False),
    Column("target_seconds", Integer, nullable=False),  # business time
    Column("spent_seconds", Integer, nullable=False),  # until the clock was last started, paused or stopped
    Column("running", Boolean, nullable=False),
    Column("stopped_at", UtcDateTime),
    Column("warn_at", UtcDateTime),
    Column("due_at", UtcDateTime),
    Column("warned_at", UtcDateTime),
    Column("breached_at", UtcDateTime),
    Column("next_at", UtcDateTime, index=True),  # when to look at it again: to warn, or because it is broken
    Index(  # what runs and what is late, from it alone
        "ix_promises_running",
        "policy",
        "metric",
        "due_at",
        sqlite_where=text("running = 1"),
        postgresql_where=text("running"),
    ),
)

rule_timers = Table(
    "rule_timers",
    metadata,
    Column("ticket_id", BigKey, ForeignKey("tickets.id"), primary_key=True),
    Column("rule", String(80), primary_key=True),  # its name
    Column("due_at", UtcDateTime),  # None: not before something happens
    Column("applied_anchor", Text, nullable=False, server_default=""),  # the moments for which it has applied already
    Index("ix_rule_timers_due_at", "due_at"),
)
