"""All rules in the order of the file, with how often each applied."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from gateway.config.load import KINDS, Loaded
from gateway.store.rule_hits import all_hits


@dataclass(frozen=True, slots=True)
class ListedRule:
    name: str
    kind: str  # of KINDS
    file: str
    line: int
    hits: int  # since they are counted
    last_at: datetime | None  # None: never
    idle: bool  # not since a day that was asked for


def list_rules(connection: Connection, loaded: Loaded, idle_since: datetime) -> list[ListedRule]:
    found, written = all_hits(connection), loaded.written
    kinds = zip(KINDS, (written.lines, written.event_lines, written.timer_lines), strict=True)
    return [
        ListedRule(
            rule.name,
            kind,
            written.file,
            line,
            hits=found[rule.name].hits if rule.name in found else 0,
            last_at=found[rule.name].last_at if rule.name in found else None,
            idle=rule.name not in found or found[rule.name].last_at < idle_since,
        )
        for kind, lines in kinds
        for rule, line in zip(getattr(written.rules, kind), lines, strict=True)
    ]
