"""``gateway agents`` for roles, sessions, second factors and linked accounts, as an admin calls it."""

import json
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gateway.cli.main import main
from gateway.store.agents import create_agent
from gateway.store.database import Database
from gateway.store.migrate import prepare
from gateway.store.second_factor import ENROL_OCTETS, begin_enrolment, confirm_enrolment, has_second_factor
from gateway.store.sessions import find_session, start_session
from gateway.store.totp import code_at, step_at
from gateway.threading.tokens import Keyring

SETTINGS = """\
reply_domain: reply.example.com
admin: admin@example.com
brands:
  - id: example
    name: Example Support
    addresses: [support@example.com]
"""
OIDC = """\
web:
  base_url: https://desk.example.com
  oidc: {issuer: "https://login.example.com", client_id: desk, client_secret: x}
"""
Call = Callable[..., tuple[int, str, str]]


@pytest.fixture
def database(tmp_path: Path) -> Database:
    (tmp_path / "var").mkdir()
    made = Database(f"sqlite:///{tmp_path / 'var' / 'gateway.db'}")
    prepare(made)
    now = datetime.now(UTC)
    with made.write() as connection:
        for address in ("kim@example.com", "lee@example.com"):
            create_agent(connection, address=address, name="", role="admin", language="en", now=now)
    return made


@pytest.fixture
def call(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Call:
    settings = tmp_path / "gateway.yaml"
    settings.write_text(f"data_dir: {tmp_path / 'var'}\n{SETTINGS}{OIDC}")

    def ask(*arguments: str) -> tuple[int, str, str]:
        status = main(["agents", arguments[0], "-c", str(settings), *arguments[1:]])
        told = capsys.readouterr()
        return status, told.out, told.err

    return ask


def log_in(database: Database, agent: int, token: str) -> None:
    with database.write() as connection:
        start_session(
            connection,
            agent,
            token=token,
            csrf="c",
            now=datetime.now(UTC),
            peer="192.0.2.7",
            user_agent="\x1b]0;x\x07Firefox",
            method="totp",
        )


def is_open(database: Database, token: str) -> bool:
    with database.read() as connection:
        return find_session(connection, token, datetime.now(UTC)) is not None


def test_sessions_are_listed_and_ended(database: Database, call: Call) -> None:
    for agent, token in ((1, "one"), (1, "two"), (2, "three")):
        log_in(database, agent, token)
    rows = [json.loads(line) for line in call("sessions", "--json")[1].splitlines()]
    assert [(row["agent"], row["method"], row["peer"]) for row in rows] == [
        ("lee@example.com", "totp", "192.0.2.7"),
        ("kim@example.com", "totp", "192.0.2.7"),
        ("kim@example.com", "totp", "192.0.2.7"),
    ]
    assert "token" not in repr(rows)
    _, out, _ = call("sessions", "KIM@example.com")
    assert len(out.splitlines()) == 2
    assert "\x1b" not in out, "what a browser says of itself cannot play with the terminal"
    assert call("logout", "lee@example.com", "--session", str(rows[1]["id"]))[0] == 1, "it is another's"
    assert (
        call("logout", "kim@example.com", "--session", str(rows[1]["id"]))[1] == "1 session of kim@example.com ended\n"
    )
    assert [is_open(database, token) for token in ("one", "two", "three")] == [True, False, True]
    assert call("logout", "kim@example.com")[0] == 0
    assert [is_open(database, token) for token in ("one", "three")] == [False, True]


def test_a_lost_telephone(database: Database, call: Call) -> None:
    ring, now = Keyring({1: bytes(32)}), datetime.now(UTC)
    with database.write() as connection:
        secret = begin_enrolment(connection, ring, 1, entropy=os.urandom(ENROL_OCTETS), now=now)
        assert secret is not None
        assert confirm_enrolment(connection, ring, 1, code_at(secret, step_at(now)), now)
    log_in(database, 1, "one")
    assert json.loads(call("totp", "kim@example.com", "--json")[1])["second_factor"] is True
    assert is_open(database, "one"), "looking changes nothing"
    assert call("totp", "kim@example.com", "--reset")[1] == "kim@example.com has no second factor any more\n"
    assert not is_open(database, "one")
    with database.read() as connection:
        assert not has_second_factor(connection, 1)
    assert call("totp", "nobody@example.com")[0] == 1


def test_roles(database: Database, call: Call) -> None:
    log_in(database, 1, "one")
    assert call("role", "kim@example.com", "agent")[1] == "kim@example.com has the role agent\n"
    assert not is_open(database, "one")
    status, _, err = call("role", "lee@example.com", "agent")
    assert (status, err) == (1, "Error: lee@example.com is the last active admin; make another one first\n")
    assert call("role", "lee@example.com", "emperor")[0] == 2


def test_accounts_are_linked_by_hand(database: Database, call: Call) -> None:
    assert call("link", "kim@example.com", "--subject", "1187")[0] == 0
    row = json.loads(call("link", "kim@example.com", "--json")[1])
    assert (row["issuer"], row["subject"]) == ("https://login.example.com", "1187")
    status, _, err = call("link", "lee@example.com", "--subject", "1187")
    assert status == 1
    assert "linked to kim@example.com" in err
    assert call("link", "lee@example.com", "--subject", "x" * 256)[0] == 1
    assert call("unlink", "kim@example.com")[1] == "kim@example.com: 1 account unlinked\n"
    assert call("link", "lee@example.com", "--subject", "1187")[0] == 0


def test_no_provider_no_links(database: Database, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    settings = tmp_path / "gateway.yaml"
    settings.write_text(f"data_dir: {tmp_path / 'var'}\n{SETTINGS}")
    assert main(["agents", "link", "-c", str(settings), "kim@example.com", "--subject", "1"]) == 1
    assert "set `oidc` under `web`" in capsys.readouterr().err
    settings.write_text(
        f"data_dir: {tmp_path / 'var'}\n{SETTINGS}{OIDC.replace('base_url: https://desk.example.com', '')}"
    )
    assert main(["check", "-c", str(settings)]) == 2
    assert "gateway.yaml:10:9: the provider must be told where browsers come back to" in capsys.readouterr().out
