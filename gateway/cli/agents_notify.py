"""``gateway agents notify``: of what an agent is told by mail."""

from pathlib import Path

import click

from gateway.cli.common import Failed, config_option, json_option, open_place, print_json
from gateway.store.agents import find_agent
from gateway.store.notifications import NOTIFICATIONS, notifications_of, set_notifications


@click.command("notify")
@config_option
@json_option
@click.argument("address")
@click.option(
    "--on", "wanted", multiple=True, type=click.Choice(NOTIFICATIONS), help="Tell them of this; may be repeated."
)
@click.option("--off", "unwanted", multiple=True, type=click.Choice(NOTIFICATIONS), help="No longer of this.")
def notify(config_path: Path, as_json: bool, address: str, wanted: tuple[str, ...], unwanted: tuple[str, ...]) -> None:
    """Say, or change, of what an agent is told by mail."""
    place = open_place(config_path)
    with place.database.write() as connection:
        agent = find_agent(connection, address)
        if agent is None:
            raise Failed(f"there is no agent {address}; `gateway agents list` shows who there is")
        told = notifications_of(connection, agent.id)
        if wanted or unwanted:
            told = set_notifications(connection, agent.id, (set(told) | set(wanted)) - set(unwanted))
    if as_json:
        print_json([{"address": agent.address, "notifications": list(told)}])
    else:
        click.echo(f"{agent.address} is told of: {', '.join(told) or 'nothing'}")
