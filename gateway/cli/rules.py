"""``gateway rules``: what rules did, what their tests say, and what other rules would have done."""

import os
import sys
from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import click

from gateway.cli.common import Failed, config_option, json_option, now, open_place, print_json, write_down_look
from gateway.cli.rules_matching import matching_command
from gateway.config.load import KINDS, Loaded, load_all
from gateway.config.mistakes import ConfigurationError
from gateway.config.overrides import PREFIX
from gateway.config.rule_trials import rules_of, run_trials
from gateway.report.mail_as_test import NoSuchMail, find_mail, mail_as_test
from gateway.report.rule_list import list_rules
from gateway.report.stories import count_since, stories_since
from gateway.rules.automation import asks_for_headers
from gateway.rules.backtest import Report, replay
from gateway.rules.durations import parse_duration
from gateway.rules.simulation import Rules
from gateway.store.audit import What

ENOUGH_TO_WATCH = 200
"""Tickets from which on a progress bar is shown."""


@click.group()
def rules() -> None:
    """Rules: list them with how often they applied, run their tests, and see what other rules would have made of the past."""


@rules.command("list")
@config_option
@json_option
@click.option(
    "--idle", type=click.IntRange(min=1), default=90, show_default=True, help="Days after which a rule counts as idle."
)
def list_command(config_path: Path, as_json: bool, idle: int) -> None:
    """Every rule with how often it applied and when last; rules that nobody needs are named as such."""
    place = open_place(config_path)
    with place.database.read() as connection:
        rows = list_rules(connection, place.loaded, now() - timedelta(days=idle))
    if as_json:
        print_json(map(asdict, rows))
        return
    for row in rows:
        last = f"{row.last_at:%Y-%m-%d %H:%M}" if row.last_at else "never"
        note = f"  not in {idle} days" if row.idle else ""
        click.echo(f"{row.hits:8}  {last:16}  {row.file}:{row.line:<4}  {row.name}{note}")
    if not rows:
        click.echo("there are no rules")


@rules.command("test-from")
@click.argument("what", metavar="TICKET|MESSAGE-ID|RECEIPT")
@config_option
@json_option
def test_from(what: str, config_path: Path, as_json: bool) -> None:
    """Make a test of a mail that came: an entry for `tests:` in rules.yaml, with what today's rules make of it.

    A ticket's number means its first mail.
    """
    place = open_place(config_path)
    try:
        with place.database.read() as connection:
            office = place.desk.office()
            made = mail_as_test(connection, place.blobs, office, find_mail(connection, what))
    except NoSuchMail as error:
        raise Failed(str(error)) from error
    write_down_look(place, What.MAIL_VIEWED, f"message {made.message}", command="rules test-from")
    if as_json:
        print_json([{"name": made.name, "message": made.message, "ticket": made.ticket, "yaml": made.yaml}])
        return
    click.echo(made.yaml, nl=False)


@rules.command("test")
@config_option
@json_option
def test(config_path: Path, as_json: bool) -> None:
    """Run the tests of rules.yaml. Exit 0 if all of them are as expected, else 1; a mistake in the files is 2."""
    loaded = _loaded(config_path)
    written = loaded.written.rules
    simulated = _compiled(loaded)
    base = (loaded.configuration.rules or loaded.path.parent / "rules.yaml").parent
    results = list(run_trials(written.tests, loaded.configuration, simulated, base))
    failed = sum(bool(result.differences) for result in results)
    if as_json:
        print_json(
            {
                "name": result.name,
                "ok": not result.differences,
                "differences": [{"at": ".".join(map(str, path)), "message": text} for path, text in result.differences],
                "seconds": round(result.seconds, 4),
            }
            for result in results
        )
    else:
        for result in results:
            click.echo(f"{'FAILED' if result.differences else 'ok':6}  {result.name}")
            for path, text in result.differences:
                click.echo(f"        {'.'.join(map(str, path)) or 'test'}: {text}")
        click.echo(f"{len(results)} tests, {failed} failed" if results else "rules.yaml has no `tests:`")
    if failed:
        raise click.exceptions.Exit(1)


def _since(context: click.Context, parameter: click.Parameter, value: str) -> timedelta:  # noqa: ARG001 - click's signature
    try:
        return parse_duration(value)
    except ValueError as error:
        raise click.BadParameter(str(error)) from error


@rules.command("backtest")
@config_option
@json_option
@click.option("--since", default="30d", show_default=True, callback=_since, help="Tickets opened within this time.")
@click.option(
    "--rules",
    "rules_path",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="The new rules. Without it those of the configuration are compared with none at all.",
)
@click.option(
    "--accept", type=click.IntRange(min=0), default=0, show_default=True, help="So many tickets may come out otherwise."
)
def backtest(config_path: Path, as_json: bool, since: timedelta, rules_path: Path | None, accept: int) -> None:
    """What would other rules have made of the stored mail? Changes nothing. Exit 1 where more tickets than --accept differ."""
    place = open_place(config_path)
    new = place.loaded if rules_path is None else _with_rules(config_path, rules_path)
    wanted, present = (replace(_compiled(it), told=False) for it in (new, place.loaded))
    if rules_path is None:
        nothing = Rules()
        present = replace(wanted, intake=nothing.intake, automation=nothing.automation)
    names = [rule.name for kind in KINDS for rule in getattr(new.written.rules, kind)]
    report = Report()
    moment = now()
    with place.database.read() as connection:
        total = count_since(connection, moment - since)
        watched = total >= ENOUGH_TO_WATCH and not as_json
        with click.progressbar(length=total, file=sys.stderr, label="tickets", hidden=not watched) as bar:
            for story in stories_since(connection, moment - since):
                report.add(story, replay(present, story, moment), replay(wanted, story, moment))
                bar.update(1)
    headers = sum(rule.when is not None and asks_for_headers(rule.when) for rule in new.written.rules.rules)
    if as_json:
        print_json([_as_json(report, names, headers)])
    else:
        for line in report.lines(names):
            click.echo(line)
        if headers:
            click.echo(f"{headers} rules ask for header fields, which are not replayed: they count as not there")
    if len(report.changed) > accept:
        raise click.exceptions.Exit(1)


rules.add_command(matching_command)


def _loaded(config_path: Path) -> Loaded:
    try:
        return load_all(config_path, os.environ)
    except ConfigurationError as error:
        raise Failed(str(error), 2) from error


def _with_rules(config_path: Path, rules_path: Path) -> Loaded:
    """The configuration with other rules in it."""
    environ = {**os.environ, f"{PREFIX}RULES": str(rules_path.absolute())}
    try:
        return load_all(config_path, environ)
    except ConfigurationError as error:
        raise Failed(str(error), 2) from error


def _compiled(loaded: Loaded) -> Rules:
    return rules_of(loaded.configuration, loaded.ruleset, loaded.written.automation(), loaded.side)


def _as_json(report: Report, names: Sequence[str], headers: int) -> dict[str, Any]:
    return {
        "tickets": report.tickets,
        "mails": report.mails,
        "changed": len(report.changed),
        "changes": [asdict(change) for change in report.changes],
        "rules": [
            {"name": name, "present": report.hits_before[name], "new": report.hits_after[name]}
            for name in dict.fromkeys((*names, *report.hits_before))
        ],
        "not_replayed": {"rules_with_header_fields": headers},
    }
