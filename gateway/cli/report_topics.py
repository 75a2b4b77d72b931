"""``gateway report topics``: what customers write about, and how that changes."""

from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import click

from gateway.cli.common import config_option, json_option, now, open_place, print_json, shown
from gateway.cli.report_times import since_option
from gateway.report.topics import Topics, topics


@click.command("topics")
@config_option
@json_option
@since_option
def topics_command(config_path: Path, as_json: bool, since: datetime) -> None:
    """Tickets by tag, type and field, beside as long a time before; and fields that nobody fills."""
    place = open_place(config_path)
    with place.database.read() as connection:
        found = topics(connection, place.desk.office(), since, now() + timedelta(seconds=1))
    if as_json:
        print_json(_rows(found))
        return
    click.echo(f"{found.tickets} tickets (before: {found.before})")
    for topic in shown(found.topics):
        click.echo(f"{topic.tickets:7} ({topic.before:5})  {topic.by:<24} {topic.name}")
    if found.unused:
        click.echo(f"fields that no ticket of this time has: {', '.join(found.unused)}")


def _rows(found: Topics) -> Iterator[dict[str, Any]]:
    yield {"by": "all", "name": "", "tickets": found.tickets, "before": found.before}
    yield from map(asdict, found.topics)
    yield from ({"by": f"field:{name}", "name": "", "tickets": 0, "before": 0} for name in found.unused)
