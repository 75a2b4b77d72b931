"""``gateway inject``: the door without the network, for a mail server's pipe, single mails, mbox files and Maildir folders."""

import contextlib
import errno
import hashlib
import os
import re
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import click
from sqlalchemy.exc import SQLAlchemyError

from gateway.bell import Ropes
from gateway.cli.common import Failed, Place, config_option, json_option, now, open_place, print_json
from gateway.cli.mail_sources import Item, read_pipe, read_source, size_of
from gateway.config.addresses import AddressBook
from gateway.config.model import Configuration
from gateway.journal import Accepted, new_receipt
from gateway.mail.headers import HeaderBlock, read_headers
from gateway.smtp import replies
from gateway.smtp.data import HeaderReader
from gateway.smtp.grammar import LOCAL_OCTETS, read_mailbox
from gateway.smtp.recipients import judge
from gateway.smtp.replies import SmtpReply
from gateway.smtp.server import free_space_of

T = TypeVar("T")

# sysexits.h: mail servers return the mail to its sender for all of these but EX_TEMPFAIL
EX_DATAERR, EX_NOINPUT, EX_NOUSER, EX_TEMPFAIL, EX_NOPERM = 65, 66, 67, 75, 77
LOCK_SECONDS = 30.0  # how long another process may keep the database
BATCH = 50  # mails of one commit
BATCH_OCTETS = 8 * 1024 * 1024
_BAR_FROM = 1024 * 1024  # octets of input that are worth a progress bar

_OWN_FIELDS = ("delivered-to", "x-original-to", "envelope-to", "to", "cc")
_ADDRESS = re.compile(r"[^\s<>(),;:\"\[\]@]{1,64}@[^\s<>(),;:\"\[\]@]{1,255}")


@click.command()
@config_option
@click.option(
    "--from",
    "sender",
    metavar="ADDRESS",
    help='Reverse-path; "" or <> is the null one. Else: SENDER, Return-Path, From.',
)
@click.option("--to", "recipients", metavar="ADDRESS", multiple=True, help="Recipient, more than once for several.")
@click.option("--shadow", is_flag=True, help="Learn from the mail, send nothing because of it.")
@json_option
@click.argument("sources", nargs=-1, required=True, metavar="FILE…|-")
def inject(
    config_path: Path,
    sender: str | None,
    recipients: tuple[str, ...],
    shadow: bool,
    as_json: bool,
    sources: tuple[str, ...],
) -> int:
    """Take in mail from files, mbox files and Maildir folders, or with - one mail from a mail server's pipe.

    Exit status: 0 when every mail is durable, 75 for trouble that may pass (try the same again), 65 for a mail that cannot be taken,
    66 for a file that cannot be read, 67 for an unknown recipient, 77 for one that is not ours. With several mails the others are
    taken all the same.
    """
    is_pipe = "-" in sources
    if is_pipe and len(sources) > 1:
        raise click.UsageError("- stands alone: one mail on standard input, and no files beside it")
    try:
        injection = Injection(open_place(config_path), sender, recipients, is_shadow=shadow, is_pipe=is_pipe)
        if is_pipe:
            items: Iterable[Item] = [read_pipe(sys.stdin.buffer, most=injection.most)]
        else:
            items = _read_all([Path(source) for source in sources], injection.most, show=not as_json)
        return injection.run(items, as_json=as_json)
    except click.UsageError:
        raise
    except Failed as error:
        # The mail server would return the mail to its sender because of our mistake: let it keep the mail instead.
        raise Failed(error.message, EX_TEMPFAIL if is_pipe else error.exit_code) from error
    except Exception as error:
        raise Failed(f"trouble here, try again later: {type(error).__name__}: {error}", EX_TEMPFAIL) from error


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one mail: a receipt, or a reason and the exit status that goes with it."""

    file: str
    receipt: str | None = None
    error: str | None = None
    status: int = 0

    def as_json(self) -> dict[str, Any]:
        return {"file": self.file, "receipt": self.receipt, "error": self.error}


class Refused(Exception):
    """This mail cannot be taken; the text says why, ``status`` is the exit status that goes with it."""

    def __init__(self, reason: str, status: int) -> None:
        super().__init__(reason)
        self.status = status


def refused(reply: SmtpReply, about: str = "") -> Refused:
    """As the door would have refused it."""
    status = {replies.NO_MAILBOX: EX_NOUSER, replies.NO_RELAY: EX_NOPERM}.get(reply, EX_DATAERR)
    return Refused(f"{about}: {reply}" if about else str(reply), status if reply.is_permanent else EX_TEMPFAIL)


class Injection:
    """The checks of the door, and the journal behind them."""

    def __init__(
        self, place: Place, sender: str | None, recipients: Sequence[str], *, is_shadow: bool, is_pipe: bool
    ) -> None:
        self._place = place
        self._configuration: Configuration = place.loaded.configuration
        self._limits = self._configuration.limits
        self._addresses = AddressBook(self._configuration)
        self._is_shadow = is_shadow
        self._is_pipe = is_pipe
        self._environment = os.environ if is_pipe else {}
        self._sender = None if sender is None else _reverse_path(sender)
        if sender is not None and self._sender is None:
            raise click.UsageError(f"--from {sender!r} is not an address; write it like kim@customer.example")
        self._recipients = tuple(recipients)

    @property
    def most(self) -> int:
        """Octets of the largest mail, in the form with bare LF."""
        return self._limits.message_size

    def run(self, items: Iterable[Item], *, as_json: bool) -> int:
        """Take in all of them and report; returns the exit status."""
        status = count = taken = 0
        for outcome in self.outcomes(items):
            count += 1
            taken += outcome.error is None
            if outcome.status == EX_TEMPFAIL or not status:
                status = outcome.status
            if as_json:
                print_json([outcome.as_json()])
            elif outcome.error is not None:
                click.echo(f"{printable(outcome.file)}: {printable(outcome.error)}", err=True)
            elif outcome.file == "-":
                click.echo(f"accepted as {outcome.receipt}")
        if not as_json and not self._is_pipe:
            click.echo(f"{taken} accepted, {count - taken} refused", err=count > taken)
        return status

    def outcomes(self, items: Iterable[Item]) -> Iterator[Outcome]:
        """One for each mail, in order, as soon as it is durable. Ends at the first trouble that may pass: the next ones would
        meet it too, and those that are in already are recognised as duplicates when the same is tried again."""
        batch: list[tuple[Item, Accepted]] = []
        octets = 0
        for item in items:
            try:
                record = self._record(item)
            except Refused as error:
                yield from self._commit(batch)
                batch, octets = [], 0
                yield Outcome(item.name, error=str(error), status=error.status)
                if error.status == EX_TEMPFAIL:
                    return
                continue
            batch.append((item, record))
            octets += record.size
            if len(batch) >= BATCH or octets >= BATCH_OCTETS:
                outcomes = self._commit(batch)
                batch, octets = [], 0
                yield from outcomes
                if outcomes[-1].status == EX_TEMPFAIL:
                    return
        yield from self._commit(batch)

    def _commit(self, batch: Sequence[tuple[Item, Accepted]]) -> list[Outcome]:
        if not batch:
            return []
        try:
            within(LOCK_SECONDS, lambda: self._place.journal.append([record for _, record in batch]))
        except (SQLAlchemyError, OSError) as error:
            reason = f"{replies.LOCAL_ERROR} ({getattr(error, 'orig', None) or error})"
            return [Outcome(item.name, error=reason, status=EX_TEMPFAIL) for item, _ in batch]
        self._ring()
        return [Outcome(item.name, receipt=record.receipt) for item, record in batch]

    def _ring(self) -> None:
        ropes = Ropes(self._configuration.data_dir, {"pipeline": self._configuration.processes.pipelines})
        ropes.ring("pipeline")
        ropes.close()

    def _record(self, item: Item) -> Accepted:
        """The journal row of a mail; Refused where the door would refuse it too."""
        raw = item.raw
        if item.is_too_large:
            raise refused(replies.TOO_LARGE)
        if raw is None:
            raise Refused(item.fault, EX_TEMPFAIL if item.is_temporary else EX_NOINPUT)
        self._check(raw)
        headers = read_headers(raw[: self._limits.header_size])
        digest = hashlib.sha256(raw).hexdigest()
        is_small = len(raw) <= self._limits.small_body
        recipients = self._forward_paths(headers)
        reverse_path = self._reverse_path(headers, item)
        if not is_small:
            try:
                within(LOCK_SECONDS, lambda: self._place.blobs.put(raw))
            except OSError as error:
                full = error.errno in (errno.ENOSPC, errno.EDQUOT)
                raise refused(replies.NO_SPACE if full else replies.LOCAL_ERROR) from error
        moment = now()
        return Accepted(
            receipt=new_receipt(moment, os.urandom(7)),
            received_at=moment,
            protocol="inject",
            peer="",
            helo="",
            tls="",
            reverse_path=reverse_path,
            forward_paths=recipients,
            smtputf8=not (reverse_path + "".join(recipients)).isascii(),
            size=len(raw),
            digest=digest,
            raw=raw if is_small else None,
            shadow=self._is_shadow,
        )

    def _check(self, raw: bytes) -> None:
        if not raw:
            raise Refused("there is no mail in it", EX_DATAERR)
        if len(raw) > self._limits.message_size:
            raise refused(replies.TOO_LARGE)
        if b"\0" in raw or raw.count(b"\r") != raw.count(b"\r\n"):
            raise refused(replies.BARE_CR_LF_NUL)
        header = HeaderReader(self._limits.header_size)
        header.feed(raw)
        header.finish()
        if header.is_too_large:
            raise refused(replies.HEADER_TOO_LARGE)
        if header.received > self._limits.received_fields:
            raise refused(replies.LOOP)
        try:
            free = free_space_of(self._place.blobs.directory)()
        except OSError as error:
            raise refused(replies.LOCAL_ERROR) from error
        if free < self._limits.free_disk_bytes + len(raw):
            raise refused(replies.NO_SPACE)

    def _forward_paths(self, headers: HeaderBlock) -> tuple[str, ...]:
        """``--to``; else the first address of ours in RECIPIENT or the header; else the first of the first brand."""
        if self._recipients:
            return tuple(dict.fromkeys(self._judged(recipient) for recipient in self._recipients))
        candidates = [self._environment.get("RECIPIENT", "")]
        for key in _OWN_FIELDS:
            for found in headers.all(key):
                candidates += _ADDRESS.findall(found.value.decode("utf-8", "replace")[:65536])
        for candidate in candidates:
            address = read_mailbox(candidate, local_octets=LOCAL_OCTETS)
            if address is not None and judge(self._addresses, address).code == 250:
                return (address,)
        return (self._configuration.brands[0].addresses[0],)

    def _judged(self, recipient: str) -> str:
        address = read_mailbox(recipient.strip().removeprefix("<").removesuffix(">"), local_octets=LOCAL_OCTETS)
        reply = replies.BAD_FORWARD_PATH if address is None else judge(self._addresses, address)
        if address is None or reply.code != 250:
            raise refused(reply, recipient)
        return address

    def _reverse_path(self, headers: HeaderBlock, item: Item) -> str:
        """``--from``; else SENDER, Return-Path, the mbox separator, From: the first that is an address or the null path."""
        if self._sender is not None:
            return self._sender
        candidates = [self._environment.get("SENDER"), _text(headers.first("return-path")), item.sender]
        for candidate in candidates:
            path = None if candidate is None else _reverse_path(candidate)
            if path is not None:
                return path
        author = _ADDRESS.search(_text(headers.first("from")) or "")
        return (read_mailbox(author[0]) if author else None) or ""


def _text(value: bytes | None) -> str | None:
    return None if value is None else value[:4096].decode("utf-8", "replace").strip()


def _reverse_path(text: str) -> str | None:
    """An address, "" for the null reverse-path in any of its written forms, None for anything else."""
    path = text.strip().removeprefix("<").removesuffix(">")
    if path.upper() in ("", "MAILER-DAEMON"):
        return ""
    return read_mailbox(path)


def within(seconds: float, function: Callable[[], T]) -> T:
    """The function's result; TimeoutError when it takes longer. It is left behind then, in a thread that ends with us."""
    results: list[T] = []
    errors: list[BaseException] = []

    def work() -> None:
        try:
            results.append(function())
        except BaseException as error:  # raised again below
            errors.append(error)

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    thread.join(seconds)
    if errors:
        raise errors[0]
    if not results:
        raise TimeoutError(f"the database or disk did not answer within {seconds:.0f} seconds")
    return results[0]


def printable(text: str) -> str:
    """For a terminal: control characters of a stranger's making are shown, not obeyed."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)


def _read_all(paths: Sequence[Path], most: int, *, show: bool) -> Iterator[Item]:
    """All mails of all sources, with a progress bar on a terminal when there is much to do."""
    total = sum(map(size_of, paths))
    items = (item for path in paths for item in read_source(path, most=most))
    if not show or total < _BAR_FROM or not sys.stderr.isatty():
        yield from items
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (BarColumn(), TextColumn("{task.percentage:>3.0f}%  {task.fields[mails]} mails"), TimeRemainingColumn())
    with contextlib.ExitStack() as stack:
        progress = stack.enter_context(Progress(*columns, console=Console(stderr=True), transient=True))
        task = progress.add_task("", total=total, mails=0)
        for number, item in enumerate(items, 1):
            yield item
            progress.update(task, advance=item.octets, mails=number)
