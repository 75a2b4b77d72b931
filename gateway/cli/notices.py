"""``gateway notices``: what customers are sent, to look at before they are."""

from pathlib import Path

import click

from gateway.cli.common import Failed, config_option, json_option, now, open_place, print_json
from gateway.desk.actions import DeskError
from gateway.desk.preview import KINDS, html_part, preview
from gateway.notify.lifecycle import Situation
from gateway.notify.notices import LANGUAGES
from gateway.threading.model import NoticeKind


@click.group()
def notices() -> None:
    """What customers are sent, to look at before they are."""


@notices.command("preview")
@config_option
@json_option
@click.argument("kind", type=click.Choice([kind.value for kind in KINDS]))
@click.option(
    "--ticket",
    "number",
    type=int,
    help="About this ticket, with its brand, language, subject and customer. Without it: a made-up one.",
)
@click.option("--brand", help="As this brand would write it.")
@click.option("--language", type=click.Choice(LANGUAGES), help="In this language, not the ticket's or the brand's.")
@click.option(
    "--situation",
    type=click.Choice([situation.value for situation in Situation if situation]),
    help="For an acknowledgement: what it says of the moment.",
)
@click.option("--template", help="For a reply by a rule: the name of its template. Without it: the first there is.")
@click.option("--html", "as_html", is_flag=True, help="The HTML part, for a browser.")
def show(
    config_path: Path,
    as_json: bool,
    kind: str,
    number: int | None,
    brand: str | None,
    language: str | None,
    situation: str | None,
    template: str | None,
    as_html: bool,
) -> None:
    """Print one notice as a customer would read it. Nothing is sent or written."""
    place = open_place(config_path)
    try:
        with place.database.read() as connection:
            finished = preview(
                connection,
                place.desk.office(),
                NoticeKind(kind),
                now(),
                ticket=number,
                brand=brand,
                language=language,
                situation=Situation(situation or ""),
                template=template,
            )
    except DeskError as error:
        raise Failed(str(error)) from error
    html = html_part(finished)
    if as_json:
        told = {"kind": kind, "language": finished.language, "subject": finished.subject, "text": finished.text}
        print_json([{**told, "html": html}])
    else:
        click.echo(html if as_html else f"Subject: {finished.subject}\n\n{finished.text}")
