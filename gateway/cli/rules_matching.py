"""``gateway rules matching``: which tickets a rule fits now, and which it will fit next."""

import os
from dataclasses import asdict
from pathlib import Path

import click

from gateway.cli.common import Failed, config_option, json_option, now, open_place, print_json, shown
from gateway.config.load import KINDS, Loaded, load_all
from gateway.config.mistakes import ConfigurationError, did_you_mean
from gateway.config.overrides import PREFIX
from gateway.report.matching import Matching, NotAsked, matching


@click.command("matching")
@config_option
@json_option
@click.argument("name")
@click.option(
    "--rules",
    "rules_path",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="Look for the rule in this file, before it goes live.",
)
@click.option(
    "--limit", type=click.IntRange(1), default=50, show_default=True, help="Tickets that are printed of each list."
)
def matching_command(config_path: Path, as_json: bool, name: str, rules_path: Path | None, limit: int) -> None:
    """Which open tickets does the event rule or timed rule NAME fit now, and which next? Changes nothing."""
    place = open_place(config_path)
    loaded = place.loaded if rules_path is None else _with_rules(config_path, rules_path)
    written = loaded.written.rules
    if any(rule.name == name for rule in written.rules):
        raise Failed("the rule is for mail that opens a ticket; `gateway rules backtest` tries it on stored mail")
    try:
        with place.database.read() as connection:
            found = matching(connection, place.desk.office(), loaded.written.automation(), name, now())
    except KeyError as error:
        names = [rule.name for kind in KINDS for rule in getattr(written, kind)]
        raise Failed(f"there is no rule {name!r}.{did_you_mean(name, names)}", 2) from error
    except NotAsked as error:
        raise Failed(str(error)) from error
    if as_json:
        print_json(asdict(match) for match in (*found.now[:limit], *found.later[:limit]))
        return
    _print(shown(found), limit)


def _with_rules(config_path: Path, rules_path: Path) -> Loaded:
    try:
        return load_all(config_path, {**os.environ, f"{PREFIX}RULES": str(rules_path.absolute())})
    except ConfigurationError as error:
        raise Failed(str(error), 2) from error


def _print(found: Matching, limit: int) -> None:
    click.echo(f"{len(found.now)} of {found.looked_at} tickets fit now")
    for match in found.now[:limit]:
        note = "  (has applied)" if match.applied else ""
        click.echo(f"#{match.number:<6} {match.status:<8} {match.requester:<32.32} {match.subject:.50}{note}")
    if found.later:
        click.echo(f"{len(found.later)} will fit, if nothing happens until then")
    for match in found.later[:limit]:
        assert match.due_at is not None
        click.echo(
            f"#{match.number:<6} {match.due_at:%Y-%m-%d %H:%M} UTC  {match.requester:<32.32} {match.subject:.50}"
        )
    if found.left_out:
        click.echo(f"not asked, because they are about what happens: {', '.join(found.left_out)}")
