"""Mail out."""

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, LargeBinary, String, Table, Text, text

from gateway.store.schema.base import BigKey, UtcDateTime, metadata

outbox = Table(
    "outbox",
    metadata,
    Column("id", BigKey, primary_key=True),
    Column("ticket_id", BigKey, ForeignKey("tickets.id"), index=True),
    Column("message_row", BigKey, ForeignKey("messages.id")),
    Column("participant_id", BigKey, ForeignKey("participants.id")),
    Column("kind", String(16), nullable=False),  # NoticeKind
    Column("once_key", String(120), nullable=False, unique=True),  # "ack:42:7": one event is announced once (D10)
    Column("automatic", Boolean, nullable=False),  # counts against the budgets
    Column("known_sender", Boolean, nullable=False, server_default=text("true")),
    Column(
        "guarded", Boolean, nullable=False, server_default=text("false")
    ),  # automatic, to an address that nothing proves: counts against the budgets of domain and system
    Column("recipient", String(320), nullable=False),  # envelope and To
    Column("recipient_key", String(320), nullable=False),
    Column("recipient_domain", String(255), nullable=False, server_default=""),  # key; "" where it is not counted
    Column("reverse_path", String(320), nullable=False),  # a token address; "" is <>
    Column("message_id", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("raw", LargeBinary, nullable=False),  # finished bytes: every try sends the same
    Column("state", String(12), nullable=False),  # queued, sending, sent, failed, held
    Column("hold_reason", String(40)),  # no_smarthost, budget, agent
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    Column("created_at", UtcDateTime, nullable=False),
    Column("next_attempt_at", UtcDateTime),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("lease_owner", String(64)),
    Column("lease_until", UtcDateTime),
    Column("fence", Integer, nullable=False, server_default=text("0")),
    Column("unconfirmed", Integer, nullable=False, server_default=text("0")),  # tries that broke off after DATA
    Column("last_reply", Text),  # of the smarthost, or the connection's fault
    Column("finished_at", UtcDateTime),
    Index("ix_outbox_state_next_attempt_at", "state", "next_attempt_at"),
    Index("ix_outbox_recipient_key_created_at", "recipient_key", "created_at"),
    Index(
        "ix_outbox_unknown_acks",
        "created_at",
        sqlite_where=text("kind = 'ack' AND known_sender = 0"),
        postgresql_where=text("kind = 'ack' AND NOT known_sender"),
    ),
    Index("ix_outbox_guarded", "created_at", sqlite_where=text("guarded = 1"), postgresql_where=text("guarded")),
    Index(
        "ix_outbox_guarded_domain",
        "recipient_domain",
        "created_at",
        sqlite_where=text("guarded = 1"),
        postgresql_where=text("guarded"),
    ),
)
