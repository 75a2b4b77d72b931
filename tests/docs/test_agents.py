"""docs/agents.md against the program: every command with the words that help shows, every notification, every promise in figures."""

import re

from gateway.config.agents import AgentWork
from gateway.desk.agent_post import TOKEN_DAYS
from gateway.desk.command_words import COMMANDS
from gateway.desk.commands import read_orders
from gateway.pipeline.agent_mail import REFUSALS_PER_HOUR
from gateway.store.notifications import NOTIFICATIONS
from tests.docs.pages import REPOSITORY, first_column, section

PAGE = "docs/agents.md"


def test_the_table_has_every_command_as_help_shows_it() -> None:
    rows = [
        [cell.strip().strip("`") for cell in line.strip("|").split("|")[:3]]
        for line in section(PAGE, "Commands").splitlines()
        if line.startswith("| `#")
    ]
    assert rows == [[it.shown("en"), it.shown("ko"), it.shown("ja")] for it in COMMANDS]


def test_every_command_that_the_page_names_is_one() -> None:
    text = (REPOSITORY / PAGE).read_text("utf-8")
    for word in re.findall(r"`(#[^`]+)`", text):
        orders = read_orders(word)
        assert orders.any, word
        assert all(unclear.command is not None for unclear in orders.unclear), word


def test_every_notification_is_told_of() -> None:
    assert first_column(section(PAGE, "What you are told")) == set(NOTIFICATIONS)


def test_figures() -> None:
    text = (REPOSITORY / PAGE).read_text("utf-8")
    assert f"waits {AgentWork().undo_seconds} seconds" in text
    assert f"good for {TOKEN_DAYS} days" in text
    assert REFUSALS_PER_HOUR == 2
    assert "at most twice an hour" in text
