"""The ``gateway`` command. Groups are imported when they are called, so that a pipe from an MTA starts fast."""

import importlib
import sys
from collections.abc import Sequence

import click

from gateway import __version__

COMMANDS = {
    "abuse": ("gateway.cli.abuse:abuse", "mail in others' names: campaigns, silenced addresses, the breaker"),
    "agents": ("gateway.cli.agents:agents", "people who answer: list, add, passwords, roles, sessions, second factors"),
    "apikeys": ("gateway.cli.apikeys:apikeys", "keys for programs that send mail in: add, list, revoke"),
    "audit": ("gateway.cli.privacy:audit", "who saw and did what: list, verify"),
    "check": ("gateway.cli.config:check", "all configuration mistakes as file:line:col: message"),
    "config": ("gateway.cli.schema:config", "JSON Schema of each file, for editors"),
    "demo": ("gateway.cli.demo:demo", "mail a realistic day of support mail into the running gateway"),
    "explain": (
        "gateway.cli.explain:explain",
        "why a mail is where it is: a ticket's number, a Message-ID or a receipt",
    ),
    "init": ("gateway.cli.config:init", "write a commented starter configuration"),
    "inject": ("gateway.cli.inject:inject", "take in mail from files, mbox, Maildir or a pipe, without the network"),
    "inspect": ("gateway.cli.inspect:inspect", "what is understood of a message"),
    "journal": ("gateway.cli.journal:journal", "the ledger of accepted mail: balance, list, show, retry"),
    "keys": ("gateway.cli.config:keys", "secrets that sign reply addresses: list, new"),
    "lists": (
        "gateway.cli.lists:lists",
        "senders that are allowed, blocked, suspended or rejected: add, remove, list, test",
    ),
    "notices": ("gateway.cli.notices:notices", "mail to customers, to look at before it is sent: preview"),
    "outbox": ("gateway.cli.outbox:outbox", "mail out: list, show, retry, hold, release"),
    "quarantine": ("gateway.cli.quarantine:quarantine", "held mail: list, show, release, delete, block, restore"),
    "replay": (
        "gateway.cli.replay:replay",
        "derive stored mail again after a fix: what would be otherwise, and writing it",
    ),
    "redact": ("gateway.cli.privacy:redact", "take a message or a person out of everything that is kept"),
    "reload": ("gateway.cli.config:reload", "let the running gateway take over a changed configuration"),
    "rules": ("gateway.cli.rules:rules", "rules: run their tests, try other rules on stored mail"),
    "report": ("gateway.cli.report:report", "figures with their exact definitions"),
    "retention": ("gateway.cli.privacy:retention", "remove what is kept no longer"),
    "serve": ("gateway.cli.serve:serve", "run everything"),
    "surges": ("gateway.cli.surges:surges", "waves of similar mails: list, make one problem of them"),
    "thread": ("gateway.cli.thread:thread", "how messages would be threaded, against an empty throw-away store"),
    "tickets": ("gateway.cli.tickets:tickets", "list, show, reply, note, assign, solve, merge"),
}


class _Lazy(click.Group):
    """Knows every command's name and help line; imports only the one that is called."""

    def list_commands(self, context: click.Context) -> list[str]:  # noqa: ARG002
        return sorted(COMMANDS)

    def get_command(self, context: click.Context, name: str) -> click.Command | None:  # noqa: ARG002
        if name not in COMMANDS:
            return None
        module, _, attribute = COMMANDS[name][0].partition(":")
        command: click.Command = getattr(importlib.import_module(module), attribute)
        return command

    def format_commands(self, context: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl([(name, COMMANDS[name][1]) for name in sorted(COMMANDS)])


@click.group(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 120})
@click.version_option(__version__, prog_name="support-gateway")
def gateway() -> None:
    """A mail gateway for customer support: mail comes in, becomes a ticket, and its sender gets an answer."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return the exit status; faults of the user end with one sentence, not with a traceback."""
    try:
        result = gateway.main(arguments, prog_name="gateway", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except click.Abort:
        click.echo("stopped", err=True)
        return 130
    except BrokenPipeError:
        return 141
    if "gateway.cli.common" in sys.modules:
        from gateway.cli.recorded import write_down_what_was_done

        write_down_what_was_done()
    return result if isinstance(result, int) else 0


if __name__ == "__main__":
    sys.exit(main())
