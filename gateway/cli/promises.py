"""Promises of tickets on the command line: as fields of ``--json``, and in words."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

import click

from gateway.rules.durations import say_duration
from gateway.store.promise_views import PromiseRow


def promise_fields(rows: Iterable[PromiseRow], now: datetime) -> list[dict[str, Any]]:
    """Durations are seconds by the policy's calendar; ``state`` is running, late, paused, met or missed."""
    return [
        {
            "metric": row.metric,
            "round": row.round,
            "policy": row.policy,
            "state": row.state(now).value,
            "started_at": row.started_at,
            "target_seconds": row.target_seconds,
            "spent_seconds": row.spent_seconds,
            "due_at": row.due_at,
            "stopped_at": row.stopped_at,
            "warned_at": row.warned_at,
            "breached_at": row.breached_at,
        }
        for row in rows
    ]


def promise_lines(promises: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    for one in promises:
        target = say_duration(timedelta(seconds=one["target_seconds"]))
        spent = say_duration(timedelta(seconds=one["spent_seconds"]))
        when = f"due {one['due_at']:%Y-%m-%d %H:%M} UTC" if one["due_at"] is not None else f"{spent} spent"
        yield (
            f"promise {one['metric']} {one['round']}: {one['state']}, {when}, target {target} "
            f"by the calendar of policy {one['policy']}"
        )


def print_promises(rows: Iterable[PromiseRow], now: datetime) -> None:
    for line in promise_lines(promise_fields(rows, now)):
        click.echo(line)
