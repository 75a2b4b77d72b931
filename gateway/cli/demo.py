"""``gateway demo``: a realistic day of support mail, mailed into the running gateway over SMTP."""

import contextlib
import os
import shlex
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import click
from click.core import ParameterSource

from gateway.cli.common import Failed, Place, config_option, json_option, now, open_place, print_json
from gateway.config.model import Configuration
from gateway.config.section import Endpoint, is_loopback
from gateway.demo.agent import Stage, Unanswered, knows, play
from gateway.demo.build import Addresses, build_day
from gateway.demo.conversations import CONVERSATIONS
from gateway.demo.day import DAY
from gateway.demo.model import Language
from gateway.demo.send import Courier, HandedOver, NobodyListens
from gateway.desk.actions import DeskError
from gateway.store.agents import find_agent
from gateway.store.open import database_url

LANGUAGES: tuple[Language, ...] = ("ko", "ja", "en")
_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - a comparison


@click.command()
@config_option
@json_option
@click.option("--to", "target", metavar="HOST:PORT", help="Where to mail to. Else the first `smtp.listen`.")
@click.option("--pace", metavar="SECONDS", type=click.FloatRange(0, 3600), default=0, help="Time between two mails.")
@click.option(
    "--with-agent/--without-agent",
    "with_agent",
    default=None,
    help="Also answer some tickets as the first admin, and let the customers reply. On where the store is on this machine.",
)
@click.option("--yes-really", is_flag=True, help="Mail to a gateway that is not on this machine.")
def demo(
    config_path: Path, as_json: bool, target: str | None, pace: float, with_agent: bool | None, yes_really: bool
) -> int:
    """Mail a day of Korean, Japanese and English support mail into the running gateway.

    All senders are in domains that are reserved for examples (RFC 2606). Each run makes new tickets.
    """
    place = open_place(config_path)
    configuration = place.loaded.configuration
    door = _door(configuration, target)
    if not is_loopback(str(door)) and not yes_really:
        raise Failed(
            f"{door} is not on this machine: the demonstration would fill a gateway that others may use; say --yes-really",
            2,
        )
    report = _Report(as_json)
    run = os.urandom(4).hex()
    addresses = addresses_of(configuration)
    mails = build_day(DAY, addresses, now=now(), run=run)
    try:
        with Courier(door.host, door.port) as courier:
            with _progress(len(mails), visible=sys.stderr.isatty() and not as_json) as advance:
                for number, built in enumerate(mails):
                    if number and pace:
                        time.sleep(pace)
                    report.add(courier.hand_over(built))
                    advance()
            note = why_no_agent(place.loaded.configuration, with_agent)
            if note is None:
                note = _converse(place, courier, addresses, report, run)
    except NobodyListens as error:
        raise Failed(
            f"no gateway takes mail at {door} ({error}); start it with make run, or say --to HOST:PORT"
        ) from error
    report.finish(configuration, config_path, note)
    return 1 if report.refused else 0


def addresses_of(configuration: Configuration) -> Addresses:
    """Mail in a language goes to the first brand of that language, else to the first brand."""
    first = configuration.brands[0]
    by_language = {
        language: next((it for it in configuration.brands if it.language == language), first).addresses[0]
        for language in LANGUAGES
    }
    others = [
        address for brand in configuration.brands for address in brand.addresses if address not in by_language.values()
    ]
    local, _, domain = first.addresses[0].rpartition("@")
    return Addresses(by_language, others[0] if others else f"{local}+desk@{domain}")


def _door(configuration: Configuration, target: str | None) -> Endpoint:
    """Where to connect; one clear sentence where that cannot be told."""
    if target is not None:
        try:
            endpoint = Endpoint.parse(target, default_port=25)
        except ValueError as error:
            raise Failed(f"--to: {error}", 2) from error
        if endpoint.path is not None:
            raise Failed("--to takes HOST:PORT; SMTP over a Unix socket is not spoken here", 2)
    else:
        listed = [Endpoint.parse(it) for it in configuration.smtp.listen]
        endpoint = next((it for it in listed if it.path is None and it.port), None) or _nowhere()
    return Endpoint(host=_EVERYWHERE.get(endpoint.host, endpoint.host), port=endpoint.port)


def _nowhere() -> Endpoint:
    raise Failed("`smtp.listen` names no host with a port; say --to HOST:PORT", 2)


# --- the agent --------------------------------------------------------------------------------------------------------


def why_no_agent(configuration: Configuration, wanted: bool | None) -> str | None:
    """Why no agent plays; None: one does."""
    if wanted is False:
        return "nobody answered (--without-agent)"
    url = database_url(configuration)
    is_here = url.startswith("sqlite:///") and Path(url.removeprefix("sqlite:///")).is_file()
    if wanted is None and not is_here:
        return "nobody answered: the store is not on this machine (--with-agent answers all the same)"
    return None


def _converse(place: Place, courier: Courier, addresses: Addresses, report: "_Report", run: str) -> str | None:
    """Play all conversations; why it could not be done, or None."""
    admin = place.loaded.configuration.admin
    with place.database.read() as connection:
        agent = find_agent(connection, admin)
    if agent is None:
        return f"nobody answered: there is no agent {admin} (`gateway agents list`)"
    stage = Stage(place.desk, agent.id, addresses, now, time.sleep, courier.hand_over, run)
    for conversation in CONVERSATIONS:
        receipt = report.receipts.get(conversation.about)
        if receipt is None:
            continue
        if not knows(stage, receipt):
            return "nobody answered: the mails went into another gateway than this configuration's"
        try:
            for handed in play(stage, conversation, receipt):
                report.add(handed)
        except (Unanswered, DeskError) as error:
            return f"the conversation about {conversation.about} stopped: {error}"
        report.answered += 1
    return None


# --- what is printed --------------------------------------------------------------------------------------------------


@dataclass
class _Report:
    """Counts what became of the mails, and prints."""

    as_json: bool
    accepted: int = 0
    refused: int = 0
    answered: int = 0

    def __post_init__(self) -> None:
        self.receipts: dict[str, str] = {}

    def add(self, handed: HandedOver) -> None:
        mail = handed.built.mail
        if handed.receipt is not None:
            self.accepted += 1
            self.receipts[mail.name] = handed.receipt
            more = {"receipt": handed.receipt}
        else:
            self.refused += 1
            more = {"error": handed.error or ""}
        if self.as_json:
            print_json([{"name": mail.name, "language": mail.language, **more}])
        elif handed.error is not None:
            click.echo(f"{mail.name} was refused: {handed.error}", err=True)

    def finish(self, configuration: Configuration, config_path: Path, note: str | None) -> None:
        if self.as_json:
            if note is not None:
                click.echo(note, err=True)
            return
        refused = f", {self.refused} refused" if self.refused else ""
        click.echo(f"{self.accepted} mails accepted{refused}")
        if self.answered:
            click.echo(f"{self.answered} tickets answered by {configuration.admin}, with replies of their customers")
        if note is not None:
            click.echo(note)
        click.echo(_what_to_look_at(configuration, config_path))


def _what_to_look_at(configuration: Configuration, config_path: Path) -> str:
    said = click.get_current_context().get_parameter_source("config_path") is not ParameterSource.DEFAULT
    choice = f" -c {shlex.quote(str(config_path))}" if said else ""
    rows = [
        (_web_url(configuration), "the tickets, their mails and why each is where it is"),
        (f"gateway tickets list{choice}", "the same on the command line"),
        (f"gateway explain 1{choice}", "what led to ticket 1"),
        (f"gateway outbox list{choice}", "what customers would get"),
        (f"gateway journal balance{choice}", "every mail has one fate"),
    ]
    remarks = []
    if configuration.trust.verify:
        remarks.append(
            "Nothing proves these senders: their domains (.example) exist nowhere. So their mails are marked as not verified, "
            "the\nacknowledgement has fixed words, and what they reply waits as a request to join its ticket. To see a day of "
            "verified\ncustomers, start the gateway with GATEWAY__TRUST__VERIFY=false."
        )
    if configuration.limits.enabled:
        count, minutes = configuration.budgets.acks_to_unknown
        remarks.append(
            f"So many strangers in one moment look like an attack: after {count} acknowledgements in {minutes} minutes the "
            "rest is held in the outbox."
        )
    width = max(len(what) for what, _ in rows) + 2
    lines = [f"  {what:<{width}}{why}" for what, why in rows]
    return "\n".join(["", "Now look at", *lines, *(line for remark in remarks for line in ("", remark))])


def _web_url(configuration: Configuration) -> str:
    """How a browser on this machine reaches the web view."""
    if configuration.web.base_url:
        return f"{configuration.web.base_url}/"
    listen = Endpoint.parse(configuration.web.listen[0])
    if listen.path is not None:
        return f"the web view at {listen}"
    return f"http://{Endpoint(host=_EVERYWHERE.get(listen.host, listen.host), port=listen.port)}/"


@contextlib.contextmanager
def _progress(total: int, *, visible: bool) -> Iterator[Callable[[], None]]:
    """A bar on a terminal; nothing anywhere else."""
    if not visible:
        yield lambda: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("mailing", total=total)
        yield lambda: bar.advance(task)
