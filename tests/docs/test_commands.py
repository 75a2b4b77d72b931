"""docs/commands.md against the program: every command, every option, and the very fields that ``--json`` prints."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime

import click
import pytest
from click.testing import CliRunner

from gateway.cli.main import gateway
from gateway.desk.surges import Remembered, Wave, remember, remembered
from gateway.store.database import Database
from gateway.store.tickets import add_events
from tests.docs.conftest import Reader
from tests.docs.pages import REPOSITORY, section
from tests.support.gateways import wait_for
from tests.support.outgoing import mail as a_mail
from tests.support.outgoing import store
from tests.support.web import Browser

pytestmark = pytest.mark.xdist_group("docs-reader")

PAGE = "docs/commands.md"
MAIL = "From: kim@customer.example\nSubject: The lamp\nMessage-ID: <lamp@customer.example>\n\nIt does not shine.\n"
JOIN = (
    "From: {name}@partner.example\nTo: support@example.com\nCc: kim@customer.example\nSubject: Re: The lamp\n"
    "Message-ID: <{name}@partner.example>\nReferences: <lamp@customer.example>\n\nI know this lamp.\n"
)


def commands(command: click.Command = gateway, name: str = "gateway") -> Iterator[tuple[str, click.Command]]:
    """Every command that does something, and every group."""
    if name != "gateway":
        yield name, command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for word in command.list_commands(context):
            inner = command.get_command(context, word)
            assert inner is not None
            yield from commands(inner, f"{name} {word}")


COMMANDS = dict(commands())
WITH_JSON = [name for name, it in COMMANDS.items() if any(parameter.name == "as_json" for parameter in it.params)]
WITHOUT_CONFIGURATION = {"gateway config schema", "gateway init", "gateway inspect", "gateway thread"}


def documented() -> list[str]:
    return re.findall(r"^##+ `(gateway [a-z -]+)`$", (REPOSITORY / PAGE).read_text("utf-8"), re.MULTILINE)


def test_every_command_is_documented_and_none_else() -> None:
    assert sorted(documented()) == sorted(COMMANDS), f"{PAGE}: give each command a heading: ### `gateway group command`"


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_is_documented_and_none_else(name: str) -> None:
    command = COMMANDS[name]
    text = section(PAGE, f"`{name}`")
    shown = set(re.findall(r"^\| `.*?` \|", text, re.MULTILINE))
    told = {option for row in shown for option in re.findall(r"--[a-z-]+", row)}
    options = [parameter for parameter in command.params if isinstance(parameter, click.Option)]
    common = {"config_path", "as_json"}
    wanted = {
        word
        for option in options
        if option.name not in common
        for word in (*option.opts, *option.secondary_opts)
        if word.startswith("--")
    }
    assert told == wanted, f"{PAGE}: the section of {name} has other options than --help"
    for option in options:
        assert option.name in common or not option.help or option.help.replace("|", "\\|") in text, (
            f"{name}: {option.opts[0]} is told otherwise by --help"
        )
    takes_configuration = any(option.name == "config_path" for option in options)
    assert isinstance(command, click.Group) or takes_configuration is (name not in WITHOUT_CONFIGURATION)
    assert ("JSON: " in text) is (name in WITH_JSON)


def told_fields(name: str) -> set[str]:
    match = re.search(r"^JSON: (.+?)\.(?: |$)", section(PAGE, f"`{name}`"), re.MULTILINE)
    assert match is not None
    return set(re.findall(r"`(\w+)`", match[1]))


@pytest.mark.timeout(180)
def test_json_has_the_documented_fields(reader: Reader) -> None:
    """One after the other on one gateway: some need what others did before."""
    (reader.folder / "lamp.eml").write_text(MAIL)
    (reader.folder / "kim.eml").write_text(MAIL.replace("lamp", "kim"))
    environ = {**reader.environ, "GATEWAY_CONFIG": str(reader.folder / "config" / "gateway.yaml")}
    runner = CliRunner()
    checked = set()

    def run(line: str, *, given: str | None = None, status: int = 0, empty: bool = False) -> list[dict[str, object]]:
        """Run ``gateway LINE --json``; its objects, which must have the fields that the page tells."""
        name = next(
            name for name in sorted(WITH_JSON, key=len, reverse=True) if f"gateway {line} ".startswith(f"{name} ")
        )
        done = runner.invoke(gateway, [*line.split(), "--json"], input=given, env=environ, standalone_mode=False)
        ended = done.return_value if isinstance(done.return_value, int) else done.exit_code
        assert ended == status, f"{line}: {done.output}{done.exception or ''}"
        text = done.stdout
        objects = [json.loads(text)] if name == "gateway inspect" else [json.loads(row) for row in text.splitlines()]
        if empty and not objects:
            return objects
        assert objects, f"{line} printed nothing: {done.output}"
        fields = set(objects[0])
        if name == "gateway agents password" and given is not None:
            fields.add("one_time_password")
        assert fields == told_fields(name), line
        checked.add(name)
        return objects

    receipt = run(f"inject {reader.folder}/lamp.eml")[0]["receipt"]
    run(f"inject {reader.folder}/kim.eml")
    # The pipeline has its own pace; ``explain`` knows an accepted mail at once, a ticket when it is there.
    number = wait_for(lambda: run(f"explain {receipt}")[0]["ticket"])
    for line in (
        "list",
        f"show {number}",
        f"recipients {number}",
        f"note {number} seen",
        f"assign {number} admin@example.com",
        f"status {number} open",
    ):
        run(f"tickets {line}")
    run("tickets new lee@customer.example Ready --subject Lamp")
    for line in (f"reply {number} done", f"solve {number}", f"reopen {number}", f"set {number} --tag lamp"):
        run(f"tickets {line}")
    for line in (f"field {number} order=AB-1", f"type {number} incident"):
        run(f"tickets {line}")
    for line in ("add", "list", "withdraw", "remove"):
        run(f"tickets participants {line} {number} {'' if line == 'list' else 'lee@partner.example'}")
    for name, line in (("eve", "accept"), ("mia", "decline"), ("zoe", "split")):
        (reader.folder / f"{name}.eml").write_text(JOIN.format(name=name))
        run(f"inject {reader.folder}/{name}.eml")
        (asked,) = wait_for(lambda: run(f"tickets join list --ticket {number}", empty=True))
        run(f"tickets join {line} {asked['message']}")
    run(f"notices preview reminder --ticket {number}")
    run("inspect -", given=MAIL)
    run(f"thread {reader.folder}/lamp.eml")
    run("check")
    run("reload")
    run("keys list")
    run("keys new")
    run(f"init {reader.folder}/fresh")
    run("agents add lee@example.com")
    for line in ("list", "disable lee@example.com", "enable lee@example.com", "password lee@example.com"):
        run(f"agents {line}")
    run("agents password lee@example.com --stdin", given="a long enough one\n")
    assert Browser(int(reader.web_port)).log_in("lee@example.com", "a long enough one").status == 303
    for line in ("sessions", "totp lee@example.com", "logout lee@example.com", "role lee@example.com admin"):
        run(f"agents {line}")
    environ |= {"GATEWAY__WEB__BASE_URL": "https://desk.example.com"}
    environ |= {
        f"GATEWAY__WEB__OIDC__{name}": "https://login.example" for name in ("ISSUER", "CLIENT_ID", "CLIENT_SECRET")
    }
    run("agents link lee@example.com --subject 1187")
    run("agents unlink lee@example.com")
    for line in (
        "agents away lee@example.com",
        "agents back lee@example.com",
        "rules test",
        "rules list",
        "rules backtest",
    ):
        run(line, empty=line.startswith("rules"))
    run(f"rules test-from {number}")
    run(f"replay --message {receipt}")
    (reader.folder / "old.yaml").write_text(
        "timers: [{name: Old, when: {since_created: {over: 1d}}, then: {tags: [old]}}]"
    )
    run(f"rules matching Old --rules {reader.folder}/old.yaml")
    run("agents notify lee@example.com --on new --off mention")
    run("apikeys add shop-system")
    run("apikeys list")
    run("apikeys revoke shop-system")
    run("lists add block kim@spam.example --reason advertising")
    run("lists list")
    run("lists test kim@spam.example")
    run("lists remove 1")
    run("abuse silence victim@v.example --days 3")
    run("abuse silences")
    run("abuse unsilence victim@v.example")
    run("abuse breaker --close")
    with Database(f"sqlite:///{environ['GATEWAY__DATA_DIR']}/gateway.db").write() as connection:
        add_events(
            connection, int(str(number)), datetime.now(UTC), ("not_me", "hong@customer.example", {"why": "a test"})
        )
    run("abuse campaigns")
    run("report csat --since 7d")
    run("report times --since 7d")
    run("report topics --since 7d")
    page = run(f"tickets show {number} --unmasked")[0]
    run("audit list")
    run("audit verify")
    run("retention --dry-run")
    run(f"redact message {page['messages'][0]['id']}")  # type: ignore[index]
    run(f"redact person {page['requester']}")
    run("journal balance")
    run("journal list")
    run(f"journal show {receipt}")
    run(f"journal retry {receipt}", status=1)
    mail = run("outbox list")[0]["id"]
    run(f"outbox show {mail}")
    (reader.folder / "nobody.eml").write_text("Subject: nobody\n\nNobody wrote this.\n")
    held = run(f"inject {reader.folder}/nobody.eml")[0]["receipt"]
    wait_for(lambda: run("quarantine list", empty=True))
    for line in ("show", "delete", "restore", "block", "restore", "release"):
        run(f"quarantine {line} {held}")
    run("demo --without-agent")
    others = [row["number"] for row in run("tickets list") if row["number"] != number]
    run(f"tickets link {others[1]} {others[2]}")
    run(f"tickets incidents {others[2]}")
    run(f"tickets merge {others[0]} {number}")
    run(f"tickets unmerge {others[0]}")
    waves = [int(str(row["number"])) for row in run("tickets list --status new --status open")]
    with Database(f"sqlite:///{environ['GATEWAY__DATA_DIR']}/gateway.db").write() as connection:
        moment = datetime.now(UTC)
        remembered(connection, lock=True)
        remember(connection, Remembered(None, (Wave(1, moment, moment, ("lamp",), tuple(sorted(waves))),)))
    run("surges list")
    run("surges problem 1")
    environ |= {"GATEWAY__DATA_DIR": str(reader.folder / "unattended")}  # where no gateway takes mail from the outbox
    run("outbox list", empty=True)
    (waiting,) = store(Database(f"sqlite:///{reader.folder}/unattended/gateway.db"), a_mail())
    for line in ("hold", "release", "retry", "hold", "discard"):
        run(f"outbox {line} {waiting}")
    assert checked == set(WITH_JSON), "run every command with --json here, so that its documented fields are compared"
