"""``gateway report csat``: how satisfied customers are, with the definition of every figure."""

from dataclasses import asdict
from pathlib import Path

import click

from gateway.cli.common import Failed, config_option, json_option, now, open_place, print_json
from gateway.report.csat import DEFINITION, csat
from gateway.rules.durations import parse_duration


@click.command("csat")
@config_option
@json_option
@click.option("--since", default="30d", show_default=True, help="Surveys of the last 30d, 12h and so on.")
def csat_command(config_path: Path, as_json: bool, since: str) -> None:
    """How satisfied customers are, over those whom the question reached."""
    place = open_place(config_path)
    try:
        length = parse_duration(since)
    except ValueError as error:
        raise Failed(f"--since: {error}", 2) from error
    until = now()
    with place.database.read() as connection:
        found = csat(connection, since=until - length, until=until)
    if as_json:
        print_json([asdict(found) | {"definition": DEFINITION}])
        return
    click.echo(f"{found.since:%Y-%m-%d %H:%M} to {found.until:%Y-%m-%d %H:%M} UTC")
    click.echo(
        f"asked {found.asked}: reached {found.reached}, waiting {found.waiting}, failed {found.failed}, bounced {found.bounced}"
    )
    click.echo(f"answered {found.answered} ({_percent(found.response_rate)} of the reached)")
    score = "–" if found.score is None else f"{found.score:.2f}"
    click.echo(f"satisfied {found.satisfied} ({_percent(found.satisfaction)} of the answered), score {score}")
    for title, counts in (
        ("answers", found.by_value),
        ("reasons", found.by_reason),
        ("not asked, because", found.skipped),
    ):
        if counts:
            click.echo(f"{title}: {', '.join(f'{name} {count}' for name, count in counts.items())}")
    click.echo()
    click.echo(DEFINITION)


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{share:.0%}"
