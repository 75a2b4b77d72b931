"""Incident I-3: thousands of mails in victims' names, so that we write to them. They hear little of us, and nothing of the attacker."""

import re
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.desk.abuse import breaker_view, close_by_hand
from gateway.report.health import State, health
from gateway.store.database import Database
from tests.support.bombs import bomb, decoded, drop, foreign_words
from tests.support.dns_server import DnsServer
from tests.support.gatehouse import Gatehouse
from tests.support.office import TestOffice

pytestmark = pytest.mark.xdist_group("weapon")

PEER = "198.51.100.66"
CALM = {"silent": (100_000, 10), "hold": (100_000, 60)}  # how many mails one sender may bring is tested elsewhere


@pytest.fixture(scope="module")
def dns() -> Iterator[DnsServer]:
    """``weak*.test`` names the attacker's server in SPF, ``strict.test`` says that its mail is signed; ``v.test`` says nothing."""
    with DnsServer() as server:
        for number in range(100):
            server.txt(f"weak{number}.test", f"v=spf1 ip4:{PEER} -all")
        server.txt("_dmarc.strict.test", "v=DMARC1; p=none")
        yield server


@pytest.fixture
def office(sqlite_database: Database, tmp_path: Path, dns: DnsServer) -> TestOffice:
    """Senders are checked, and every limit is as shipped but for the number of mails one sender may send."""
    trust = {"verify": True, "dns": (dns.address,)}
    return TestOffice(sqlite_database, tmp_path, trust=trust, floods=CALM)


def silenced(office: TestOffice) -> Counter[str]:
    return Counter(event.data["reason"] for event in office.events_of_kind("suppressed"))


def finish(office: TestOffice) -> None:
    """Until no mail waits for DNS any more."""
    for _ in range(100):
        office.work()
        if office.journal.balance().pending == 0:
            return
        office.later(seconds=2)
        time.sleep(0.05)
    raise AssertionError("mails are still pending")


def test_five_hundred_unproven_mails_in_the_names_of_three_victims(office: TestOffice) -> None:
    assert drop(office, (f"victim{number % 3}@v.test" for number in range(20)), peer=PEER) == 20
    drop(office, (f"victim{number % 3}@v.test" for number in range(480)), peer=PEER, small=True)
    finish(office)
    acks = office.outbox("ack")
    assert Counter(ack.recipient for ack in acks) == {f"victim{number}@v.test": 2 for number in range(3)}
    assert office.journal.balance().fates["opened"] == 500, "nobody's mail is lost for it"
    assert sum(silenced(office).values()) == 494, "every mail that was not sent can be seen"
    assert set(silenced(office)) <= {"acks_per_person", "same_subject"}
    for ack in acks:
        assert foreign_words(ack.raw) == []
    assert foreign_words(bomb("victim@v.test", 1)) != [], "the look would find them"


def test_forged_mail_is_never_answered(office: TestOffice) -> None:
    drop(office, (f"victim{number}@strict.test" for number in range(50)), peer=PEER)
    finish(office)
    assert office.outbox() == []
    assert silenced(office) == {"forged": 50}


def test_five_hundred_weakly_proven_mails_of_one_domain(office: TestOffice) -> None:
    drop(office, (f"p{number}@weak0.test" for number in range(500)), peer=PEER, small=True)
    finish(office)
    acks = office.outbox("ack")
    assert len(acks) == 20
    assert max(Counter(ack.recipient for ack in acks).values()) == 1
    assert silenced(office) == {"automatic_per_domain": 480}
    office.later(minutes=61)
    drop(office, ["late@weak0.test"], peer=PEER)
    finish(office)
    assert [ack.recipient for ack in office.outbox("ack")[20:]] == ["late@weak0.test"], (
        "an hour later there is room again"
    )


def test_two_thousand_addresses_open_the_breaker(office: TestOffice) -> None:
    drop(office, (f"p{number}@weak{number % 100}.test" for number in range(2000)), peer=PEER, small=True)
    finish(office)
    acks = office.outbox("ack")
    assert len(acks) == 200
    assert max(Counter(ack.recipient for ack in acks).values()) == 1
    assert {ack.state for ack in acks} == {"held"}, "no smarthost is set"
    assert silenced(office) == {"breaker": 1800}
    (alarm,) = office.events(None, "alarm")
    assert alarm.data["reason"] == "breaker"
    (told,) = office.outbox("agent")
    assert told.recipient == "admin@example.com"
    assert told.reverse_path == ""
    assert "Auto-Submitted: auto-generated" in decoded(told.raw)
    assert foreign_words(told.raw) == []
    with office.database.read() as connection:
        light = {it.name: it for it in health(connection, office.now).checks}["automatic_mail_breaker"]
        assert breaker_view(connection, office.office.configuration, office.now).is_open
    assert light.state is State.WARNING, "strangers cannot turn the gateway red"
    assert not any(foreign_words(ack.raw) for ack in acks[::10])

    # An admin closes it: the next mail is answered, and counting begins anew.
    with office.database.write() as connection:
        assert close_by_hand(connection, actor="admin@example.com", now=office.now)
        assert not close_by_hand(connection, actor="admin@example.com", now=office.now)
    office.later(seconds=1)
    drop(office, ["after@weak1.test"], peer=PEER)
    finish(office)
    assert silenced(office) == {"breaker": 1800}
    assert office.outbox("ack")[-1].recipient == "after@weak1.test"
    assert [event.actor for event in office.events(None, "breaker_closed")] == ["admin@example.com"]


def test_the_breaker_closes_by_itself(sqlite_database: Database, tmp_path: Path) -> None:
    budgets = {"automatic_in_all": (3, 60), "acks_to_unknown": (100, 15), "breaker_minutes": 30}
    office = TestOffice(sqlite_database, tmp_path, budgets=budgets, trust={"verify": False})
    drop(office, (f"p{number}@v{number}.test" for number in range(5)))
    assert silenced(office) == {"breaker": 2}
    office.later(minutes=29)
    drop(office, ["early@v10.test"])
    assert silenced(office) == {"breaker": 3}
    office.later(minutes=32)
    drop(office, ["late@v11.test"])
    assert office.outbox("ack")[-1].recipient == "late@v11.test"
    assert silenced(office) == {"breaker": 3}


def test_monitors_and_forms_are_never_limited(sqlite_database: Database, tmp_path: Path) -> None:
    budgets = {"automatic_in_all": (1, 60), "automatic_per_domain": (1, 60), "exempt": ("monitor@v.test", "big.test")}
    office = TestOffice(sqlite_database, tmp_path, budgets=budgets, trust={"verify": False}, floods=CALM)
    drop(office, ["one@v.test", "two@v.test", "three@w.test", *["monitor@v.test"] * 7, *["p@big.test"] * 7])
    acks = Counter(ack.recipient for ack in office.outbox("ack"))
    assert acks == {"one@v.test": 1, "monitor@v.test": 7, "p@big.test": 7}


def test_unverified_mail_without_any_check_is_never_acknowledged(sqlite_database: Database, tmp_path: Path) -> None:
    trust = {"verify": False, "unverified": "none"}
    with Gatehouse(sqlite_database, tmp_path, trust=trust) as house, house.client() as client:
        for number in range(30):
            author = f"victim{number}@v.test"
            client.sendmail(author, ["support@example.com"], bomb(author, number))
        house.office.work()
        assert house.office.outbox() == []
        assert silenced(house.office) == {"unverified": 30}


def test_two_hundred_strangers_are_held_and_then_stopped(sqlite_database: Database, tmp_path: Path) -> None:
    """Through the door, and with nothing checked: from the 31st on acknowledgements wait for an admin, from the 201st there are none."""
    with Gatehouse(sqlite_database, tmp_path, trust={"verify": False}) as house:
        office = house.office
        with house.client() as client:
            for number in range(400):  # two mails for each: having written once makes nobody known
                author = f"victim{number % 200}@v{number % 20}.test"
                client.sendmail(author, ["support@example.com"], bomb(author, number))
        office.work()
        acks = office.outbox("ack")
        free = [ack for ack in acks if ack.hold_reason != "budget"]
        assert (len(free), len(acks)) == (30, 200)
        assert max(Counter(ack.recipient for ack in acks).values()) <= 2
        assert [event.data["reason"] for event in office.events(None, "alarm")] == ["budget", "breaker"]
        assert len(office.events_of_kind("notice_held")) == 170
        assert not re.search("nitro", "".join(decoded(ack.raw) for ack in free), re.IGNORECASE)
