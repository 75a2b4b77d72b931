"""Who is asked how they were served, when, and who is not; over the real store on both engines."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from gateway.automation.worker import Automaton
from gateway.desk.ratings import Asked, Given, Outcome, decline, find_asked, rate
from gateway.store.schema import contacts, ratings, surveys
from gateway.threading.model import Status
from gateway.threading.survey_tokens import NO_SURVEYS, PAGE, read_survey
from tests.automation.conftest import GATEWAY, House
from tests.support.accepted import mail
from tests.support.notices import body, parsed
from tests.support.office import KEYRING

Ruled = Callable[..., House]

ON = GATEWAY + "csat: {enabled: true}\nweb: {base_url: 'https://desk.example.com'}\n"


def solved(house: House, text: str = "The lamp does not light up.", **of_mail: str) -> int:
    """A ticket that was answered and solved just now."""
    number = house.write(text, **of_mail)
    house.office.desk.reply(number, house.office.agent, "Turn it on.", status=Status.SOLVED)
    house.follow()
    return number


def survey_of(house: House, number: int) -> Any:
    with house.office.database.read() as connection:
        return connection.execute(select(surveys).where(surveys.c.ticket_id == number)).one_or_none()


def silence_of(house: House, number: int) -> str:
    """Why nobody was asked."""
    told = [it.data["reason"] for it in house.office.events(number, "suppressed") if it.data["notice"] == "csat"]
    return ", ".join(told)


def asked_of(house: House, number: int) -> Asked:
    with house.office.database.read() as connection:
        found = find_asked(connection, number, survey_of(house, number).participant_id)
    assert found is not None
    return found


def give(house: House, number: int, value: int, **more: str) -> Outcome:
    with house.office.database.write() as connection:
        asked = find_asked(connection, number, survey_of(house, number).participant_id)
        assert asked is not None
        given = Given(value, more.pop("via", "page"), **more)
        return rate(connection, house.office.office, asked, given, house.office.now)


def test_nobody_is_asked_unless_it_is_configured(ruled: Ruled) -> None:
    house = ruled(rules="events: []")
    number = solved(house)
    house.office.later(days=2)
    house.follow()
    assert survey_of(house, number) is None
    assert house.office.outbox("csat") == []


def test_a_day_after_it_was_solved_in_the_customers_thread(ruled: Ruled) -> None:
    house = ruled(gateway=ON)
    number = solved(house, message_id="first@customer.example")
    house.office.later(hours=23, minutes=59)
    house.follow()
    assert house.office.outbox("csat") == []
    house.office.later(minutes=1)
    house.follow()
    (sent,) = house.office.outbox("csat")
    message = parsed(sent.raw)
    assert (sent.recipient, sent.automatic, sent.ticket_id) == ("hong@customer.example", True, number)
    assert message["In-Reply-To"] == "<first@customer.example>"
    assert message["Auto-Submitted"] == "auto-generated"
    links = re.findall(r"https://desk\.example\.com/rate/([a-z2-7]{40})\?choice=(\d)", body(sent.raw, "plain"))
    assert [value for _, value in links] == ["5", "4", "3", "2", "1"]
    today = house.office.now.date()
    (participant,) = {survey_of(house, number).participant_id}
    page = read_survey(KEYRING, links[0][0], today=today + timedelta(days=28))
    assert page is not None
    assert (page.ticket, page.participant, page.choice) == (number, participant, PAGE)
    mailboxes = re.findall(r"mailto:reply\+([a-z2-7]{40})@reply\.example\.com", body(sent.raw, "html"))
    choices = [read_survey(KEYRING, token, today=today) for token in mailboxes]
    assert [it.choice for it in choices if it] == [5, 4, 3, 2, 1]
    stop = re.findall(r"/no-surveys/([a-z2-7]{40})>", message["List-Unsubscribe"])
    told = read_survey(KEYRING, stop[0], today=today + timedelta(days=300))
    assert told is not None
    assert told.choice == NO_SURVEYS
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert [event.data["notice"] for event in house.office.events(number, "notice")].count("csat") == 1


def test_once_a_ticket_whoever_looks_and_however_often(ruled: Ruled) -> None:
    house = ruled(gateway=ON)
    number = solved(house)
    house.office.later(days=1)
    house.follow()
    Automaton(house.office.database, lambda: house.office.office, lambda: house.office.now).once()
    house.reply(number, "It is broken again.")
    house.follow()
    house.office.desk.reply(number, house.office.agent, "A new one is on its way.", status=Status.SOLVED)
    house.follow()
    house.office.later(days=40)
    house.follow()
    assert len(house.office.outbox("csat")) == 1


def test_a_ticket_that_is_opened_again_is_asked_about_when_it_is_solved_again(ruled: Ruled) -> None:
    house = ruled(gateway=ON)
    number = solved(house)
    house.office.later(hours=20)
    house.reply(number)
    house.follow()
    assert survey_of(house, number).due_at is None
    house.office.later(hours=10)
    house.follow()
    assert house.office.outbox("csat") == []
    house.office.desk.reply(number, house.office.agent, "Now?", status=Status.SOLVED)
    house.follow()
    house.office.later(days=1)
    house.follow()
    assert len(house.office.outbox("csat")) == 1


def test_downtime_is_caught_up_with_but_nobody_is_asked_after_the_window(ruled: Ruled) -> None:
    house = ruled(gateway=ON)
    numbers = [solved(house, sender=f"p{k}@customer.example", message_id=f"m{k}@customer.example") for k in range(13)]
    house.office.later(days=7)
    house.follow()
    assert [row.ticket_id for row in house.office.outbox("csat")] == numbers
    late = solved(house, sender="late@customer.example")
    house.office.later(days=29)
    house.follow()
    assert len(house.office.outbox("csat")) == 13
    assert silence_of(house, late) == "csat_late"


def test_one_person_is_asked_once_in_thirty_days(ruled: Ruled) -> None:
    house = ruled(gateway=ON)
    first, second = solved(house), solved(house, "Another lamp.", subject="Another")
    house.office.later(days=1)
    house.follow()
    assert [row.ticket_id for row in house.office.outbox("csat")] == [first]
    assert silence_of(house, second) == "csat_lately"
    house.office.later(days=31)
    third = solved(house, "A third lamp.", subject="Third")
    house.office.later(days=1)
    house.follow()
    assert [row.ticket_id for row in house.office.outbox("csat")] == [first, third]


def _tag(house: House, number: int) -> None:
    house.office.desk.tag(number, house.office.agent, add=["no_csat"])


def _bounced(house: House, number: int) -> None:
    with house.office.database.write() as connection:
        connection.execute(update(contacts).values(undeliverable_at=house.office.now))


def _declined(house: House, number: int) -> None:
    with house.office.database.write() as connection:
        connection.execute(update(contacts).values(no_surveys_at=house.office.now))


def _merged(house: House, number: int) -> None:
    other = house.write("Another", sender="other@customer.example", subject="Another")
    house.office.desk.merge(number, other, house.office.agent)


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [(_tag, "csat_tags"), (_bounced, "undeliverable"), (_declined, "no_surveys"), (_merged, "merged")],
)
def test_who_is_not_asked(ruled: Ruled, spoil: Callable[[House, int], None], reason: str) -> None:
    house = ruled(gateway=ON)
    number = solved(house)
    spoil(house, number)
    house.office.later(days=1)
    house.follow()
    assert house.office.outbox("csat") == []
    assert silence_of(house, number) == reason
    assert survey_of(house, number).skipped == reason


def test_nobody_is_asked_about_what_nobody_answered(ruled: Ruled) -> None:
    house = ruled(gateway=ON)
    number = house.write()
    house.office.desk.solve(number, house.office.agent)
    house.follow()
    house.office.later(days=1)
    house.follow()
    assert silence_of(house, number) == "csat_unanswered"


def test_machines_are_not_asked(ruled: Ruled) -> None:
    house = ruled(gateway=ON)
    house.office.take(mail("Order 17", headers=(("Auto-Submitted", "auto-generated"),)))
    house.office.desk.reply(1, house.office.agent, "Thank you.", status=Status.SOLVED)
    house.follow()
    house.office.later(days=1)
    house.follow()
    assert silence_of(house, 1) == "machine_mail"


def test_only_tickets_with_a_tag(ruled: Ruled) -> None:
    house = ruled(gateway=ON.replace("enabled: true", "enabled: true, with_tags: [vip], person_days: 0"))
    plain, vip = solved(house), solved(house, "Another", subject="Another")
    house.office.desk.tag(vip, house.office.agent, add=["vip"])
    house.office.later(days=1)
    house.follow()
    assert [row.ticket_id for row in house.office.outbox("csat")] == [vip]
    assert silence_of(house, plain) == "csat_tags"


@pytest.mark.parametrize("wanted", ["true", "false"])
def test_a_rule_decides(ruled: Ruled, wanted: str) -> None:
    rules = f"events: [{{name: r, on: status, when: {{became: solved}}, then: {{csat: {wanted}}}}}]"
    brand = "csat: false, " if wanted == "true" else ""
    house = ruled(gateway=ON.replace("{id: example,", f"{{id: example, {brand}"), rules=rules)
    number = solved(house)
    house.office.later(days=1)
    house.follow()
    assert len(house.office.outbox("csat")) == (wanted == "true")
    assert silence_of(house, number) == ("" if wanted == "true" else "rule_off")


BAD = """\
events:
  - name: Bad ratings come back
    on: rated
    when: {rating: {under: 0.5}}
    then: {status: open, tags: [bad-rating], notify: [{to: lee@example.com, text: 'Ticket {ticket.number} was rated badly'}]}
"""


def test_a_bad_rating_opens_the_ticket_again_and_tells_the_lead(ruled: Ruled) -> None:
    house = ruled(gateway=ON, rules=BAD)
    number = solved(house)
    house.office.later(days=1)
    house.follow()
    assert give(house, number, 4) is Outcome.RECORDED
    house.follow()
    assert house.office.ticket(number).status == "solved"
    house.office.later(hours=1)
    assert give(house, number, 1, reason="unsolved", comment="Still dark.") is Outcome.CHANGED
    house.follow()
    assert house.office.ticket(number).status == "open"
    (told,) = [row for row in house.office.outbox("agent") if row.recipient == "lee@example.com"]
    assert f"Ticket {number} was rated badly" in body(told.raw, "plain")
    assert [event.data["value"] for event in house.office.events(number, "rated")] == [4, 1]


def test_a_rating_is_kept_with_what_it_was_before(ruled: Ruled) -> None:
    house = ruled(gateway=ON)
    number = solved(house)
    house.office.later(days=1)
    house.follow()
    assert give(house, number, 2, comment="Slow.") is Outcome.RECORDED
    assert give(house, number, 2) is Outcome.SAME, "an empty comment keeps the one that is there"
    assert give(house, number, 3) is Outcome.CHANGED
    with house.office.database.read() as connection:
        row = connection.execute(select(ratings)).one()
    assert (row.value, row.scale, row.score, row.comment, row.via) == (3, 5, 0.5, "Slow.", "page")
    assert [(it["value"], it["comment"]) for it in row.history] == [(2, "Slow.")]
    assert len(house.office.events(number, "rated")) == 2
    for value in (0, 6):
        with pytest.raises(ValueError, match="no answer"):
            give(house, number, value)
    with pytest.raises(ValueError, match="no reason"):
        give(house, number, 1, reason="nonsense")


def test_answers_count_for_the_window_and_changes_until_the_ticket_is_closed(ruled: Ruled) -> None:
    house = ruled(gateway=ON)
    number = solved(house)
    house.office.later(days=1)
    house.follow()
    with house.office.database.write() as connection:
        connection.execute(
            update(surveys.metadata.tables["tickets"]).values(status="closed", closed_at=house.office.now)
        )
    house.office.later(days=10)
    assert give(house, number, 5) is Outcome.RECORDED, "a first answer is taken as long as was promised"
    house.office.later(days=6)
    assert give(house, number, 4) is Outcome.CHANGED, "a wrong tap can be mended for a week"
    house.office.later(days=2)
    assert give(house, number, 1) is Outcome.OVER
    assert give(house, number, 4) is Outcome.SAME

    other = solved(house, sender="other@customer.example")
    house.office.later(days=1)
    house.follow()
    house.office.later(days=28, seconds=1)
    assert give(house, other, 5) is Outcome.OVER
    with house.office.database.read() as connection:
        assert connection.execute(select(ratings.c.ticket_id)).scalars().all() == [number]


def test_whoever_wants_no_surveys_says_it_once(ruled: Ruled) -> None:
    house = ruled(gateway=ON)
    number = solved(house)
    house.office.later(days=1)
    house.follow()
    for expected in (True, False):
        with house.office.database.write() as connection:
            assert decline(connection, asked_of(house, number), how="page", now=house.office.now) is expected
    assert len(house.office.events(number, "no_surveys")) == 1
