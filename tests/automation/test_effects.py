"""What rules do beyond the ticket's own row."""

from collections.abc import Callable

import pytest
from sqlalchemy import select

from gateway.store.schema import tickets
from gateway.threading.model import Status
from tests.automation.conftest import House
from tests.support.accepted import mail

Ruled = Callable[..., House]

MACROS = (
    "macros: [{id: sorry, title: Sorry, text: {en: 'We are sorry, {{ customer }}.'}, status: pending, tags: [sorry]}]"
)


def why_failed(house: House, number: int) -> list[str]:
    return [event.data["why"] for event in house.office.events(number, "rule_failed")]


def told(house: House) -> list[tuple[str, str]]:
    return [(row.recipient, row.raw.decode("utf-8", "replace")) for row in house.office.outbox("agent")]


def test_our_people_are_told_each_once(ruled: Ruled) -> None:
    house = ruled(
        rules="events: [{name: Big, on: created, then: {team: shop, notify: "
        "[{to: [admins, team, kim@example.com], text: 'Look at {ticket.number}'}]}}]",
        teams="teams: [{id: shop, members: [lee@example.com]}]",
    )
    number = house.write()
    house.follow()
    mails = told(house)
    assert sorted(recipient for recipient, _ in mails) == ["kim@example.com", "lee@example.com"]
    assert all(f"Look at {number}" in raw for _, raw in mails)


def test_a_note_of_a_rule_is_told_with_the_rules_name(ruled: Ruled) -> None:
    house = ruled(
        rules="events: [{name: Big, on: created, then: {note: Look, notify: [{to: kim@example.com, text: New}]}}]"
    )
    house.write()
    house.follow()
    ((_, raw),) = told(house)
    assert "[Internal =C2=B7 Big =C2=B7" in raw or "[Internal \xb7 Big \xb7" in raw


@pytest.mark.parametrize(
    ("then", "why"),
    [
        ("notify: [{to: nobody@example.com, text: x}]", "there is no active agent nobody@example.com"),
        ("macro: none", "there is no macro none"),
        ("merge_into: '0'", "'0' is no ticket's number"),
        ("merge_into: '{ticket.subject}'", "'Lamp' is no ticket's number"),
        ("merge_into: '{ticket.number}'", "ticket 1 is no other ticket of this customer"),
        ("merge_into: '4711'", "ticket 4711 is no other ticket of this customer"),
        ("split: true", "message 1 opened ticket 1: there would be nothing left of it"),
    ],
)
def test_what_cannot_be_done_is_said_and_the_rest_is_done(ruled: Ruled, then: str, why: str) -> None:
    house = ruled(rules=f"events: [{{name: r, on: created, then: {{{then}, priority: high}}}}]")
    number = house.write()
    house.follow()
    assert why_failed(house, number) == [why]
    assert house.office.ticket(number).priority == "high"


def test_a_macro_answers_in_its_agents_name(ruled: Ruled) -> None:
    house = ruled(rules="events: [{name: r, on: created, then: {agent: lee@example.com, macro: sorry}}]", macros=MACROS)
    number = house.write()
    house.follow()
    (answer,) = [message for message in house.office.messages(number) if message.direction == "out"]
    assert answer.text == "We are sorry, Hong."
    assert answer.author == "lee@example.com"
    assert house.office.ticket(number).status == "pending"
    assert [row.recipient for row in house.office.outbox("answer")] == ["hong@customer.example"]


def test_a_rule_splits_a_new_question_off(ruled: Ruled) -> None:
    house = ruled(rules="events: [{name: r, on: replied, when: {mail: {body: another}}, then: {split: true}}]")
    number = house.write()
    house.follow()
    house.reply(number, "I have another question.")
    house.follow()
    with house.office.database.read() as connection:
        numbers = list(connection.execute(select(tickets.c.id).order_by(tickets.c.id)).scalars())
    assert len(numbers) == 2
    assert [message.text.strip() for message in house.office.messages(numbers[1])] == ["I have another question."]


def test_a_rule_makes_a_follow_up_of_a_reply_to_a_solved_ticket(ruled: Ruled) -> None:
    house = ruled(
        rules="events: [{name: r, on: replied, when: {mail: {body: invoice}}, then: {follow_up: true}},"
        " {name: loud, on: status, then: {tags: [seen]}}]"
    )
    number = house.write()
    house.follow()
    house.office.desk.set_status(number, Status.SOLVED, house.office.agent)
    house.follow()
    sent = [row.kind for row in house.office.outbox() if row.kind != "agent"]
    house.reply(number, "Please send me an invoice for another order.")
    assert house.office.ticket(number).status == "open"
    house.follow()
    (made,) = [row for row in house.office.rows(tickets) if row.id != number]
    assert (made.follow_up_of, made.status) == (number, "new")
    assert [message.text.strip() for message in house.office.messages(made.id)] == [
        "Please send me an invoice for another order."
    ]
    solved = house.office.ticket(number)
    assert (solved.status, solved.waiting_since) == ("solved", None)
    assert house.office.events(number, "follow_up")[0].data == {"ticket": made.id}
    assert house.office.events(made.id, "follow_up_of")[0].data["ticket"] == number
    assert [row.kind for row in house.office.outbox() if row.kind != "agent"] == sent, "the customer got mail"


def test_a_follow_up_leaves_a_ticket_open_that_was_open_before(ruled: Ruled) -> None:
    house = ruled(rules="events: [{name: r, on: replied, when: {mail: {body: invoice}}, then: {follow_up: true}}]")
    number = house.write()
    house.follow()
    house.reply(number, "Please send me an invoice for another order.")
    house.follow()
    assert house.office.ticket(number).status in ("new", "open")
    assert len(house.office.rows(tickets)) == 2


RULE = "events: [{name: r, on: created, when: {subject: 'Re ticket (?P<number>[0-9]+)'}, then: {merge_into: '{match.number}'}}]"


def test_a_rule_merges_tickets_of_one_customer_and_nobody_elses(ruled: Ruled) -> None:
    house = ruled(rules=RULE)
    first = house.write()
    house.follow()
    second = house.write(subject=f"Re ticket {first}")
    house.follow()
    assert house.office.ticket(second).merged_into == first
    stranger = int(house.office.take(mail("x", sender="eve@evil.example", subject=f"Re ticket {first}")).ticket_id)
    house.follow()
    assert house.office.ticket(stranger).merged_into is None
    assert why_failed(house, stranger) == [f"ticket {first} is no other ticket of this customer"]
