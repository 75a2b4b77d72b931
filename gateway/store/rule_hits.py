"""Count how often rules apply, in the transaction in which they do."""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Executable, func, select
from sqlalchemy.dialects import postgresql, sqlite

from gateway.store.schema import rule_hits

SHARDS = 64
"""Rows a rule has at most. A row is locked until its transaction ends, so each process counts on one of its own."""


@dataclass(frozen=True, slots=True)
class RuleHits:
    """How often a rule applied since it was first counted, and when last."""

    hits: int
    last_at: datetime


def _counting(dialect: str) -> Executable:
    new = sqlite.insert(rule_hits) if dialect == "sqlite" else postgresql.insert(rule_hits)
    counted = {"hits": rule_hits.c.hits + 1, "last_at": new.excluded.last_at}
    return new.on_conflict_do_update(index_elements=["rule", "shard"], set_=counted)


_COUNT = {dialect: _counting(dialect) for dialect in ("sqlite", "postgresql")}  # built once: see gateway.store.tickets


def count_hits(connection: Connection, rules: Iterable[str], now: datetime) -> None:
    """These rules, by name, applied once each."""
    shard = os.getpid() % SHARDS
    # In one order everywhere: two transactions that wait for each other's rows would be a deadlock.
    rows = [{"rule": rule, "shard": shard, "hits": 1, "last_at": now} for rule in sorted(set(rules))]
    if not rows:
        return
    connection.execute(_COUNT[connection.dialect.name], rows)


def all_hits(connection: Connection) -> Mapping[str, RuleHits]:
    """By the rule's name; rules that never applied are left out, rules that are gone from the file are still here."""
    wanted = select(rule_hits.c.rule, func.sum(rule_hits.c.hits), func.max(rule_hits.c.last_at)).group_by(
        rule_hits.c.rule
    )
    return {rule: RuleHits(int(hits), last_at) for rule, hits, last_at in connection.execute(wanted)}
