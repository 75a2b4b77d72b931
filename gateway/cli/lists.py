"""``gateway lists``: senders that are allowed, blocked, suspended or rejected."""

import re
from datetime import UTC, timedelta
from getpass import getuser
from pathlib import Path

import click

from gateway.cli.common import Failed, config_option, json_option, now, open_place, print_json
from gateway.config.senders import entries_of
from gateway.desk.lists import put_on_list
from gateway.rules.sender_lists import Action, Entry, Sender, compile_lists
from gateway.store.sender_lists import ListError, Stored, conflicting, list_entries, remove_entry

_ACTIONS = click.Choice([action.value for action in Action])
_DURATION = re.compile(r"([0-9]{1,5})([hdw])")
_HOURS = {"h": 1, "d": 24, "w": 168}


@click.group()
def lists() -> None:
    """Senders whose mail is treated in a way of its own: add, remove, list, test."""


@lists.command("add")
@config_option
@json_option
@click.argument("action", type=_ACTIONS)
@click.argument("sender")
@click.option("--reason", required=True, help="Why; shown with every mail that the entry hits.")
@click.option("--for", "duration", metavar="TIME", help="How long it counts: 12h, 30d, 4w. Default: for ever.")
@click.option("--by", "author", metavar="NAME", help="Who lists the sender. Default: your name on this machine.")
def add(
    config_path: Path, as_json: bool, action: str, sender: str, reason: str, duration: str | None, author: str | None
) -> None:
    """Put a SENDER on a list: an address, a domain with all below it, a network, or an expression between slashes."""
    place = open_place(config_path)
    moment = now()
    expires_at = None if duration is None else moment + _duration(duration)
    try:
        with place.database.write() as connection:
            added = put_on_list(
                connection,
                place.loaded.configuration,
                Action(action),
                sender,
                reason=reason,
                author=author or _user(),
                now=moment,
                expires_at=expires_at,
            )
    except ListError as error:
        raise Failed(str(error)) from error
    against = [entry.id for entry in added.conflicts]
    if as_json:
        print_json([_json(added.entry) | {"new": added.is_new, "conflicts": against}])
        return
    done = "listed" if added.is_new else "listed already"
    click.echo(f"{done}: {_line(added.entry)}")
    if against:
        click.echo(f"conflict: #{', #'.join(against)} says the opposite for the same sender; `allow` wins", err=True)


@lists.command("remove")
@config_option
@json_option
@click.argument("number", type=click.IntRange(1))
@click.option("--by", "author", metavar="NAME", help="Who removes it. Default: your name on this machine.")
def remove(config_path: Path, as_json: bool, number: int, author: str | None) -> None:
    """Take the entry NUMBER off the lists. It stays readable with `--ended`."""
    place = open_place(config_path)
    try:
        with place.database.write() as connection:
            entry = remove_entry(connection, number, author=author or _user(), now=now())
    except ListError as error:
        raise Failed(str(error)) from error
    if as_json:
        print_json([_json(entry) | {"removed": True}])
    else:
        click.echo(f"removed: {_line(entry)}")


@lists.command("list")
@config_option
@json_option
@click.option("--action", type=_ACTIONS, help="This list alone.")
@click.option("--search", default="", metavar="WORDS", help="To be found in sender or reason.")
@click.option("--ended", is_flag=True, help="Also entries that were removed or are over.")
def list_command(config_path: Path, as_json: bool, action: str | None, search: str, ended: bool) -> None:
    """All entries: those of the configuration, then the newest first."""
    place = open_place(config_path)
    wanted = Action(action) if action else None
    with place.database.read() as connection:
        stored = list_entries(connection, now=now(), action=wanted, words=search, with_ended=ended)
    configured = [
        Stored(entry)
        for entry in entries_of(place.loaded.configuration.lists)
        if (wanted is None or entry.action is wanted)
        and search.casefold() in f"{entry.value}\n{entry.reason}".casefold()
        and (ended or not entry.is_over(now()))
    ]
    found = [*configured, *stored]
    against = conflicting(it.entry for it in found if it.removed_at is None)
    if as_json:
        print_json(
            _json(it.entry)
            | {
                "removed_at": it.removed_at,
                "removed_by": it.removed_by,
                "conflicts": [other.id for other in against.get(it.entry.id, ())],
            }
            for it in found
        )
        return
    for it in found:
        gone = f", removed {it.removed_at:%Y-%m-%d} by {it.removed_by}" if it.removed_at else ""
        others = against.get(it.entry.id, ())
        conflict = f", against {', '.join(other.name for other in others)}: allow wins" if others else ""
        click.echo(f"{_line(it.entry)}{gone}{conflict}")


@lists.command("test")
@config_option
@json_option
@click.argument("sender")
@click.option("--client", default="", metavar="ADDRESS", help="IP address of the client that brings the mail.")
@click.option("--unproven", is_flag=True, help="As if nothing proved the sender: then `allow` does not count.")
def test(config_path: Path, as_json: bool, sender: str, client: str, unproven: bool) -> None:
    """What the lists say of mail from the address SENDER, and why."""
    place = open_place(config_path)
    with place.database.read() as connection:
        stored = [it.entry for it in list_entries(connection, now=now())]
    known = compile_lists((*entries_of(place.loaded.configuration.lists), *stored))
    found = known.find(Sender(sender, not unproven, sender, client), now=now())
    hits = () if found is None else (found.hit, *found.others)
    if as_json:
        words = {"action": found.action.value, "why": found.sentence} if found else {"action": None, "why": None}
        print_json([{"sender": sender, **words, "entries": [hit.entry.id for hit in hits]}])
    else:
        click.echo(f"{found.action.value}: {found.sentence}" if found else f"{sender} is on no list")


def _duration(text: str) -> timedelta:
    found = _DURATION.fullmatch(text.strip())
    if found is None:
        raise click.BadParameter(f"{text!r} is no time; write it like 12h, 30d or 4w", param_hint="--for")
    return timedelta(hours=int(found[1]) * _HOURS[found[2]])


def _user() -> str:
    try:
        return getuser()
    except (KeyError, OSError):
        return "command line"


def _json(entry: Entry) -> dict[str, object]:
    return {
        "id": entry.id,
        "action": entry.action.value,
        "kind": entry.kind.value,
        "sender": entry.value,
        "reason": entry.reason,
        "author": entry.author,
        "created_at": entry.created_at,
        "expires_at": entry.expires_at,
    }


def _line(entry: Entry) -> str:
    until = f", until {entry.expires_at.astimezone(UTC):%Y-%m-%d %H:%M} UTC" if entry.expires_at else ""
    return f"{entry.number}  {entry.action.value:<7}  {entry.value}  ({entry.reason}; {entry.author}{until})"
