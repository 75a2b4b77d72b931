"""``gateway outbox``: mail out, and what becomes of it."""

import sys
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

import click
from sqlalchemy import Connection

from gateway.cli.common import Failed, config_option, json_option, open_place, operator, print_json, shown
from gateway.store import outbox_control
from gateway.store.outbox import State, read_raw
from gateway.store.outbox_control import Entry, OutboxError


@click.group()
def outbox() -> None:
    """Mail out: what waits, what was sent, what failed and why."""


@outbox.command("list")
@config_option
@json_option
@click.option(
    "--state", "states", multiple=True, type=click.Choice([state.value for state in State]), help="Only these states."
)
@click.option("--ticket", type=int, help="Only mail about this ticket.")
@click.option(
    "--limit", type=click.IntRange(1, 100_000), default=100, show_default=True, help="At most so many, newest first."
)
def list_mail(config_path: Path, as_json: bool, states: tuple[str, ...], ticket: int | None, limit: int) -> None:
    """List mail, newest first."""
    with open_place(config_path).database.read() as connection:
        found = outbox_control.entries(connection, states=tuple(map(State, states)), ticket=ticket, limit=limit)
    if as_json:
        print_json(map(_as_json, found))
        return
    for entry in found:
        click.echo(shown(_line(entry)))
    if not found:
        click.echo("No mail.")


@outbox.command()
@config_option
@json_option
@click.option("--raw", "as_raw", is_flag=True, help="The mail itself, byte for byte.")
@click.argument("number", type=int)
def show(config_path: Path, as_json: bool, as_raw: bool, number: int) -> None:
    """Show one mail: its state and its last reply, or its bytes."""
    try:
        with open_place(config_path).database.read() as connection:
            entry = outbox_control.entry(connection, number)
            raw = read_raw(connection, number) if as_raw else b""
    except OutboxError as error:
        raise Failed(str(error)) from error
    if as_raw:
        sys.stdout.buffer.write(raw)
    elif as_json:
        print_json([_as_json(entry)])
    else:
        for name, value in shown(_as_json(entry)).items():
            click.echo(f"{name:16} {'' if value is None else value}")


class _Action(Protocol):
    def __call__(self, connection: Connection, row: int, *, now: datetime, actor: str) -> None: ...


@outbox.command()
@config_option
@json_option
@click.argument("numbers", type=int, nargs=-1, required=True)
def retry(config_path: Path, as_json: bool, numbers: tuple[int, ...]) -> None:
    """Try waiting or failed mail again now."""
    _act(config_path, as_json, numbers, outbox_control.retry, "is tried again")


@outbox.command()
@config_option
@json_option
@click.argument("numbers", type=int, nargs=-1, required=True)
def hold(config_path: Path, as_json: bool, numbers: tuple[int, ...]) -> None:
    """Keep waiting mail back until it is released."""
    _act(config_path, as_json, numbers, outbox_control.hold, "is held")


@outbox.command()
@config_option
@json_option
@click.argument("numbers", type=int, nargs=-1, required=True)
def release(config_path: Path, as_json: bool, numbers: tuple[int, ...]) -> None:
    """Let held mail go."""
    _act(config_path, as_json, numbers, outbox_control.release, "is released")


@outbox.command()
@config_option
@json_option
@click.argument("numbers", type=int, nargs=-1, required=True)
def discard(config_path: Path, as_json: bool, numbers: tuple[int, ...]) -> None:
    """Decide that held mail is never sent; it stays readable."""
    _act(config_path, as_json, numbers, outbox_control.discard, "is discarded")


def _act(config_path: Path, as_json: bool, numbers: tuple[int, ...], action: _Action, done: str) -> None:
    """All of them or none."""
    try:
        with open_place(config_path).database.write() as connection:
            for number in numbers:
                action(connection, number, now=datetime.now(UTC), actor=operator())
            after = [outbox_control.entry(connection, number) for number in numbers]
    except OutboxError as error:
        raise Failed(str(error)) from error
    if as_json:
        print_json(map(_as_json, after))
        return
    for number in numbers:
        click.echo(f"mail {number} {done}")


def _as_json(entry: Entry) -> dict[str, Any]:
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in asdict(entry).items()}


def _line(entry: Entry) -> str:
    state = f"{entry.state} ({entry.hold_reason})" if entry.hold_reason else entry.state
    ticket = f"#{entry.ticket}" if entry.ticket is not None else "-"
    return f"{entry.id:>8}  {ticket:>8}  {entry.kind:<10} {state:<20} {entry.attempts:>3}  {entry.to}  {entry.last_reply or ''}"
