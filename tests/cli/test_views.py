"""``gateway tickets list --view`` as a person calls it."""

import json
from pathlib import Path

import pytest

from gateway.cli.common import open_place
from gateway.cli.main import main
from gateway.config.views import ViewDefinition
from gateway.store.agents import find_agent
from gateway.store.saved_views import add_view
from gateway.store.tickets import add_tags, create_ticket, ensure_contact
from gateway.threading.model import Status
from tests.support.accepted import NOW

SETTINGS = """\
reply_domain: reply.example.com
admin: admin@example.com
brands:
  - {id: example, name: Example Support, addresses: [support@example.com]}
"""
VIEWS = "views: [{id: refunds, name: Refunds, when: {tags: [refund]}, order: priority}]\n"


@pytest.fixture
def settings(tmp_path: Path) -> str:
    """Three tickets: 2 and 3 are refunds, 3 is urgent, 1 is solved; admin and lee are agents, lee has a view of new ones."""
    path = tmp_path / "gateway.yaml"
    path.write_text(f"data_dir: {tmp_path / 'var'}\n{SETTINGS}")
    (tmp_path / "views.yaml").write_text(VIEWS)
    for name in ("admin", "lee"):
        assert main(["agents", "add", "-c", str(path), f"{name}@example.com"]) == 0
    with open_place(path).database.write() as connection:
        person = ensure_contact(connection, "ann@example.net", name="", language=None, now=NOW)
        for status, priority in ((Status.SOLVED, "normal"), (Status.NEW, "normal"), (Status.OPEN, "urgent")):
            number = create_ticket(
                connection,
                brand="example",
                address="support@example.com",
                subject=priority,
                requester=person.id,
                language="en",
                now=NOW,
                status=status,
                priority=priority,
            )
            if number > 1:
                add_tags(connection, number, ["refund"])
        lee = find_agent(connection, "lee@example.com")
        assert lee is not None
        add_view(connection, lee.id, ViewDefinition.model_validate({"name": "v", "when": {"status": ["new"]}}), NOW)
    return str(path)


def numbers(capsys: pytest.CaptureFixture[str], settings: str, *arguments: str) -> list[int]:
    capsys.readouterr()
    assert main(["tickets", "list", "-c", settings, "--json", *arguments]) == 0
    return [json.loads(line)["number"] for line in capsys.readouterr().out.splitlines()]


def test_views(settings: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert numbers(capsys, settings, "--view", "refunds") == [3, 2], "in the view's order"
    assert numbers(capsys, settings, "--view", "refunds", "--status", "new") == [2]
    assert numbers(capsys, settings, "--view", "unsolved", "--sort", "priority") == [3, 2]
    assert numbers(capsys, settings, "--view", "solved") == [1]
    assert numbers(capsys, settings, "--view", "my-1", "--as", "lee@example.com") == [2]
    assert numbers(capsys, settings, "--view", "mine") == []


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--view", "refund"), "there is no view refund. Did you mean `refunds`?"),
        (("--view", "my-1"), "there is no view my-1."),
        (("--view", "solved", "--status", "new"), "this view has no tickets that are new"),
    ],
)
def test_what_is_not_there_is_said(
    settings: str, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], words: str
) -> None:
    assert main(["tickets", "list", "-c", settings, *arguments]) == 2
    assert words in capsys.readouterr().err
