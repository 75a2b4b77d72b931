"""``gateway agents away`` and ``back``: no ticket is given to an agent who is away."""

from datetime import UTC, datetime
from pathlib import Path

import click

from gateway.cli.common import Failed, config_option, json_option, open_place, print_json
from gateway.store.agents import find_agent
from gateway.store.presence import away_since, set_away


@click.command("away")
@config_option
@json_option
@click.argument("address")
def away(config_path: Path, as_json: bool, address: str) -> None:
    """Give an agent no tickets until they are back. What they have stays theirs."""
    _set(config_path, as_json, address, datetime.now(UTC))


@click.command("back")
@config_option
@json_option
@click.argument("address")
def back(config_path: Path, as_json: bool, address: str) -> None:
    """Give tickets to an agent again who was away."""
    _set(config_path, as_json, address, None)


def _set(config_path: Path, as_json: bool, address: str, since: datetime | None) -> None:
    place = open_place(config_path)
    with place.database.write() as connection:
        agent = find_agent(connection, address)
        if agent is None:
            raise Failed(f"there is no agent {address}; `gateway agents list` shows who there is")
        set_away(connection, agent.id, since)
        kept = away_since(connection, agent.id)
    if as_json:
        print_json([{"address": agent.address, "away_since": kept}])
    elif kept is None:
        click.echo(f"{agent.address} is back")
    else:
        click.echo(f"{agent.address} is away since {kept:%Y-%m-%d %H:%M} UTC")
