"""How often each rule applied, and when it did last."""

from sqlalchemy import BigInteger, Column, Integer, String, Table

from gateway.store.schema.base import UtcDateTime, metadata

rule_hits = Table(
    "rule_hits",
    metadata,
    Column("rule", String(80), primary_key=True),  # its name
    Column("shard", Integer, primary_key=True),  # so that processes do not wait for each other; readers add them up
    Column("hits", BigInteger, nullable=False),
    Column("last_at", UtcDateTime, nullable=False),
)
