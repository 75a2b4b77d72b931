"""What is known of mail that is, or was, held in quarantine. The ledger has the fate and the cause."""

from sqlalchemy import JSON, Column, ForeignKey, Index, String, Table, Text, text

from gateway.store.schema.base import BigKey, UtcDateTime, metadata

quarantine = Table(
    "quarantine",
    metadata,
    Column("journal_id", BigKey, ForeignKey("journal.id"), primary_key=True),
    # As From says, for lists and bulk actions; "" where nothing could be read. Emptied when the mail is erased.
    Column("author", String(320), nullable=False, server_default=""),
    Column("author_key", String(320), nullable=False, server_default=""),
    Column("subject", Text, nullable=False, server_default=""),
    Column("preview", Text, nullable=False, server_default=""),  # the first words of the text
    Column("last_call", String(10)),  # day (ISO 8601) of the mail that announced its deletion
    Column("released_from", JSON, nullable=False, server_default="[]"),  # causes from which a person let it go
    Column("released_at", UtcDateTime),  # the last time
    Column("released_by", String(320)),
    Column("deleted_at", UtcDateTime),
    Column("deleted_by", String(320)),
    Column("erased_at", UtcDateTime),  # its bytes are gone for good
    Column("blob", String(64)),  # digest of the file that still has to be removed
    Index("ix_quarantine_deleted_at", "deleted_at"),
    Index(
        "ix_quarantine_blob",
        "blob",
        sqlite_where=text("blob IS NOT NULL"),
        postgresql_where=text("blob IS NOT NULL"),
    ),
)
