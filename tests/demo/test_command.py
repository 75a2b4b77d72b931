"""``gateway demo`` as a person types it: against a running gateway, against none, and against somebody else's."""

import json
import os
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.cli.demo import addresses_of, why_no_agent
from gateway.config.addresses import AddressBook
from gateway.config.model import Configuration
from gateway.demo.agent import mails_of
from gateway.demo.day import DAY
from tests.support.commands import run_command_text
from tests.support.gateways import REPOSITORY, Gateway

ALL = [mail.name for mail in DAY] + [mail.name for mail in mails_of()]
BELIEVING = {"GATEWAY__TRUST__VERIFY": "false"}
STARTER = REPOSITORY / "config" / "gateway.yaml"


def run(*arguments: str, environ: dict[str, str], cwd: Path) -> subprocess.CompletedProcess[str]:
    return run_command_text(*arguments, environ=environ, cwd=cwd)


def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    """The starter configuration with data in a folder of the test and a port at which nobody listens."""
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith("GATEWAY__")},
        "GATEWAY__DATA_DIR": str(tmp_path / "var"),
        "GATEWAY__SMTP__LISTEN": f"127.0.0.1:{closed_port()}",
        "GATEWAY__WEB__LISTEN": "0.0.0.0:8025",
        "PYTHONPATH": str(REPOSITORY),
    }


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    listen = {"GATEWAY__SMTP__LISTEN": f"127.0.0.1:{closed_port()}"}
    running = Gateway(tmp_path_factory.mktemp("gateway"), environ=listen)
    try:
        yield running.up()
        running.stop()
    finally:
        running.kill()


@pytest.mark.xdist_group("demo")
def test_a_whole_day_with_answers(gateway: Gateway, tmp_path: Path) -> None:
    done = run("demo", "-c", str(STARTER), "--json", environ=gateway.environ, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [line["name"] for line in lines] == ALL
    assert all(set(line) == {"name", "language", "receipt"} for line in lines)
    assert len({line["receipt"] for line in lines}) == len(ALL)

    for line in lines:
        gateway.fate(line["receipt"])
    balance = run("journal", "balance", "-c", str(STARTER), "--json", environ=gateway.environ, cwd=tmp_path)
    figures = json.loads(balance.stdout)
    assert balance.returncode == 0
    assert (figures["accepted"], figures["pending"]) == (len(ALL), 0)
    assert figures["accepted"] == sum(figures["fates"].values())


@pytest.mark.xdist_group("demo")
def test_what_a_person_reads_afterwards(gateway: Gateway, environ: dict[str, str], tmp_path: Path) -> None:
    target = gateway.environ["GATEWAY__SMTP__LISTEN"]
    done = run("demo", "-c", str(STARTER), "--to", target, environ=environ, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert f"{len(DAY)} mails accepted\nnobody answered: the store is not on this machine" in done.stdout
    for word in ("http://127.0.0.1:8025/ ", "gateway tickets list", "gateway explain 1", "gateway journal balance"):
        assert word in done.stdout
    assert done.stderr == "", "no progress bar where there is no terminal"
    assert "Nothing proves these senders" in done.stdout
    believing = run("demo", "-c", str(STARTER), "--to", target, environ=environ | BELIEVING, cwd=tmp_path)
    assert "Nothing proves these senders" not in believing.stdout


@pytest.mark.xdist_group("demo")
def test_mail_into_another_gateway_is_not_answered_from_this_store(
    gateway: Gateway, environ: dict[str, str], tmp_path: Path
) -> None:
    """A store of one's own, first without an agent, and mails that went elsewhere."""
    target = gateway.environ["GATEWAY__SMTP__LISTEN"]
    asked = run("demo", "-c", str(STARTER), "--to", target, "--with-agent", environ=environ, cwd=tmp_path)
    assert "nobody answered: there is no agent admin@example.com" in asked.stdout
    added = run("agents", "add", "-c", str(STARTER), "admin@example.com", environ=environ, cwd=tmp_path)
    assert added.returncode == 0, added.stderr
    other = run("demo", "-c", str(STARTER), "--to", target, environ=environ, cwd=tmp_path)
    assert "nobody answered: the mails went into another gateway than this configuration's" in other.stdout
    assert other.returncode == 0


def test_when_an_agent_plays(tmp_path: Path) -> None:
    def configuration(**changes: object) -> Configuration:
        brand = {"id": "a", "name": "A", "addresses": ["help@example.com"]}
        return Configuration.model_validate(
            {"reply_domain": "reply.example.com", "admin": "admin@example.com", "brands": [brand], "data_dir": tmp_path}
            | changes
        )

    elsewhere = configuration(database={"url": "postgresql://gateway@db.example.com/gateway"})
    assert "not on this machine" in (why_no_agent(configuration(), None) or ""), "no store yet"
    (tmp_path / "gateway.db").touch()
    assert why_no_agent(configuration(), None) is None
    assert "--without-agent" in (why_no_agent(configuration(), False) or "")
    assert "not on this machine" in (why_no_agent(elsewhere, None) or "")
    assert why_no_agent(elsewhere, True) is None


def test_where_nobody_listens_it_says_what_to_do(environ: dict[str, str], tmp_path: Path) -> None:
    done = run("demo", "-c", str(STARTER), environ=environ, cwd=tmp_path)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert f"no gateway takes mail at {environ['GATEWAY__SMTP__LISTEN']}" in done.stderr
    assert "start it with make run" in done.stderr
    assert not (tmp_path / "var").exists(), "a look leaves nothing behind"


@pytest.mark.parametrize("target", ["mx.example.com:25", "192.0.2.1:25"])
def test_other_machines_are_refused(target: str, environ: dict[str, str], tmp_path: Path) -> None:
    done = run("demo", "-c", str(STARTER), "--to", target, environ=environ, cwd=tmp_path)
    assert done.returncode == 2
    assert f"{target} is not on this machine" in done.stderr
    assert "--yes-really" in done.stderr


@pytest.mark.parametrize(
    ("target", "sentence"),
    [
        ("127.0.0.1:99999", "--to: port 99999 is above 65535"),
        ("127.0.0.1:smtp", "is not an address to use"),
        ("unix:/run/gateway.sock", "--to takes HOST:PORT"),
    ],
)
def test_a_target_that_is_none(target: str, sentence: str, environ: dict[str, str], tmp_path: Path) -> None:
    done = run("demo", "-c", str(STARTER), "--to", target, environ=environ, cwd=tmp_path)
    assert done.returncode == 2
    assert sentence in done.stderr


def test_a_configuration_without_a_port_needs_a_target(environ: dict[str, str], tmp_path: Path) -> None:
    unix = {"GATEWAY__SMTP__LISTEN": f"unix:{tmp_path}/smtp.sock"}
    done = run("demo", "-c", str(STARTER), environ=environ | unix, cwd=tmp_path)
    assert done.returncode == 2
    assert "names no host with a port; say --to HOST:PORT" in done.stderr


def test_mail_goes_to_the_brand_of_its_language() -> None:
    def brands(*rows: tuple[str, str, tuple[str, ...]]) -> Configuration:
        return Configuration.model_validate(
            {
                "reply_domain": "reply.example.com",
                "admin": "admin@example.com",
                "brands": [{"id": id_, "name": id_, "language": to, "addresses": list(at)} for id_, to, at in rows],
            }
        )

    three = addresses_of(
        brands(("a", "en", ("help@example.com", "sales@example.com")), ("b", "ko", ("ko@example.com",)))
    )
    assert three.by_language == {"ko": "ko@example.com", "ja": "help@example.com", "en": "help@example.com"}
    assert three.second == "sales@example.com"
    one = brands(("a", "en", ("help@example.com",)))
    assert addresses_of(one).second == "help+desk@example.com"
    assert AddressBook(one).verdict("help+desk@example.com").kind == "brand"
