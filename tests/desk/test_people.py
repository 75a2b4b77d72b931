"""Who takes part in a ticket, by hand: added, let in, declined, split off, removed; what each of them is told, and what never."""

from datetime import timedelta
from typing import Any

import pytest

from gateway.desk.actions import DeskError
from gateway.desk.people import People
from gateway.store.agents import create_agent
from gateway.store.schema import contacts, participants
from gateway.threading.tokens import reply_address
from tests.support.accepted import NOW, mail
from tests.support.mail_out import read_mail, text_of
from tests.support.office import KEYRING, TestOffice

HONG, LEE, EVE = "hong@customer.example", "lee@customer.example", "eve@elsewhere.example"


@pytest.fixture
def people(office: TestOffice) -> People:
    return People(office.desk)


def part_of(office: TestOffice, address: str, ticket: int = 1) -> Any:
    with office.database.read() as connection:
        return connection.execute(
            participants.select()
            .add_columns(contacts.c.address)
            .join(contacts, contacts.c.id == participants.c.contact_id)
            .where(participants.c.ticket_id == ticket, contacts.c.address == address)
        ).one()


def token_of(office: TestOffice, address: str, kind: str) -> str:
    """The reply address in the newest mail of this kind to somebody."""
    row = [row for row in office.outbox(kind) if row.recipient == address][-1]
    return str(read_mail(row.raw)["Reply-To"])


def ask_to_join(office: TestOffice, sender: str = EVE, **more: Any) -> int:
    """A stranger answers in the conversation; the message's id."""
    headers = (("References", "<first@customer.example>"), ("Cc", HONG))
    row = office.take(mail("I know more about this lamp.", sender=sender, headers=headers, **more), reverse_path=sender)
    assert row.fate == "join_request"
    return int(office.messages(1)[-1].id)


def test_who_is_added_is_told_and_gets_later_mail_only(office: TestOffice, people: People) -> None:
    office.desk.reply(1, office.agent, "The old answer with the number 4711.")
    office.later(hours=1)
    before = len(office.outbox())
    joined = people.add(1, f" {LEE} ", office.agent)
    assert (joined.is_new, joined.address) == (True, LEE)
    told = {row.recipient: row for row in office.outbox()[before:] if row.kind != "agent"}
    assert {address: row.kind for address, row in told.items()} == {HONG: "newcomers", LEE: "added"}
    welcome, news = told[LEE], told[HONG]
    assert "램프" not in text_of(welcome.raw), "no word of the customer's"
    assert "4711" not in text_of(welcome.raw) + text_of(news.raw)
    assert "References" not in read_mail(welcome.raw)
    assert LEE in text_of(news.raw)
    assert "참여자가 추가되어" in text_of(news.raw), "in the language of the ticket"
    assert read_mail(news.raw)["Auto-Submitted"] == "auto-generated"

    office.later(minutes=1)
    office.desk.reply(1, office.agent, "The new answer.")
    (answer,) = [row for row in office.outbox("answer") if row.recipient == LEE]
    assert "The new answer." in text_of(answer.raw)
    assert "켜지지" not in text_of(answer.raw), "what was written before is not quoted"
    assert "first@customer.example" not in answer.raw.decode()
    ours = [row for row in office.outbox("answer") if row.recipient == HONG][-1]
    assert "켜지지" in text_of(ours.raw)


def test_a_newcomer_sees_what_was_said_since_but_no_quotes_in_it(office: TestOffice, people: People) -> None:
    office.desk.reply(1, office.agent, "The old answer with the number 4711.")
    office.later(hours=1)
    people.add(1, LEE, office.agent)
    office.later(hours=1)
    body = "> The old answer with the number 4711.\r\nThat did not help.\r\n> Best regards\r\nWhat now?"
    office.take(mail(body, sender=HONG, to=office.reply_to(1)), to=(office.reply_to(1),), reverse_path=HONG)
    office.desk.reply(1, office.agent, "Send it back.")
    (answer,) = [row for row in office.outbox("answer") if row.recipient == LEE]
    assert "That did not help." in text_of(answer.raw)
    assert "4711" not in answer.raw.decode()


def test_adding_somebody_twice_tells_nobody_again(office: TestOffice, people: People) -> None:
    first = people.add(1, LEE, office.agent)
    sent = len(office.outbox())
    again = people.add(1, LEE.upper(), office.agent)
    assert (again.participant, again.is_new) == (first.participant, False)
    assert len(office.outbox()) == sent
    assert len(office.events(1, "participant_added")) == 1


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("support@example.com", "one of our own"),
        ("reply+abc@reply.example.com", "one of our own"),
        ("kim@example.com", "an agent's"),
        ("nobody", "no mail can go to"),
        ("한글@customer.example", "no mail can go to"),
        ("a@b.example, c@d.example", "no mail can go to"),
    ],
)
def test_who_cannot_be_added(office: TestOffice, people: People, address: str, why: str) -> None:
    with pytest.raises(DeskError, match=why):
        people.add(1, address, office.agent)
    assert len(office.rows(participants)) == 1


def test_a_removed_participant_gets_nothing_and_their_token_opens_nothing(office: TestOffice, people: People) -> None:
    joined = people.add(1, LEE, office.agent)
    token = token_of(office, LEE, "added")
    assert people.remove(1, joined.participant, office.agent) == LEE
    office.desk.reply(1, office.agent, "An answer.")
    assert not [row for row in office.outbox("answer") if row.recipient == LEE]
    row = office.take(mail("Me again", sender=LEE, to=token), to=(token,), reverse_path=LEE)
    assert row.fate == "join_request"
    assert [event.data["address"] for event in office.events(1, "participant_removed")] == [LEE]

    office.later(hours=1)
    back = people.add(1, LEE, office.agent)
    assert (back.participant, back.is_new) == (joined.participant, True)
    row = office.take(mail("With the old one", sender=LEE, to=token), to=(token,), reverse_path=LEE)
    assert row.fate == "join_request", "the reply address of before stays withdrawn"
    fresh = token_of(office, LEE, "added")
    assert fresh != token
    row = office.take(mail("With the new one", sender=LEE, to=fresh), to=(fresh,), reverse_path=LEE)
    assert row.fate == "appended"


def test_the_requester_stays(office: TestOffice, people: People) -> None:
    with pytest.raises(DeskError, match="requester cannot be removed"):
        people.remove(1, part_of(office, HONG).id, office.agent)
    with pytest.raises(DeskError, match="nobody with the number 999"):
        people.remove(1, 999, office.agent)


def test_withdrawn_reply_addresses_count_no_more_and_new_ones_do(office: TestOffice, people: People) -> None:
    """Also twice on one day, and whatever day a token was made on."""
    hong = part_of(office, HONG).id
    old = []
    for _ in range(2):
        office.desk.reply(1, office.agent, "An answer.")
        old.append(token_of(office, HONG, "answer"))
        assert people.withdraw(1, hong, office.agent) == HONG
    office.desk.reply(1, office.agent, "The third.")
    good = token_of(office, HONG, "answer")
    assert len({*old, good}) == 3
    office.later(days=3)
    fates = [
        office.take(mail(f"By {token}", sender=HONG, to=token), to=(token,), reverse_path=HONG).fate
        for token in (*old, good)
    ]
    assert fates == ["join_request", "join_request", "appended"]
    assert len(office.events(1, "tokens_withdrawn")) == 2
    longest = reply_address(
        KEYRING,
        local="reply",
        domain="reply.example.com",
        ticket=1,
        participant=hong,
        expires=(NOW + timedelta(days=730)).date(),
    )
    assert office.take(mail("x", sender=HONG, to=longest), to=(longest,), reverse_path=HONG).fate == "join_request"


def test_a_request_that_is_let_in_becomes_part_of_the_ticket(office: TestOffice, people: People) -> None:
    office.desk.solve(1, office.agent)
    message = ask_to_join(office)
    assert office.ticket(1).status == "solved"
    before = len(office.outbox())
    joined = people.join(message, office.agent)
    assert (joined.ticket, joined.address, joined.is_new) == (1, EVE, True)
    stored = office.messages(1)[-1]
    assert (stored.id, stored.kind, stored.public) == (message, "mail", True)
    ticket = office.ticket(1)
    assert (ticket.status, ticket.waiting_since) == ("open", stored.created_at)
    assert {(row.recipient, row.kind) for row in office.outbox()[before:] if row.kind != "agent"} == {
        (EVE, "added"),
        (HONG, "newcomers"),
    }
    (event,) = office.events(1, "join_accepted")
    assert (event.actor, event.data["address"]) == ("kim@example.com", EVE)

    office.desk.reply(1, office.agent, "Thank you both.")
    (answer,) = [row for row in office.outbox("answer") if row.recipient == EVE]
    assert "I know more about this lamp." in text_of(answer.raw), "their own word"
    assert "켜지지" not in text_of(answer.raw)
    token = token_of(office, EVE, "answer")
    assert office.take(mail("More.", sender=EVE, to=token), to=(token,), reverse_path=EVE).fate == "appended"
    with pytest.raises(DeskError, match="no request to join that waits"):
        people.join(message, office.agent)


def test_letting_in_a_participant_whose_mail_was_not_verified_adds_nobody(office: TestOffice, people: People) -> None:
    token = office.reply_to(1)
    people.withdraw(1, part_of(office, HONG).id, office.agent)
    office.take(mail("By the old address", sender=HONG, to=token), to=(token,), reverse_path=HONG)
    message = office.messages(1)[-1]
    assert message.kind == "join_request"
    before = len(office.outbox())
    joined = people.join(message.id, office.agent)
    assert (joined.is_new, joined.participant) == (False, part_of(office, HONG).id)
    assert office.messages(1)[-1].public
    assert len(office.outbox()) == before


def test_who_became_an_agent_meanwhile_is_not_let_in(office: TestOffice, people: People) -> None:
    message = ask_to_join(office)
    with office.database.write() as connection:
        create_agent(connection, address=EVE, name="Eve", role="agent", language="en", now=NOW)
    with pytest.raises(DeskError, match="an agent's"):
        people.join(message, office.agent)
    assert office.messages(1)[-1].kind == "join_request"


def test_a_declined_request_stays_inside(office: TestOffice, people: People) -> None:
    message = ask_to_join(office)
    before = len(office.outbox())
    assert people.decline(message, office.agent) == 1
    stored = office.messages(1)[-1]
    assert (stored.kind, stored.public) == ("declined", False)
    assert len(office.outbox()) == before
    assert len(office.rows(participants)) == 1
    assert office.events(1, "join_declined")[0].data == {"message": message, "address": EVE}
    with pytest.raises(DeskError, match="no request to join that waits"):
        people.decline(message, office.agent)


def test_a_request_gets_a_ticket_of_its_own_and_later_replies_follow(office: TestOffice, people: People) -> None:
    message = ask_to_join(office, message_id="eve-1@elsewhere.example", subject="Re: 램프")
    number = people.split(message, office.agent)
    assert number != 1
    ticket = office.ticket(number)
    assert (ticket.status, ticket.subject, ticket.brand) == ("new", "Re: 램프", "example")
    (stored,) = office.messages(number)
    assert (stored.id, stored.kind, stored.public) == (message, "mail", True)
    assert ticket.waiting_since == stored.created_at
    assert part_of(office, EVE, number).role == "requester"
    assert office.events(1, "split")[0].data["ticket"] == number
    assert office.events(number, "split_from")[0].data["ticket"] == 1
    headers = (("In-Reply-To", "<eve-1@elsewhere.example>"), ("References", "<eve-1@elsewhere.example>"))
    row = office.take(mail("And another thing", sender=EVE, headers=headers), reverse_path=EVE)
    assert (row.fate, row.ticket_id) == ("appended", number)
    office.desk.reply(number, office.agent, "Hello Eve.")
    (answer,) = [row for row in office.outbox("answer") if row.recipient == EVE]
    assert "켜지지" not in text_of(answer.raw)
    assert read_mail(answer.raw)["In-Reply-To"] != "<first@customer.example>"


def test_a_mail_of_a_participant_can_be_split_off_but_not_the_first(office: TestOffice, people: People) -> None:
    token = office.reply_to(1)
    office.take(mail("Another question", sender=HONG, to=token), to=(token,), reverse_path=HONG)
    first, second = office.messages(1)
    with pytest.raises(DeskError, match="nothing left of it"):
        people.split(first.id, office.agent)
    number = people.split(second.id, office.agent)
    assert [message.id for message in office.messages(1)] == [first.id]
    assert part_of(office, HONG, number).role == "requester"
    note = office.desk.note(1, office.agent, "A note.")
    for wrong in (note, 999):
        with pytest.raises(DeskError, match="no mail that came in"):
            people.split(wrong, office.agent)


def test_a_merge_shows_the_targets_past_to_nobody_new(office: TestOffice) -> None:
    other = office.take(mail("A chair is broken.", sender=EVE, subject="Chair"), reverse_path=EVE).ticket_id
    office.later(hours=1)
    office.desk.merge(other, 1, office.agent)
    office.desk.reply(1, office.agent, "One answer.")
    (answer,) = [row for row in office.outbox("answer") if row.recipient == EVE]
    assert "켜지지" not in text_of(answer.raw)
    assert "A chair is broken." in text_of(answer.raw), "their own word moved along"
