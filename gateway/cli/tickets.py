"""``gateway tickets``: everything that can be done to a ticket, from the command line."""

import sys
from pathlib import Path
from typing import Any

import click

from gateway.cli.acting import acting, agent_id, as_option, number_argument, ticket_fields
from gateway.cli.common import Failed, Place, config_option, json_option, now, open_place, print_json, shown, write_down
from gateway.cli.people import join, participants
from gateway.cli.promises import print_promises, promise_fields
from gateway.cli.recipients import recipients_command
from gateway.cli.ticket_model import field_command, incidents_command, link_command, type_command
from gateway.cli.tickets_new import new_command
from gateway.cli.views import view_filter, within_view
from gateway.config.organizations import compile_organizations
from gateway.desk.actions import PRIORITIES
from gateway.desk.ticket_model import find_status, own_part
from gateway.store.audit import What
from gateway.store.promise_views import PromiseRow, promises_of
from gateway.store.view_model import Order, TicketFilter, TicketPage
from gateway.store.views import find_ticket, list_tickets, ticket_page
from gateway.threading.model import Status

_BY_HAND = ("open", "pending", "on_hold", "solved")


@click.group()
def tickets() -> None:
    """Tickets: list, show, reply, note, assign, set status, solve, reopen, merge; who takes part, and who asks to."""


tickets.add_command(participants)
tickets.add_command(join)
tickets.add_command(field_command)
tickets.add_command(type_command)
tickets.add_command(link_command)
tickets.add_command(incidents_command)
tickets.add_command(recipients_command)
tickets.add_command(new_command)


@tickets.command("list")
@config_option
@json_option
@click.option(
    "--status",
    "statuses",
    multiple=True,
    type=click.Choice([status.value for status in Status]),
    help="Only these; may be repeated.",
)
@click.option("--assignee", metavar="ADDRESS", help="Only tickets of this agent.")
@click.option("--team", help="Only tickets of this team.")
@click.option("--brand", help="Only tickets of this brand.")
@click.option("--search", default="", help="In subject and requester.")
@click.option(
    "--limit", type=click.IntRange(1), default=1000, show_default=True, help="At most this many, newest change first."
)
@click.option(
    "--sort",
    type=click.Choice([order.value for order in Order]),
    default=Order.UPDATED.value,
    show_default=True,
    help="Newest change, longest wait, nearest promise or most urgent first; `waiting` and `due` leave out what does not wait or "
    "was promised nothing.",
)
@click.option("--view", metavar="ID", help="Only tickets of this view, in its order, as --as sees it.")
@as_option
def list_command(
    config_path: Path,
    as_json: bool,
    statuses: tuple[str, ...],
    assignee: str | None,
    team: str | None,
    brand: str | None,
    search: str,
    limit: int,
    sort: str,
    view: str | None,
    agent: str | None,
) -> None:
    """Tickets, newest change first."""
    place = open_place(config_path)
    me = agent_id(place, agent) if view is not None else 0
    wanted = TicketFilter(
        statuses=tuple(Status(status) for status in statuses),
        assignee=agent_id(place, assignee) if assignee else None,
        team=team,
        brand=brand,
        search=search,
        order=Order(sort),
    )
    with place.database.read() as connection:
        if view is not None:
            seen = view_filter(place, connection, view, me, now())
            wanted = within_view(wanted, seen)
        rows = shown(list_tickets(connection, wanted, limit=limit).rows)
        promised = promises_of(connection, (row.number for row in rows)) if as_json else {}
    if as_json:
        moment = now()
        print_json(ticket_fields(row) | {"promises": promise_fields(promised[row.number], moment)} for row in rows)
        return
    for row in rows:
        click.echo(
            f"#{row.number:<6} {row.status.value:<8} {row.updated_at:%Y-%m-%d %H:%M}  {row.requester:<32.32} {row.subject:.60}"
            + (f"  [due {row.due_at:%Y-%m-%d %H:%M} UTC]" if row.due_at is not None else "")
        )
    if not rows:
        click.echo("no tickets")


@tickets.command("show")
@number_argument
@config_option
@json_option
@click.option("--unmasked", is_flag=True, help="Card and resident numbers too; that is written to the audit log.")
def show_command(number: int, config_path: Path, as_json: bool, unmasked: bool) -> None:
    """One ticket with its participants, messages and events."""
    place = open_place(config_path)
    with place.database.read() as connection:
        page = ticket_page(connection, number)
        promised = promises_of(connection, [number])[number]
    if page is None:
        raise Failed(f"there is no ticket {number}")
    if unmasked:
        write_down(place, What.UNMASKED, f"ticket {number}")
    if as_json:
        print_json(
            [_page(page) | _company(place, page) | {"promises": promise_fields(promised, now())}], hide=not unmasked
        )
    else:
        _print_page(page if unmasked else shown(page), promised)


@tickets.command("reply")
@number_argument
@click.argument("text", required=False)
@config_option
@json_option
@as_option
@click.option("--solve", is_flag=True, help="Solve the ticket with this answer.")
@click.option(
    "--status",
    type=click.Choice(_BY_HAND),
    default="pending",
    show_default=True,
    help="Status after the answer.",
)
@acting
def reply_command(
    number: int, text: str | None, config_path: Path, as_json: bool, agent: str | None, solve: bool, status: str
) -> None:
    """Answer all participants by mail. Without TEXT it is read from standard input."""
    place = open_place(config_path)
    sent = place.desk.reply(
        number, agent_id(place, agent), _text(text), status=Status.SOLVED if solve else Status(status)
    )
    _done(
        place,
        number,
        as_json,
        f"ticket {number} answered: {', '.join(sent.recipients)}",
        message=sent.message,
        recipients=sent.recipients,
    )


@tickets.command("note")
@number_argument
@click.argument("text", required=False)
@config_option
@json_option
@as_option
@acting
def note_command(number: int, text: str | None, config_path: Path, as_json: bool, agent: str | None) -> None:
    """Write a note that only agents see. Without TEXT it is read from standard input."""
    place = open_place(config_path)
    message = place.desk.note(number, agent_id(place, agent), _text(text))
    _done(place, number, as_json, f"note written on ticket {number}", message=message)


@tickets.command("assign")
@number_argument
@click.argument("assignee", metavar="ADDRESS|none")
@config_option
@json_option
@as_option
@acting
def assign_command(number: int, assignee: str, config_path: Path, as_json: bool, agent: str | None) -> None:
    """Give the ticket to an agent, or to nobody."""
    place = open_place(config_path)
    place.desk.assign(number, None if assignee == "none" else agent_id(place, assignee), agent_id(place, agent))
    _done(place, number, as_json, f"ticket {number} assigned to {assignee}")


@tickets.command("status")
@number_argument
@click.argument("status")
@config_option
@json_option
@as_option
@acting
def status_command(number: int, status: str, config_path: Path, as_json: bool, agent: str | None) -> None:
    """Set the status: open, pending, on_hold, solved, or one of your own."""
    place = open_place(config_path)
    wanted = find_status(place.desk.office().statuses, status)
    place.desk.set_status(number, Status(wanted.category), agent_id(place, agent), own=own_part(wanted))
    _done(place, number, as_json, f"ticket {number} is {wanted.id}")


@tickets.command("solve")
@number_argument
@config_option
@json_option
@as_option
@acting
def solve_command(number: int, config_path: Path, as_json: bool, agent: str | None) -> None:
    """Solve the ticket; its requester is told."""
    place = open_place(config_path)
    place.desk.solve(number, agent_id(place, agent))
    _done(place, number, as_json, f"ticket {number} is solved")


@tickets.command("reopen")
@number_argument
@config_option
@json_option
@as_option
@acting
def reopen_command(number: int, config_path: Path, as_json: bool, agent: str | None) -> None:
    """Open a ticket again."""
    place = open_place(config_path)
    place.desk.reopen(number, agent_id(place, agent))
    _done(place, number, as_json, f"ticket {number} is open")


@tickets.command("merge")
@click.argument("source", type=click.IntRange(1))
@click.argument("target", type=click.IntRange(1))
@config_option
@json_option
@as_option
@acting
def merge_command(source: int, target: int, config_path: Path, as_json: bool, agent: str | None) -> None:
    """Make SOURCE part of TARGET; later replies to either arrive at TARGET."""
    place = open_place(config_path)
    place.desk.merge(source, target, agent_id(place, agent))
    _done(place, target, as_json, f"ticket {source} is now part of ticket {target}")


@tickets.command("unmerge")
@number_argument
@config_option
@json_option
@as_option
@acting
def unmerge_command(number: int, config_path: Path, as_json: bool, agent: str | None) -> None:
    """Undo the merge of ticket NUMBER: a ticket of its own again, with the messages that it brought."""
    place = open_place(config_path)
    undone = place.desk.unmerge(number, agent_id(place, agent))
    told = f"ticket {number} is no part of ticket {undone.target} any more; {undone.messages} messages went back"
    _done(place, number, as_json, told)


@tickets.command("set")
@number_argument
@config_option
@json_option
@as_option
@click.option("--priority", type=click.Choice(PRIORITIES), help="Priority.")
@click.option("--team", help='Team; "" for none.')
@click.option("--tag", "add", multiple=True, help="Add a tag; may be repeated.")
@click.option("--untag", "remove", multiple=True, help="Remove a tag; may be repeated.")
@acting
def set_command(
    number: int,
    config_path: Path,
    as_json: bool,
    agent: str | None,
    priority: str | None,
    team: str | None,
    add: tuple[str, ...],
    remove: tuple[str, ...],
) -> None:
    """Set priority, team and tags."""
    place = open_place(config_path)
    who = agent_id(place, agent)
    if priority is None and team is None and not add and not remove:
        raise click.UsageError("say what to set: --priority, --team, --tag or --untag")
    if priority is not None:
        place.desk.priority(number, priority, who)
    if team is not None:
        place.desk.team(number, team or None, who)
    if add or remove:
        place.desk.tag(number, who, add=add, remove=remove)
    _done(place, number, as_json, f"ticket {number} changed")


def _text(text: str | None) -> str:
    if text is not None and text != "-":
        return text
    if sys.stdin.isatty():
        click.echo("Write the text; end with Ctrl-D.", err=True)
    return sys.stdin.read()


def _done(place: Place, number: int, as_json: bool, sentence: str, **more: Any) -> None:
    if not as_json:
        click.echo(sentence)
        return
    with place.database.read() as connection:
        row = find_ticket(connection, number)
    print_json([(ticket_fields(row) if row is not None else {"number": number}) | more])


def _page(page: TicketPage) -> dict[str, Any]:
    return ticket_fields(page.ticket) | {
        "participants": [person.address for person in page.participants if not person.revoked],
        "messages": [
            {
                "id": message.id,
                "author": message.author,
                "author_name": message.author_name,
                "direction": "in" if message.direction == "in" else "out",  # a note is ours and not public
                "kind": message.kind,
                "public": message.public,
                "text": message.text,
                "reply_text": message.reply_text,
                "message_id": message.message_id,
                "trust": message.trust,
                "sender": message.trace.get("trust") if isinstance(message.trace, dict) else None,
                "receipt": message.receipt,
                "created_at": message.created_at,
                "attachments": [
                    {
                        "filename": file.filename,
                        "content_type": file.content_type,
                        "size": file.size,
                        "sha256": file.sha256,
                        "inline": file.inline,
                    }
                    for file in message.attachments
                ],
            }
            for message in page.messages
        ],
        "events": [
            {"at": event.at, "kind": event.kind, "actor": event.actor, "data": event.data} for event in page.events
        ],
    }


def _company(place: Place, page: TicketPage) -> dict[str, str | None]:
    """The requester's organisation, by its id."""
    found = compile_organizations(place.loaded.side.organizations).of(page.ticket.requester)
    return {"organization": None if found is None else found.id}


def _print_page(page: TicketPage, promised: tuple[PromiseRow, ...]) -> None:
    ticket = page.ticket
    click.secho(f"#{ticket.number} {ticket.subject}", bold=True)
    click.echo(
        f"{ticket.own_status or ticket.status.value}, {ticket.priority}, brand {ticket.brand}, "
        f"team {ticket.team or '-'}, assignee {ticket.assignee or '-'}"
    )
    print_promises(promised, now())
    if ticket.type or ticket.fields:
        click.echo(
            ", ".join([*([ticket.type] if ticket.type else []), *(f"{k}={v}" for k, v in ticket.fields.items())])
        )
    click.echo("participants: " + ", ".join(f"{person.address} ({person.role})" for person in page.participants))
    for message in page.messages:
        mark = "" if message.public else "  [internal]"
        click.secho(
            f"\n{message.created_at:%Y-%m-%d %H:%M} {message.direction} {message.author_name} <{message.author}>{mark}",
            bold=True,
        )
        if message.direction == "in" and isinstance(message.trace, dict) and (sender := message.trace.get("trust")):
            click.echo(f"sender {sender['reason']}")
        click.echo(message.reply_text or message.text)
    click.echo("")
    for event in page.events:
        why = event.data.get("why") if isinstance(event.data, dict) else None
        click.echo(f"{event.at:%Y-%m-%d %H:%M} {event.kind} by {event.actor}" + (f": {why}" if why else ""))
