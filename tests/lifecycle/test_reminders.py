"""Customers who do not answer: reminded twice, then let go; never a mail too many."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.config.mistakes import ConfigurationError
from gateway.rules.calendar import ALWAYS
from gateway.rules.reminders import Done, Plan, due_at, solves, step_now
from gateway.store.schema import timers
from gateway.threading.model import Status
from tests.lifecycle.conftest import House
from tests.support.accepted import mail
from tests.support.notices import body

Ruled = Callable[..., House]
ON = "reminders: {enabled: true}"
SOLVING = "reminders: {enabled: true, solve_after: 7d}"


def asked(house: House, **of_mail: str) -> int:
    number = house.write(**of_mail)
    house.desk.reply(number, house.agent, "Is it plugged in?")
    house.follow()
    return number


def reminded(house: House) -> int:
    return len(house.outbox("reminder"))


def test_off_unless_switched_on(house: House) -> None:
    asked(house)
    house.later(days=10)
    house.follow()
    assert (reminded(house), house.rows(timers)) == (0, [])


def test_after_a_day_and_after_three_and_no_more(ruled: Ruled) -> None:
    house = ruled(gateway=ON)
    number = asked(house)
    for hours, count in ((23, 0), (1, 1), (1, 1), (46, 1), (1, 2), (500, 2)):
        house.later(hours=hours)
        house.follow()
        house.follow()
        assert reminded(house) == count
    assert house.ticket(number).status == "pending"
    assert [event.data["step"] for event in house.events(number, "reminded")] == [1, 2]
    (first, _) = house.outbox("reminder")
    assert first.recipient == "hong@customer.example"
    said = body(first.raw, "plain")
    assert "have not heard from you since" in said
    assert "mark the request as solved" not in said


def test_the_last_one_says_until_when_and_then_it_is_solved(ruled: Ruled) -> None:
    house = ruled(gateway=SOLVING)
    number = asked(house)
    house.later(hours=24)
    house.follow()
    house.later(hours=48)
    house.follow()
    first, last = house.outbox("reminder")
    assert "we will mark the request as solved" not in body(first.raw, "plain")
    assert "by Thursday, 12 March 2026, 18:00 (UTC+9), we will mark" in body(last.raw, "plain")
    house.later(hours=95, minutes=59)
    house.follow()
    assert house.ticket(number).status == "pending"
    house.later(minutes=1)
    house.follow()
    assert house.ticket(number).status == "solved"
    (notice,) = house.outbox("resolution")
    assert "As we have not heard from you" in body(notice.raw, "plain")
    assert house.events(number, "status")[-1].data["why"] == "no word from the customer since 2026-03-05 09:00 UTC"
    house.say(number, "Sorry, I was away. It is plugged in.")
    assert house.ticket(number).status == "open"


@pytest.mark.parametrize("who", ["customer", "agent", "status"])
def test_any_word_stops_it(ruled: Ruled, who: str) -> None:
    house = ruled(gateway=ON)
    number = asked(house)
    house.later(hours=20)
    if who == "customer":
        house.say(number, "It is.")
    elif who == "agent":
        house.desk.reply(number, house.agent, "Any news?")
    else:
        house.desk.set_status(number, Status.ON_HOLD, house.agent)
    house.follow()
    house.later(hours=5)
    house.follow()
    assert reminded(house) == 0
    house.later(hours=19)
    house.follow()
    assert reminded(house) == (1 if who == "agent" else 0), "an agent's word begins the count anew"


def test_a_word_that_nobody_has_followed_yet_stops_it_too(ruled: Ruled) -> None:
    house = ruled(gateway=ON)
    number = asked(house)
    house.later(hours=25)
    house.say(number, "It is.")
    house.follow()
    assert reminded(house) == 0


def test_an_absence_note_does_not_stop_it(ruled: Ruled) -> None:
    house = ruled(gateway=ON)
    number = asked(house)
    house.say(number, "I am away.", headers=(("Auto-Submitted", "auto-replied"),))
    house.later(hours=24)
    house.follow()
    assert reminded(house) == 1


def test_a_ticket_that_waits_without_a_word_of_ours_is_left_alone(ruled: Ruled) -> None:
    house = ruled(gateway=ON)
    number = house.write()
    house.desk.set_status(number, Status.PENDING, house.agent)
    house.follow()
    house.later(days=3)
    house.follow()
    assert reminded(house) == 0


def test_a_week_of_downtime_brings_one_mail_and_keeps_the_distance(ruled: Ruled) -> None:
    house = ruled(gateway=SOLVING)
    number = asked(house)
    house.later(days=8)
    house.follow()
    house.follow()
    assert reminded(house) == 1
    assert [event.data["step"] for event in house.events(number, "reminded")] == [2], (
        "the second says what the first would"
    )
    house.later(hours=95)
    house.follow()
    assert house.ticket(number).status == "pending", "nobody is solved right after a reminder"
    house.later(hours=1)
    house.follow()
    assert house.ticket(number).status == "solved"


def test_switched_on_later_it_reaches_tickets_that_wait_already(ruled: Ruled) -> None:
    house = ruled()
    asked(house)
    house.later(hours=30)
    house.take_over(gateway=ON)
    house.follow()
    house.follow()
    assert reminded(house) == 1
    house.take_over()
    house.later(days=3)
    house.follow()
    house.follow()
    assert reminded(house) == 1


def test_business_hours(ruled: Ruled) -> None:
    calendars = "calendars: [{id: office, time_zone: Asia/Seoul, hours: {mon-fri: ['09:00-19:00']}}]"
    house = ruled(
        gateway="reminders: {enabled: true, hours: business, after: [2h]}",
        calendars=calendars,
        teams="teams: [{id: shop, members: [lee@example.com], calendar: office}]",
        brand="team: shop",
    )
    house.later(days=1)  # Friday, 18:00 in Seoul
    asked(house)
    house.later(days=2)
    house.follow()
    assert reminded(house) == 0
    house.later(hours=16)  # Monday, 10:00
    house.follow()
    assert reminded(house) == 1


def test_machines_are_not_reminded_and_it_shows(ruled: Ruled) -> None:
    house = ruled(gateway=ON)
    number = int(house.take(mail("Order 17", headers=(("Auto-Submitted", "auto-generated"),))).ticket_id)
    house.desk.reply(number, house.agent, "Thanks.")
    house.follow()
    house.later(hours=24)
    house.follow()
    assert reminded(house) == 0
    assert house.events(number, "suppressed")[-1].data["reason"] == "machine_mail"


def test_two_nodes_remind_once(ruled: Ruled) -> None:
    house = ruled(gateway=ON)
    numbers = [asked(house, message_id=f"m{k}@customer.example", sender=f"p{k}@customer.example") for k in range(12)]
    house.later(hours=24)
    other = type(house.automaton)(house.database, lambda: house.office, lambda: house.now)
    house.follow()
    other.once()
    assert reminded(house) == len(numbers)


@pytest.mark.parametrize(
    ("written", "wrong"),
    [
        ("{after: [72h, 24h]}", "`24h` must be later than `72h`"),
        ("{solve_after: 48h}", "`48h` must be later than `72h`"),
        ("{enabled: true, after: []}", "nothing would ever happen"),
    ],
)
def test_mistakes_are_told(house: House, written: str, wrong: str) -> None:
    with pytest.raises(ConfigurationError, match=wrong):
        house.take_over(gateway=f"reminders: {written}")


@given(
    gaps=st.lists(st.integers(1, 400), min_size=1, max_size=6),
    has_end=st.booleans(),
    delays=st.lists(st.integers(0, 2000), min_size=12, max_size=12),
)
def test_steps_rise_end_and_never_crowd(gaps: list[int], has_end: bool, delays: list[int]) -> None:
    """Whenever the clockwork comes to it: each step at most once, in order, the solution last and not before its time after a mail."""
    asked_at = datetime(2026, 3, 5, 9, tzinfo=UTC)
    moments = [timedelta(hours=sum(gaps[: k + 1])) for k in range(len(gaps))]
    plan = Plan(ALWAYS, tuple(moments[:-1] if has_end else moments), moments[-1] if has_end else None)
    done = Done(0, asked_at)
    taken: list[Done] = []
    for delay in delays:
        planned = due_at(plan, asked_at, done)
        if planned is None:
            break
        now = planned + timedelta(hours=delay)
        step = step_now(plan, asked_at, done, now)
        assert done.step < step <= len(plan.steps)
        assert now >= asked_at + plan.steps[step - 1]
        if taken and solves(plan, step):
            assert now - taken[-1].at >= plan.steps[step - 1] - plan.steps[taken[-1].step - 1]
        assert not solves(plan, step) or step == done.step + 1 or not plan.after
        done = Done(step, now)
        taken.append(done)
    assert due_at(plan, asked_at, done) is None
