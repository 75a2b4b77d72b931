"""``gateway tickets recipients``: who would get an answer, and who would not."""

from pathlib import Path

import click

from gateway.cli.acting import number_argument
from gateway.cli.common import Failed, config_option, json_option, now, open_place, print_json, shown
from gateway.desk.audience import Audience, Why, audience
from gateway.store.tickets import ticket_row

_WORDS = {
    None: "",
    Why.CAME_BACK: "mail to this address came back before",
    Why.REMOVED: "was taken off the ticket",
    Why.ASKED: "asks to take part and was not let in yet",
    Why.COPIED: "stood in To or Cc, but does not take part",
    Why.UNSENDABLE: "takes part, but no mail can go there: answers are refused until this person is taken off",
}


@click.command("recipients")
@number_argument
@config_option
@json_option
def recipients_command(number: int, config_path: Path, as_json: bool) -> None:
    """Who would get an answer on this ticket now, and who not, with the reason. Sends nothing."""
    place = open_place(config_path)
    with place.database.read() as connection:
        ticket = ticket_row(connection, number)
        if ticket is None:
            raise Failed(f"there is no ticket {number}")
        found = audience(connection, place.desk.office(), ticket, now())
    if as_json:
        answers = [
            {"mail": "answer", "to": one.address, "gets": one.gets, "why": one.why or ""} for one in found.answer
        ]
        solution = found.solution
        notices = (
            [{"mail": "resolution", "to": solution.to, "gets": solution.gets, "why": solution.reason}]
            if solution
            else []
        )
        print_json([*answers, *notices])
        return
    _print(shown(found))


def _print(found: Audience) -> None:
    for one in found.answer:
        why = _WORDS[one.why]
        click.echo(f"{'gets an answer' if one.gets else 'gets none':<14}  {one.address}{f'  ({why})' if why else ''}")
    if found.solution is not None:
        why = f"  ({found.solution.sentence})" if found.solution.sentence else ""
        does = "is told" if found.solution.gets else "is not told"
        click.echo(f"{found.solution.to} {does} when the ticket is solved without an answer{why}")
