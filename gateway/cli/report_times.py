"""``gateway report times``: how long tickets take, with what each figure means."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import click

from gateway.cli.common import config_option, json_option, now, open_place, print_json
from gateway.report.times import LENGTHS, Group, Report, spread_fields, times
from gateway.rules.durations import parse_duration
from gateway.web.pages.promises import span
from gateway.web.words import word

_LANGUAGE = "en"


def _since(_context: click.Context, _parameter: click.Parameter, value: str) -> datetime:
    """A span of time before now, or a day (UTC)."""
    try:
        return datetime.fromisoformat(f"{value}T00:00:00+00:00")
    except ValueError:
        pass
    try:
        return now() - parse_duration(value)
    except ValueError as error:
        raise click.BadParameter("write a span like 30d or 2w, or a day like 2026-11-01") from error


since_option = click.option(
    "--since",
    default="30d",
    show_default=True,
    callback=_since,
    metavar="SPAN|DAY",
    help="Tickets created since then: 30d, 2w, or a day like 2026-11-01.",
)


@click.command("times")
@config_option
@json_option
@since_option
def times_command(config_path: Path, as_json: bool, since: datetime) -> None:
    """How long tickets take, in business and calendar time, by brand, team, agent and priority; with the definitions."""
    place = open_place(config_path)
    with place.database.read() as connection:
        found = times(connection, place.desk.office(), since, now() + timedelta(seconds=1))
    if as_json:
        print_json(_fields(found))
        return
    for group in found.groups:
        _print(group)
    click.secho("What the figures mean", bold=True)
    for measure in LENGTHS:
        click.echo(f"  {word(_LANGUAGE, f'measure_{measure}')}: {word(_LANGUAGE, f'measure_{measure}_what')}")
    click.echo(f"  {word(_LANGUAGE, 'measure_counts_what')}")
    click.echo(f"  {word(_LANGUAGE, 'measure_time_what')}")


def _fields(found: Report) -> Iterator[dict[str, Any]]:
    for group in found.groups:
        yield {
            "by": group.by,
            "name": group.name,
            "since": found.since,
            "until": found.until,
            "tickets": group.tickets,
            "times": {
                line.measure: {
                    "measured": line.measured,
                    "business": spread_fields(line.business),
                    "calendar": spread_fields(line.calendar),
                }
                for line in group.lines
            },
            "replies": group.replies,
            "solved": group.solved,
            "one_touch": group.one_touch,
            "reopened": group.reopened,
            "reopens": group.reopens,
        }


def _print(group: Group) -> None:
    title = "all tickets" if group.by == "all" else f"{group.by} {group.name or '(none)'}"
    click.secho(f"{title}: {group.tickets} tickets", bold=True)
    for line in group.lines:
        name = word(_LANGUAGE, f"measure_{line.measure}")
        click.echo(
            f"  {name:<22} {f'{line.measured} of {group.tickets} measured':<24}"
            f" business {_times(line.business.median, line.business.p90):<34}"
            f" calendar {_times(line.calendar.median, line.calendar.p90)}"
        )
    click.echo(
        f"  {group.replies} answers, {group.one_touch} of {group.solved} solved by one touch, "
        f"{group.reopened} reopened ({group.reopens} times)\n"
    )


def _times(median: float | None, p90: float | None) -> str:
    if median is None or p90 is None:
        return "-"
    return f"median {span(int(median), _LANGUAGE)}, p90 {span(int(p90), _LANGUAGE)}"
