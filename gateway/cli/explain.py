"""``gateway explain``: the stored reasons for where a mail is, and for what was sent or not sent because of it."""

from pathlib import Path
from typing import Any

import click
from sqlalchemy import Connection, or_, select

from gateway.cli.common import Failed, config_option, json_option, now, open_place, print_json, shown, write_down_look
from gateway.cli.promises import promise_fields, promise_lines
from gateway.store.audit import What
from gateway.store.promise_views import promises_of
from gateway.store.schema import events, journal, messages, outbox
from gateway.store.tickets import ticket_row

_ABOUT_MAIL = (
    "notice",
    "notice_held",
    "suppressed",
    "bounced",
    "delivery_failed",
    "duplicate",
    "also_addressed",
    "join_request",
    "assigned",
    "not_assigned",
    "returned",
    "team",
    "menu_offered",
    "menu_chosen",
)


@click.command()
@click.argument("what", metavar="TICKET|MESSAGE-ID|RECEIPT")
@config_option
@json_option
def explain(what: str, config_path: Path, as_json: bool) -> None:
    """Why is it so? A ticket's number explains every mail on it; a Message-ID or a receipt explains one mail."""
    place = open_place(config_path)
    with place.database.read() as connection:
        found = (
            _by_ticket(connection, int(what.lstrip("#")))
            if what.lstrip("#").isdigit()
            else _by_id(connection, what.strip("<> "))
        )
        begun = not found and what.lstrip("#").isdigit() and ticket_row(connection, int(what.lstrip("#"))) is not None
    if begun:
        raise Failed(
            f"no mail came in on ticket {what.lstrip('#')} yet: it was begun by one of us (`gateway tickets show`)"
        )
    if not found:
        raise Failed(
            f"nothing is known of {what!r}: give a ticket's number, a Message-ID or a receipt (from the 250 reply)"
        )
    for about in dict.fromkeys(_about(it) for it in found):
        write_down_look(place, What.TICKET_VIEWED, about, command="explain")
    if as_json:
        print_json(found)
        return
    for item in found:
        _print(shown(item))


def _about(item: dict[str, Any]) -> str:
    """What the audit log calls it; a Message-ID can name a person."""
    if item["ticket"]:
        return f"ticket {item['ticket']}"
    return f"receipt {item['receipt']}" if item["receipt"] else "a mail of ours"


def _by_ticket(connection: Connection, number: int) -> list[dict[str, Any]]:
    rows = connection.execute(
        select(messages, journal.c.receipt)
        .outerjoin(journal, journal.c.id == messages.c.journal_id)
        .where(messages.c.ticket_id == number, messages.c.direction == "in")
        .order_by(messages.c.id)
    ).all()
    found = [_mail(row.message_id, row.receipt, number, row.kind, row.trace) for row in rows]
    notes = connection.execute(
        select(events).where(events.c.ticket_id == number, events.c.kind.in_(_ABOUT_MAIL)).order_by(events.c.id)
    ).all()
    if found:
        found[-1]["promises"] = promise_fields(promises_of(connection, [number])[number], now())
        found[-1]["events"] = [{"at": row.at, "kind": row.kind, "data": row.data} for row in notes]
    return found


def _by_id(connection: Connection, wanted: str) -> list[dict[str, Any]]:
    rows = connection.execute(
        select(messages.c.message_id, messages.c.ticket_id, messages.c.kind, messages.c.trace, journal.c.receipt)
        .outerjoin(journal, journal.c.id == messages.c.journal_id)
        .where(or_(messages.c.message_id == wanted, journal.c.receipt == wanted.lower()))
        .order_by(messages.c.id)
    ).all()
    if rows:
        return [_mail(row.message_id, row.receipt, row.ticket_id, row.kind, row.trace) for row in rows]
    entry = connection.execute(select(journal).where(journal.c.receipt == wanted.lower())).first()
    if entry is not None:
        trace = entry.trace or {"reason": entry.last_error or "the pipeline has not come to it yet", "steps": []}
        return [_mail(None, entry.receipt, entry.ticket_id, entry.fate or "pending", trace)]
    sent = connection.execute(select(outbox).where(outbox.c.message_id == wanted)).first()
    if sent is None:
        return []
    reason = f"a mail of ours ({sent.kind}) to {sent.recipient}: {sent.state}" + (
        f", {sent.last_reply}" if sent.last_reply else ""
    )
    return [_mail(sent.message_id, None, sent.ticket_id, sent.kind, {"reason": reason, "steps": []})]


def _scanned(report: dict[str, Any]) -> str:
    if "fault" in report:
        return f"said nothing: {report['fault']}"
    virus = [f"found {report['virus']}"] if report["virus"] else []
    score = [f"score {report['score']:g}"] if report["score"] is not None else []
    names = f" ({', '.join(report['symbols'])})" if report["symbols"] else ""
    return f"{', '.join((*virus, *score)) or 'nothing found'}{names}"


def _mail(message_id: str | None, receipt: str | None, ticket: int | None, kind: str, trace: Any) -> dict[str, Any]:
    return {"message_id": message_id, "receipt": receipt, "ticket": ticket, "kind": kind, "trace": trace}


def _print(item: dict[str, Any]) -> None:
    trace = item["trace"] or {}
    click.secho(f"{item['kind']}  {item['receipt'] or ''}  <{item['message_id'] or 'no Message-ID'}>", bold=True)
    click.echo(f"  ticket: {item['ticket'] or 'none'}")
    click.echo(f"  because: {trace.get('reason', 'nothing was stored')}")
    for step in trace.get("steps", ()):
        click.echo(f"    {step['verdict']:<8} {step['evidence']}: {step['reason']}")
    if trust := trace.get("trust"):
        click.echo(f"  sender: {trust['level']} ({trust['reason']})")
    for words in trace.get("standing", {}).values():
        click.echo(f"  known: {words}")
    for report in trace.get("scan", ()):
        click.echo(f"  scanner {report['scanner']}: {_scanned(report)}")
    if (kind := trace.get("kind")) and kind["kind"] != "human":
        click.echo(f"  written by: {kind['kind']} ({kind['reason']})")
    for hit in trace.get("rules", ()):
        click.echo(
            f"  rule {hit['name']!r} ({hit['file']}:{hit['line']}): {'applied' if hit['matched'] else 'did not apply'}, {hit['why']}"
        )
    if trace.get("hints"):
        click.echo(f"  maybe belongs to: {', '.join(map(str, trace['hints']))}")
    for defect in trace.get("defects", ()):
        click.echo(f"  defect: {defect}")
    for event in item.get("events", ()):
        said = " ".join(str(event["data"][key]) for key in ("notice", "to", "why") if event["data"].get(key))
        click.echo(f"  {event['at']:%Y-%m-%d %H:%M:%S} {event['kind']}: {said}")
        for agent, obstacle in event["data"].get("passed_over", {}).items():
            click.echo(f"    not {agent}: {obstacle}")
    for line in promise_lines(item.get("promises", ())):
        click.echo(f"  {line}")
    click.echo("")
