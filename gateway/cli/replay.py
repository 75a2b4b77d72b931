"""``gateway replay``: stored mail derived again by today's program and configuration; what would be otherwise, and writing it."""

import os
import shlex
import sys
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

import click

from gateway.cli.common import Failed, Place, config_option, json_option, now, open_place, operator, print_json, shown
from gateway.config.keys import load_keyring
from gateway.config.mistakes import ConfigurationError
from gateway.desk.office import Office
from gateway.replay.accept import AnotherChangeSet, By, Written, accept
from gateway.replay.model import Change, ChangeSet, Field, Proposal
from gateway.replay.propose import Fresh, Proposing
from gateway.replay.stored import Wanted, count_mails
from gateway.rules.durations import parse_duration

ENOUGH_TO_WATCH = 200
"""Mails from which on a progress bar is shown."""

_SHOWN = 70  # characters of a value, beginning a little before the first one that differs
_BEFORE = 20


def _span(context: click.Context, parameter: click.Parameter, value: str) -> timedelta:  # noqa: ARG001 - click's signature
    try:
        return parse_duration(value)
    except ValueError as error:
        raise click.BadParameter(str(error)) from error


@click.command()
@config_option
@json_option
@click.option("--since", default="30d", show_default=True, callback=_span, help="Mail that came within this time.")
@click.option("--ticket", type=click.IntRange(1), help="Mail on this ticket, however old.")
@click.option("--message", "mail", help="One mail, however old: its receipt, Message-ID or number.")
@click.option(
    "--only", multiple=True, type=click.Choice([it.value for it in Field]), help="Nothing but this; may be repeated."
)
@click.option("--accept", "digest", metavar="CHANGE-SET", help="Write the change set that was printed with this name.")
def replay(
    config_path: Path,
    as_json: bool,
    since: timedelta,
    ticket: int | None,
    mail: str | None,
    only: tuple[str, ...],
    digest: str | None,
) -> None:
    """Derive stored mail again and print what would be otherwise. Changes nothing without --accept, and never sends anything."""
    place = open_place(config_path)
    office = _office(place)
    begin = now() - since if ticket is None and mail is None else None
    wanted = Wanted(begin, ticket, mail)
    fields = [Field(name) for name in only]
    with place.database.read() as connection:
        total = count_mails(connection, wanted)
    if mail is not None and not total:
        raise Failed(f"there is no mail {mail!r}; give a receipt, a Message-ID or the number of a message")
    if digest is not None:
        _accept(place, office, wanted, fields, digest.lower(), total, as_json=as_json)
        return
    with _watched(total, as_json=as_json) as on_mail:
        walk = Proposing(place.journal, office, wanted, fields, on_mail)
        for fresh in walk.proposals():
            _print(fresh, as_json=as_json)
    _print_sum(walk.summed, _command(), as_json=as_json)


def _accept(
    place: Place,
    office: Office,
    wanted: Wanted,
    fields: Collection[Field],
    digest: str,
    total: int,
    *,
    as_json: bool,
) -> None:
    by = By(operator(), digest, now())
    try:
        with _watched(2 * total, as_json=as_json) as on_mail:  # looked at once more before the first change
            summed, written = accept(lambda: Proposing(place.journal, office, wanted, fields, on_mail), by)
    except AnotherChangeSet as error:
        is_now = f"it is {error.digest} now; look at it" if error.digest else "there is nothing to accept"
        raise Failed(f"this is not the change set {digest}: {is_now}. Nothing was written.") from error
    if as_json:
        print_json([_summary(summed, digest, written)])
        return
    click.echo(f"{_times(written.changes, 'change')} in {_times(written.mails, 'mail')} written, nothing was sent")
    if written.overtaken:
        click.echo(f"{_times(written.overtaken, 'mail')} left as they are: somebody changed them in between")


def _office(place: Place) -> Office:
    try:
        return Office(place.loaded, load_keyring(place.loaded.configuration, may_create=False), os.urandom)
    except ConfigurationError as error:
        raise Failed("\n".join(map(str, error.mistakes)), 2) from error


@contextmanager
def _watched(total: int, *, as_json: bool) -> Iterator[Callable[[int], None]]:
    hidden = total < ENOUGH_TO_WATCH or as_json or not sys.stderr.isatty()
    with click.progressbar(length=total, file=sys.stderr, label="mails", hidden=hidden) as bar:
        yield bar.update


def _print(fresh: Fresh, *, as_json: bool) -> None:
    proposal = fresh.proposal
    if as_json:
        print_json([_fields(proposal)])
        return
    where = f"#{proposal.ticket}  message {proposal.message}" if proposal.message is not None else "on no ticket"
    click.echo(f"{where}  {proposal.receipt}")
    for change in proposal.changes:
        was, becomes = _pair(change)
        click.echo(f"    {change.field.value}: {was} -> {becomes}")
        if change.refused:
            click.echo(f"        left as it is: {change.refused}")


def _pair(change: Change) -> tuple[str, str]:
    """Both values from a little before the first character that differs; nothing that a terminal could obey."""
    was, becomes = (_plain(shown(value)) for value in (change.was, change.becomes))
    place = next((at for at in count() if was[at : at + 1] != becomes[at : at + 1] or at > len(was)), 0)
    start = max(0, place - _BEFORE)
    return _cut(was, start), _cut(becomes, start)


def _plain(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {_plain(inner)}" for name, inner in value.items()) or "none"
    if isinstance(value, list):
        return ", ".join(_plain(inner) for inner in value) or "none"
    if value is None or value == "":
        return "none"
    return repr(value)[1:-1] if isinstance(value, str) else str(value)


def _cut(text: str, start: int) -> str:
    end = start + _SHOWN
    return f"{'…' if start else ''}{text[start:end]}{'…' if end < len(text) else ''}"


def _print_sum(summed: ChangeSet, command: str, *, as_json: bool) -> None:
    if as_json:
        print_json([_summary(summed, summed.digest, Written())])
        return
    click.echo(f"{_times(summed.mails, 'mail')} derived again; {summed.changed} would come out otherwise")
    for why, mails in summed.left_out.items():
        click.echo(f"{_times(mails, 'mail')} left out: {why}")
    if summed.refused:
        click.echo(f"{_times(summed.refused, 'change')} left as they are, for the reasons above")
    if summed.digest:
        click.echo(f"change set {summed.digest}: {_times(summed.changes, 'change')}. To write it:")
        click.echo(f"    {command} --accept {summed.digest}")


def _command() -> str:
    """The command as it was typed."""
    context = click.get_current_context()
    given = [
        f"{parameter.opts[-1]} {shlex.quote(one)}"
        for parameter in context.command.params
        if context.get_parameter_source(parameter.name or "") is click.core.ParameterSource.COMMANDLINE
        for one in _typed(parameter, context.params[parameter.name or ""])
    ]
    return " ".join(("gateway replay", *given))


def _typed(parameter: click.Parameter, value: Any) -> list[str]:
    if isinstance(value, timedelta):
        return [f"{int(value.total_seconds() // 60)}m"]
    return [str(one) for one in (value if parameter.multiple else [value])]


def _fields(proposal: Proposal) -> dict[str, Any]:
    return {
        "receipt": proposal.receipt,
        "message": proposal.message,
        "ticket": proposal.ticket,
        "changes": [
            {"field": it.field.value, "was": it.was, "becomes": it.becomes, "refused": it.refused or None}
            for it in proposal.changes
        ],
    }


def _summary(summed: ChangeSet, digest: str, written: Written) -> dict[str, Any]:
    return {
        "change_set": digest or None,
        "mails": summed.mails,
        "changed": summed.changed,
        "changes": summed.changes,
        "refused": summed.refused,
        "left_out": summed.left_out,
        "written": written.changes,
        "overtaken": written.overtaken,
    }


def _times(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
