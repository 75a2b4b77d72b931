"""``gateway config``: what editors may know of the configuration's files."""

import json

import click

from gateway.config.published import FILES, schema_of


@click.group()
def config() -> None:
    """The files of the configuration, for other programs."""


@config.command()
@click.argument("file", type=click.Choice(sorted(FILES)), default="gateway")
def schema(file: str) -> None:
    """JSON Schema of a file of the configuration, for editors that complete and check while you type."""
    click.echo(json.dumps(schema_of(file), ensure_ascii=False, indent=2))
