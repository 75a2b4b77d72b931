"""``gateway surges``: waves of similar mails, and making one problem of them."""

from dataclasses import asdict
from pathlib import Path

import click

from gateway.cli.acting import acting, agent_id, as_option
from gateway.cli.common import config_option, json_option, open_place, print_json, shown
from gateway.desk.surges import make_problem, remembered


@click.group()
def surges() -> None:
    """Waves of similar mails (`surge` in gateway.yaml): list them, and make the tickets of one incidents of one problem."""


@surges.command("list")
@config_option
@json_option
def list_command(config_path: Path, as_json: bool) -> None:
    """The latest waves, the newest first."""
    with open_place(config_path).database.read() as connection:
        waves = remembered(connection).waves
    if as_json:
        print_json(map(asdict, waves))
        return
    for wave in shown(waves):
        problem = f"problem #{wave.problem}" if wave.problem else "no problem yet"
        click.echo(
            f"{wave.id:4}  {wave.began_at:%Y-%m-%d %H:%M} UTC  {len(wave.tickets)} tickets, {problem}: {', '.join(wave.words[:8])}"
        )
    if not waves:
        click.echo("no waves")


@surges.command("problem")
@click.argument("number", type=click.IntRange(1))
@config_option
@json_option
@as_option
@acting
def problem_command(number: int, config_path: Path, as_json: bool, agent: str | None) -> None:
    """Make the first open ticket of wave NUMBER the problem, and its others incidents."""
    place = open_place(config_path)
    problem, incidents = make_problem(place.desk, number, agent_id(place, agent))
    if as_json:
        print_json([{"wave": number, "problem": problem, "incidents": incidents}])
        return
    click.echo(f"ticket {problem} is the problem; {len(incidents)} tickets became its incidents")
