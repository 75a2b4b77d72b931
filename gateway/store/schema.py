"""The tables. One schema for SQLite and PostgreSQL; migrations are in ``gateway/store/migrations``.

Times are stored as aware UTC datetimes (``UtcDateTime``). Addresses are stored as they were given, and beside them under
their key (``gateway.mail.address.address_key``) wherever they are looked up.
"""

from datetime import UTC, datetime

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    text,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

BigKey = BigInteger().with_variant(Integer(), "sqlite")  # SQLite numbers rows only for INTEGER PRIMARY KEY


class UtcDateTime(TypeDecorator[datetime]):
    """Aware datetimes in, aware UTC datetimes out. A naive one is a bug and is refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone cannot be stored")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


# --- mail in -----------------------------------------------------------------------------------------------------

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

# --- people --------------------------------------------------------------------------------------------------------

contacts = Table(
    "contacts",
    metadata,
    Column("id", BigKey, primary_key=True),
    Column("address_key", String(320), nullable=False, unique=True),
    Column("address", String(320), nullable=False),  # as first written; mail goes here
    Column("name", String(255), nullable=False, server_default=""),
    Column("language", String(8)),
    Column("created_at", UtcDateTime, nullable=False),
    Column("undeliverable_at", UtcDateTime),  # a hard bounce came back: no automatic mail any more
    Column("undeliverable_reason", Text),
)

agents = Table(
    "agents",
    metadata,
    Column("id", BigKey, primary_key=True),
    Column("address_key", String(320), nullable=False, unique=True),
    Column("address", String(320), nullable=False),
    Column("name", String(255), nullable=False, server_default=""),
    Column("role", String(16), nullable=False),  # admin, agent
    Column("language", String(8), nullable=False, server_default="en"),
    Column("password_hash", Text),  # argon2; None: cannot log in
    Column("password_is_one_time", Boolean, nullable=False, server_default=text("false")),
    Column("active", Boolean, nullable=False, server_default=text("true")),
    Column("created_at", UtcDateTime, nullable=False),
)

sessions = Table(
    "sessions",
    metadata,
    Column("id", BigKey, primary_key=True),
    Column(
        "token_digest", String(64), nullable=False, unique=True
    ),  # SHA-256 of the cookie: the table alone opens nothing
    Column("agent_id", BigKey, ForeignKey("agents.id"), nullable=False, index=True),
    Column("csrf", String(64), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("seen_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("peer", String(64), nullable=False),
    Column("user_agent", String(255), nullable=False),
)

api_keys = Table(
    "api_keys",
    metadata,
    Column("id", BigKey, primary_key=True),
    Column("name", String(64), nullable=False, unique=True),
    Column("digest", String(64), nullable=False),  # SHA-256 of the secret: 160 random bits need no slow hash
    Column("created_at", UtcDateTime, nullable=False),
    Column("used_at", UtcDateTime),
    Column("revoked_at", UtcDateTime),
)

login_failures = Table(
    "login_failures",
    metadata,
    Column("id", BigKey, primary_key=True),
    Column("key", String(320), nullable=False),  # "peer:192.0.2.1" or "agent:kim@example.com"
    Column("at", UtcDateTime, nullable=False),
    Index("ix_login_failures_key_at", "key", "at"),
)

# --- tickets -------------------------------------------------------------------------------------------------------

tickets = Table(
    "tickets",
    metadata,
    Column("id", BigKey, primary_key=True),  # the number people see
    Column("brand", String(40), nullable=False),
    Column("address", String(320), nullable=False),  # of ours, to which the customer wrote; answers come from it
    Column("status", String(12), nullable=False),  # gateway.threading.model.Status
    Column("subject", Text, nullable=False),
    Column("requester_id", BigKey, ForeignKey("contacts.id"), nullable=False, index=True),
    Column("assignee_id", BigKey, ForeignKey("agents.id"), index=True),
    Column("team", String(64)),
    Column("priority", String(8), nullable=False, server_default="normal"),  # low, normal, high, urgent
    Column("language", String(8), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    Column("waiting_since", UtcDateTime),  # oldest customer word without an answer; None: not waiting for us
    Column("solved_at", UtcDateTime),
    Column("closed_at", UtcDateTime),
    Column("merged_into", BigKey, ForeignKey("tickets.id")),
    Column("follow_up_of", BigKey, ForeignKey("tickets.id")),
    Column("configuration_stamp", String(16), nullable=False, server_default=""),  # which configuration handled it
    Index("ix_tickets_status_updated_at", "status", "updated_at"),
)

ticket_tags = Table(
    "ticket_tags",
    metadata,
    Column("ticket_id", BigKey, ForeignKey("tickets.id"), primary_key=True),
    Column("tag", String(64), primary_key=True),
    Index("ix_ticket_tags_tag", "tag"),
)

participants = Table(
    "participants",
    metadata,
    Column("id", BigKey, primary_key=True),  # part of the reply token
    Column("ticket_id", BigKey, ForeignKey("tickets.id"), nullable=False),
    Column("contact_id", BigKey, ForeignKey("contacts.id"), nullable=False),
    Column("role", String(16), nullable=False),  # requester, cc
    Column("added_at", UtcDateTime, nullable=False),
    Column("revoked_at", UtcDateTime),
    UniqueConstraint("ticket_id", "contact_id"),
    Index("ix_participants_contact_id", "contact_id"),
)

messages = Table(
    "messages",
    metadata,
    Column("id", BigKey, primary_key=True),
    Column("ticket_id", BigKey, ForeignKey("tickets.id"), nullable=False, index=True),
    Column("journal_id", BigKey, ForeignKey("journal.id")),  # mail in: the raw bytes
    Column("direction", String(4), nullable=False),  # in, out, note
    Column("kind", String(16), nullable=False),  # mail, answer, note, ack, resolution, bounce, silent, join_request
    Column("public", Boolean, nullable=False),  # may participants see it?
    Column("author", String(320), nullable=False),  # address as written; "" where unknown
    Column("author_name", String(255), nullable=False),
    Column("agent_id", BigKey, ForeignKey("agents.id")),
    Column("message_id", Text),  # header, without angle brackets
    Column("fingerprint", String(64)),  # content, for duplicates
    Column("subject", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("reply_text", Text, nullable=False),
    Column("html", Text),
    Column("recipients", JSON, nullable=False),  # {"to": [addresses], "cc": [addresses]} as the mail names them
    Column(
        "attachments", JSON, nullable=False
    ),  # list of {part, filename, content_type, size, sha256, inline, content_id, signature}
    Column("trust", String(12), nullable=False),
    Column("trace", JSON, nullable=False),  # why it is here: gateway.pipeline writes, `gateway explain` prints
    Column("created_at", UtcDateTime, nullable=False),
    UniqueConstraint("journal_id"),  # an accepted mail is on at most one ticket
    Index("ix_messages_ticket_id_id", "ticket_id", "id"),
)

seen_images = Table(
    "seen_images",
    metadata,
    Column("domain", String(255), primary_key=True),  # of the sender, as a key
    Column("sha256", String(64), primary_key=True),  # of an image that a mail shows in its text
    Column("mails", Integer, nullable=False),  # how many mails from there had it: a logo in a signature has many
)

thread_ids = Table(
    "thread_ids",
    metadata,
    Column("id", BigKey, primary_key=True),
    Column(
        "message_id_hash", BigInteger, nullable=False
    ),  # first 63 bits of SHA-256: ids can be long, indexes should not
    Column("header_id", Text, nullable=False),
    Column("ticket_id", BigKey, ForeignKey("tickets.id"), nullable=False),
    Column("message_row", BigKey, ForeignKey("messages.id")),  # the mail that has or names the id
    Column("is_message", Boolean, nullable=False),  # it *is* that mail's id; false: an ancestor that it names
    Column("fingerprint", String(64)),  # of that mail, where is_message
    Column("seen_at", UtcDateTime, nullable=False),
    Index("ix_thread_ids_message_id_hash", "message_id_hash"),
)

events = Table(
    "events",
    metadata,
    Column("id", BigKey, primary_key=True),
    Column("ticket_id", BigKey, ForeignKey("tickets.id")),  # None: of the whole system (alarms)
    Column("at", UtcDateTime, nullable=False),
    Column(
        "kind", String(40), nullable=False
    ),  # created, status, assigned, suppressed, delivery_failed, merged, alarm ...
    Column("actor", String(320), nullable=False),  # "gateway", "kim@example.com"
    Column("data", JSON, nullable=False),
    Index("ix_events_ticket_id_id", "ticket_id", "id"),
    Index("ix_events_kind_at", "kind", "at"),
)

timers = Table(
    "timers",
    metadata,
    Column("id", BigKey, primary_key=True),
    Column("ticket_id", BigKey, ForeignKey("tickets.id"), nullable=False),
    Column("kind", String(24), nullable=False),  # close
    Column("due_at", UtcDateTime, nullable=False, index=True),
    UniqueConstraint("ticket_id", "kind"),
)

# --- mail out ------------------------------------------------------------------------------------------------------

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
    Column("recipient", String(320), nullable=False),  # envelope and To
    Column("recipient_key", String(320), nullable=False),
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
)

settings = Table(
    "settings",
    metadata,
    Column("key", String(64), primary_key=True),  # what the running system remembers about itself
    Column("value", JSON, nullable=False),
)
