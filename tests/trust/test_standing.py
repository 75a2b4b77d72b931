"""A forger gains nothing from lists and harms nobody by floods: with real signatures, SPF and DMARC on loopback."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.rules.sender_lists import Action
from gateway.store.database import Database
from gateway.store.schema import ticket_tags
from tests.pipeline.test_sender_standing import put
from tests.support.dns_server import DnsServer
from tests.support.office import TestOffice
from tests.support.signed_mail import sign
from tests.trust.conftest import NOW, RIGHT, WRONG, mail
from tests.trust.test_pipeline import bring, settle, take

ALICE = "alice@victim.test"


@pytest.fixture
def office(sqlite_database: Database, tmp_path: Path, dns: DnsServer) -> Iterator[TestOffice]:
    """The fourth mail of a sender is held; Alice is important."""
    trust = {"verify": True, "dns": (dns.address,)}
    floods = {"silent": (2, 10), "hold": (3, 60)}
    office = TestOffice(sqlite_database, tmp_path, trust=trust, floods=floods, vip={"senders": [ALICE]})
    office.now = NOW
    yield office
    office.worker.senders.authenticator.close()


def another(number: int) -> bytes:
    return mail(text=f"Question {number}").replace(b"<one@", f"<{number}@".encode())


def flood(office: TestOffice, count: int, *, peer: str = WRONG) -> list[str]:
    """Unsigned mail in Alice's name; its fates."""
    receipts = [bring(office, another(number), peer=peer) for number in range(count)]
    return [settle(office, receipt).fate for receipt in receipts]


def test_a_flood_in_somebodys_name_mutes_only_the_forger(office: TestOffice) -> None:
    assert flood(office, 6) == ["opened"] * 3 + ["quarantined"] * 3
    signed = take(office, sign(another(100), "victim.test"), peer=RIGHT)
    assert (signed.fate, len(office.outbox("ack"))) == ("opened", 1), "the real one is answered as ever"
    through_another_server = take(office, sign(another(101), "victim.test"), peer=WRONG)
    assert through_another_server.fate == "opened", "a signature is theirs wherever it comes from"
    by_path = take(office, another(102), peer=RIGHT)
    assert (by_path.fate, office.messages(by_path.ticket_id)[0].trust) == ("opened", "weak")
    assert take(office, another(103)).cause == "flood", "the forger goes on"


def test_who_proves_who_they_are_climbs_the_ladder_too(office: TestOffice) -> None:
    fates = [take(office, sign(another(number), "victim.test"), peer=RIGHT).fate for number in range(4)]
    assert fates == ["opened"] * 3 + ["quarantined"]


def test_a_loop_in_somebodys_name_mutes_only_the_forger(office: TestOffice) -> None:
    take(office, sign(another(1), "victim.test"), peer=RIGHT)
    (ack,) = office.outbox("ack")
    back = re.sub(rb"Message-ID: <[^>]+>", f"Message-ID: <{ack.message_id}>".encode(), mail(text="back"))
    assert take(office, back).cause == "loop"
    assert take(office, another(2)).cause == "muted"
    assert take(office, sign(another(3), "victim.test"), peer=RIGHT).fate == "opened"


def test_a_forged_sender_is_not_the_one_who_is_allowed(office: TestOffice) -> None:
    put(office, Action.ALLOW, ALICE)
    put(office, Action.BLOCK, "victim.test")
    assert take(office, another(1)).cause == "blocked_sender"
    real = take(office, sign(another(2), "victim.test"), peer=RIGHT)
    assert real.fate == "opened"
    assert "allow wins" in office.messages(real.ticket_id)[0].trace["standing"]["listed"]


def test_the_owners_wish_holds_against_a_forger_of_whom_is_allowed(office: TestOffice, dns: DnsServer) -> None:
    dns.txt("_dmarc.victim.test", "v=DMARC1; p=reject")
    put(office, Action.ALLOW, ALICE)
    assert take(office, another(1)).cause == "refused_by_owner"


def test_a_forged_sender_is_not_important(office: TestOffice) -> None:
    forged = take(office, another(1))
    real = take(office, sign(another(2), "victim.test"), peer=RIGHT)
    with office.database.read() as connection:
        marked = {row.ticket_id for row in connection.execute(ticket_tags.select()) if row.tag == "vip"}
    assert marked == {real.ticket_id}
    assert forged.fate == "opened"
