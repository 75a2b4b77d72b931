"""``gateway quarantine``: held mail, why, and what becomes of it."""

import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import click

from gateway.cli.common import Failed, Place, config_option, json_option, now, open_place, operator, print_json, shown
from gateway.config.verification import services_of
from gateway.desk.quarantine import Act, act
from gateway.report.asked import asked_of
from gateway.store.quarantine import DELETED, HELD, Selection, count_matching
from gateway.store.quarantine_views import list_quarantine
from gateway.store.view_model import QuarantineRow
from gateway.threading.causes import Cause, about

F = TypeVar("F", bound=Callable[..., Any])

ENOUGH_TO_WATCH = 200  # mails from which on a progress bar is shown


@click.group()
def quarantine() -> None:
    """Held mail: list it with cause and remedy, let it go, delete it, block its sender."""


def _which(command: F) -> F:
    """The options that say which mails are meant."""
    for option in (
        click.option("--older-than", type=click.IntRange(0), metavar="DAYS", help="Only mail held for so many days."),
        click.option("--sender", help="Only mail of this address, or of this domain and those below it."),
        click.option(
            "--cause",
            "causes",
            multiple=True,
            metavar="CAUSE",
            type=click.Choice([cause.value for cause in Cause]),
            help="Only these causes.",
        ),
    ):
        command = option(command)
    return command


_reason = click.option("--reason", default="", help="For the sender's entry in the lists.")


def _meant(command: F) -> F:
    command = _which(command)
    command = click.option("--all", "everything", is_flag=True, help="All mail that is held.")(command)
    return click.argument("receipts", nargs=-1)(command)


@quarantine.command("list")
@config_option
@json_option
@_which
@click.option("--deleted", is_flag=True, help="Mail that was deleted from quarantine, instead of what is held.")
@click.option(
    "--limit", type=click.IntRange(1, 100_000), default=50, show_default=True, help="Newest first, at most this many."
)
def list_command(config_path: Path, as_json: bool, deleted: bool, limit: int, **which: Any) -> None:
    """Held mail, newest first, with its cause and the day on which it is deleted."""
    place = open_place(config_path)
    with place.database.read() as connection:
        rows = list_quarantine(
            connection, selection=_selection((), **which), limit=limit, fate=DELETED if deleted else HELD
        )
    rows = shown(rows)
    if as_json:
        print_json(_as_dict(row, place) for row in rows)
        return
    for row in rows:
        click.echo(
            f"{row.receipt}  {row.settled_at or row.received_at:%Y-%m-%d}  {row.cause or '':<18} {row.sender:<34} {row.subject[:60]}"
        )
    if not rows:
        click.echo("Nothing is held." if not deleted else "Nothing was deleted.")


@quarantine.command()
@click.argument("receipt")
@config_option
@json_option
def show(receipt: str, config_path: Path, as_json: bool) -> None:
    """One held mail: what happened, and exactly what to do."""
    place = open_place(config_path)
    with place.database.read() as connection:
        found = list_quarantine(connection, selection=Selection(receipts=(receipt,)), limit=1)
        asked = (
            asked_of(connection, place.blobs, services_of(place.loaded.configuration.verification), found[0].id)
            if found
            else None
        )
    if not found:
        raise Failed(
            f"{receipt} is not in quarantine; see `gateway quarantine list` and `gateway journal show {receipt}`"
        )
    (row,) = found
    told = about(row.cause)
    facts = _as_dict(row, place) | {
        "happened": told.happened.en,
        "remedy": told.remedy.en,
        "preview": row.preview,
        "last_error": row.last_error,
    }
    if asked is not None:
        facts |= {
            "service": asked.asked.service,
            "codes": list(asked.asked.codes),
            "links": list(asked.asked.links),
            "sender_verified": asked.is_proven,
        }
    if as_json:
        print_json([facts])
        return
    for key, value in shown(facts).items():
        if value not in (None, "", []):
            click.echo(f"{key:<14} {value}")


@quarantine.command()
@config_option
@json_option
@_meant
@_reason
@click.option("--allow-sender", is_flag=True, help="Also put each sender on the list of allowed senders.")
def release(config_path: Path, as_json: bool, allow_sender: bool, **which: Any) -> int:
    """Let mail go: today's rules work on it as if it had just come in."""
    return _do(config_path, as_json, Act.ALLOW if allow_sender else Act.RELEASE, "released", **which)


@quarantine.command()
@config_option
@json_option
@_meant
def delete(config_path: Path, as_json: bool, **which: Any) -> int:
    """Delete held mail; `quarantine restore` takes it back for some days (quarantine.undo_days)."""
    return _do(config_path, as_json, Act.DELETE, "deleted", **which)


@quarantine.command()
@config_option
@json_option
@_meant
@_reason
def block(config_path: Path, as_json: bool, **which: Any) -> int:
    """Delete held mail and put each of its senders on the list of blocked senders."""
    return _do(config_path, as_json, Act.BLOCK, "deleted", **which)


@quarantine.command()
@config_option
@json_option
@_meant
def restore(config_path: Path, as_json: bool, **which: Any) -> int:
    """Take the deletion of mail back while its bytes are still there."""
    return _do(config_path, as_json, Act.RESTORE, "held again", **which)


def _do(
    config_path: Path,
    as_json: bool,
    what: Act,
    done_word: str,
    *,
    receipts: tuple[str, ...],
    everything: bool,
    reason: str = "",
    **which: Any,
) -> int:
    if not (receipts or everything or any(which.values())):
        raise Failed("say which mails: receipts, --cause, --sender, --older-than, or --all", 2)
    place = open_place(config_path)
    selection = _selection(receipts, **which)
    with place.database.read() as connection:
        count = count_matching(connection, selection, fate=DELETED if what is Act.RESTORE else HELD)
    watched = count >= ENOUGH_TO_WATCH and sys.stderr.isatty()
    with click.progressbar(length=count, file=sys.stderr, label=str(what), hidden=not watched) as bar:
        done = act(
            place.database,
            what,
            selection,
            actor=operator(),
            now=now(),
            reason=reason,
            is_ours=place.loaded.address_book.is_ours,
            on_progress=bar.update,
        )
    dealt_with = {held.receipt for held in done.mails}
    missing = [receipt for receipt in receipts if receipt not in dealt_with]
    if as_json:
        print_json(
            {"receipt": it.receipt, "done": str(what), "cause": it.cause, "from": it.sender} for it in done.mails
        )
        print_json({"receipt": receipt, "done": None, "cause": None, "from": None} for receipt in missing)
    else:
        for held in done.mails:
            click.echo(f"{held.receipt} {done_word}")
        if done.listed:
            click.echo(f"{'allowed' if what is Act.ALLOW else 'blocked'}: {', '.join(done.listed)}")
        if not done.mails:
            click.echo("no mail fits")
    for sentence in done.not_listed:
        click.echo(f"note: {sentence}", err=True)
    for receipt in missing:
        click.echo(f"{receipt} is not there to be {done_word}; see `gateway journal show {receipt}`", err=True)
    return 1 if missing else 0


def _selection(
    receipts: tuple[str, ...], *, causes: tuple[str, ...], sender: str | None, older_than: int | None
) -> Selection:
    return Selection(
        receipts=receipts or None,
        causes=causes or None,
        sender=sender,
        held_before=None if older_than is None else now() - timedelta(days=older_than),
    )


def _as_dict(row: QuarantineRow, place: Place) -> dict[str, Any]:
    return {
        "receipt": row.receipt,
        "cause": row.cause,
        "severity": str(about(row.cause).severity),
        "received_at": row.received_at,
        "held_at": row.settled_at,
        "deleted_from": _deleted_from(row.settled_at, place),
        "announced": row.last_call,
        "from": row.author,
        "reverse_path": row.reverse_path,
        "forward_paths": row.forward_paths,
        "subject": row.subject,
        "size": row.size,
    }


def _deleted_from(held_at: datetime | None, place: Place) -> datetime | None:
    """From when on the mail may be deleted by itself; not before its deletion was announced."""
    return held_at and held_at + timedelta(days=place.loaded.configuration.quarantine.keep_days)
