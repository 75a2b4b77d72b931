"""Tickets, who takes part, what was said, what happened."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from gateway.store.schema.base import BigKey, UtcDateTime, metadata

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
    Column("type", String(64), nullable=False, server_default=""),
    Column("fields", JSON, nullable=False, server_default=text("'{}'")),  # values by field
    Column("due_at", UtcDateTime, index=True),  # the nearest promise
    Column("substatus", String(40), nullable=False, server_default=""),  # an own status inside `status`
    Column(
        "problem_id", BigKey, index=True
    ),  # of an incident: the ticket of its cause; a key would copy the table on SQLite
    Index("ix_tickets_status_updated_at", "status", "updated_at"),
    Index(  # loads, queues and the counts of views are read from it alone
        "ix_tickets_assignment",
        "status",
        "assignee_id",
        "team",
        "waiting_since",
        "created_at",
        "due_at",
        "merged_into",
    ),
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
    Column("role", String(16), nullable=False),  # requester, cc, agent
    Column("added_at", UtcDateTime, nullable=False),
    Column("revoked_at", UtcDateTime),
    Column("tokens_from", Date),  # tokens that end before this day were withdrawn
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
    Column(
        "kind", String(16), nullable=False
    ),  # mail, answer, note, ack, resolution, bounce, silent, join_request, declined
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
    Index(
        "ix_messages_join_requests",
        "id",
        sqlite_where=text("kind = 'join_request'"),
        postgresql_where=text("kind = 'join_request'"),
    ),
)

seen_images = Table(
    "seen_images",
    metadata,
    Column("domain", String(255), primary_key=True),  # of the sender, as a key
    Column("sha256", String(64), primary_key=True),  # of an image that a mail shows in its text
    Column("mails", Integer, nullable=False),  # how many mails from there had it: a logo in a signature has many
    Column("seen_at", UtcDateTime),  # last; None of rows from before there was a time
    Index("ix_seen_images_seen_at", "seen_at"),
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
    Column("handled", Boolean, nullable=False, server_default=text("true")),  # rules were asked about it
    Index("ix_events_ticket_id_id", "ticket_id", "id"),
    Index(
        "ix_events_unhandled",
        "id",
        sqlite_where=text("handled = 0"),
        postgresql_where=text("NOT handled"),
    ),
    Index("ix_events_kind_at", "kind", "at"),
)

timers = Table(
    "timers",
    metadata,
    Column("id", BigKey, primary_key=True),
    Column("ticket_id", BigKey, ForeignKey("tickets.id"), nullable=False),
    Column("kind", String(24), nullable=False),  # close, return (to the team), assign (look for an agent again)
    Column("due_at", UtcDateTime, nullable=False, index=True),
    UniqueConstraint("ticket_id", "kind"),
)
