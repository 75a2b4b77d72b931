"""``gateway tickets new``: write first, to one customer or to a list of them."""

import sys
from pathlib import Path

import click

from gateway.cli.acting import acting, agent_id, as_option
from gateway.cli.common import Failed, config_option, json_option, open_place, print_json
from gateway.desk.actions import DeskError
from gateway.desk.proactive import Addressed, BadList, Opened, begin, recipients_of
from gateway.notify.notices import LANGUAGES


@click.command("new")
@click.argument("address", required=False)
@click.argument("text", required=False)
@config_option
@json_option
@as_option
@click.option("--subject", required=True, help="Subject of the mail and of the ticket.")
@click.option("--name", default="", help="The customer's name, where it is not known yet.")
@click.option("--brand", help="The brand that writes; the first one unless given.")
@click.option("--language", type=click.Choice(LANGUAGES), help="Language of the mail's frame and of the ticket.")
@click.option(
    "--to-list",
    "list_path",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="CSV with a column address, and name and language if there are any: one ticket each. Needs --campaign.",
)
@click.option(
    "--campaign", default="", help="A word for these mails, set as tag. Nobody gets two tickets of one campaign."
)
@acting
def new_command(
    address: str | None,
    text: str | None,
    config_path: Path,
    as_json: bool,
    agent: str | None,
    subject: str,
    name: str,
    brand: str | None,
    language: str | None,
    list_path: Path | None,
    campaign: str,
) -> None:
    """Open a ticket for the customer ADDRESS with a mail, and wait for the answer. Without TEXT it is read from standard input."""
    if (address is None) == (list_path is None):
        raise Failed("give an ADDRESS, or --to-list FILE with the text on standard input", 2)
    if list_path is not None and (not campaign.strip() or len(campaign) > 64 or set(campaign) & set(", ")):
        raise Failed(
            "a list needs --campaign, one word of at most 64 characters: nobody gets two tickets of one campaign", 2
        )
    people = [Addressed(address or "", name, language or "")]
    if list_path is not None:
        try:
            people = recipients_of(list_path.read_text("utf-8"))
        except (BadList, UnicodeDecodeError) as error:
            raise Failed(f"{list_path.name}: {error}", 2) from error
    place = open_place(config_path)
    who = agent_id(place, agent)
    words = text or sys.stdin.read()
    refused = 0
    for to in people:
        try:
            opened = begin(place.desk, to, subject, words, who, brand=brand, campaign=campaign)
        except DeskError as error:
            if list_path is None:
                raise
            refused += 1
            _tell(as_json, Opened(to.address, 0), str(error))
            continue
        _tell(as_json, opened, "" if opened.ticket else f"has a ticket of {campaign} already")
    if refused:
        raise click.exceptions.Exit(1)


def _tell(as_json: bool, opened: Opened, why: str) -> None:
    if as_json:
        print_json([{"address": opened.address, "ticket": opened.ticket or None, "why": why}])
    else:
        click.echo(f"{opened.address}: {why}" if why else f"{opened.address}: ticket {opened.ticket}")
