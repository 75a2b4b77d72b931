"""Who may act as an agent by mail: From an agent, at every trust level, with every reply address, with commands and plain words.

Help desks believed From, or a Message-ID that could be guessed, and a forger's mail became the agent's answer. Here each cell is a mail
over a real socket, checked against a real DNS server, to a ticket of its own. Only a strongly verified mail to the agent's own address of
that ticket does anything; every other one is kept internal with a warning, and the agent's own mailbox hears of it.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Row

from gateway.store.agents import create_agent, set_active
from gateway.store.database import Database
from gateway.store.schema import journal
from gateway.threading.agent_tokens import agent_address
from tests.support.accepted import mail
from tests.support.databases import SqliteFiles
from tests.support.dns_server import DnsServer
from tests.support.gatehouse import Gatehouse
from tests.support.office import KEYRING
from tests.support.signed_mail import publish, sign

pytestmark = pytest.mark.xdist_group("impersonation")

LEVELS = ("none", "weak", "forwarded", "strong")
TOKENS = ("none", "other ticket's", "other agent's", "expired", "good")
TEXTS = ("#solved", "#assign me", "Please change the bulb.")
SERVER, FORWARDER = "192.0.2.10", "203.0.113.5"
CUSTOMER, COLLEAGUE = "anna@client.test", "lee@colleague.test"
RESULTS = "Authentication-Results: mx.forward.test; dmarc=pass header.from=forwarded.test\r\n"
RECEIVED = "Received: from a by mx.forward.test; Thu, 5 Mar 2026 09:00:00 +0000\r\n"


@dataclass
class Stage:
    house: Gatehouse
    agents: dict[str, int]  # by address

    def address(self, agent: str, ticket: int, *, days: int = 30) -> str:
        today = self.house.office.now.date()
        return agent_address(
            KEYRING,
            local="reply",
            domain="reply.example.com",
            ticket=ticket,
            agent=self.agents[agent],
            internal=False,
            expires=today + timedelta(days=days),
        )

    def ticket(self) -> int:
        """Opened by a customer, given to a colleague."""
        office = self.house.office
        raw = mail("The lamp does not light up.", sender=f"Anna <{CUSTOMER}>", subject="Lamp")
        number = int(self.send(sign(raw, "client.test"), CUSTOMER, "support@example.com").ticket_id)
        office.desk.assign(number, self.agents[COLLEAGUE], office.agent)
        return number

    def told(self, agent: str, ticket: int) -> Row[Any]:
        """The notification by which the agent knows the ticket."""
        self.house.office.desk.note(ticket, self.house.office.agent, f"@{agent} can you help?")
        told: Row[Any] = next(it for it in reversed(self.house.office.outbox("agent")) if it.recipient == agent)
        return told

    def send(self, raw: bytes, reverse_path: str, to: str, *, peer: str = SERVER) -> Row[Any]:
        """Over the socket; only the peer's address, of which loopback has none that SPF could judge, is written afterwards."""
        dialog = self.house.dialog(raw, to=(to,), reverse_path=reverse_path)
        assert dialog.receipt is not None, dialog
        with self.house.office.database.write() as connection:
            connection.execute(journal.update().where(journal.c.receipt == dialog.receipt).values(peer=peer))
        for _ in range(100):
            self.house.office.work()
            row = self.house.entry(dialog.receipt)
            if row.fate is not None:
                return row
            self.house.office.later(seconds=2)
            time.sleep(0.05)
        raise AssertionError("the mail got no fate")


@pytest.fixture(scope="module")
def stage(sqlite_files: SqliteFiles, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    folder = tmp_path_factory.mktemp("impersonation")
    database = Database(sqlite_files.create(folder))
    with DnsServer() as dns:
        publish(dns, "strong.test")
        publish(dns, "client.test")
        dns.txt("weak.test", "v=spf1 ip4:192.0.2.10 -all")
        for domain in ("none.test", "forwarded.test", "strong.test", "client.test", "colleague.test"):
            dns.txt(domain, "v=spf1 ip4:192.0.2.1 ?all")
        trust = {
            "verify": True,
            "dns": (dns.address,),
            "forwarders": (
                {"name": "provider", "networks": (f"{FORWARDER}/32",), "authserv_ids": ("mx.forward.test",)},
            ),
        }
        settings = {"trust": trust, "limits": {"enabled": False}, "outbound": {"smarthost": "127.0.0.1:2526"}}
        with Gatehouse(database, folder, **settings) as house:
            house.office.now = datetime.now(UTC)
            people = [*(f"kim@{level}.test" for level in LEVELS), COLLEAGUE]
            with database.write() as connection:
                agents = {
                    address: create_agent(
                        connection, address=address, name=address, role="agent", language="en", now=house.office.now
                    ).id
                    for address in people
                }
            yield Stage(house, agents)
            house.office.worker.senders.authenticator.close()
    database.dispose()


def attempt(stage: Stage, level: str, token: str, text: str, ticket: int, other: int) -> Row[Any]:
    """The mail of one cell, sent as an answer to the agent's own notification about ``ticket``."""
    agent = f"kim@{level}.test"
    told = stage.told(agent, ticket)
    to = {
        "none": "support@example.com",
        "other ticket's": stage.address(agent, other),
        "other agent's": stage.address(COLLEAGUE, ticket),
        "expired": stage.address(agent, ticket, days=-1),
        "good": stage.address(agent, ticket),
    }[token]
    fields = (("In-Reply-To", f"<{told.message_id}>"), ("References", f"<{told.message_id}>"))
    raw = mail(text, sender=agent, to=to, subject="Re: Lamp", headers=fields)
    if level == "strong":
        raw = sign(raw, "strong.test")
    if level == "forwarded":
        raw = (RESULTS + RECEIVED).encode() + raw
    return stage.send(raw, agent, to, peer=FORWARDER if level == "forwarded" else SERVER)


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("token", TOKENS)
@pytest.mark.parametrize("level", LEVELS)
def test_cell(stage: Stage, level: str, token: str, text: str) -> None:
    office = stage.house.office
    ticket, other = stage.ticket(), stage.ticket()
    agent = f"kim@{level}.test"
    stage.told(agent, ticket)
    before = {number: office.ticket(number) for number in (ticket, other)}
    sent = len(office.outbox())

    row = attempt(stage, level, token, text, ticket, other)

    mails = [it for it in office.outbox()[sent:] if not it.once_key.startswith(("agent:mention:", "agent:assigned:"))]
    if (level, token) == ("strong", "good"):
        assert row.fate == ("appended" if text == TEXTS[2] else "command")
        after = office.ticket(ticket)
        assert after.status == {"#solved": "solved", "#assign me": "new"}.get(text, "pending")
        assert after.assignee_id == stage.agents[agent if text == "#assign me" else COLLEAGUE]
        kinds = {"#solved": ["resolution"], "#assign me": []}.get(text, ["answer"])
        assert [it.kind for it in mails if it.recipient == CUSTOMER] == kinds
        (event,) = office.events(ticket, "agent_mail")
        assert (event.actor, event.data["receipt"]) == (agent, row.receipt)
        assert office.events(ticket, "agent_refused") == []
        return
    where = other if token == "other ticket's" else ticket
    assert (row.fate, row.ticket_id) == ("join_request", where)
    for number, was in before.items():
        now = office.ticket(number)
        assert (now.status, now.assignee_id, now.waiting_since) == (was.status, was.assignee_id, was.waiting_since)
    last = office.messages(where)[-1]
    assert (last.journal_id, last.kind, last.public, last.trust) == (row.id, "agent_refused", False, level)
    (event,) = office.events(where, "agent_refused")
    assert event.actor == agent
    assert event.data["message"] == last.id
    assert event.data["why"]
    assert office.events(where, "agent_mail") == []
    assert {it.recipient for it in mails} <= {agent}, "nobody hears of it but the agent whose name it carries"
    assert all(text.encode() not in it.raw for it in mails), "and nothing of the mail's words"
    told = [it for it in office.outbox("agent") if it.once_key.startswith("agent:refused:") and it.recipient == agent]
    refused = [it for it in office.events(where, "suppressed") if it.data["reason"] == "agent_refusals"]
    assert len(mails) + len(refused) == 1, "told, or it is said that the agent was told often enough"
    assert len(told) <= 2, "no more than two in an hour"


def test_the_table_is_whole() -> None:
    assert len(LEVELS) * len(TOKENS) * len(TEXTS) == 60


def test_somebody_else_with_an_agents_address_is_kept_apart(stage: Stage) -> None:
    """The notification was forwarded to a customer, who answers it: signed, and from an address of their own."""
    office = stage.house.office
    ticket = stage.ticket()
    told = stage.told("kim@strong.test", ticket)
    to = stage.address("kim@strong.test", ticket)
    raw = mail("#solved", sender=f"Anna <{CUSTOMER}>", to=to, headers=(("In-Reply-To", f"<{told.message_id}>"),))
    sent = len(office.outbox())
    row = stage.send(sign(raw, "client.test"), CUSTOMER, to)
    assert (row.fate, row.ticket_id) == ("join_request", ticket)
    assert office.ticket(ticket).status == "new"
    assert office.messages(ticket)[-1].kind == "join_request"
    assert len(office.outbox()) == sent


def test_an_agent_who_left_has_no_power(stage: Stage) -> None:
    office = stage.house.office
    ticket = stage.ticket()
    with office.database.write() as connection:
        gone = create_agent(
            connection, address="gone@strong.test", name="Gone", role="agent", language="en", now=office.now
        ).id
    stage.agents["gone@strong.test"] = gone
    to = stage.address("gone@strong.test", ticket)
    with office.database.write() as connection:
        set_active(connection, gone, False)
    row = stage.send(sign(mail("#solved", sender="gone@strong.test", to=to), "strong.test"), "gone@strong.test", to)
    assert (row.fate, office.ticket(ticket).status) == ("join_request", "new")


def test_the_door_tells_nobody_which_address_is_an_agents(stage: Stage) -> None:
    """An agent's good, expired and broken address, and a participant's: the same words at every step."""
    ticket = stage.ticket()
    agent = "kim@strong.test"
    good = stage.address(agent, ticket)
    local, _, domain = good.rpartition("@")
    broken = f"{local[:-1]}{'a' if local[-1] != 'a' else 'b'}@{domain}"
    addresses = (good, stage.address(agent, ticket, days=-1), broken, stage.house.office.reply_to(ticket))
    assert len({len(address) for address in addresses}) == 1
    dialogs = [stage.house.dialog(mail(sender="eve@none.test", to=it), to=(it,)) for it in addresses]
    stage.house.office.work()
    assert len({(dialog.mail, dialog.rcpt, dialog.data) for dialog in dialogs}) == 1


def test_a_new_mail_of_an_agent_without_an_address_of_theirs_is_as_any_mail(stage: Stage) -> None:
    row = stage.send(
        sign(mail("#solved\r\nA new question.", sender="kim@strong.test"), "strong.test"),
        "kim@strong.test",
        "support@example.com",
    )
    assert row.fate == "opened"
