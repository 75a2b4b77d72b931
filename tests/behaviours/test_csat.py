"""When customers are asked how they were served, and who is not."""

import re

import pytest
from sqlalchemy import select

from gateway.store.schema import ratings, surveys
from gateway.threading.model import Status
from tests.behaviours.conftest import House
from tests.support.notices import body, parsed

ON = "csat: {enabled: true%s}\nweb: {base_url: 'https://desk.example.com'}"
FRIDAY_EVENING = """\
calendars:
  - {id: seoul, time_zone: Asia/Seoul, hours: {mon-fri: ["09:00-18:00"]}}
"""


def answered(house: House, **of_mail: str) -> int:
    number = house.write(**of_mail)
    house.desk.reply(number, house.agent, "Please turn it on.")
    return number


def asked_about(house: House) -> list[int]:
    return [row.ticket_id for row in house.outbox("csat")]


def test_the_delay_can_count_working_hours(house: House) -> None:
    """Eight working hours after Thursday, 18:00 in Seoul: Friday, 17:00. Day and night it would be Friday, 02:00."""
    house.take_over(
        ON % ", delay_hours: 8, hours: business",
        brand="team: support",
        calendars=FRIDAY_EVENING,
        teams="teams: [{id: support, calendar: seoul}]",
    )
    number = answered(house)
    house.desk.reply(number, house.agent, "Done.", status=Status.SOLVED)
    house.follow()
    house.later(hours=22, minutes=59)
    house.follow()
    assert asked_about(house) == []
    house.later(minutes=1)
    house.follow()
    assert asked_about(house) == [number]


@pytest.mark.parametrize("threaded", [True, False])
def test_the_question_can_stand_in_the_mail_that_says_it_is_solved(house: House, threaded: bool) -> None:
    house.take_over(ON % ", with_solution: true")
    number = answered(house)
    house.later(minutes=1)
    house.desk.solve(number, house.agent)
    house.follow()
    (told,) = house.outbox("resolution")
    assert "How satisfied are you" in body(told.raw, "plain")
    assert len(set(re.findall(r"\?choice=(\d)", body(told.raw, "html")))) == 5
    assert parsed(told.raw)["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    with house.database.read() as connection:
        survey = connection.execute(select(surveys)).one()
    assert (survey.asked_at, survey.message_id) == (house.now, told.message_id)
    house.later(days=2)
    house.follow()
    assert asked_about(house) == [], "once"
    house.say(number, "4", headers=(("In-Reply-To", f"<{told.message_id}>"),) if threaded else ())
    assert house.ticket(number).status == "solved", "a number is an answer to the question, and opens nothing"
    with house.database.read() as connection:
        assert connection.execute(select(ratings.c.value)).scalar_one() == 4


def test_what_speaks_against_asking_counts_there_too(house: House) -> None:
    house.take_over(ON % ", with_solution: true")
    number = answered(house)
    house.desk.tag(number, house.agent, add=["no_csat"])
    house.desk.solve(number, house.agent)
    house.follow()
    (told,) = house.outbox("resolution")
    assert "How satisfied" not in body(told.raw, "plain")
    assert parsed(told.raw)["List-Unsubscribe"] is None
    reasons = [it.data["reason"] for it in house.events(number, "suppressed") if it.data["notice"] == "csat"]
    assert reasons == ["csat_tags"]
    house.later(days=2)
    house.follow()
    assert asked_about(house) == []


def test_a_ticket_solved_with_an_answer_is_asked_about_later(house: House) -> None:
    """There is no mail that says so beside the answer, so the question has its own."""
    house.take_over(ON % ", with_solution: true")
    number = house.write()
    house.desk.reply(number, house.agent, "Done.", status=Status.SOLVED)
    house.follow()
    assert not house.outbox("resolution")
    house.later(days=1)
    house.follow()
    assert asked_about(house) == [number]


@pytest.mark.parametrize("tag", ["no_csat", "other"])
def test_an_organisation_can_be_left_out_by_its_tag(house: House, tag: str) -> None:
    organization = f"{{id: acme, name: Acme, domains: [customer.example], tags: [{tag}]}}"
    house.take_over(ON % "", organizations=f"organizations: [{organization}]")
    number = answered(house)
    house.desk.reply(number, house.agent, "Done.", status=Status.SOLVED)
    house.follow()
    house.later(days=1)
    house.follow()
    assert asked_about(house) == ([] if tag == "no_csat" else [number])


def test_a_number_in_answer_to_a_mail_that_did_not_ask_is_a_reply(house: House) -> None:
    house.take_over(ON % "")
    number = answered(house)
    house.desk.solve(number, house.agent)
    house.follow()
    house.later(days=1)
    house.follow()
    assert asked_about(house) == [number]
    (told,) = house.outbox("resolution")
    house.say(number, "4", headers=(("In-Reply-To", f"<{told.message_id}>"),))
    with house.database.read() as connection:
        assert connection.execute(select(ratings.c.value)).all() == []
    assert house.ticket(number).status == "open"
