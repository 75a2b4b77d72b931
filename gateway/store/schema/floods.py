"""How much mail each sender sent lately, and who is muted."""

from sqlalchemy import BigInteger, Column, Index, Integer, String, Table, Text

from gateway.store.schema.base import UtcDateTime, metadata

sender_counts = Table(
    "sender_counts",
    metadata,
    Column("sender", String(500), primary_key=True),  # gateway.pipeline.floods: who, and how far that is believed
    Column("minute", BigInteger, primary_key=True, autoincrement=False),  # since 1970
    Column("mails", Integer, nullable=False),
    Index("ix_sender_counts_minute", "minute"),
)

sender_mutes = Table(
    "sender_mutes",
    metadata,
    Column("sender", String(500), primary_key=True),
    Column("until", UtcDateTime, nullable=False, index=True),
    Column("reason", String(16), nullable=False),  # loop: held by the pipeline; flood: 450 at the door
    Column("why", Text, nullable=False),  # for people
)
