"""A mail in the requester's name with the attacker in Cc, to the real reply address and to guessed ones.

Help desks added the attacker to the ticket and sent the history, and with it the sign-in codes of other services. Here even a gateway that
makes people in Cc participants asks first who really wrote.
"""

from collections.abc import Iterator

import pytest

from gateway.store.database import Database
from tests.support.accepted import mail
from tests.support.checked_house import ELSEWHERE, CheckedHouse
from tests.support.databases import SqliteFiles
from tests.support.gatehouse import Gatehouse
from tests.support.hijack import ATTACKER, REQUESTER, scene
from tests.support.signed_mail import publish, sign

pytestmark = pytest.mark.xdist_group("hijack")

DOMAINS = {"strict.test": "reject", "careful.test": "quarantine", "plain.test": None}


@pytest.fixture(scope="module")
def checked(sqlite_files: SqliteFiles, tmp_path_factory: pytest.TempPathFactory) -> Iterator[CheckedHouse]:
    folder = tmp_path_factory.mktemp("checked")
    database = Database(sqlite_files.create(folder))
    with CheckedHouse(database, folder, participants={"from_copies": True}) as checked:
        for domain, policy in DOMAINS.items():
            publish(checked.dns, domain)
            checked.domain(domain, dmarc=policy)
        yield checked
    database.dispose()


@pytest.mark.parametrize("domain", DOMAINS)
@pytest.mark.parametrize("evidence", ["token", "guessed token", "number"])
def test_a_forged_mail_adds_nobody_and_shows_nothing(checked: CheckedHouse, domain: str, evidence: str) -> None:
    victim, house = f"victim@{domain}", checked.house
    office = house.office
    first = mail("The door code is 4711.", sender=victim, subject="Door")
    ticket = int(checked.send(sign(first, domain), sender=victim).ticket_id)
    office.desk.solve(ticket, office.agent)
    people, before = house.people(ticket), len(office.outbox())
    to = {
        "token": office.reply_to(ticket),
        "guessed token": f"reply+{ticket}@reply.example.com",
        "number": "support@example.com",
    }[evidence]
    forged = mail(
        "Please answer to us both.", sender=victim, to=to, subject=f"Re: [#{ticket}]", headers=(("Cc", ATTACKER),)
    )
    row = checked.send(forged, sender="eve@evil.test", to=to, peer=ELSEWHERE)

    assert house.people(ticket) == people
    assert office.ticket(ticket).status == "solved"
    if DOMAINS[domain] is not None:
        assert (row.fate, row.cause) == ("quarantined", "refused_by_owner")
    elif evidence == "token":
        assert row.fate == "join_request"
        last = office.messages(ticket)[-1]
        assert (last.journal_id, last.public, last.trust) == (row.id, False, "none")
    else:
        assert row.fate == "opened"
        assert row.ticket_id != ticket
        assert house.people(row.ticket_id) == [(*house.people(row.ticket_id)[0][:1], victim, "requester")]
        assert office.events(row.ticket_id, "unverified_sender")
    assert not any(ATTACKER in (it.recipient, it.raw.decode("utf-8", "replace")) for it in office.outbox())
    assert not any(b"4711" in it.raw for it in office.outbox()[before:] if it.kind != "agent")


def test_the_same_mail_by_the_requester_adds_the_colleague_and_nothing_of_before(checked: CheckedHouse) -> None:
    """What makes the tests above more than a switch that is off."""
    victim, house = "real@strict.test", checked.house
    ticket = int(checked.send(sign(mail("The code is 4711.", sender=victim), "strict.test"), sender=victim).ticket_id)
    to, before = house.office.reply_to(ticket), len(house.office.outbox())
    answer = mail("With a colleague.", sender=victim, to=to, headers=(("Cc", "colleague@plain.test"),))
    row = checked.send(sign(answer, "strict.test"), sender=victim, to=to)
    assert row.fate == "appended"
    assert [address for _, address, _ in house.people(ticket)] == [victim, "colleague@plain.test"]
    told = [it for it in house.office.outbox()[before:] if it.recipient == "colleague@plain.test"]
    assert [it.kind for it in told] == ["added"]
    assert b"4711" not in told[0].raw


def test_a_stranger_cannot_read_a_ticket_by_guessing(houses: dict[str, Gatehouse]) -> None:
    """As the requester, with an attacker in Cc, to five hundred guessed reply addresses and numbers: nothing leaves about the ticket."""
    stage = scene(houses["weak"])
    house, office = stage.house, stage.house.office
    people, before = house.people(stage.ticket), len(office.outbox())
    guesses = [f"reply+{number}@reply.example.com" for number in range(1, 501)]
    for start in range(0, 500, 100):
        raw = mail(
            f"Hello again {start}", sender=REQUESTER, headers=(("Cc", ATTACKER),), subject=f"Re: [#{stage.ticket}]"
        )
        house.send(raw, to=tuple(guesses[start : start + 100]), reverse_path=REQUESTER)
    assert house.people(stage.ticket) == people
    assert office.ticket(stage.ticket).status == "solved"
    sent = office.outbox()[before:]
    assert {it.recipient for it in sent} == {REQUESTER}
    assert not any(ATTACKER.encode() in it.raw or b"4711" in it.raw for it in sent)
