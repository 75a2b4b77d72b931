"""Commands about the configuration: ``check``, ``init``, ``reload``, ``keys``."""

import json
import os
import signal
import tempfile
import time
from pathlib import Path
from typing import Any

import click
from pydantic import TypeAdapter, ValidationError

from gateway.cli.common import Failed, Place, config_option, json_option, print_json, write_down
from gateway.config.keys import keys_directory, list_keys, load_keyring, needs_keys, new_key
from gateway.config.load import Loaded, load_all
from gateway.config.mistakes import ConfigurationError, Mistake
from gateway.config.model import Configuration
from gateway.config.section import Address, Domain, Line
from gateway.config.starter import ENTRY, STARTERS, Answers, starter_files, write_new

RELOAD_SECONDS = 30.0


@click.command()
@config_option
@json_option
def check(config_path: Path, as_json: bool) -> None:
    """Print every mistake of the configuration, its rules, keys and templates; exit 0 if there is none, else 2."""
    lines: list[str] = []
    mistakes: tuple[Mistake, ...] = ()
    warnings: tuple[Mistake, ...] = ()
    stamp = None
    try:
        loaded = load_all(config_path, os.environ, tested=True)
        stamp = loaded.stamp
        warnings = loaded.warnings
        if needs_keys(loaded.configuration):
            load_keyring(loaded.configuration, may_create=False)
        lines = _template_mistakes(loaded)
        warnings = (*warnings, *_template_remarks(loaded))
    except ConfigurationError as error:
        mistakes = error.mistakes
    count = len(mistakes) + len(lines)
    if as_json:
        found = [*(mistake.as_json() for mistake in mistakes), *({"message": line} for line in lines)]
        beside = [warning.as_json() for warning in warnings]
        print_json([{"ok": not count, "stamp": stamp, "mistakes": found, "warnings": beside}])
    else:
        for warning in warnings:
            click.echo(warning.as_warning())
        for line in (*map(str, mistakes), *lines):
            click.echo(line)
        summary = "the configuration is sound" if not count else f"{count} mistake{'s' if count > 1 else ''}"
        click.echo(f"{config_path}: {summary}", err=bool(count))
    if count:
        raise click.exceptions.Exit(2)


def _template_remarks(loaded: Loaded) -> tuple[Mistake, ...]:
    from gateway.notify.remarks import remarks_on

    return remarks_on(loaded.configuration)


def _template_mistakes(loaded: Loaded) -> list[str]:
    from gateway.notify.check import check_templates

    return [str(mistake) for mistake in check_templates(loaded.configuration)]


@click.command()
@click.argument("directory", type=click.Path(path_type=Path, file_okay=False))
@click.option("--domain", default="example.com", show_default=True, help="Your company's mail domain.")
@click.option("--support", help="The support address. Default: support@DOMAIN.")
@click.option("--reply-domain", help="Domain of the signed reply addresses. Default: reply.DOMAIN.")
@click.option("--admin", help="The first admin's address. Default: admin@DOMAIN.")
@click.option("--brand-name", default="Example Support", show_default=True, help="What customers read in From.")
@click.option("--language", type=click.Choice(["ko", "ja", "en"]), default="en", show_default=True)
@click.option("--data-dir", default="var", show_default=True, help="Folder for database, large mails and keys.")
@click.option(
    "--starter",
    type=click.Choice(STARTERS),
    help="Begin with rules, calendars, teams, promises and macros for a shop, a business or a service desk.",
)
@json_option
def init(
    directory: Path,
    as_json: bool,
    domain: str,
    support: str | None,
    reply_domain: str | None,
    admin: str | None,
    brand_name: str,
    language: str,
    data_dir: str,
    starter: str | None,
) -> None:
    """Write a commented starter configuration into DIRECTORY, and the first signing key. Never overwrites anything."""
    domain = _sound(Domain, domain, "--domain")
    answers = Answers(
        domain=domain,
        support=_sound(Address, support or f"support@{domain}", "--support"),
        reply_domain=_sound(Domain, reply_domain or f"reply.{domain}", "--reply-domain"),
        admin=_sound(Address, admin or f"admin@{domain}", "--admin"),
        brand_name=_sound(Line, brand_name.strip(), "--brand-name"),
        language=language,
        data_dir=data_dir,
    )
    files = starter_files(answers, starter)
    configuration = _proven(files)
    try:
        write_new(directory, files)
    except FileExistsError as error:
        raise Failed(f"{error} is there already; nothing was written", 2) from error
    except OSError as error:
        raise Failed(f"cannot write into {directory}: {(error.strerror or 'error').lower()}", 2) from error
    try:
        key = new_key(configuration) if not list_keys(configuration) else None
    except ConfigurationError as error:
        raise Failed(str(error), 2) from error
    if as_json:
        written = [str(directory / name) for name in files]
        print_json([{"files": written, "key": str(key) if key else None, "configuration": written[0]}])
        return
    for name in files:
        click.echo(f"wrote {directory / name}")
    if key is not None:
        click.echo(f"wrote {key}: back it up, reply addresses are worthless without it")
    click.echo(f"next: gateway check -c {directory / ENTRY} && gateway serve -c {directory / ENTRY}")


def _sound(kind: Any, value: str, option: str) -> str:
    try:
        return str(TypeAdapter(kind).validate_python(value))
    except ValidationError as error:
        context = error.errors()[0].get("ctx", {})
        raise click.BadParameter(str(context.get("error", "is not sound")), param_hint=option) from error


def _proven(files: dict[str, str]) -> Configuration:
    """Load what is about to be written: nobody should get a starter that does not start."""
    with tempfile.TemporaryDirectory() as scratch:
        write_new(Path(scratch), files)
        try:
            return load_all(Path(scratch, ENTRY), {}, tested=True).configuration
        except ConfigurationError as error:
            reasons = "\n".join(mistake.message for mistake in error.mistakes)
            raise Failed(f"these values do not go together:\n{reasons}", 2) from error


@click.command()
@config_option
@json_option
def reload(config_path: Path, as_json: bool) -> None:
    """Let the running gateway take over the changed configuration. A bad one is refused; the old one stays."""
    try:
        loaded = load_all(config_path, os.environ, tested=True)
        configuration = loaded.configuration
    except ConfigurationError as error:
        _report({"ok": False, "mistakes": [mistake.as_json() for mistake in error.mistakes]}, as_json)
        return
    pid = _supervisor(configuration.data_dir)
    result = configuration.data_dir / "reload.json"
    before = _result(result)
    try:
        os.kill(pid, signal.SIGHUP)
    except ProcessLookupError as error:
        raise Failed(f"no gateway is running: process {pid} of {configuration.data_dir}/gateway.pid is gone") from error
    except PermissionError as error:
        raise Failed(f"process {pid} belongs to another user; run this as the gateway's user") from error
    deadline = time.monotonic() + RELOAD_SECONDS
    while (after := _result(result)) is None or after == before:
        if time.monotonic() > deadline:
            raise Failed(f"the gateway (process {pid}) gave no answer within {RELOAD_SECONDS:.0f} s; see its log")
        time.sleep(0.02)
    if after["ok"]:
        from gateway.store.audit import What

        write_down(Place(loaded), What.RELOADED, loaded.stamp)
    _report(after, as_json)


def _supervisor(data_dir: Path) -> int:
    """The process id of the running gateway."""
    path = data_dir / "gateway.pid"
    try:
        pid = int(path.read_text("ascii").strip())
        command = Path(f"/proc/{pid}/cmdline")
        known = not Path("/proc/self").exists() or b"gateway" in command.read_bytes()
    except FileNotFoundError as error:
        raise Failed(f"no gateway is running with data in {data_dir}: there is no {error.filename}") from error
    except (OSError, ValueError) as error:
        raise Failed(f"cannot read {path}: {error}") from error
    if not known or pid <= 1:  # the number was given to a stranger, whom SIGHUP could end
        raise Failed(f"no gateway is running: {path} is left from one that died")
    return pid


def _result(path: Path) -> dict[str, Any] | None:
    try:
        found = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) and "ok" in found else None


def _report(result: dict[str, Any], as_json: bool) -> None:
    """Print how a reload went and exit with 2 where it was refused."""
    if as_json:
        print_json([result])
    elif result["ok"]:
        click.echo("the running gateway took over the configuration")
    else:
        for mistake in result.get("mistakes", ()):
            known = isinstance(mistake, dict) and {"file", "line", "column", "message"} <= mistake.keys()
            click.echo(str(Mistake(**mistake)) if known else str(mistake))
        click.echo("refused; the running gateway keeps its old configuration", err=True)
    if not result["ok"]:
        raise click.exceptions.Exit(2)


@click.group()
def keys() -> None:
    """Secrets that sign reply addresses."""


@keys.command("new")
@config_option
@json_option
def keys_new(config_path: Path, as_json: bool) -> None:
    """Make the next key. It signs from the next reload or start on; older keys still verify what they signed."""
    try:
        path = new_key(load_all(config_path, os.environ).configuration)
    except ConfigurationError as error:
        raise Failed(str(error), 2) from error
    if as_json:
        print_json([{"path": str(path)}])
        return
    click.echo(f"wrote {path}: back it up, and copy it to every node before `gateway reload`")


@keys.command("list")
@config_option
@json_option
def keys_list(config_path: Path, as_json: bool) -> None:
    """Show the keys and which one signs."""
    try:
        configuration = load_all(config_path, os.environ).configuration
        found = list_keys(configuration)
    except ConfigurationError as error:
        raise Failed(str(error), 2) from error
    if as_json:
        print_json({"id": k.id, "path": str(k.path), "signs": k.signs, "problem": k.problem or None} for k in found)
        return
    if not found:
        click.echo(f"no key in {keys_directory(configuration)}; make one with `gateway keys new`")
    for key in found:
        click.echo(f"{key.id:2}  {key.problem or ('signs' if key.signs else 'verifies')}  {key.path}")
