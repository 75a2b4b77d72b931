"""What is remembered about senders: signatures that came lately, and mails whose author DNS could not tell."""

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Integer, String, Table

from gateway.store.schema.base import BigKey, UtcDateTime, metadata

signatures_seen = Table(
    "signatures_seen",
    metadata,
    Column("digest", String(64), primary_key=True),  # SHA-256 of the signature (b=)
    Column("message_id_hash", BigInteger, nullable=False),  # of the first mail that had it
    Column("mixed", Boolean, nullable=False),  # it came under another Message-ID too
    Column("since", UtcDateTime, nullable=False),  # from when on recipients are counted
    Column("recipients", BigInteger, nullable=False),  # of the envelopes
    Column("journal_id", BigKey, nullable=False),  # the mail that was counted last
    Column("seen_at", UtcDateTime, nullable=False, index=True),
)

trust_checks = Table(
    "trust_checks",
    metadata,
    Column("journal_id", BigKey, ForeignKey("journal.id", ondelete="CASCADE"), primary_key=True),
    Column("due_at", UtcDateTime, nullable=False, index=True),
    Column("tries", Integer, nullable=False),  # that failed, after the first one
)
