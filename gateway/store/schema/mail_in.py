"""Mail in: what was accepted."""

from sqlalchemy import JSON, BigInteger, Boolean, Column, Index, Integer, LargeBinary, String, Table, Text, text

from gateway.store.schema.base import BigKey, UtcDateTime, metadata

journal = Table(
    "journal",
    metadata,
    Column("id", BigKey, primary_key=True),
    Column("receipt", String(32), nullable=False, unique=True),  # named in the 250
    Column("received_at", UtcDateTime, nullable=False),
    Column("protocol", String(16), nullable=False),  # smtp, esmtp, esmtps, lmtp, inject
    Column("peer", String(64), nullable=False),  # address of the client, "" for inject
    Column("helo", String(255), nullable=False),
    Column("tls", String(128), nullable=False),  # "TLSv1.3 TLS_AES_256_GCM_SHA384", "" in clear
    Column(
        "authenticated_as", String(320), nullable=False, server_default=""
    ),  # agent's address, "key:NAME", "" nobody
    Column("reverse_path", String(320), nullable=False),  # "" is the null reverse-path <>
    Column("forward_paths", JSON, nullable=False),  # list of accepted recipients
    Column("smtputf8", Boolean, nullable=False),
    Column("size", BigInteger, nullable=False),  # octets of the raw mail
    Column("digest", String(64), nullable=False),  # SHA-256 hex of the raw mail: silent corruption is seen (D16)
    Column("state", String(12), nullable=False),  # pending, settled
    Column("fate", String(16)),  # see gateway.journal.Fate; set together with settled
    Column("cause", String(40)),  # of quarantine or drop
    Column("ticket_id", BigKey),  # where it ended, if anywhere
    Column("lease_owner", String(64)),
    Column("lease_until", UtcDateTime),
    Column(
        "fence", Integer, nullable=False, server_default=text("0")
    ),  # grows with each claim; late writers are refused
    Column("crashes", Integer, nullable=False, server_default=text("0")),
    Column("next_attempt_at", UtcDateTime),
    Column("last_error", Text),  # traceback of the last crash
    Column("settled_at", UtcDateTime),
    Column("trace", JSON),  # why it ended so; None where the message on the ticket carries the trace
    Column("shadow", Boolean, nullable=False, server_default=text("false")),  # injected with --shadow: send nothing
    Column("raw", LargeBinary),  # None: the bytes are the blob named by digest
)
Index(
    "ix_journal_pending",
    journal.c.id,
    sqlite_where=text("state = 'pending'"),
    postgresql_where=text("state = 'pending'"),
)
Index("ix_journal_fate", journal.c.fate, journal.c.id)
Index(  # whose bytes are a file: may it be removed, or is it another mail's too?
    "ix_journal_blob",
    journal.c.digest,
    sqlite_where=text("raw IS NULL"),
    postgresql_where=text("raw IS NULL"),
)
