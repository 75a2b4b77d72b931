"""``gateway serve``: everything, until it is told to stop."""

from pathlib import Path

import click

from gateway.app.faults import CannotStart
from gateway.app.instance import AlreadyRunning
from gateway.app.sockets import CannotListen
from gateway.app.supervisor import ROLES
from gateway.app.supervisor import serve as run
from gateway.cli.common import Failed, config_option
from gateway.config.mistakes import ConfigurationError


def _roles(_context: click.Context, _parameter: click.Parameter, value: str | None) -> tuple[str, ...]:
    wanted = [part.strip() for part in (value or ",".join(ROLES)).split(",") if part.strip()]
    unknown = [role for role in wanted if role not in ROLES]
    if unknown or not wanted:
        raise click.BadParameter(f"{', '.join(unknown) or 'nothing'} is no role; choose from {', '.join(ROLES)}")
    return tuple(role for role in ROLES if role in wanted)


@click.command()
@config_option
@click.option(
    "--roles", callback=_roles, help=f"Which processes, with commas: {','.join(ROLES)}. All, unless said otherwise."
)
@click.option("--first-run", is_flag=True, help="Show how to send the first mail, also when there was one before.")
def serve(config_path: Path, roles: tuple[str, ...], first_run: bool) -> None:
    """Run the gateway: the door, the pipeline, delivery and the web view. Log lines are JSON on standard error.

    SIGTERM and Ctrl-C stop it in order, within 10 seconds. SIGHUP (or `gateway reload`) takes over a changed configuration.
    """
    try:
        status = run(config_path, roles=roles, show_first_steps=first_run)
    except ConfigurationError as error:
        raise Failed("\n".join(map(str, error.mistakes)), 2) from error
    except (AlreadyRunning, CannotListen, CannotStart) as error:
        raise Failed(str(error)) from error
    raise click.exceptions.Exit(status)
