"""``gateway tickets participants`` and ``gateway tickets join``: who takes part in a ticket, and who asks to."""

from pathlib import Path
from typing import Any

import click

from gateway.cli.acting import acting, agent_id, as_option, number_argument, ticket_fields
from gateway.cli.common import Failed, Place, config_option, json_option, open_place, print_json, shown
from gateway.desk.people import People
from gateway.mail.address import address_key
from gateway.store.people_views import JoinRequestRow, PersonRow, list_people, waiting_requests
from gateway.store.views import find_ticket

message_argument = click.argument("message", type=click.IntRange(1))
address_argument = click.argument("address")


@click.group()
def participants() -> None:
    """Who takes part in a ticket: list, add, remove, withdraw reply addresses."""


@participants.command("list")
@number_argument
@config_option
@json_option
def list_participants(number: int, config_path: Path, as_json: bool) -> None:
    """Everybody who takes part, or did."""
    with open_place(config_path).database.read() as connection:
        if find_ticket(connection, number) is None:
            raise Failed(f"there is no ticket {number}")
        people = list_people(connection, number)
    if as_json:
        print_json(_person(row) for row in people)
        return
    for row in people:
        removed = f"  removed {row.removed_at:%Y-%m-%d %H:%M}" if row.removed_at else ""
        click.echo(f"{row.role:<10} {row.since:%Y-%m-%d %H:%M}  {row.address}{removed}")


@participants.command("add")
@number_argument
@address_argument
@config_option
@json_option
@as_option
@acting
def add_participant(number: int, address: str, config_path: Path, as_json: bool, agent: str | None) -> None:
    """Let somebody take part: they get later mail only, and everybody is told."""
    place = open_place(config_path)
    joined = People(place.desk).add(number, address, agent_id(place, agent))
    done = "takes part in" if joined.is_new else "takes part already in"
    _told(place, number, joined.participant, as_json, f"{joined.address} {done} ticket {number}")


@participants.command("remove")
@number_argument
@address_argument
@config_option
@json_option
@as_option
@acting
def remove_participant(number: int, address: str, config_path: Path, as_json: bool, agent: str | None) -> None:
    """Take somebody off the ticket; their reply addresses count no more."""
    place = open_place(config_path)
    participant = _participant(place, number, address)
    People(place.desk).remove(number, participant, agent_id(place, agent))
    _told(place, number, participant, as_json, f"{address} does not take part in ticket {number} any more")


@participants.command("withdraw")
@number_argument
@address_argument
@config_option
@json_option
@as_option
@acting
def withdraw_addresses(number: int, address: str, config_path: Path, as_json: bool, agent: str | None) -> None:
    """Let the reply addresses that a participant was given so far count no more; later mail carries new ones."""
    place = open_place(config_path)
    participant = _participant(place, number, address)
    People(place.desk).withdraw(number, participant, agent_id(place, agent))
    _told(place, number, participant, as_json, f"the reply addresses of {address} on ticket {number} count no more")


@click.group()
def join() -> None:
    """Mail of people without the right to write, kept on tickets: list, accept, decline, split."""


@join.command("list")
@config_option
@json_option
@click.option("--ticket", type=click.IntRange(1), help="Only on this ticket.")
def list_requests(config_path: Path, as_json: bool, ticket: int | None) -> None:
    """Requests to join that wait for an answer, oldest first."""
    with open_place(config_path).database.read() as connection:
        rows = waiting_requests(connection, ticket)
    if as_json:
        print_json(_request(row) for row in rows)
        return
    for row in rows:
        click.echo(
            f"{row.message:<8} #{row.ticket:<6} {row.received_at:%Y-%m-%d %H:%M}  {row.author:<32.32} {shown(row.why)}"
        )
    if not rows:
        click.echo("nobody asks to join")


@join.command("accept")
@message_argument
@config_option
@json_option
@as_option
@acting
def accept_request(message: int, config_path: Path, as_json: bool, agent: str | None) -> None:
    """Let the author of MESSAGE take part; the mail becomes a public part of the ticket."""
    place = open_place(config_path)
    joined = People(place.desk).join(message, agent_id(place, agent))
    sentence = f"{joined.address} takes part in ticket {joined.ticket}"
    _told(place, joined.ticket, joined.participant, as_json, sentence)


@join.command("decline")
@message_argument
@config_option
@json_option
@as_option
@acting
def decline_request(message: int, config_path: Path, as_json: bool, agent: str | None) -> None:
    """Leave MESSAGE internal for good; nobody is told."""
    place = open_place(config_path)
    number = People(place.desk).decline(message, agent_id(place, agent))
    _ticket_now(place, number, as_json, f"message {message} stays internal on ticket {number}")


@join.command("split")
@message_argument
@config_option
@json_option
@as_option
@acting
def split_off(message: int, config_path: Path, as_json: bool, agent: str | None) -> None:
    """Give MESSAGE, a request or any later mail of a customer, a ticket of its own, where later replies follow."""
    place = open_place(config_path)
    number = People(place.desk).split(message, agent_id(place, agent))
    _ticket_now(place, number, as_json, f"message {message} is ticket {number} now")


def _participant(place: Place, number: int, address: str) -> int:
    with place.database.read() as connection:
        people = list_people(connection, number)
    wanted = address_key(address.strip())
    found = next((row for row in people if address_key(row.address) == wanted and row.removed_at is None), None)
    if found is None:
        raise Failed(
            f"{address} does not take part in ticket {number}; see `gateway tickets participants list {number}`"
        )
    return found.participant


def _told(place: Place, number: int, participant: int, as_json: bool, sentence: str) -> None:
    if not as_json:
        click.echo(sentence)
        return
    with place.database.read() as connection:
        people = list_people(connection, number)
    print_json(_person(row) for row in people if row.participant == participant)


def _ticket_now(place: Place, number: int, as_json: bool, sentence: str) -> None:
    if not as_json:
        click.echo(sentence)
        return
    with place.database.read() as connection:
        row = find_ticket(connection, number)
    assert row is not None
    print_json([ticket_fields(row)])


def _person(row: PersonRow) -> dict[str, Any]:
    """The stable fields of ``--json`` (docs/commands.md)."""
    return {
        "ticket": row.ticket,
        "participant": row.participant,
        "address": row.address,
        "name": row.name,
        "role": row.role,
        "since": row.since,
        "removed_at": row.removed_at,
        "tokens_from": row.tokens_from,
    }


def _request(row: JoinRequestRow) -> dict[str, Any]:
    return {
        "message": row.message,
        "ticket": row.ticket,
        "author": row.author,
        "author_name": row.author_name,
        "subject": row.subject,
        "trust": row.trust,
        "received_at": row.received_at,
        "why": row.why,
    }
