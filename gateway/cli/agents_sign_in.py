"""``gateway agents``: roles, sessions, second factors, and accounts at the login provider."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

import click
from sqlalchemy import Connection

from gateway.cli.common import Failed, config_option, json_option, now, open_place, print_json
from gateway.store.agents import ROLES, Agent, AgentError, find_agent, set_role
from gateway.store.identities import identities_of, link_identity, unlink_identities
from gateway.store.second_factor import remove_second_factor, second_factor_of
from gateway.store.sessions import end_session, end_sessions, list_sessions

address_argument = click.argument("address")


@click.command("role")
@config_option
@json_option
@address_argument
@click.argument("role", type=click.Choice(ROLES))
def role_command(config_path: Path, as_json: bool, address: str, role: str) -> None:
    """Give an agent another role, and end their sessions."""
    place = open_place(config_path)
    try:
        with place.database.write() as connection:
            set_role(connection, _found(connection, address).id, role)
            agent = _found(connection, address)
    except AgentError as error:
        raise Failed(str(error)) from error
    if as_json:
        print_json([{"address": agent.address, "role": agent.role}])
    else:
        click.echo(f"{agent.address} has the role {agent.role}")


@click.command("sessions")
@config_option
@json_option
@click.argument("address", required=False)
def sessions_command(config_path: Path, as_json: bool, address: str | None) -> None:
    """Who is logged in to the web view, or where ADDRESS is; the session used last is first."""
    place = open_place(config_path)
    with place.database.read() as connection:
        agent = _found(connection, address) if address is not None else None
        opened = list_sessions(connection, now(), agent_id=agent.id if agent is not None else None)
    if as_json:
        print_json({name: value for name, value in asdict(it).items() if name != "agent_id"} for it in opened)
        return
    for it in opened:
        click.echo(
            f"{it.id}  {it.agent}  {it.method}  {it.peer}  last used {it.seen_at:%Y-%m-%d %H:%M}  {it.user_agent!r}"
        )


@click.command("logout")
@config_option
@json_option
@address_argument
@click.option("--session", type=int, help="Only this one, by its number in the list of sessions.")
def logout(config_path: Path, as_json: bool, address: str, session: int | None) -> None:
    """End an agent's sessions at once."""
    place = open_place(config_path)
    with place.database.write() as connection:
        agent = _found(connection, address)
        if session is None:
            ended = end_sessions(connection, agent.id)
        elif end_session(connection, session, of=agent.id):
            ended = 1
        else:
            raise Failed(
                f"{agent.address} has no session {session}; `gateway agents sessions {agent.address}` lists them"
            )
    if as_json:
        print_json([{"address": agent.address, "ended": ended}])
    else:
        click.echo(f"{ended} session{'' if ended == 1 else 's'} of {agent.address} ended")


@click.command("totp")
@config_option
@json_option
@address_argument
@click.option("--reset", is_flag=True, help="Forget it: the password alone is enough until a new one is set up.")
def totp(config_path: Path, as_json: bool, address: str, reset: bool) -> None:
    """Whether an agent has a second factor; with --reset it is removed, with its recovery codes, and their sessions end."""
    place = open_place(config_path)
    with place.database.write() as connection:
        agent = _found(connection, address)
        if reset:
            remove_second_factor(connection, agent.id)
            end_sessions(connection, agent.id)
        found = second_factor_of(connection, agent.id)
    confirmed = found is not None and found.confirmed
    if as_json:
        row: dict[str, Any] = {
            "address": agent.address,
            "second_factor": confirmed,
            "since": found.since if found is not None and confirmed else None,
            "recovery_codes_left": found.recovery_left if found is not None else 0,
        }
        print_json([row])
    elif found is not None and confirmed:
        click.echo(
            f"{agent.address} has a second factor since {found.since:%Y-%m-%d}, recovery codes left: {found.recovery_left}"
        )
    else:
        click.echo(f"{agent.address} has no second factor{' any more' if reset else ''}")


@click.command("link")
@config_option
@json_option
@address_argument
@click.option("--subject", help="The account's id at the provider, which the page of a refused login names.")
def link(config_path: Path, as_json: bool, address: str, subject: str | None) -> None:
    """Let an account at the login provider log in as this agent; without --subject, say which may."""
    place = open_place(config_path)
    settings = place.loaded.configuration.web.oidc
    if subject is not None and settings is None:
        raise Failed("no login provider is configured: set `oidc` under `web`")
    try:
        with place.database.write() as connection:
            agent = _found(connection, address)
            if subject is not None and settings is not None:
                link_identity(connection, agent.id, issuer=settings.issuer, subject=subject, now=now())
            linked = identities_of(connection, agent.id)
    except AgentError as error:
        raise Failed(str(error)) from error
    if as_json:
        print_json(
            {"address": agent.address, "issuer": it.issuer, "subject": it.subject, "linked_at": it.linked_at}
            for it in linked
        )
        return
    for it in linked:
        click.echo(f"{agent.address}  {it.issuer}  {it.subject}  since {it.linked_at:%Y-%m-%d}")


@click.command("unlink")
@config_option
@json_option
@address_argument
def unlink(config_path: Path, as_json: bool, address: str) -> None:
    """Forget an agent's accounts at the login provider, and end their sessions."""
    place = open_place(config_path)
    with place.database.write() as connection:
        agent = _found(connection, address)
        count = unlink_identities(connection, agent.id)
        end_sessions(connection, agent.id)
    if as_json:
        print_json([{"address": agent.address, "unlinked": count}])
    else:
        click.echo(f"{agent.address}: {count} account{'' if count == 1 else 's'} unlinked")


def _found(connection: Connection, address: str) -> Agent:
    agent = find_agent(connection, address)
    if agent is None:
        raise Failed(f"there is no agent {address}; `gateway agents list` shows who there is")
    return agent


COMMANDS = (role_command, sessions_command, logout, totp, link, unlink)
