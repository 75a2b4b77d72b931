"""``gateway tickets field``, ``type``, ``link`` and ``incidents``: what a ticket carries besides its conversation."""

from pathlib import Path

import click

from gateway.cli.acting import acting, agent_id, as_option, number_argument, ticket_fields
from gateway.cli.common import Failed, Place, config_option, json_option, open_place, print_json
from gateway.desk.incidents import incidents_of, link, reopen_incidents, unlink
from gateway.desk.ticket_model import TYPES, set_fields, set_type
from gateway.rules.fields import FieldDefinition, Need
from gateway.store.view_model import TicketRow
from gateway.store.views import find_ticket


@click.command("field")
@number_argument
@click.argument("values", nargs=-1, metavar="[NAME=VALUE]...")
@config_option
@json_option
@as_option
@acting
def field_command(number: int, values: tuple[str, ...], config_path: Path, as_json: bool, agent: str | None) -> None:
    """Set fields; NAME= empties one. Without any, show the ticket's fields and what may stand in them."""
    place = open_place(config_path)
    if not values:
        row = _row(place, number)
        if as_json:
            print_json([ticket_fields(row)])
        else:
            _print_fields(place, row)
        return
    written = {}
    for value in values:
        name, equals, text = value.partition("=")
        if not equals or not name.strip():
            raise click.UsageError(f"{value!r} sets nothing; write NAME=VALUE")
        written[name.strip()] = text
    changed = set_fields(place.desk, number, written, agent_id(place, agent))
    if as_json:
        print_json([ticket_fields(_row(place, number))])
    else:
        click.echo(f"ticket {number}: {', '.join(changed)} changed" if changed else f"ticket {number} stays as it is")


@click.command("type")
@number_argument
@click.argument("kind", type=click.Choice((*TYPES, "none")))
@config_option
@json_option
@as_option
@acting
def type_command(number: int, kind: str, config_path: Path, as_json: bool, agent: str | None) -> None:
    """Make it a question, incident, problem or task."""
    place = open_place(config_path)
    set_type(place.desk, number, "" if kind == "none" else kind, agent_id(place, agent))
    if as_json:
        print_json([ticket_fields(_row(place, number))])
    else:
        click.echo(f"ticket {number} has no type" if kind == "none" else f"ticket {number} is a {kind}")


def _row(place: Place, number: int) -> TicketRow:
    with place.database.read() as connection:
        row = find_ticket(connection, number)
    if row is None:
        raise Failed(f"there is no ticket {number}")
    return row


def _print_fields(place: Place, row: TicketRow) -> None:
    fields = place.desk.office().fields
    for one in fields.of(row.brand, row.team or ""):
        value = row.fields.get(one.id)
        shown = "-" if value is None else one.shown(value, "en")
        click.echo(f"{one.id:<20} {shown:<40} {_about(one)}")
    others = [name for name in row.fields if name not in fields.by_id]
    for name in others:
        click.echo(f"{name:<20} {row.fields[name]}")
    if not fields.definitions and not others:
        click.echo("no fields; fields.yaml beside gateway.yaml defines them")


def _about(one: FieldDefinition) -> str:
    needed = "; needed to solve" if Need.SOLVE in one.needed else ""
    return f"{one.type.value}{needed}" + (f": {', '.join(one.choices)}" if one.choices else "")


@click.command("link")
@click.argument("incident", type=click.IntRange(1))
@click.argument("problem", metavar="PROBLEM|none")
@config_option
@json_option
@as_option
@acting
def link_command(incident: int, problem: str, config_path: Path, as_json: bool, agent: str | None) -> None:
    """Make INCIDENT an incident of PROBLEM, so that they are solved together."""
    place = open_place(config_path)
    if problem == "none":
        unlink(place.desk, incident, agent_id(place, agent))
    elif problem.isascii() and problem.isdecimal():
        link(place.desk, incident, int(problem), agent_id(place, agent))
    else:
        raise click.UsageError(f"{problem!r} is no number of a ticket")
    if as_json:
        print_json([ticket_fields(_row(place, incident))])
    else:
        what = "has no problem" if problem == "none" else f"is an incident of problem {problem}"
        click.echo(f"ticket {incident} {what}")


@click.command("incidents")
@number_argument
@config_option
@json_option
@as_option
@click.option("--reopen", is_flag=True, help="Open those again that were solved with it.")
@acting
def incidents_command(number: int, config_path: Path, as_json: bool, agent: str | None, reopen: bool) -> None:
    """The tickets that have this problem as their cause. Solving it solves them."""
    place = open_place(config_path)
    _row(place, number)
    opened = reopen_incidents(place.desk, number, agent_id(place, agent)) if reopen else []
    with place.database.read() as connection:
        rows = [row for row in incidents_of(connection, number) if not reopen or row.number in opened]
    if as_json:
        print_json(ticket_fields(row) for row in rows)
        return
    for row in rows:
        click.echo(f"#{row.number:<6} {row.status.value:<8} {row.requester:<32.32} {row.subject:.60}")
    if not rows:
        click.echo("no incidents to open again" if reopen else "no incidents")
