"""``gateway rules``: run the tests of rules.yaml, and see what rules did and would do."""

import os
from pathlib import Path

import click

from gateway.cli.common import Failed, config_option, json_option, print_json
from gateway.config.load import Loaded, load_all
from gateway.config.mistakes import ConfigurationError
from gateway.config.rule_trials import rules_of, run_trials


@click.group()
def rules() -> None:
    """Rules: test them."""


@rules.command("test")
@config_option
@json_option
def test(config_path: Path, as_json: bool) -> None:
    """Run the tests of rules.yaml. Exit 0 if all of them are as expected, else 1; a mistake in the files is 2."""
    loaded = _loaded(config_path)
    written = loaded.written.rules
    simulated = rules_of(loaded.configuration, loaded.ruleset, loaded.written.automation(), loaded.side)
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


def _loaded(config_path: Path) -> Loaded:
    try:
        return load_all(config_path, os.environ)
    except ConfigurationError as error:
        raise Failed(str(error), 2) from error
