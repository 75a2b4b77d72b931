"""``gateway thread``: how messages would be threaded, taken as new mail in the given order, against a throw-away store."""

import hashlib
import os
import tempfile
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
from sqlalchemy import select

from gateway.cli.common import print_json
from gateway.config.addresses import AddressBook
from gateway.config.load import Loaded
from gateway.config.model import Brand, Configuration
from gateway.desk.office import Office
from gateway.journal import Accepted, Fate, Journal, new_receipt
from gateway.pipeline.worker import Worker
from gateway.rules import Ruleset
from gateway.store.blobs import BlobStore
from gateway.store.database import Database
from gateway.store.migrate import prepare
from gateway.store.schema import journal as table
from gateway.threading.tokens import Keyring

_ADDRESS = "support@gateway.invalid"  # an address of "ours" that no real mail can come from
_OPENING = (Fate.OPENED.value, Fate.FOLLOW_UP.value)


@click.command()
@click.option("--json", "as_json", is_flag=True, help='One object a line: {"file", "ticket", "new"}.')
@click.option(
    "--batch",
    "batch",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A file with one path a line.",
)
@click.argument("files", nargs=-1)
def thread(as_json: bool, batch: Path | None, files: tuple[str, ...]) -> int:
    """Thread messages as new mail, in order, in an empty store that is thrown away."""
    names = list(files)
    if batch is not None:
        names += [line for line in batch.read_text(encoding="utf-8").splitlines() if line.strip()]
    if not names:
        raise click.UsageError("name the messages, or a list of them with --batch")
    failed = False
    for result in thread_files(names):
        failed |= "error" in result
        if as_json:
            print_json([result])
        else:
            click.echo(
                f"{result['file']}: {result.get('error') or ('opens' if result['new'] else 'joins')} {result.get('ticket', '')}"
            )
    return 1 if failed else 0


def thread_files(names: Sequence[str]) -> Iterator[dict[str, Any]]:
    """One result a name, in order. A mail that ends on no ticket has a value of its own as its ticket."""
    with tempfile.TemporaryDirectory(prefix="gateway-thread-") as directory:
        folder = Path(directory)
        database = Database(f"sqlite:///{folder / 'gateway.db'}")
        try:
            prepare(database)
            journal = Journal(database, BlobStore(folder / "blobs"))
            receipts, errors = _accept(journal, names)
            worker = Worker(journal, _office, _now, wait=lambda _: None, on_outgoing=lambda: None)
            while worker.work_once():
                pass
            with database.read() as connection:
                rows = {
                    row.receipt: row
                    for row in connection.execute(select(table.c.receipt, table.c.fate, table.c.ticket_id))
                }
        finally:
            database.dispose()
    for name, receipt in zip(names, receipts, strict=True):
        if receipt is None:
            yield {"file": name, "error": errors[name]}
        else:
            row = rows[receipt]
            yield {
                "file": name,
                "ticket": row.ticket_id or receipt,
                "new": row.fate in _OPENING or row.ticket_id is None,
            }


def _accept(journal: Journal, names: Sequence[str]) -> tuple[list[str | None], dict[str, str]]:
    receipts: list[str | None] = []
    errors: dict[str, str] = {}
    records = []
    for name in names:
        try:
            raw = Path(name).read_bytes()
        except OSError as error:
            receipts.append(None)
            errors[name] = f"cannot be read: {error.strerror}"
            continue
        receipt = new_receipt(_now(), os.urandom(7))
        receipts.append(receipt)
        records.append(
            Accepted(
                receipt=receipt,
                received_at=_now(),
                protocol="inject",
                peer="",
                helo="",
                tls="",
                reverse_path="sender@gateway.invalid",
                forward_paths=(_ADDRESS,),
                smtputf8=True,
                size=len(raw),
                digest=hashlib.sha256(raw).hexdigest(),
                raw=raw,
                shadow=True,
            )
        )
    if records:
        journal.append(records)
    return receipts, errors


def _office() -> Office:
    return _OFFICE


def _now() -> datetime:
    return datetime.now(UTC)


def _make_office() -> Office:
    configuration = Configuration(
        reply_domain="reply.gateway.invalid",
        admin="admin@gateway.invalid",
        brands=(Brand(id="thread", name="Thread", addresses=(_ADDRESS,)),),
    )
    loaded = Loaded(configuration, Ruleset(), AddressBook(configuration), "", Path())
    return Office(loaded, Keyring({1: bytes(32)}), os.urandom)


_OFFICE = _make_office()
