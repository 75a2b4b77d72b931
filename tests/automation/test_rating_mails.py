"""Answers to a survey by mail: to an address of their own, and in plain words; over the real pipeline."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select, update

from gateway.store.database import Database
from gateway.store.schema import contacts, ratings, surveys, tickets
from gateway.store.tickets import add_participant, ensure_contact
from gateway.threading.model import Status
from gateway.threading.tokens import reply_address
from tests.automation.conftest import GATEWAY, House
from tests.support.accepted import mail
from tests.support.notices import body, parsed
from tests.support.office import KEYRING

Ruled = Callable[..., House]
CUSTOMER = "Hong <hong@customer.example>"
ON = GATEWAY + "csat: {enabled: true}\n"


@pytest.fixture
def database(sqlite_database: Database) -> Database:
    """One engine: what is written here, test_surveys.py writes on both."""
    return sqlite_database


@pytest.fixture
def asked(ruled: Ruled) -> House:
    """Ticket 1 was answered, solved, and is asked about; there is no web page."""
    house = ruled(gateway=ON)
    number = house.write(message_id="first@customer.example")
    house.office.desk.reply(number, house.office.agent, "Turn it on.", status=Status.SOLVED)
    house.follow()
    house.office.later(days=1)
    house.follow()
    assert len(house.office.outbox("csat")) == 1
    return house


def survey(house: House) -> Any:
    return house.office.outbox("csat")[-1]


def mailbox(house: House, value: int) -> str:
    """The address of one answer, as the text part names it."""
    places: list[tuple[str, str]] = re.findall(
        r"^(\d)  .*\n   (reply\+[a-z2-7]{40}@\S+)$", body(survey(house).raw, "plain"), re.MULTILINE
    )
    return dict(places)[str(value)]


def answer(house: House, text: str, *, sender: str = CUSTOMER, direct: bool = True, **more: Any) -> Any:
    """A reply to the survey, as a mail program makes it; ``direct`` false: one that loses In-Reply-To."""
    sent = parsed(survey(house).raw)
    headers = (("In-Reply-To", sent["Message-ID"]), ("References", f"{sent['References']} {sent['Message-ID']}"))
    to = sent["Reply-To"]
    return house.office.take(
        mail(text, sender=sender, to=to, subject=f"Re: {sent['Subject']}", headers=headers if direct else (), **more),
        to=(to,),
    )


def rating(house: House) -> Any:
    with house.office.database.read() as connection:
        return connection.execute(select(ratings)).one_or_none()


@pytest.mark.parametrize("direct", [True, False], ids=["threaded", "without In-Reply-To"])
@pytest.mark.parametrize(
    ("text", "value"),
    [("5", 5), ("좋아요", 4), ("최악이에요", 1), ("👍", 5), ("良かったです", 4), ("great, thanks", 5)],
)
def test_a_plain_answer_is_a_rating_and_leaves_the_ticket_solved(
    asked: House, text: str, value: int, direct: bool
) -> None:
    row = answer(asked, text, direct=direct)
    asked.follow()
    assert (row.fate, row.ticket_id) == ("silent", 1)
    assert asked.office.ticket(1).status == "solved"
    assert (rating(asked).value, rating(asked).via, rating(asked).comment) == (value, "reply", "")
    (event,) = asked.office.events(1, "rated")
    assert event.actor == "hong@customer.example"
    assert asked.office.messages(1)[-1].kind == "rating"
    assert asked.office.messages(1)[-1].public is False
    assert not asked.office.events(1, "machine_mail")


def test_the_reason_stands_in_the_trace(asked: House) -> None:
    answer(asked, "4")
    trace = asked.office.messages(1)[-1].trace
    assert trace["reason"] == "an answer to the survey about ticket 1"
    assert trace["steps"][-1]["evidence"] == "answer 4 of 5"


def test_quotes_and_signatures_are_no_part_of_it(asked: House) -> None:
    quoted = "\n".join(f"> {line}" for line in body(survey(asked).raw, "plain").splitlines())
    answer(asked, f"3\n\nSent from my iPhone\n\nOn Fri, 6 Mar 2026 at 09:00, Example Support wrote:\n{quoted}")
    assert rating(asked).value == 3


def test_praise_is_a_comment(asked: House) -> None:
    answer(asked, "5 - quick and friendly")
    assert asked.office.ticket(1).status == "solved"
    assert (rating(asked).value, rating(asked).comment) == (5, "quick and friendly")


def test_a_question_beside_the_rating_opens_the_ticket_again(asked: House) -> None:
    row = answer(asked, "4\n\nWhere is my invoice?")
    assert row.fate == "appended"
    assert asked.office.ticket(1).status == "open"
    assert (rating(asked).value, rating(asked).comment) == (4, "Where is my invoice?")
    assert asked.office.messages(1)[-1].kind == "mail"


@pytest.mark.parametrize(
    "text", ["5 more questions", "It still fails", "5월 3일에 주문했습니다", "Order 5", "1. dark\n2. loud"]
)
def test_other_words_are_a_reply_like_any(asked: House, text: str) -> None:
    assert answer(asked, text).fate == "appended"
    assert asked.office.ticket(1).status == "open"
    assert rating(asked) is None


def test_a_number_is_no_rating_where_it_answers_something_else(asked: House) -> None:
    asked.office.desk.reply(1, asked.office.agent, "How many do you have?")
    assert answer(asked, "5", direct=False).fate == "appended"
    assert rating(asked) is None


def test_a_closed_ticket_gets_its_rating_and_no_follow_up(asked: House) -> None:
    with asked.office.database.write() as connection:
        connection.execute(update(tickets).values(status="closed", closed_at=asked.office.now))
    asked.office.later(days=9)
    row = answer(asked, "2")
    assert (row.fate, row.ticket_id) == ("silent", 1)
    assert rating(asked).value == 2
    row = answer(asked, "1\n\nStill dark.")
    assert (row.fate, row.ticket_id) == ("follow_up", 2)
    assert (rating(asked).value, rating(asked).comment) == (1, "Still dark.")


def test_another_answer_is_another_rating_and_the_same_one_is_not(asked: House) -> None:
    answer(asked, "2")
    answer(asked, "2")
    asked.office.later(hours=1)
    answer(asked, "4")
    assert [event.data["value"] for event in asked.office.events(1, "rated")] == [2, 4]
    assert [(it["value"], it["via"]) for it in rating(asked).history] == [(2, "reply")]


def test_after_the_window_an_answer_is_kept_and_not_counted(asked: House) -> None:
    asked.office.later(days=28, seconds=1)
    assert answer(asked, "5").fate == "silent"
    assert rating(asked) is None
    (ignored,) = asked.office.events(1, "rating_ignored")
    assert ignored.data["why"] == "the time for answers is over"


def test_somebody_elses_answer_is_none(asked: House) -> None:
    assert answer(asked, "5", sender="Mum <mum@customer.example>").fate == "join_request"
    assert rating(asked) is None


def test_another_participant_does_not_rate_for_the_requester(asked: House) -> None:
    with asked.office.database.write() as connection:
        mum = ensure_contact(connection, "mum@customer.example", name="Mum", language="en", now=asked.office.now)
        person = add_participant(connection, 1, mum.id, "cc", asked.office.now)
    own = reply_address(
        KEYRING,
        local="reply",
        domain="reply.example.com",
        ticket=1,
        participant=person,
        expires=asked.office.now.date(),
    )
    headers = (("In-Reply-To", parsed(survey(asked).raw)["Message-ID"]),)
    row = asked.office.take(mail("5", sender="Mum <mum@customer.example>", to=own, headers=headers), to=(own,))
    assert row.fate == "appended"
    assert rating(asked) is None


def test_machines_do_not_rate(asked: House) -> None:
    sent = parsed(survey(asked).raw)
    headers = (("In-Reply-To", sent["Message-ID"]), ("Auto-Submitted", "auto-replied"))
    asked.office.take(mail("5", sender=CUSTOMER, to=sent["Reply-To"], headers=headers), to=(sent["Reply-To"],))
    asked.office.take(mail("", sender=CUSTOMER, headers=headers), to=(mailbox(asked, 5),))
    assert rating(asked) is None
    assert [event.data["why"] for event in asked.office.events(1, "rating_ignored")] == ["a machine wrote the mail"]


@pytest.mark.parametrize(("text", "comment"), [("", ""), ("thank you", ""), ("It was slow.", "It was slow.")])
def test_an_empty_mail_to_the_address_of_an_answer(asked: House, text: str, comment: str) -> None:
    row = asked.office.take(mail(text, sender=CUSTOMER, to=mailbox(asked, 2), subject="2/5"), to=(mailbox(asked, 2),))
    assert (row.fate, row.ticket_id) == ("silent", 1)
    assert asked.office.ticket(1).status == "solved"
    assert (rating(asked).value, rating(asked).via, rating(asked).comment) == (2, "mail", comment)


def test_the_address_is_the_whole_proof_and_a_forged_one_is_none(asked: House) -> None:
    good = mailbox(asked, 1)
    asked.office.take(mail("x", sender="other@customer.example"), to=(good,))
    assert rating(asked).value == 1
    forged = good.replace(good[10:12], "aa" if good[10:12] != "aa" else "bb")
    assert asked.office.take(mail("", sender=CUSTOMER), to=(forged,)).fate != "silent"
    assert len(asked.office.events(1, "rated")) == 1


def test_our_own_people_do_not_rate(asked: House) -> None:
    asked.office.take(mail("", sender="Lee <lee@example.com>"), to=(mailbox(asked, 5),))
    assert rating(asked) is None
    assert [event.data["why"] for event in asked.office.events(1, "rating_ignored")] == ["our own people do not rate"]


@pytest.mark.parametrize("way", ["reply", "mail"])
def test_no_more_surveys(asked: House, way: str) -> None:
    if way == "reply":
        row = answer(asked, "no more surveys")
    else:
        (stop,) = re.findall(r"<mailto:(reply\+[a-z2-7]{40}@\S+?)\?", parsed(survey(asked).raw)["List-Unsubscribe"])
        row = asked.office.take(mail("", sender=CUSTOMER, subject="unsubscribe"), to=(stop,))
    assert row.fate == "silent"
    assert asked.office.ticket(1).status == "solved"
    with asked.office.database.read() as connection:
        assert connection.execute(select(contacts.c.no_surveys_at)).scalars().all() == [asked.office.now]
    assert [event.data["how"] for event in asked.office.events(1, "no_surveys")] == [way]


def test_a_rating_after_a_merge_stays_with_what_it_is_about(asked: House) -> None:
    other = asked.write("Another", sender="other@customer.example", subject="Another", message_id="o@customer.example")
    asked.office.desk.merge(1, other, asked.office.agent)
    row = asked.office.take(mail("", sender=CUSTOMER), to=(mailbox(asked, 4),))
    assert row.ticket_id == other
    assert rating(asked).ticket_id == 1
    with asked.office.database.read() as connection:
        assert connection.execute(select(surveys.c.ticket_id)).scalars().all() == [1]
