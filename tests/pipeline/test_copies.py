"""Cc on a participant's mail: by default it makes nobody a participant; where it may, only later mail is shown, and all are told."""

from pathlib import Path
from typing import Any

import pytest

from gateway.config.model import Configuration
from gateway.desk.people import People
from gateway.store.database import Database
from gateway.store.schema import contacts, participants
from tests.support.accepted import mail
from tests.support.mail_out import read_mail, text_of
from tests.support.office import TestOffice

HONG, LEE, PARK = "hong@customer.example", "lee@customer.example", "park@partner.example"


def opened(database: Database, directory: Path, **settings: Any) -> TestOffice:
    """Hong's ticket 1 with an answer that names a secret."""
    settings = {"participants": {"from_copies": True}} | settings
    office = TestOffice(database, directory, **settings)
    office.take(mail("램프가 켜지지 않습니다.", sender=f"Hong <{HONG}>", subject="Lamp"), reverse_path=HONG)
    office.desk.reply(1, office.agent, "The number is 4711.")
    office.later(hours=1)
    return office


@pytest.fixture
def office(sqlite_database: Database, tmp_path: Path) -> TestOffice:
    return opened(sqlite_database, tmp_path)


def copy(
    office: TestOffice, *copied: str, by: str | None = None, text: str = "Lee should know.", **envelope: Any
) -> Any:
    """Hong answers by the reply address, with a copy to others; the journal row."""
    token = by or office.reply_to(1)
    raw = mail(text, sender=f"Hong <{HONG}>", to=token, headers=(("Cc", ", ".join(copied)),))
    return office.take(raw, to=(token,), reverse_path=HONG, **envelope)


def to_customers(office: TestOffice, before: int) -> list[Any]:
    """What was written since, without mail to our agents."""
    return [row for row in office.outbox()[before:] if row.kind != "agent"]


def people(office: TestOffice, ticket: int = 1) -> dict[str, str]:
    with office.database.read() as connection:
        rows = connection.execute(
            contacts.select()
            .add_columns(participants.c.role)
            .join(participants, contacts.c.id == participants.c.contact_id)
            .where(participants.c.ticket_id == ticket, participants.c.revoked_at.is_(None))
        )
        return {row.address: row.role for row in rows}


def test_it_is_off_by_default(sqlite_database: Database, tmp_path: Path) -> None:
    office = opened(sqlite_database, tmp_path, participants={})
    before = len(office.outbox())
    assert copy(office, LEE).fate == "appended"
    assert people(office) == {HONG: "requester"}
    assert not to_customers(office, before)
    assert not office.events(1, "copies_left_out"), "nobody asked for it"
    assert Configuration.model_fields["participants"].default_factory().limit == 10  # type: ignore[call-arg, misc]


def test_newcomers_get_later_mail_only_and_all_are_told(office: TestOffice) -> None:
    before = len(office.outbox())
    row = copy(office, f"Lee <{LEE}>", PARK, text="Lee should know.\r\n\r\n> The number is 4711.")
    assert row.fate == "appended"
    assert people(office) == {HONG: "requester", LEE: "cc", PARK: "cc"}
    sent = {it.recipient: it for it in to_customers(office, before)}
    assert {address: it.kind for address, it in sent.items()} == {HONG: "newcomers", LEE: "added", PARK: "added"}
    assert not any(b"4711" in it.raw or b"Lamp" in it.raw for it in sent.values() if it.recipient != HONG)
    assert f"{HONG} 님이 보내신 메일의 참조(Cc)" in text_of(sent[LEE].raw)
    news = text_of(sent[HONG].raw)
    assert LEE in news
    assert PARK in news
    assert [event.data["address"] for event in office.events(1, "participant_added")] == [LEE, PARK]
    assert {event.actor for event in office.events(1, "participant_added")} == {HONG}

    office.later(minutes=5)
    office.desk.reply(1, office.agent, "Thank you, we will look.")
    answers = {it.recipient: it for it in office.outbox("answer")[1:]}
    assert set(answers) == {HONG, LEE, PARK}
    assert not any("4711" in text_of(answers[address].raw) for address in (LEE, PARK))
    assert "Lee should know." in text_of(answers[LEE].raw), "they were sent that very mail"
    assert len({read_mail(it.raw)["Reply-To"] for it in answers.values()}) == 3


def test_the_first_mail_of_a_ticket_counts_too(office: TestOffice) -> None:
    row = office.take(mail("A chair.", sender=HONG, headers=(("Cc", LEE),)), reverse_path=HONG)
    assert people(office, row.ticket_id) == {HONG: "requester", LEE: "cc"}


@pytest.mark.parametrize("level", ["none", "weak"])
def test_an_author_who_is_not_verified_adds_nobody(sqlite_database: Database, tmp_path: Path, level: str) -> None:
    office = opened(sqlite_database, tmp_path, trust={"unverified": level}, limits={"enabled": False})
    before = len(office.outbox())
    copy(office, LEE)
    row = office.take(mail("A chair.", sender=HONG, headers=(("Cc", LEE),)), reverse_path=HONG)
    assert people(office) == {HONG: "requester"}
    assert people(office, row.ticket_id) == {HONG: "requester"}
    assert LEE not in {it.recipient for it in office.outbox()[before:]}
    (event,) = office.events(row.ticket_id, "copies_left_out")
    assert (event.data["addresses"], level.upper() in event.data["why"]) == ([LEE], True)


def test_a_stranger_adds_nobody(office: TestOffice) -> None:
    token = office.reply_to(1)
    raw = mail("Me too.", sender=LEE, to=token, headers=(("Cc", PARK),))
    assert office.take(raw, to=(token,), reverse_path=LEE).fate == "join_request"
    assert people(office) == {HONG: "requester"}


def test_no_more_than_the_limit(sqlite_database: Database, tmp_path: Path) -> None:
    office = opened(sqlite_database, tmp_path, participants={"from_copies": True, "limit": 3})
    everybody = [f"person{number}@customer.example" for number in range(5)]
    copy(office, *everybody[:2])
    copy(office, *everybody)
    assert set(people(office)) == {HONG, *everybody[:3]}
    (event,) = office.events(1, "copies_left_out")
    assert event.data["addresses"] == everybody[3:]
    assert "participants.limit allows (3)" in event.data["why"]
    assert People(office.desk).add(1, PARK, office.agent).is_new, "an agent may add more"


def test_who_is_ours_or_nobody_or_was_taken_off_is_left_out(office: TestOffice) -> None:
    desk = People(office.desk)
    gone = desk.add(1, PARK, office.agent)
    desk.remove(1, gone.participant, office.agent)
    wrong = ["help@example.com", "kim@example.com", "no-reply@shop.example", "root@localhost", PARK]
    copy(office, *wrong, LEE, LEE.upper(), HONG)
    assert people(office) == {HONG: "requester", LEE: "cc"}
    (event,) = office.events(1, "copies_left_out")
    assert event.data["addresses"] == wrong
    assert "an agent took this address off the ticket" in event.data["why"]


def test_machine_mail_and_a_shadow_tell_nobody(office: TestOffice) -> None:
    token = office.reply_to(1)
    headers = (("Cc", LEE), ("Auto-Submitted", "auto-replied"))
    office.take(mail("Away.", sender=HONG, to=token, headers=headers), to=(token,), reverse_path=HONG)
    assert people(office) == {HONG: "requester"}
    before = len(office.outbox())
    copy(office, LEE, shadow=True)
    assert not to_customers(office, before)
    assert {event.data["reason"] for event in office.events(1, "suppressed")} >= {"shadow"}


def test_the_limit_is_checked(sqlite_database: Database, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="limit"):
        opened(sqlite_database, tmp_path, participants={"limit": 49})
