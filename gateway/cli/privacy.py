"""``gateway redact``, ``gateway retention`` and ``gateway audit``: take people out, keep periods, see who saw and did what."""

import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
from sqlalchemy import Connection

from gateway.cli.common import Failed, Place, config_option, json_option, now, open_place, operator, print_json
from gateway.desk.redacting import Receipt, expected
from gateway.desk.redacting import redact as carry_out
from gateway.store import retention as periods
from gateway.store.audit import Entry, Wanted, What, list_entries, verify
from gateway.store.redaction import Plan, RedactionError, plan_message, plan_person

COMMAND_LINE = "command line"
yes_option = click.option("--yes", is_flag=True, help="Do it. Without this it is only said what would go.")
why_option = click.option("--why", default="", help="The reason, for the receipt. No personal data.")


@click.group()
def redact() -> None:
    """Take a message or a person out of everything that is kept. Shows what would go; --yes does it."""


@redact.command("message")
@click.argument("message", type=click.IntRange(1))
@config_option
@json_option
@yes_option
@why_option
def message_command(message: int, config_path: Path, as_json: bool, yes: bool, why: str) -> None:
    """Remove all content of MESSAGE (its id in `gateway tickets show --json`), the mail as it came, and mail of ours that quotes it."""
    _redact(open_place(config_path), lambda connection: plan_message(connection, message), as_json, yes, why)


@redact.command("person")
@click.argument("address")
@config_option
@json_option
@yes_option
@why_option
def person_command(address: str, config_path: Path, as_json: bool, yes: bool, why: str) -> None:
    """Remove all that the person with ADDRESS wrote and got, their tickets' content, and their name and address everywhere."""
    _redact(open_place(config_path), lambda connection: plan_person(connection, address), as_json, yes, why)


def _redact(place: Place, find: Callable[[Connection], Plan], as_json: bool, yes: bool, why: str) -> None:
    try:
        if not yes:
            with place.database.read() as connection:
                plan = find(connection)
            _tell(plan.about, expected(plan), as_json)
            return
        receipt = _with_progress(place, find, why)
    except RedactionError as error:
        raise Failed(str(error)) from error
    _tell_receipt(receipt, as_json)


def _with_progress(place: Place, find: Callable[[Connection], Plan], why: str) -> Receipt:
    """Do it, with a bar on a terminal; on standard error, so that ``--json`` stays clean."""
    with click.progressbar(length=1, label="rows", file=sys.stderr, hidden=not sys.stderr.isatty()) as bar:

        def on_progress(done: int, total: int) -> None:
            bar.length = max(total, 1)
            bar.update(done - bar.pos)

        return carry_out(
            place.database,
            place.blobs,
            find,
            actor=operator(),
            origin=COMMAND_LINE,
            why=why,
            now=now(),
            on_progress=on_progress,
        )


def _tell(about: str, counts: dict[str, int], as_json: bool) -> None:
    if as_json:
        print_json([{"about": about, "done": False, "expected": counts}])
        return
    click.echo(f"{about}: " + ", ".join(f"{count} {name}" for name, count in counts.items()))
    click.echo("Nothing was removed. Run it again with --yes to remove this for good.")


def _tell_receipt(receipt: Receipt, as_json: bool) -> None:
    if as_json:
        print_json([{"done": True, **receipt.fields()}])
        return
    click.echo(
        f"{receipt.about} was removed: " + ", ".join(f"{count} {name}" for name, count in receipt.removed.items())
    )
    if receipt.files_later:
        click.echo(f"{receipt.files_later} files follow within a day, unless another mail needs them")
    click.echo(f"hash {receipt.hash}; backups made before still have it")


@click.command()
@config_option
@json_option
@click.option("--dry-run", is_flag=True, help="Only say how much is over.")
def retention(config_path: Path, as_json: bool, dry_run: bool) -> None:
    """Remove now what privacy.retention lets go; the running gateway does so by itself every hour."""
    place = open_place(config_path)
    settings = place.loaded.configuration.privacy.retention
    moment = now()
    with place.database.read() as connection:
        counts = periods.due(connection, settings, moment)
    removed = 0 if dry_run else periods.keep_periods(place.database, settings, moment)
    if as_json:
        print_json([{"due": counts, "removed": removed}])
        return
    for name, count in counts.items():
        click.echo(f"{name:<16} {getattr(settings, name):>6} days  {count} over")
    if not counts:
        click.echo("everything is kept for ever")
    elif not dry_run:
        click.echo(f"{removed} removed")


@click.group()
def audit() -> None:
    """Who saw and did what: list, verify."""


@audit.command("list")
@config_option
@json_option
@click.option("--what", type=click.Choice([it.value for it in What]), help="Only this.")
@click.option("--actor", default="", metavar="ADDRESS", help="Only by this agent.")
@click.option("--about", default="", help='Only on this, like "ticket 12".')
@click.option("--since", type=click.DateTime(), help="Only from this time on (UTC).")
@click.option(
    "--limit", type=click.IntRange(1), default=100, show_default=True, help="At most this many, the newest first."
)
def list_command(
    config_path: Path, as_json: bool, what: str | None, actor: str, about: str, since: datetime | None, limit: int
) -> None:
    """Rows of the log, the newest first."""
    wanted = Wanted(what=what or "", actor=actor, about=about, since=since.replace(tzinfo=UTC) if since else None)
    with open_place(config_path).database.read() as connection:
        rows = list_entries(connection, wanted, limit=limit)
    if as_json:
        print_json(map(_fields, rows))
        return
    for row in rows:
        click.echo(f"{row.at:%Y-%m-%d %H:%M:%S}  {row.actor or '-':<32} {row.origin:<16} {row.what} {row.about}")
    if not rows:
        click.echo("nothing was written down")


@audit.command("verify")
@config_option
@json_option
@click.option(
    "--expect", default="", metavar="HASH", help="A hash that was noted earlier, and must still be in the chain."
)
def verify_command(config_path: Path, as_json: bool, expect: str) -> None:
    """Whether any row was changed, removed or inserted; exit 1 if so. Note the hash elsewhere, to see a log that was made anew."""
    with open_place(config_path).database.read() as connection:
        found = verify(connection, expect)
    whole = not found.why
    if as_json:
        print_json(
            [{"whole": whole, "rows": found.rows, "hash": found.head, "broken_at": found.broken_at, "why": found.why}]
        )
    elif whole:
        click.echo(f"{found.rows} rows, whole; the last hash is {found.head or 'none yet'}")
    if not whole:
        raise Failed(
            f"the audit log is not whole{f' at row {found.broken_at}' if found.broken_at else ''}: {found.why}"
        )


def _fields(row: Entry) -> dict[str, Any]:
    return {
        "id": row.id,
        "at": row.at,
        "actor": row.actor,
        "origin": row.origin,
        "what": row.what,
        "about": row.about,
        "data": row.data,
        "hash": row.hash,
    }
