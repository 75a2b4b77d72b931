"""The whole journey as a newcomer walks it: the starter configuration, environment variables, swaks, the command line, a mail server."""

import json
import mailbox
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

import pytest

from tests.support.accepted import mail
from tests.support.commands import run_command
from tests.support.gateways import REPOSITORY, Gateway, wait_for
from tests.support.need import need
from tests.support.postfix import free_port
from tests.support.smarthost import Smarthost

pytestmark = [pytest.mark.real, pytest.mark.xdist_group("journey")]


@dataclass(frozen=True)
class Desk:
    """A running gateway, the world's mail server behind it, and a shell."""

    gateway: Gateway
    sink: Smarthost
    port: int

    def run(self, *arguments: str, status: int = 0, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
        done = run_command(
            *arguments,
            "-c",
            str(self.gateway.config),
            environ=self.gateway.environ,
            cwd=self.gateway.config.parent.parent,
            given=stdin,
        )
        assert done.returncode == status, (done.stdout + done.stderr).decode()
        return done

    def json(self, *arguments: str, status: int = 0) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.run(*arguments, "--json", status=status).stdout.splitlines()]

    def swaks(self, author: str, to: str, subject: str, body: str, **headers: str) -> tuple[str, str]:
        """Send as a customer's mail program; the Message-ID and the receipt."""
        message_id = f"{abs(hash((author, subject, body)))}@client.example"
        fields = {"Subject": subject, "Message-Id": f"<{message_id}>", **headers}
        options = [
            word for name, value in fields.items() for word in ("--header", f"{name.replace('_', '-')}: {value}")
        ]
        done = subprocess.run(
            [
                *(str(need("swaks")), "--server", "127.0.0.1", "--port", str(self.port)),
                *("--from", author, "--to", to, "--body", body, *options),
            ],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stdout
        found = re.search(r"250 2\.0\.0 .* ([0-9a-v]{20,})", done.stdout)
        assert found is not None, done.stdout
        return message_id, found[1]

    def mail_to(self, address: str, count: int) -> EmailMessage:
        """The count-th mail that this person got."""
        found = wait_for(
            lambda: [it for it in self.sink.taken if it.forward_paths == (address,)][count - 1 : count],
            30,
            f"mail {count} to {address} did not arrive",
        )
        letter = message_from_bytes(found[0].raw, policy=default)
        assert isinstance(letter, EmailMessage)
        return letter

    def ticket_of(self, receipt: str) -> int:
        return int(wait_for(lambda: self.json("explain", receipt)[0]["ticket"], 20, "no ticket"))


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    folder = tmp_path_factory.mktemp("newcomer")
    shutil.copytree(REPOSITORY / "config", folder / "config")
    port = free_port()
    with Smarthost() as sink:
        environ = {
            "GATEWAY__SMTP__LISTEN": f"127.0.0.1:{port}",
            "GATEWAY__WEB__LISTEN": f"127.0.0.1:{free_port()}",
            "GATEWAY__OUTBOUND__SMARTHOST": sink.address,
        }
        gateway = Gateway(folder, config=folder / "config" / "gateway.yaml", environ=environ)
        try:
            yield Desk(gateway.up(), sink, port)
            gateway.stop()
        finally:
            gateway.kill()


def ids(letter: EmailMessage, field: str) -> list[str]:
    return re.findall(r"<([^<>\s]+)>", str(letter[field] or ""))


def own_id(letter: EmailMessage) -> str:
    return ids(letter, "Message-ID")[0]


def test_from_the_first_mail_to_the_solution(desk: Desk) -> None:
    customer = "customer@client.example"
    first, receipt = desk.swaks(customer, "support@example.com", "The lamp is dark", "It does not light up.")

    ack = desk.mail_to(customer, 1)
    number = desk.ticket_of(receipt)
    assert (ids(ack, "In-Reply-To"), ids(ack, "References")) == ([first], [first])
    assert ack["Auto-Submitted"] == "auto-replied"
    assert f"#{number}" in ack["Subject"]
    assert "lamp" not in ack["Subject"].lower()
    assert {part.get_content_type() for part in ack.walk()} >= {"text/plain", "text/html"}
    token = ack["Reply-To"].addresses[0].addr_spec
    assert re.fullmatch(r"reply\+[a-z2-7]+@reply\.example\.com", token)
    assert len(token.partition("@")[0]) <= 64

    done = desk.json("tickets", "reply", str(number), "Please switch it on.")
    assert (done[0]["status"], done[0]["recipients"]) == ("pending", [customer])
    answer = desk.mail_to(customer, 2)
    assert ids(answer, "In-Reply-To") == [first], "what the customer wrote last; our own mail may not have arrived"
    assert ids(answer, "References") == [first]
    assert "Please switch it on." in answer.get_body(("plain",)).get_content()
    assert "The lamp is dark" in answer["Subject"]
    assert answer["Auto-Submitted"] in (None, "no")

    to = answer["Reply-To"].addresses[0].addr_spec
    second, receipt = desk.swaks(
        customer,
        to,
        f"Re: {answer['Subject']}",
        "Still dark.",
        In_Reply_To=f"<{own_id(answer)}>",
        References=f"<{first}> <{own_id(answer)}>",
    )
    assert desk.gateway.fate(receipt) == "appended"
    assert desk.json("tickets", "show", str(number))[0]["status"] == "open"

    assert desk.json("tickets", "solve", str(number))[0]["status"] == "solved"
    resolution = desk.mail_to(customer, 3)
    assert ids(resolution, "In-Reply-To") == [second]
    assert ids(resolution, "References") == [first, own_id(ack), own_id(answer), second]
    assert len({own_id(letter) for letter in (ack, answer, resolution)}) == 3

    _, receipt = desk.swaks(customer, resolution["Reply-To"].addresses[0].addr_spec, "Re: solved", "Not at all solved!")
    assert desk.gateway.fate(receipt) == "appended"
    (shown,) = desk.json("tickets", "show", str(number))
    assert shown["status"] == "open"
    assert shown["participants"] == [customer]
    public = [(message["direction"], message["public"]) for message in shown["messages"]]
    assert public == [("in", True), ("out", True), ("in", True), ("in", True)]
    for message in shown["messages"]:
        assert {"author", "direction", "public", "text", "message_id", "trust"} <= set(message)
    (listed,) = [ticket for ticket in desk.json("tickets", "list") if ticket["number"] == number]
    fields = {"number", "status", "subject", "requester", "team", "assignee", "priority", "tags"}
    assert fields <= set(listed)
    assert (listed["requester"], listed["subject"], listed["tags"]) == (customer, "The lamp is dark", [])

    everything = desk.json("outbox", "list", "--ticket", str(number))
    to_agent = [row for row in everything if row["kind"] == "agent"]
    assert [row["to"] for row in to_agent] == ["admin@example.com"] * 2, "who answered is told of each reply"
    sent = [row for row in everything if row["kind"] != "agent"]
    assert sorted(row["kind"] for row in sent) == ["ack", "answer", "resolution"]
    for row in sent:
        assert {"to", "kind", "ticket", "state", "attempts", "last_reply"} <= set(row)
        assert (row["to"], row["ticket"], row["state"], row["attempts"]) == (customer, number, "sent", 1)
        assert row["last_reply"].startswith("250")

    by_ticket = desk.json("explain", str(number))
    assert len(by_ticket) == 3
    assert by_ticket[1]["trace"]["steps"][0]["verdict"] == "used"
    assert desk.json("explain", second)[0] == desk.json("explain", f"<{second}>")[0]
    assert desk.json("explain", receipt)[0]["trace"]["outcome"] == "append"
    assert "answer" in desk.json("explain", own_id(answer))[0]["trace"]["reason"]
    assert b"because:" in desk.run("explain", str(number)).stdout
    desk.run("explain", "nothing-of-this-name@x.test", status=1)


def test_injected_mail_goes_the_same_way(desk: Desk, tmp_path: Path) -> None:
    people = [f"from-{source}@client.example" for source in ("file", "mbox", "maildir", "pipe")]
    letters = [mail(sender=person, message_id=f"{person}").replace(b"\r\n", b"\n") for person in people]
    (tmp_path / "one.eml").write_bytes(letters[0])
    box = mailbox.mbox(tmp_path / "all.mbox")
    stored = mailbox.mboxMessage(letters[1])
    stored.set_from(people[1], True)  # the line "From ..." names the reverse-path
    box.add(stored)
    box.close()
    folder = mailbox.Maildir(tmp_path / "Maildir")
    folder.add(letters[2])
    sources = [str(tmp_path / name) for name in ("one.eml", "all.mbox", "Maildir")]
    receipts = [row["receipt"] for row in desk.json("inject", "--to", "support@example.com", *sources)]
    desk.run("inject", "--from", people[3], "--to", "support@example.com", "-", stdin=letters[3])
    assert {desk.gateway.fate(receipt) for receipt in receipts} == {"opened"}
    for person in people:
        assert ids(desk.mail_to(person, 1), "In-Reply-To") == [person]
    shadow = mail(sender="shadow@client.example").replace(b"\r\n", b"\n")
    (tmp_path / "shadow.eml").write_bytes(shadow)
    (row,) = desk.json("inject", "--shadow", "--to", "support@example.com", str(tmp_path / "shadow.eml"))
    assert desk.gateway.fate(row["receipt"]) == "opened"
    assert "shadow@client.example" not in {row["to"] for row in desk.json("outbox", "list")}


def test_quarantined_mail_is_tried_again_from_the_command_line(desk: Desk) -> None:
    raw = mail(sender="nobody@client.example").replace(b"From: nobody@client.example\r\n", b"")
    desk.run("inject", "--from", "nobody@client.example", "--to", "support@example.com", "-", stdin=raw)
    (entry,) = wait_for(lambda: desk.json("journal", "list", "--fate", "quarantined"), 20)
    assert (entry["cause"], entry["reverse_path"]) == ("no_author", "nobody@client.example")
    (before,) = desk.json("journal", "balance")
    assert desk.json("journal", "retry", entry["receipt"]) == [{"receipt": entry["receipt"], "retried": True}]
    wait_for(
        lambda: len([it for it in desk.gateway.log() if it.get("receipt") == entry["receipt"] and "fate" in it]) == 2
    )
    (after,) = desk.json("journal", "balance")  # whoever tries it again wants it: a ticket under the envelope's address
    assert after["accepted"] == before["accepted"]
    moved = {fate: after["fates"].get(fate, 0) - before["fates"].get(fate, 0) for fate in ("quarantined", "opened")}
    assert moved == {"quarantined": -1, "opened": 1}
    assert desk.run("journal", "show", entry["receipt"], "--raw").stdout.endswith(raw)
    desk.json("journal", "retry", "0" * 21, status=1)


def test_a_bad_configuration_is_refused_with_every_mistake_and_the_old_one_stays(desk: Desk) -> None:
    path = desk.gateway.config
    text = path.read_text()
    try:
        path.write_text(
            text.replace("name: Example Support", "nmae: Example Support").replace("language: en ", "language: xx ")
        )
        refused = desk.run("reload", status=2)
        said = (refused.stdout + refused.stderr).decode().splitlines()
        assert len([line for line in said if re.match(r".*gateway\.yaml:\d+:\d+: ", line)]) >= 2
        assert any("name" in line and "did you mean" in line.lower() for line in said), said
        checked = desk.run("check", status=2)
        assert len(checked.stdout.splitlines() + checked.stderr.splitlines()) >= 2
        _, receipt = desk.swaks("loyal@client.example", "support@example.com", "Still there?", "Hello.")
        assert desk.gateway.fate(receipt) == "opened"
        path.write_text(text.replace("- support@example.com", "- support@example.com\n      - hello@example.com"))
        desk.run("check")
        desk.run("reload")
        _, receipt = desk.swaks("loyal@client.example", "hello@example.com", "The new address", "Hello.")
        assert desk.gateway.fate(receipt) == "opened"
    finally:
        path.write_text(text)
    desk.run("reload")


def test_the_ledger_adds_up_in_the_end(desk: Desk) -> None:
    (balance,) = desk.json("journal", "balance")
    assert balance["accepted"] == balance["pending"] + sum(balance["fates"].values())
    wait_for(lambda: desk.json("journal", "balance")[0]["pending"] == 0)
