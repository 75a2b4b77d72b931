"""``gateway tickets participants`` and ``gateway tickets join``: what is said to people, and how refusals end."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from gateway.cli.main import gateway
from gateway.store.database import Database
from tests.support.accepted import mail
from tests.support.office import TestOffice

HONG, EVE = "hong@customer.example", "eve@elsewhere.example"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A configuration and its database, with ticket 1 of Hong and a request of Eve's to join it."""
    configuration = f"""\
reply_domain: reply.example.com
admin: kim@example.com
data_dir: {tmp_path}/var
brands:
  - {{id: example, name: Example, addresses: [support@example.com]}}
"""
    (tmp_path / "gateway.yaml").write_text(configuration)
    run(tmp_path, "participants list 1", status=1)  # makes the database
    environ = {"GATEWAY_CONFIG": str(tmp_path / "gateway.yaml")}
    assert CliRunner().invoke(gateway, ["keys", "new"], env=environ).exit_code == 0
    database = Database(f"sqlite:///{tmp_path}/var/gateway.db")
    office = TestOffice(database, tmp_path / "var")
    office.take(mail("My lamp.", sender=f"Hong <{HONG}>", message_id="first@customer.example"), reverse_path=HONG)
    headers = (("References", "<first@customer.example>"), ("Cc", HONG))
    office.take(mail("I know it.", sender=EVE, subject="Re: Lamp", headers=headers), reverse_path=EVE)
    database.dispose()
    return tmp_path


def run(folder: Path, line: str, *, status: int = 0) -> str:
    done = CliRunner().invoke(
        gateway, ["tickets", *line.split()], env={"GATEWAY_CONFIG": str(folder / "gateway.yaml")}, standalone_mode=True
    )
    assert done.exit_code == status, done.output
    return done.output


def test_people_come_and_go(folder: Path) -> None:
    assert "lee@partner.example takes part in ticket 1" in run(folder, "participants add 1 lee@partner.example")
    assert "takes part already" in run(folder, "participants add 1 LEE@partner.example")
    assert "count no more" in run(folder, "participants withdraw 1 lee@partner.example")
    assert "does not take part in ticket 1 any more" in run(folder, "participants remove 1 lee@partner.example")
    rows = run(folder, "participants list 1").splitlines()
    assert [row.split()[0] for row in rows] == ["requester", "cc"]
    assert HONG in rows[0]
    assert "removed" in rows[1]


def test_requests_are_listed_and_answered(folder: Path) -> None:
    (row,) = run(folder, "join list").splitlines()
    assert EVE in row
    assert "the author answers in a conversation" in row
    message = json.loads(run(folder, "join list --ticket 1 --json"))["message"]
    assert run(folder, "join list --ticket 2") == "nobody asks to join\n"
    assert f"{EVE} takes part in ticket 1" in run(folder, f"join accept {message}")
    assert run(folder, "join list") == "nobody asks to join\n"
    assert "no request to join that waits" in run(folder, f"join decline {message}", status=1)
    assert f"message {message} is ticket 2 now" in run(folder, f"join split {message}")


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("participants list 9", "there is no ticket 9"),
        ("participants remove 1 nobody@elsewhere.example", "see `gateway tickets participants list 1`"),
        ("participants remove 1 hong@customer.example", "the requester cannot be removed"),
        ("participants add 1 support@example.com", "one of our own addresses"),
        ("join accept 1", "no request to join that waits"),
        ("join split 1", "nothing left of it"),
        ("join accept 1 --as nobody@example.com", "there is no agent nobody@example.com"),
    ],
)
def test_refusals_say_why(folder: Path, line: str, why: str) -> None:
    assert why in run(folder, line, status=1)
