"""``gateway replay`` beside a running gateway: what it prints, that it may be killed, and that no octet leaves because of it."""

import json
import mailbox
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from gateway.cli.main import gateway as commands
from tests.support.accepted import mail
from tests.support.gateways import Gateway, wait_for
from tests.support.smarthost import Smarthost

pytestmark = pytest.mark.xdist_group("replay-command")

MANY = 70
SECRET = "0123456789abcdef-secret"
GATEWAY = """\
reply_domain: reply.example.com
admin: admin@example.com
brands:
  - {id: example, name: Example Support, addresses: [support@example.com]}
trust: {verify: false}
"""
RULES = """\
rules:
  - {name: Lamps, when: {subject: lamp}, then: {team: light, tags: lamp}}
events:
  - name: Tell the shop of everything
    on: [created, team, tagged, field, priority, status, replied]
    then: {webhook: shop, notify: [{to: [admin@example.com], text: Something happened.}], note: seen}
"""


class Shop(HTTPServer):
    """Remembers of which tickets it was told."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Told)
        self.tickets: list[int] = []


class _Told(BaseHTTPRequestHandler):
    server: Shop

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.tickets.append(body["ticket"]["number"])
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@dataclass(frozen=True)
class Running:
    gateway: Gateway
    world: Smarthost
    shop: Shop

    def start(self, *arguments: str) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [sys.executable, "-m", "gateway", *arguments, "-c", str(self.gateway.config)],
            env=self.gateway.environ,
            cwd=self.gateway.config.parent,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *arguments: str, status: int = 0) -> str:
        """A command in this very process: starting one costs a second."""
        given = [*arguments, "-c", str(self.gateway.config)]
        done = CliRunner().invoke(commands, given, env=self.gateway.environ)
        assert done.exit_code == status, done.output
        return done.output

    def sql(self, statement: str, *values: Any) -> list[Any]:
        with sqlite3.connect(self.gateway.data_dir / "gateway.db", timeout=30) as connection:
            return connection.execute(statement, values).fetchall()

    def write_in(self, subject: str) -> int:
        """A customer's mail; the number of its ticket, when acknowledgement, notification and call have arrived."""
        receipt = self.gateway.send(subject, author=f"{subject}@customer.example")
        found = "SELECT ticket_id FROM journal WHERE receipt = ? AND ticket_id IS NOT NULL"
        ((number,),) = wait_for(lambda: self.sql(found, receipt), 30, "no ticket")
        to = f"{subject}@customer.example"
        wait_for(lambda: any(it.forward_paths == (to,) for it in self.world.taken), 30, "no acknowledgement")
        wait_for(lambda: number in self.shop.tickets, 30, "no call")
        for left in ("outbox WHERE state != 'sent'", "webhook_calls WHERE state != 'done'"):
            wait_for(lambda left=left: self.sql(f"SELECT 1 FROM {left}") == [], 30, "something is left")
        return int(number)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("replay")
    shop = Shop()
    threading.Thread(target=shop.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{shop.server_address[1]}/"
    hooks = f"webhooks:\n  - {{id: shop, url: '{url}', secret: {SECRET}, allow_private: true}}\n"
    for name, text in (("gateway", GATEWAY), ("rules", RULES), ("webhooks", hooks)):
        (folder / f"{name}.yaml").write_text(text, "utf-8")
    with Smarthost() as world:
        environ = {"GATEWAY__OUTBOUND__SMARTHOST": f"127.0.0.1:{world.port}", "GATEWAY__OUTBOUND__TLS": "none"}
        gateway = Gateway(folder, config=folder / "gateway.yaml", environ=environ)
        try:
            yield Running(gateway.up(), world, shop)
        finally:
            gateway.stop()
            shop.shutdown()
            shop.server_close()


def test_nothing_leaves_because_of_it(running: Running) -> None:
    number = running.write_in("lamp")
    running.sql("UPDATE messages SET text = '', reply_text = '\x1b[31mcard 4111 1111 1111 1111' WHERE direction = 'in'")
    running.sql("UPDATE tickets SET team = 'lost', status = 'open'")
    running.sql("DELETE FROM ticket_tags")
    sent, told = len(running.world.taken), list(running.shop.tickets)
    outbox = running.sql("SELECT * FROM outbox ORDER BY id")
    calls = running.sql("SELECT * FROM webhook_calls ORDER BY id")

    shown = running.run("replay")
    assert shown.splitlines()[0].startswith(f"#{number}  message ")
    assert "    team: lost -> light" in shown
    assert "    tags: none -> lamp" in shown
    assert r"    reply: \x1b[31mcard 4111 11** **** 1111 -> I need help." in shown
    (_, _, digest) = shown.splitlines()[-1].rpartition(" ")
    assert shown.splitlines()[-1] == f"    gateway replay --config {running.gateway.config} --accept {digest}"
    *lines, last = [json.loads(line) for line in running.run("replay", "--json", "--only", "team").splitlines()]
    assert [it["changes"] for it in lines] == [[{"field": "team", "was": "lost", "becomes": "light", "refused": None}]]
    assert (last["changed"], last["changes"], last["written"]) == (1, 1, 0)
    assert last["change_set"] != digest
    by_name = running.run("replay", "--message", "<lamp@example.net>", "--only", "team").splitlines()[-1]
    assert "--message '<lamp@example.net>' --only team --accept " in by_name
    assert f"it is {digest} now" in running.run("replay", "--accept", last["change_set"], status=1)
    assert running.sql("SELECT team FROM tickets") == [("lost",)]
    assert running.run("replay", "--accept", digest) == "4 changes in 1 mail written, nothing was sent\n"
    assert running.sql("SELECT team FROM tickets") == [("light",)]
    assert running.sql("SELECT text FROM messages WHERE direction = 'in'") == [("I need help.\n",)]
    assert "1 mail derived again; 0 would come out otherwise" in running.run("replay")
    assert running.sql("SELECT about, data FROM audit WHERE what = 'replayed'") != []

    # The gateway is at work, and this is all that came of its work since: one mail's own.
    other = running.write_in("chair")
    assert running.shop.tickets[len(told) :] == [other] * (len(running.shop.tickets) - len(told))
    assert {path for it in running.world.taken[sent:] for path in it.forward_paths} == {
        "chair@customer.example",
        "admin@example.com",
    }
    assert all(b"chair" in it.octets for it in running.world.taken[sent:])
    assert running.sql("SELECT * FROM outbox ORDER BY id")[: len(outbox)] == outbox
    assert running.sql("SELECT * FROM webhook_calls ORDER BY id")[: len(calls)] == calls


def test_who_is_killed_in_between_runs_the_same_again(running: Running, tmp_path: Path) -> None:
    box = mailbox.mbox(tmp_path / "box")
    for number in range(MANY):
        box.add(mail(f"My order {number} is late.", subject=f"Order {number}", message_id=f"{number}@late.example"))
    box.close()
    running.run("inject", "--shadow", str(tmp_path / "box"))
    theirs = "direction = 'in' AND message_id LIKE '%@late.example'"
    wait_for(lambda: running.sql(f"SELECT count(*) FROM messages WHERE {theirs}") == [(MANY,)], 60)
    running.sql(f"UPDATE messages SET text = 'spoilt' WHERE {theirs}")
    outbox = running.sql("SELECT count(*) FROM outbox")
    digest = json.loads(running.run("replay", "--json").splitlines()[-1])["change_set"]

    process = running.start("replay", "--accept", digest)
    done = "SELECT count(*) FROM events WHERE kind = 'replayed' AND data LIKE ?"
    wait_for(lambda: running.sql(done, f"%{digest}%")[0][0] or process.poll() is not None, 60)
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=20)
    ((written,),) = running.sql(done, f"%{digest}%")
    ((spoilt,),) = running.sql("SELECT count(*) FROM messages WHERE text = 'spoilt'")
    assert written + spoilt == MANY, "each mail is mended with its event, or not at all"
    assert spoilt, "it was killed too late to prove anything"

    said = running.run("replay", "--accept", digest)
    assert said == f"{spoilt} changes in {spoilt} mails written, nothing was sent\n"
    assert running.sql("SELECT count(*) FROM messages WHERE text = 'spoilt'") == [(0,)]
    assert running.sql(done, f"%{digest}%") == [(MANY,)]
    assert "there is nothing to accept" in running.run("replay", "--accept", "000000000000", status=1)
    assert running.sql("SELECT count(*) FROM outbox") == outbox
