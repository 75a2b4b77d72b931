"""``gateway apikeys``: keys with which programs log in to send mail in."""

import os
from pathlib import Path

import click

from gateway.cli.common import Failed, config_option, json_option, now, open_place, print_json
from gateway.store.api_keys import ENTROPY_OCTETS, ApiKeyError, add_key, list_keys, revoke_key

name_argument = click.argument("name")


@click.group()
def apikeys() -> None:
    """Keys for programs that send mail in at `smtp.submission`: add, list, revoke."""


@apikeys.command("add")
@config_option
@json_option
@name_argument
def add(config_path: Path, as_json: bool, name: str) -> None:
    """Make a key and print its secret, which is stored nowhere."""
    place = open_place(config_path)
    try:
        with place.database.write() as connection:
            secret = add_key(connection, name, os.urandom(ENTROPY_OCTETS), now=now())
    except ApiKeyError as error:
        raise Failed(str(error)) from error
    if as_json:
        print_json([{"name": name, "secret": secret}])
    else:
        click.echo(f"log in as {name} with the password {secret} (shown once)")


@apikeys.command("list")
@config_option
@json_option
def list_command(config_path: Path, as_json: bool) -> None:
    """All keys, with their last use; the revoked ones too."""
    with open_place(config_path).database.read() as connection:
        found = list_keys(connection)
    if as_json:
        print_json(
            {
                "name": key.name,
                "created_at": key.created_at.isoformat(),
                "used_at": key.used_at and key.used_at.isoformat(),
                "revoked_at": key.revoked_at and key.revoked_at.isoformat(),
            }
            for key in found
        )
        return
    for key in found:
        used = f"last used {key.used_at:%Y-%m-%d %H:%M}" if key.used_at else "never used"
        revoked = f", revoked {key.revoked_at:%Y-%m-%d %H:%M}" if key.revoked_at else ""
        click.echo(f"{key.name}  {used}{revoked}")


@apikeys.command("revoke")
@config_option
@json_option
@name_argument
def revoke(config_path: Path, as_json: bool, name: str) -> None:
    """Let nobody log in with this key any more."""
    place = open_place(config_path)
    try:
        with place.database.write() as connection:
            revoke_key(connection, name, now=now())
    except ApiKeyError as error:
        raise Failed(str(error)) from error
    if as_json:
        print_json([{"name": name, "revoked": True}])
    else:
        click.echo(f"{name} is revoked")
