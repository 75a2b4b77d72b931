"""Who is to be asked, and was asked, how they were served; and what they said."""

from sqlalchemy import JSON, Boolean, Column, Float, ForeignKey, Index, Integer, String, Table, Text

from gateway.store.schema.base import BigKey, UtcDateTime, metadata

surveys = Table(
    "surveys",
    metadata,
    Column("ticket_id", BigKey, ForeignKey("tickets.id"), primary_key=True),  # asked once a ticket
    Column("due_at", UtcDateTime, index=True),  # when to ask; None: not waiting
    Column("solved_at", UtcDateTime),  # the solving that it is about
    Column("ruled", Boolean),  # what a rule said: ask, do not ask; None: no rule
    Column("skipped", String(40)),  # why nobody was asked when the time had come
    Column("asked_at", UtcDateTime),
    Column("ends_at", UtcDateTime),  # answers count until then
    Column("participant_id", BigKey, ForeignKey("participants.id")),
    Column("contact_id", BigKey, ForeignKey("contacts.id")),
    Column("scale", Integer),  # 2, 3, 5: as it was when they were asked
    Column("message_id", Text),  # of the mail, as in the outbox
    Index("ix_surveys_contact_id_asked_at", "contact_id", "asked_at"),
)

ratings = Table(
    "ratings",
    metadata,
    Column("ticket_id", BigKey, ForeignKey("tickets.id"), primary_key=True),
    Column("contact_id", BigKey, ForeignKey("contacts.id"), nullable=False, index=True),
    Column("value", Integer, nullable=False),  # 1 (worst) to scale
    Column("scale", Integer, nullable=False),
    Column("score", Float, nullable=False),  # 0 (worst) to 1
    Column("reason", String(40), nullable=False, server_default=""),  # id in csat.reasons
    Column("comment", Text, nullable=False, server_default=""),
    Column("via", String(8), nullable=False),  # page, mail (to an address of its own), reply
    Column("given_at", UtcDateTime, nullable=False, index=True),
    Column("changed_at", UtcDateTime, nullable=False),
    Column("history", JSON, nullable=False),  # what it was before: [{at, value, reason, comment, via}], oldest first
)
