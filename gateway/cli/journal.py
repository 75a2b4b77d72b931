"""``gateway journal``: the ledger of accepted mail."""

import sys
from pathlib import Path
from typing import Any

import click
from sqlalchemy import select

from gateway.cli.common import Failed, config_option, json_option, now, open_place, operator, print_json, shown
from gateway.config.verification import services_of
from gateway.desk.quarantine import Act, act
from gateway.journal import Damaged, checked_bytes
from gateway.report.asked import asked_of
from gateway.store.quarantine import Selection, is_erased
from gateway.store.schema import journal as table

_COLUMNS = (
    table.c.receipt,
    table.c.received_at,
    table.c.state,
    table.c.fate,
    table.c.cause,
    table.c.ticket_id,
    table.c.crashes,
    table.c.protocol,
    table.c.peer,
    table.c.reverse_path,
    table.c.forward_paths,
    table.c.size,
)


@click.group()
def journal() -> None:
    """The ledger: every accepted mail and what became of it."""


@journal.command("balance")
@config_option
@json_option
def balance_command(config_path: Path, as_json: bool) -> int:
    """Does accepted = sum of fates + pending? Exit status 1 if not."""
    figures = open_place(config_path).journal.balance()
    if as_json:
        print_json([{"accepted": figures.accepted, "pending": figures.pending, "fates": dict(figures.fates)}])
    else:
        width = max(len(word) for word in ("accepted", *figures.fates))
        for word, count in (
            ("accepted", figures.accepted),
            ("pending", figures.pending),
            *sorted(figures.fates.items()),
        ):
            click.echo(f"{word:<{width}}  {count:>9}")
        click.echo(
            "the ledger adds up" if figures.adds_up else "THE LEDGER DOES NOT ADD UP: a mail has no fate, or two"
        )
    return 0 if figures.adds_up else 1


@journal.command("list")
@config_option
@json_option
@click.option("--fate", help="Only this fate: quarantined, dropped, silent, bounce ...")
@click.option("--pending", is_flag=True, help="Only mail without a fate yet.")
@click.option(
    "--limit", type=click.IntRange(1, 10_000), default=50, show_default=True, help="Newest first, at most this many."
)
def list_command(config_path: Path, as_json: bool, fate: str | None, pending: bool, limit: int) -> None:
    """Entries, newest first."""
    query = select(*_COLUMNS).order_by(table.c.id.desc()).limit(limit)
    if fate:
        query = query.where(table.c.fate == fate)
    if pending:
        query = query.where(table.c.state == "pending")
    with open_place(config_path).database.read() as connection:
        rows = [_as_dict(row) for row in connection.execute(query)]
    if as_json:
        print_json(rows)
        return
    for row in rows:
        where = f"ticket {row['ticket']}" if row["ticket"] else (row["cause"] or "")
        click.echo(
            f"{row['receipt']}  {row['received_at']:%Y-%m-%d %H:%M:%S}  {row['fate'] or 'pending':<12} {where:<20} {row['reverse_path']}"
        )


@journal.command("show")
@click.argument("receipt")
@config_option
@json_option
@click.option("--raw", "show_raw", is_flag=True, help="Print the mail's bytes as they were accepted.")
def show_command(receipt: str, config_path: Path, as_json: bool, show_raw: bool) -> None:
    """One entry, or with --raw its bytes."""
    place = open_place(config_path)
    with place.database.read() as connection:
        row = connection.execute(select(table).where(table.c.receipt == receipt)).first()
    if row is None:
        raise Failed(f"there is no entry with the receipt {receipt!r}; see `gateway journal list`")
    if show_raw:
        with place.database.read() as connection:
            erased_at = is_erased(connection, row.id)
        if erased_at is not None:
            raise Failed(f"the mail was deleted, and its bytes were removed at {erased_at:%Y-%m-%d %H:%M} UTC")
        try:
            sys.stdout.buffer.write(checked_bytes(place.blobs, row.raw, row.digest))
        except Damaged as error:
            raise Failed(str(error)) from error
        return
    entry = _as_dict(row) | {
        "last_error": row.last_error,
        "trace": row.trace,
        "digest": row.digest,
        "tls": row.tls,
        "helo": row.helo,
    }
    with place.database.read() as connection:
        asked = asked_of(connection, place.blobs, services_of(place.loaded.configuration.verification), row.id)
    if asked is not None:
        entry |= {
            "codes": list(asked.asked.codes),
            "links": list(asked.asked.links),
            "sender_verified": asked.is_proven,
        }
    if as_json:
        print_json([entry])
        return
    for key, value in shown(entry).items():
        if value not in (None, "", []):
            click.echo(f"{key:<14} {value}")


@journal.command("retry")
@click.argument("receipts", nargs=-1, required=True)
@config_option
@json_option
def retry_command(receipts: tuple[str, ...], config_path: Path, as_json: bool) -> int:
    """Try quarantined mail again, after whatever was wrong was mended: `gateway quarantine release`."""
    place = open_place(config_path)
    done = act(
        place.database,
        Act.RELEASE,
        Selection(receipts=receipts),
        actor=operator(),
        now=now(),
        is_ours=place.loaded.address_book.is_ours,
    )
    released = {held.receipt for held in done.mails}
    results = [{"receipt": receipt, "retried": receipt in released} for receipt in receipts]
    if as_json:
        print_json(results)
    else:
        for result in results:
            said = (
                "will be tried again"
                if result["retried"]
                else "is not in quarantine; see `gateway journal list --fate quarantined`"
            )
            click.echo(f"{result['receipt']} {said}")
    return 0 if all(result["retried"] for result in results) else 1


def _as_dict(row: Any) -> dict[str, Any]:
    return {
        "receipt": row.receipt,
        "received_at": row.received_at,
        "state": row.state,
        "fate": row.fate,
        "cause": row.cause,
        "ticket": row.ticket_id,
        "crashes": row.crashes,
        "protocol": row.protocol,
        "peer": row.peer,
        "reverse_path": row.reverse_path,
        "forward_paths": row.forward_paths,
        "size": row.size,
    }
