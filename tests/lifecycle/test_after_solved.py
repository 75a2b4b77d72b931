"""What a customer's word does to a ticket that is done."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select

from gateway.clockwork import close_solved_tickets
from gateway.store.schema import timers
from gateway.threading.model import Status
from tests.lifecycle.conftest import House

Ruled = Callable[..., House]
SHOP = "teams: [{id: shop, members: [lee@example.com]%s}]"


def solved(house: House) -> int:
    number = house.write()
    house.desk.assign(number, house.agent, house.agent)
    house.desk.reply(number, house.agent, "Please switch it on.", status=Status.SOLVED)
    house.later(hours=1)
    return number


@pytest.mark.parametrize(
    "text", ["Thank you!", "감사합니다.", "ありがとうございました。", "Works now, thanks a lot\n\nHong"]
)
def test_thanks_keep_it_solved_and_tell_nobody(house: House, text: str) -> None:
    number = solved(house)
    told = len(house.outbox("agent"))
    closes = house.rows(timers)[0].due_at
    assert house.say(number, text) == number
    assert (house.ticket(number).status, house.ticket(number).waiting_since) == ("solved", None)
    (thanked,) = house.events(number, "thanked")
    message = house.messages(number)[-1]
    assert thanked.data["message"] == message.id
    assert (
        thanked.data["why"]
        == message.trace["lifecycle"]
        == "the ticket is solved, and the mail says nothing but thanks"
    )
    assert (message.kind, message.public) == ("mail", True)
    assert not house.events(number, "replied")
    assert len(house.outbox("agent")) == told
    assert house.rows(timers)[0].due_at == closes, "it closes when it would have closed"


def test_thanks_can_be_taken_for_more_by_hand(house: House) -> None:
    number = solved(house)
    house.say(number, "Thank you!")
    said = house.now
    house.later(hours=3)
    house.desk.reopen(number, house.agent)
    assert (house.ticket(number).status, house.ticket(number).waiting_since) == ("open", said)


@pytest.mark.parametrize(
    "text",
    [
        "Thanks, but it is dark again.",
        "Thank you. When do I get my 20 dollars?",
        "Thanks?",
        "",
        "let me check and get back to you",
    ],
)
def test_in_doubt_it_is_opened_again(house: House, text: str) -> None:
    number = solved(house)
    house.say(number, text)
    assert house.ticket(number).status == "open"
    assert house.kinds(number).count("replied") == 1


def test_a_subject_of_their_own_is_more_than_thanks(house: House) -> None:
    number = solved(house)
    house.say(number, "Thank you!", subject="Refund please")
    assert house.ticket(number).status == "open"


def test_a_file_is_more_than_thanks(house: House) -> None:
    number = solved(house)
    text = (
        "--x\r\nContent-Type: text/plain\r\n\r\nThank you!\r\n--x\r\nContent-Type: application/pdf\r\n"
        "Content-Disposition: attachment; filename=more.pdf\r\n\r\n%PDF\r\n--x--"
    )
    address = house.reply_to(number)
    raw = (
        f"From: Hong <hong@customer.example>\r\nTo: {address}\r\nSubject: Re: Lamp\r\nMessage-ID: <f@customer.example>\r\n"
        f"Date: Thu, 05 Mar 2026 18:00:00 +0900\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n{text}\r\n"
    ).encode()
    house.take(raw, to=(address,))
    assert house.ticket(number).status == "open"


@pytest.mark.parametrize("status", [Status.OPEN, Status.PENDING, Status.ON_HOLD])
def test_thanks_on_a_ticket_that_is_not_done_are_a_reply(house: House, status: Status) -> None:
    number = house.write()
    house.desk.reply(number, house.agent, "We look into it.", status=status)
    house.say(number, "Thank you!")
    assert house.ticket(number).status == "open"
    assert not house.events(number, "thanked")


def close(house: House) -> None:
    house.later(days=5)
    assert close_solved_tickets(house.database, house.now) == 1


def test_without_a_mode_the_grace_time_decides(house: House) -> None:
    number = solved(house)
    house.say(number, "Still dark.")
    assert house.ticket(number).status == "open"
    house.desk.solve(number, house.agent)
    close(house)
    assert house.say(number, "Dark again.") == number + 1
    assert house.ticket(number + 1).follow_up_of == number


@pytest.mark.parametrize("where", ["team", "brand"])
def test_follow_up_makes_a_linked_ticket_at_once(ruled: Ruled, where: str) -> None:
    mode = "reply_to_solved: follow_up"
    house = ruled(
        teams=SHOP % (f", {mode}" if where == "team" else ""),
        brand=f"team: shop{f', {mode}' if where == 'brand' else ''}",
    )
    number = solved(house)
    assert house.say(number, "Thanks!") == number, "thanks are no matter of their own"
    assert house.say(number, "Another lamp is dark.") == number + 1
    assert (house.ticket(number).status, house.ticket(number + 1).follow_up_of) == ("solved", number)
    reason = house.messages(number + 1)[0].trace["reason"]
    assert f"`reply_to_solved: follow_up` of the {where}" in reason


def test_the_teams_word_comes_before_the_brands(ruled: Ruled) -> None:
    house = ruled(teams=SHOP % ", reply_to_solved: reopen", brand="team: shop, reply_to_solved: follow_up")
    number = solved(house)
    assert house.say(number, "Still dark.") == number


def test_reopen_opens_a_closed_ticket_too(ruled: Ruled) -> None:
    house = ruled(teams=SHOP % ", reply_to_solved: reopen", brand="team: shop")
    number = solved(house)
    close(house)
    house.say(number, "Thank you!")
    assert house.ticket(number).status == "closed"
    assert house.say(number, "Dark again.") == number
    ticket = house.ticket(number)
    assert (ticket.status, ticket.closed_at, ticket.waiting_since) == ("open", None, house.now)
    assert "opens it again" in house.messages(number)[-1].trace["reason"]


def test_reopen_ends_with_the_reply_addresses(ruled: Ruled) -> None:
    house = ruled(teams=SHOP % ", reply_to_solved: reopen", brand="team: shop")
    number = solved(house)
    close(house)
    house.later(days=91)
    assert house.say(number, "Dark again.") == number + 1
    assert house.ticket(number).status == "closed"


@pytest.mark.parametrize("mode", ["reopen", "follow_up"])
def test_an_out_of_office_changes_nothing_in_any_mode(ruled: Ruled, mode: str) -> None:
    house = ruled(brand=f"reply_to_solved: {mode}")
    number = solved(house)
    note = {"headers": (("Auto-Submitted", "auto-replied"),)}
    for _ in range(2):
        before = house.ticket(number).status
        assert house.say(number, "I am out of the office until 20 March 2026.", **note) == number
        assert house.ticket(number).status == before
        close(house) if before == "solved" else None
    with house.database.read() as connection:
        assert connection.execute(select(timers)).first() is None
    assert house.now - timedelta(days=6) < house.ticket(number).closed_at
