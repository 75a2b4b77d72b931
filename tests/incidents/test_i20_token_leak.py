"""Our mail is forwarded and quoted, and its reply address and Message-ID travel along. They are worth nothing in other hands."""

import re
from pathlib import Path

import pytest

from gateway.delivery.worker import Delivery
from gateway.desk.people import People
from gateway.store.database import Database
from tests.support.accepted import mail
from tests.support.checked_house import CheckedHouse
from tests.support.gatehouse import Gatehouse
from tests.support.hijack import OTHER, PARTICIPANT, REQUESTER, scene
from tests.support.mail_out import read_mail, text_of
from tests.support.outgoing import Running
from tests.support.signed_mail import publish, sign
from tests.support.smarthost import Smarthost, Taken
from tests.support.waiting import wait_until

pytestmark = pytest.mark.xdist_group("hijack")

TOKEN = re.compile(r"[a-z2-7]{40,48}(?=@reply\.example\.com)", re.IGNORECASE)


def seen(raw: bytes) -> str:
    """Everything that the recipient could read: header fields and both parts, decoded, in lower case."""
    message = read_mail(raw)
    fields = "\n".join(f"{name}: {value}" for name, value in message.items())
    parts = [str(part.get_content()) for part in message.walk() if part.get_content_maintype() == "text"]
    return "\n".join((fields, *parts)).lower()


def test_each_participant_gets_a_token_of_their_own(houses: dict[str, Gatehouse]) -> None:
    stage = scene(houses["forwarded"])
    office = stage.house.office
    stage.house.join(stage.ticket, OTHER, "cc")
    before = len(office.outbox())
    office.desk.reply(stage.ticket, office.agent, "Come at nine.")
    sent = {it.recipient: it.raw for it in office.outbox()[before:] if it.kind == "answer"}
    assert {REQUESTER, PARTICIPANT, OTHER} <= set(sent)
    for recipient, raw in sent.items():
        others = [stage.token(address).partition("@")[0][:34] for address in sent if address != recipient]
        assert not any(token in seen(raw) for token in others), "somebody else's right to write"
        assert not any(address in seen(raw) for address in sent if address != recipient)


def test_carol_cannot_use_what_bob_forwarded_to_her(sqlite_database: Database, tmp_path: Path) -> None:
    """She is who she says, strongly verified, and answers to Bob's reply address with our Message-ID in References."""
    bob, carol = "bob@client.test", "carol@other.test"
    with CheckedHouse(sqlite_database, tmp_path) as checked:
        for domain in ("client.test", "other.test"):
            publish(checked.dns, domain)
        house, office = checked.house, checked.house.office
        ticket = int(checked.send(sign(mail("My lamp.", sender=bob), "client.test"), sender=bob).ticket_id)
        office.desk.reply(ticket, office.agent, "Press the switch.")
        ours = read_mail(office.outbox("answer")[0].raw)
        people, before = house.people(ticket), len(office.outbox())
        headers = (("In-Reply-To", str(ours["Message-ID"])), ("References", str(ours["Message-ID"])), ("Cc", bob))
        raw = mail("I am Carol.", sender=carol, to=str(ours["Reply-To"]), headers=headers)
        row = checked.send(sign(raw, "other.test"), sender=carol, to=str(ours["Reply-To"]))
        last = office.messages(ticket)[-1]
        assert (row.fate, last.journal_id, last.public, last.trust) == ("join_request", row.id, False, "strong")
        assert house.people(ticket) == people
        assert office.ticket(ticket).status == "pending"
        assert not [it for it in office.outbox()[before:] if it.kind != "agent"]


def test_three_people_three_mails_three_tokens_at_a_real_sink(sqlite_database: Database, tmp_path: Path) -> None:
    """Also after one of them answered with our whole mail quoted, and wrote the reply address into her own words."""
    everybody = (REQUESTER, PARTICIPANT, OTHER)
    with Smarthost() as sink:
        outbound = {"smarthost": f"127.0.0.1:{sink.port}", "tls": "none"}
        with Gatehouse(sqlite_database, tmp_path, outbound=outbound, limits={"enabled": False}) as house:
            office = house.office
            ticket = int(house.send(mail("My lamp.", sender=REQUESTER), reverse_path=REQUESTER).ticket_id)
            for address in everybody[1:]:
                People(office.desk).add(ticket, address, office.agent)
            delivery = Delivery(sqlite_database, lambda: office.office.configuration)
            with Running(delivery):
                office.desk.reply(ticket, office.agent, "Press the switch.")
                first = answers(sink, "Press the switch.")
                token = str(read_mail(first[REQUESTER])["Reply-To"])
                quoted = "".join(f"> {line}\r\n" for line in first[REQUESTER].decode().splitlines())
                words = f"That did not help. Write to {token.upper()} or {token}.\r\n\r\n{quoted}"
                house.send(mail(words, sender=REQUESTER, to=token), to=(token,), reverse_path=REQUESTER)
                assert office.messages(ticket)[-1].public
                office.desk.reply(ticket, office.agent, "Then send it back.")
                second = answers(sink, "Then send it back.")
    for mails in (first, second):
        assert set(mails) == set(everybody)
        own = {address: str(read_mail(raw)["Reply-To"]).lower() for address, raw in mails.items()}
        ids = {address: str(read_mail(raw)["Message-ID"]).strip("<>") for address, raw in mails.items()}
        assert len(set(own.values())) == len(set(ids.values())) == 3
        for address, raw in mails.items():
            for other in set(everybody) - {address}:
                assert own[other] not in seen(raw), f"{address} sees the right of {other} to write"
                assert ids[other] not in seen(raw)
                assert other not in str(read_mail(raw)["To"])
    assert "That did not help." in text_of(second[PARTICIPANT])
    assert token not in seen(second[PARTICIPANT])
    assert len(TOKEN.findall(seen(second[PARTICIPANT]))) >= 2, "the search is blind"


def answers(sink: Smarthost, words: str) -> dict[str, bytes]:
    """The mails with these words that the sink took, by recipient, when all three are there."""

    def taken() -> list[Taken]:
        return [it for it in sink.taken if words.encode() in it.octets and b"Subject: Re:" in it.octets]

    wait_until(lambda: len(taken()) == 3)
    return {it.forward_paths[0]: it.raw for it in taken()}
