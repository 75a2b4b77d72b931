"""Who looked at which mail: every page and every command that shows one leaves a row, once an hour, without the customer's address."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gateway.cli import main as command_line
from gateway.cli.recorded import LISTS, LOOKS, RECORDED
from gateway.store.database import Database
from gateway.store.migrate import prepare
from gateway.store.schema import audit, journal, messages
from gateway.web import recorded
from gateway.web.routes import PAGES
from gateway.web.visit import Who
from tests.support.accepted import mail
from tests.support.day import quarantine
from tests.support.office import TestOffice
from tests.web.conftest import Web

OWN = {"/views/{number}", "/macros/{number}", "/organizations/{id}"}  # the agent's own, and lists
CUSTOMER = "hong@customer.example"


def test_every_page_that_shows_mail_is_written_down() -> None:
    """A new page about one thing must stand in the table of recorded visits; lists need not."""
    shown = {page.path for page in PAGES if page.method == "GET" and page.who >= Who.AGENT}
    written = {path for method, path in recorded.RECORDED if method == "GET"}
    about_one = {path for path in shown if "{" in path}
    assert about_one - written <= OWN, "add new pages to RECORDED in gateway/web/recorded.py"
    assert written <= shown


def test_looking_at_mail_out_and_at_held_mail(small: Web) -> None:
    number = quarantine(small.office, b"From: x@shop.example\r\nSubject: odd\r\n\r\nodd\r\n")
    (sent,) = small.office.outbox("ack")
    (message,) = small.office.rows(messages, messages.c.direction == "in")
    admin, _ = small.browser()
    paths = (
        f"/outbox/{sent.id}",
        f"/outbox/{sent.id}/html",
        f"/quarantine/{number}",
        f"/messages/{message.id}/trace",
        "/reports",
        "/csat",
        "/notices?kind=ack&ticket=1",
        "/notices",
    )
    for path in (*paths, *paths, "/outbox/999", "/quarantine/999"):
        admin.get(path)
    found = [(row.what, row.about, row.actor) for row in small.office.rows(audit)]
    assert found == [
        ("mail_viewed", f"outbox {sent.id}", "kim@example.com"),
        ("mail_viewed", f"journal {number}", "kim@example.com"),
        ("ticket_viewed", f"message {message.id}", "kim@example.com"),
        ("exported", "report times", "kim@example.com"),
        ("exported", "report csat", "kim@example.com"),
        ("ticket_viewed", "ticket 1", "kim@example.com"),
    ], "each once an hour; what is not there was not seen"


@pytest.fixture
def office(tmp_path: Path) -> Iterator[TestOffice]:
    database = Database(f"sqlite:///{tmp_path / 'gateway.db'}")
    prepare(database)
    office = TestOffice(database, tmp_path)
    office.take(mail("Hello", sender=CUSTOMER))
    office.take(mail("Your code is 193045", sender="no-reply@svc.test", subject="Verify your email"))
    (tmp_path / "gateway.yaml").write_text(
        f"data_dir: {tmp_path}\nreply_domain: reply.example.com\nadmin: kim@example.com\n"
        "brands:\n  - {id: example, name: Example Support, addresses: [support@example.com]}\n"
    )
    yield office
    database.dispose()


def test_commands_that_show_mail_are_written_down_too(office: TestOffice, tmp_path: Path, capsys: Any) -> None:
    opened, held = (row.receipt for row in office.rows(journal))
    (sent,) = office.outbox("ack")

    def run(*words: str) -> int:
        code = command_line.main([*words, "-c", str(tmp_path / "gateway.yaml")])
        capsys.readouterr()
        return code

    assert run("keys", "new") == 0
    looks = {
        ("tickets", "show", "1"): ("ticket_viewed", "ticket 1"),
        ("explain", "1"): ("ticket_viewed", "ticket 1"),
        ("explain", held): ("ticket_viewed", f"receipt {held}"),
        ("quarantine", "show", held): ("mail_viewed", f"receipt {held}"),
        ("journal", "show", opened): ("mail_viewed", f"receipt {opened}"),
        ("journal", "show", opened, "--raw"): ("raw_viewed", f"receipt {opened}"),
        ("outbox", "show", str(sent.id)): ("mail_viewed", f"outbox {sent.id}"),
        ("outbox", "show", str(sent.id), "--raw"): ("raw_viewed", f"outbox {sent.id}"),
        ("report", "times", "--json"): ("exported", "report times"),
        ("report", "csat"): ("exported", "report csat"),
        ("tickets", "list", "--json"): ("exported", "tickets list"),
        ("outbox", "list", "--json"): ("exported", "outbox list"),
        ("tickets", "list"): None,
    }
    for words in looks:
        assert run(*words) == 0, words
    assert run("tickets", "show", "1") == 0
    assert run("outbox", "show", "99") == 1
    rows = office.rows(audit)
    assert [(row.what, row.about) for row in rows] == list(dict.fromkeys(it for it in looks.values() if it is not None))
    assert CUSTOMER not in json.dumps([[row.about, row.data] for row in rows])


def test_the_tables_name_commands_that_there_are() -> None:
    from gateway.cli.main import gateway

    context = gateway.make_context("gateway", [], resilient_parsing=True)
    for name in (*RECORDED, *LOOKS, *LISTS):
        group, _, command = name.partition(" ")
        found = gateway.get_command(context, group)
        assert found is not None, name
        assert not command or command in found.commands, name  # type: ignore[attr-defined]
