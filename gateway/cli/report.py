"""``gateway report``: figures about tickets, with what they mean."""

import click

from gateway.cli.report_csat import csat_command
from gateway.cli.report_times import times_command
from gateway.cli.report_topics import topics_command


@click.group()
def report() -> None:
    """Figures about tickets: how long they take, and how often they come back."""


report.add_command(csat_command)
report.add_command(times_command)
report.add_command(topics_command)
