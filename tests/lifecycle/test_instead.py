"""An answer bounces, and the customer is known under another address: proposed, taken with one click, never by itself."""

from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import update

from gateway.desk.actions import DeskError
from gateway.desk.people import People
from gateway.desk.sending_instead import proposals, send_instead
from gateway.store.schema import contacts, messages, participants
from tests.delivery.conftest import QUICK
from tests.lifecycle.conftest import House
from tests.support.accepted import mail
from tests.support.mail_out import read_mail, text_of
from tests.support.outgoing import sending
from tests.support.smarthost import Smarthost, Taken
from tests.support.waiting import wait_until
from tests.support.web import logged_in, running, services

Ruled = Callable[..., House]
OLD, NEW = "5xx-rcpt.hong@old.example", "hong@new.example"


@pytest.fixture
def known(house: House) -> House:
    """Hong wrote from two addresses on ticket 1, and from the old one alone on ticket 2."""
    first = house.write(sender=f"Gildong Hong <{OLD}>")
    (letter,) = house.messages(first)
    headers = (("References", f"<{letter.message_id}>"), ("Cc", OLD))
    house.take(mail("It is me.", sender=f"Gildong  HONG <{NEW}>", headers=headers), reverse_path=NEW)
    People(house.desk).join(house.messages(first)[-1].id, house.agent)
    assert house.write("And the bulb?", sender=f"Gildong Hong <{OLD}>", subject="Bulb") == 2
    return house


@pytest.fixture
def smarthost() -> Iterator[Smarthost]:
    with Smarthost() as server:
        yield server


def lost(house: House, number: int = 2) -> None:
    """The answer to the old address came back, as the pipeline tells it."""
    house.desk.reply(number, house.agent, "Please switch it on.")
    with house.database.write() as connection:
        connection.execute(update(contacts).where(contacts.c.address == OLD).values(undeliverable_at=house.now))


def proposed(house: House, number: int = 2) -> list[tuple[str, list[tuple[str, str]]]]:
    with house.database.read() as connection:
        found = proposals(connection, house.office, number)
    return [(one.address, [(other.address, other.tie) for other in one.others]) for one in found]


def answers(smarthost: Smarthost) -> list[Taken]:
    """What customers got; our own people are told what was lost."""
    told = [taken for taken in smarthost.taken if b"switch it on" in taken.octets]
    return [taken for taken in told if taken.forward_paths != ("kim@example.com",)]


def test_a_lost_answer_goes_to_the_other_address_with_one_click(known: House, smarthost: Smarthost) -> None:
    known.take_over(gateway=f"outbound: {{smarthost: '{smarthost.address}', tls: none}}")
    clock = {"clock": lambda: known.now}
    with sending(known.database, known.office.configuration, pace=QUICK, **clock), running(services(known)) as port:
        browser, csrf = logged_in(known, port, known.agent)
        known.desk.reply(2, known.agent, "Please switch it on.")
        wait_until(lambda: any(it.data["kind"] == "answer" for it in known.events(2, "delivery_failed")))
        known.follow()
        assert known.ticket(2).status == "open"
        told = text_of(known.outbox("agent")[-1].raw)
        assert f"The ticket page proposes another address of theirs: {NEW}" in told
        page = browser.get("/tickets/2").text
        assert f"Mail to {OLD} does not arrive" in page
        assert f"Send to {NEW} instead" in page
        assert answers(smarthost) == [], "nothing goes by itself"
        person = known.rows(participants, participants.c.ticket_id == 2)[0].id
        contact = known.rows(contacts, contacts.c.address == NEW)[0].id
        path = f"/tickets/2/people/{person}/instead"
        assert browser.post(path, {"csrf": csrf, "contact": str(contact)}).headers["location"].endswith("done=instead")
        wait_until(lambda: bool(answers(smarthost)))
        again = browser.post(path, {"csrf": csrf, "contact": str(contact)})
        assert again.status == 400
        assert "is not known as another one of this person any more" in again.text
        page = browser.get("/tickets/2?done=instead").text
    (taken,) = answers(smarthost)
    assert taken.forward_paths == (NEW,)
    assert "Please switch it on." in text_of(taken.raw)
    assert read_mail(taken.raw)["To"].addresses[0].addr_spec == NEW
    ticket = known.ticket(2)
    assert (ticket.status, ticket.waiting_since, ticket.requester_id) == ("pending", None, contact)
    assert f"Kim uses {NEW} instead of {OLD}" in page
    assert "does not arrive" not in page
    row = known.take(
        mail("Thank you, and one more.", sender=f"Hong <{NEW}>", to="x"), to=(str(read_mail(taken.raw)["Reply-To"]),)
    )
    assert (row.fate, row.ticket_id) == ("appended", 2), "the reply address of the mail is theirs"


def test_who_has_the_answer_already_does_not_get_it_twice(known: House) -> None:
    lost(known, 1)
    assert proposed(known, 1) == [(OLD, [(NEW, "ticket")])]
    person = known.rows(participants, participants.c.ticket_id == 1)[0].id
    contact = known.rows(contacts, contacts.c.address == NEW)[0].id
    assert send_instead(known.desk, 1, person, contact, known.agent).message is None
    assert known.ticket(1).requester_id == contact
    assert sorted(row.recipient for row in known.outbox("answer")) == [OLD, NEW]


@pytest.mark.parametrize(
    "change",
    [
        update(messages).where(messages.c.author == NEW).values(trust="weak"),
        update(contacts).where(contacts.c.address == NEW).values(name="Gilsun Hong"),
        update(contacts).values(name=""),
        update(participants).where(participants.c.role == "cc").values(revoked_at=None, role="agent"),
        update(contacts).where(contacts.c.address == NEW).values(address="support@example.com"),
    ],
    ids=["not verified", "another name", "no name", "an agent", "our own"],
)
def test_what_is_not_proposed_cannot_be_used(known: House, change: object) -> None:
    lost(known)
    assert proposed(known) == [(OLD, [(NEW, "ticket")])]
    contact = known.rows(contacts, contacts.c.address == NEW)[0].id
    person = known.rows(participants, participants.c.ticket_id == 2)[0].id
    before = len(known.outbox())
    with known.database.write() as connection:
        connection.execute(change)  # type: ignore[call-overload]
    assert proposed(known) == []
    with pytest.raises(DeskError, match="nothing was changed or sent"):
        send_instead(known.desk, 2, person, contact, known.agent)
    assert len(known.outbox()) == before
    assert known.ticket(2).requester_id != contact


def test_colleagues_of_one_company_are_no_strangers(known: House) -> None:
    """The same name at the same company is enough of a tie; the same name anywhere else is none."""
    lost(known)
    known.later(hours=1)
    known.write("Hello.", sender="Gildong Hong <gildong@second.example>")
    assert proposed(known) == [(OLD, [(NEW, "ticket")])]
    known.take_over(organizations="organizations: [{id: acme, name: Acme, domains: [old.example, second.example]}]")
    assert proposed(known) == [(OLD, [("gildong@second.example", "organization"), (NEW, "ticket")])]


def test_an_address_that_works_again_needs_no_other(known: House) -> None:
    assert proposed(known) == []
    known.take_over()
    assert proposed(known) == [], "nothing was lost"
