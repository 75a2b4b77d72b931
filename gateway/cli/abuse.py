"""``gateway abuse``: mail in other people's names, who gets no automatic mail, and the breaker."""

from dataclasses import asdict
from datetime import timedelta
from pathlib import Path

import click

from gateway.cli.common import Failed, config_option, json_option, now, open_place, operator, print_json, shown
from gateway.desk.abuse import breaker_view, close_by_hand, end_silence, silence_by_hand
from gateway.desk.campaigns import campaigns
from gateway.store.silences import list_silences


@click.group()
def abuse() -> None:
    """Mail in other people's names: campaigns, silenced addresses, the breaker of automatic mail."""


@abuse.command("campaigns")
@config_option
@json_option
def campaigns_command(config_path: Path, as_json: bool) -> None:
    """Waves of similar mails, as people brought them to light by saying "this was not me"."""
    place = open_place(config_path)
    wave = timedelta(hours=place.loaded.configuration.abuse.wave_hours)
    with place.database.read() as connection:
        found = campaigns(connection, wave=wave, now=now())
    if as_json:
        print_json(asdict(it) | {"networks": dict(it.networks)} for it in found)
        return
    for it in found:
        click.echo(shown(it.subject)[:100])
        click.echo(f"  {it.tickets} tickets of {it.addresses} addresses, {it.denied} of them denied")
        click.echo(f"  {it.first:%Y-%m-%d %H:%M} to {it.last:%Y-%m-%d %H:%M} UTC")
        click.echo(f"  from {', '.join(f'{network} ({count})' for network, count in it.networks) or 'nowhere known'}")
        click.echo(f"  tickets {', '.join(map(str, it.numbers[:20]))}{' …' if len(it.numbers) > 20 else ''}")
    if not found:
        click.echo("Nobody has denied a mail within the last 30 days.")


@abuse.command("silences")
@config_option
@json_option
def silences_command(config_path: Path, as_json: bool) -> None:
    """Addresses that get no automatic mail, newest first."""
    with open_place(config_path).database.read() as connection:
        found = list_silences(connection, now())
    if as_json:
        print_json(map(asdict, found))
        return
    for it in found:
        told = f"ticket {it.ticket}" if it.ticket else it.actor
        click.echo(f"{it.address:<40} until {it.until:%Y-%m-%d}  by {it.how:<6} {told}")
    if not found:
        click.echo("Every address gets automatic mail.")


@abuse.command("silence")
@click.argument("address")
@config_option
@json_option
@click.option("--days", type=click.IntRange(1, 3650), help="For so long; else as abuse.silence_days says.")
def silence_command(address: str, config_path: Path, as_json: bool, days: int | None) -> None:
    """Send no automatic mail to ADDRESS; people's answers still go there."""
    place = open_place(config_path)
    days = days or place.loaded.configuration.abuse.silence_days
    try:
        with place.database.write() as connection:
            new = silence_by_hand(connection, address, days=days, actor=operator(), now=now())
    except ValueError as error:
        raise Failed(str(error), 2) from error
    if as_json:
        print_json([{"address": address, "days": days, "new": new}])
    else:
        click.echo(f"{address} gets no automatic mail for {days} days")


@abuse.command("unsilence")
@click.argument("address")
@config_option
@json_option
def unsilence_command(address: str, config_path: Path, as_json: bool) -> int:
    """Let ADDRESS have automatic mail again."""
    with open_place(config_path).database.write() as connection:
        ended = end_silence(connection, address, actor=operator(), now=now())
    if as_json:
        print_json([{"address": address, "ended": ended}])
    else:
        click.echo(f"{address} gets automatic mail again" if ended else f"{address} was not silenced")
    return 0 if ended else 1


@abuse.command("breaker")
@config_option
@json_option
@click.option("--close", is_flag=True, help="Close it now and begin to count anew.")
def breaker_command(config_path: Path, as_json: bool, close: bool) -> None:
    """Is automatic mail to unproven addresses stopped?"""
    place = open_place(config_path)
    moment = now()
    if close:
        with place.database.write() as connection:
            close_by_hand(connection, actor=operator(), now=moment)
    with place.database.read() as connection:
        found = breaker_view(connection, place.loaded.configuration, moment)
    if as_json:
        print_json([asdict(found)])
        return
    if found.is_open:
        click.echo(f"OPEN until {found.until:%Y-%m-%d %H:%M} UTC: unproven addresses get no automatic mail")
        click.echo("`gateway abuse campaigns` shows what people denied; --close lets automatic mail go again")
    else:
        click.echo(
            f"closed; {found.sent} of {found.limit} automatic mails to unproven addresses in {found.minutes} minutes"
        )
