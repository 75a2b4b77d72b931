"""Mail whose author DNS could not tell, looked at again later: what is known changes, and nothing is sent because of it."""

import time
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from gateway.pipeline.rechecks import LEASE, WAITS, _settle, _take
from gateway.pipeline.senders import Senders
from gateway.pipeline.stages import understand
from gateway.store.schema import trust_checks
from gateway.threading.model import Proof, Trust
from tests.support.dns_server import DnsServer
from tests.support.office import TestOffice
from tests.support.signed_mail import sign
from tests.trust.conftest import mail
from tests.trust.test_pipeline import take, trust_of


def taken_in_the_dark(office: TestOffice, dns: DnsServer, raw: bytes) -> int:
    """The ticket of a mail that came while DNS was broken."""
    dns.modes["victim.test"] = "servfail"
    row = take(office, raw)
    assert trust_of(office, row.ticket_id)["proof"] == "unknown"
    return int(row.ticket_id)


def let_there_be_light(office: TestOffice, dns: DnsServer) -> None:
    dns.modes.clear()
    forget_answers(office)


def forget_answers(office: TestOffice) -> None:
    office.worker.senders.authenticator.close()
    office.worker.senders = Senders()


def look_again(office: TestOffice) -> int:
    """Look until nothing is on its way any more; how many mails were settled."""
    done = 0
    for _ in range(40):
        done += office.worker.look_again()
        if not due(office):
            return done
        office.later(seconds=16)
        time.sleep(0.1)
    raise AssertionError("a mail is looked at for ever")


def due(office: TestOffice) -> list[Any]:
    with office.database.read() as connection:
        return list(
            connection.execute(select(trust_checks).where(trust_checks.c.due_at <= office.now + timedelta(seconds=60)))
        )


def waiting(office: TestOffice) -> list[Any]:
    with office.database.read() as connection:
        return list(connection.execute(select(trust_checks)))


def checked_again(office: TestOffice, ticket: int) -> list[dict[str, Any]]:
    return [it.data for it in office.events(ticket) if it.kind == "sender_checked_again"]


@pytest.fixture
def office(office_everywhere: TestOffice) -> TestOffice:
    return office_everywhere


def test_proof_that_comes_later_is_written_down_and_sends_nothing(office: TestOffice, dns: DnsServer) -> None:
    ticket = taken_in_the_dark(office, dns, sign(mail(), "victim.test"))
    sent = len(office.outbox())
    let_there_be_light(office, dns)
    assert office.worker.look_again() == 0, "it is not due yet"
    office.later(minutes=3)
    assert look_again(office) == 1
    (message,) = office.messages(ticket)
    assert message.trust == "strong"
    assert message.trace["trust"]["reason"] == "verified: DKIM victim.test"
    assert message.trace["outcome"] == "open", "the rest of the trace stays"
    (told,) = checked_again(office, ticket)
    assert (told["message"], told["level"], told["proof"]) == (message.id, "strong", "passed")
    assert len(office.outbox()) == sent
    assert waiting(office) == []


def test_forgery_that_shows_later_is_marked(office: TestOffice, dns: DnsServer) -> None:
    dns.txt("_dmarc.victim.test", "v=DMARC1; p=reject")
    ticket = taken_in_the_dark(office, dns, mail())
    let_there_be_light(office, dns)
    office.later(minutes=3)
    assert look_again(office) == 1
    assert office.messages(ticket)[0].trust == "none"
    (told,) = checked_again(office, ticket)
    assert told["proof"] == "failed"
    assert "victim.test asks to reject such mail" in told["why"]


def test_it_is_tried_some_times_and_then_given_up_in_the_open(office: TestOffice, dns: DnsServer) -> None:
    ticket = taken_in_the_dark(office, dns, sign(mail(), "victim.test"))
    for tries, wait in enumerate(WAITS):
        (row,) = waiting(office)
        assert row.tries == tries
        assert timedelta() < row.due_at - office.now <= wait
        forget_answers(office)
        office.later(seconds=wait.total_seconds())
        look_again(office)
    assert waiting(office) == []
    (told,) = checked_again(office, ticket)
    assert (told["level"], told["proof"]) == ("temperror", "unknown")
    assert office.messages(ticket)[0].trust == "temperror"


def test_replay_is_seen_at_the_second_look_too(office: TestOffice, dns: DnsServer) -> None:
    recipients = tuple(f"support+{number}@example.com" for number in range(21))
    dns.modes["victim.test"] = "servfail"
    ticket = take(office, sign(mail(), "victim.test"), to=recipients).ticket_id
    let_there_be_light(office, dns)
    office.later(minutes=3)
    look_again(office)
    assert office.messages(ticket)[0].trust == "weak"


def test_nothing_is_looked_at_while_verification_is_off(office: TestOffice, dns: DnsServer) -> None:
    taken_in_the_dark(office, dns, sign(mail(), "victim.test"))
    settings = office.office.configuration
    off = settings.model_copy(update={"trust": settings.trust.model_copy(update={"verify": False})})
    disarmed = replace(office.office, loaded=replace(office.office.loaded, configuration=off))
    let_there_be_light(office, dns)
    office.later(minutes=3)
    assert office.worker.rechecks.look_again(office.journal, office.worker.senders, disarmed, office.now) == 0
    assert len(waiting(office)) == 1


def test_two_processes_settle_it_once(office: TestOffice, dns: DnsServer) -> None:
    """Both took it, because the first one was slow: the second one finds it settled."""
    ticket = taken_in_the_dark(office, dns, sign(mail(), "victim.test"))
    let_there_be_light(office, dns)
    office.later(minutes=3)
    first, second = _take(office.journal, office.now), _take(office.journal, office.now + LEASE)
    assert first == second == {1: 0}
    (entry,) = office.journal.entries([1])
    understood = replace(understand(entry, office.journal, office.office), trust=Trust.STRONG, proof=Proof.PASSED)
    settled = []
    for _ in range(2):
        with office.database.write() as connection:
            settled.append(_settle(connection, entry, understood, 0, office.now))
    assert settled == [True, False]
    assert len(checked_again(office, ticket)) == 1
