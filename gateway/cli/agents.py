"""``gateway agents``: the people who answer."""

import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
from sqlalchemy import Connection

from gateway.cli.agents_notify import notify
from gateway.cli.agents_presence import away, back
from gateway.cli.agents_sign_in import COMMANDS
from gateway.cli.common import Failed, config_option, json_option, open_place, print_json
from gateway.store.agents import (
    LANGUAGES,
    ROLES,
    Agent,
    AgentError,
    create_agent,
    find_agent,
    give_one_time_password,
    list_agents,
    set_active,
    set_password,
)
from gateway.store.passwords import UnfitPassword, check_new_password, hash_password

_UNFIT = {
    "short": "a password needs at least 10 characters",
    "long": "a password can have at most 256 characters",
    "address": "the address is not a good password",
}
address_argument = click.argument("address")


@click.group()
def agents() -> None:
    """Agents: list, add, set a password, disable, enable; roles, sessions, second factors, accounts at the login provider."""


for command in COMMANDS:
    agents.add_command(command)
agents.add_command(notify)
agents.add_command(away)
agents.add_command(back)


@agents.command("list")
@config_option
@json_option
def list_command(config_path: Path, as_json: bool) -> None:
    """All agents, by name."""
    place = open_place(config_path)
    with place.database.read() as connection:
        found = list_agents(connection)
    if as_json:
        print_json(map(_row, found))
        return
    for agent in found:
        notes = [
            *([] if agent.active else ["disabled"]),
            *([] if agent.has_password else ["no password"]),
            *(["one-time password"] if agent.must_change_password else []),
            *([f"away since {agent.away_since:%Y-%m-%d %H:%M} UTC"] if agent.away_since is not None else []),
        ]
        remark = f"  ({', '.join(notes)})" if notes else ""
        click.echo(f"{agent.address}  {agent.role}  {agent.name}{remark}")


@agents.command("add")
@config_option
@json_option
@address_argument
@click.option("--name", default="", help="What customers and colleagues read.")
@click.option("--role", type=click.Choice(ROLES), default="agent", show_default=True)
@click.option("--language", type=click.Choice(LANGUAGES), default="en", show_default=True, help="Of the web view.")
def add(config_path: Path, as_json: bool, address: str, name: str, role: str, language: str) -> None:
    """Add an agent, and print a one-time password that must be changed at the first login."""
    place = open_place(config_path)
    try:
        with place.database.write() as connection:
            agent = create_agent(
                connection, address=address, name=name, role=role, language=language, now=datetime.now(UTC)
            )
            password = give_one_time_password(connection, agent.id, os.urandom(10))
            agent = _found(connection, agent.address)
    except AgentError as error:
        raise Failed(str(error)) from error
    _tell_password(agent, password, as_json)


@agents.command("password")
@config_option
@json_option
@address_argument
@click.option("--stdin", "from_stdin", is_flag=True, help="Read the password from standard input, one line.")
def password_command(config_path: Path, as_json: bool, address: str, from_stdin: bool) -> None:
    """Give an agent a new one-time password (or the one from standard input), and end all their sessions."""
    place = open_place(config_path)
    chosen = sys.stdin.readline().rstrip("\r\n") if from_stdin else None
    with place.database.read() as connection:
        agent = _found(connection, address)
    if chosen is None:
        with place.database.write() as connection:
            given = give_one_time_password(connection, agent.id, os.urandom(10))
            agent = _found(connection, address)
        _tell_password(agent, given, as_json)
        return
    try:
        check_new_password(chosen, agent.address)
    except UnfitPassword as error:
        raise Failed(_UNFIT[str(error)], 2) from error
    hashed = hash_password(chosen)
    with place.database.write() as connection:
        set_password(connection, agent.id, hashed, one_time=False)
        agent = _found(connection, address)
    if as_json:
        print_json([_row(agent)])
    else:
        click.echo(f"{agent.address} has a new password")


@agents.command("disable")
@config_option
@json_option
@address_argument
def disable(config_path: Path, as_json: bool, address: str) -> None:
    """Keep an agent out, and end all their sessions. Their tickets and words stay."""
    _switch(config_path, as_json, address, active=False)


@agents.command("enable")
@config_option
@json_option
@address_argument
def enable(config_path: Path, as_json: bool, address: str) -> None:
    """Let a disabled agent in again."""
    _switch(config_path, as_json, address, active=True)


def _switch(config_path: Path, as_json: bool, address: str, *, active: bool) -> None:
    place = open_place(config_path)
    try:
        with place.database.write() as connection:
            set_active(connection, _found(connection, address).id, active)
            agent = _found(connection, address)
    except AgentError as error:
        raise Failed(str(error)) from error
    if as_json:
        print_json([_row(agent)])
    else:
        click.echo(f"{agent.address} is {'enabled' if active else 'disabled'}")


def _found(connection: Connection, address: str) -> Agent:
    agent = find_agent(connection, address)
    if agent is None:
        raise Failed(f"there is no agent {address}; `gateway agents list` shows who there is")
    return agent


def _tell_password(agent: Agent, password: str, as_json: bool) -> None:
    if as_json:
        print_json([{**_row(agent), "one_time_password": password}])
    else:
        click.echo(f"{agent.address} can log in once with the password {password} and must then choose an own one")


def _row(agent: Agent) -> dict[str, Any]:
    return {
        "id": agent.id,
        "address": agent.address,
        "name": agent.name,
        "role": agent.role,
        "language": agent.language,
        "active": agent.active,
        "has_password": agent.has_password,
        "must_change_password": agent.must_change_password,
        "created_at": agent.created_at.isoformat(),
        "away_since": agent.away_since.isoformat() if agent.away_since is not None else None,
    }
