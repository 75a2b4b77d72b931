"""Deadlines against a counter that asks every minute who is waiting for whom."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.rules.calendar import ALWAYS, Calendar, elapsed
from gateway.rules.sla import Clock, Happening, Metric, Phase, Policy, Speaker, Word, clocks

BERLIN = Calendar("berlin", ZoneInfo("Europe/Berlin"), (*(((8 * 60, 17 * 60),),) * 5, ((0, 240),), ((0, 240),)))
BEFORE_CHANGE = datetime(2026, 3, 27, 6, tzinfo=UTC)  # clocks are moved on the 29th


def at(hours: float, start: datetime = BEFORE_CHANGE) -> datetime:
    return start + timedelta(hours=hours)


def customer(hours: float) -> Word:
    return Word(at(hours), Speaker.CUSTOMER)


def agent(hours: float) -> Word:
    return Word(at(hours), Speaker.AGENT)


def opened(hours: float) -> Phase:
    return Phase(at(hours), runs=True, customer_waits=True)


def pending(hours: float) -> Phase:
    return Phase(at(hours), runs=False, customer_waits=False)


def on_hold(hours: float) -> Phase:
    return Phase(at(hours), runs=False, customer_waits=True)


def solved(hours: float) -> Phase:
    return Phase(at(hours), runs=False, customer_waits=False, solved=True)


def policy(calendar: Calendar = ALWAYS, **hours: float) -> Policy:
    return Policy("p", calendar, {Metric(name): timedelta(hours=value) for name, value in hours.items()})


def one(metric: Metric, found: Sequence[Clock], round_: int = 1) -> Clock:
    return next(clock for clock in found if clock.metric is metric and clock.round == round_)


def test_first_reply_counts_from_the_oldest_unanswered_word() -> None:
    first = one(Metric.FIRST_REPLY, clocks(policy(first_reply=4), [customer(0), customer(3)]))
    assert (first.due_at, first.warn_at) == (at(4), at(3.75))
    assert not first.is_breached(at(4))
    assert first.is_breached(at(4.01))


def test_an_answer_stops_the_first_clock_and_the_next_word_starts_another() -> None:
    found = clocks(
        policy(first_reply=4, next_reply=2), [customer(0), agent(1), customer(5), customer(6), agent(8), customer(9)]
    )
    assert one(Metric.FIRST_REPLY, found).is_met()
    second = one(Metric.NEXT_REPLY, found)
    assert (second.started_at, second.spent, second.is_met()) == (at(5), timedelta(hours=3), False)
    assert one(Metric.NEXT_REPLY, found, 2).due_at == at(11)


def test_a_ticket_that_we_began_promises_no_first_reply() -> None:
    found = clocks(policy(first_reply=4, next_reply=2), [agent(0), customer(1)])
    assert [clock.metric for clock in found] == [Metric.NEXT_REPLY]


def test_pausing_stops_resolution_but_not_the_wait_for_a_third_party() -> None:
    found = clocks(policy(resolution=10, wait=10), [customer(0), on_hold(2), opened(5), pending(6), opened(8)])
    assert one(Metric.RESOLUTION, found).due_at == at(8 + 10 - 3)
    assert one(Metric.WAIT, found).due_at == at(8 + 10 - 6)


def test_a_reopened_ticket_goes_on_counting_where_it_was_solved() -> None:
    found = clocks(policy(resolution=10), [customer(0), solved(4), opened(20)])
    clock = one(Metric.RESOLUTION, found)
    assert (clock.started_at, clock.due_at, len(found)) == (at(0), at(26), 1)


def test_updates_are_due_while_the_ticket_is_not_solved() -> None:
    found = clocks(policy(update=24), [customer(0), agent(1), agent(10), solved(12)])
    assert [(clock.round, clock.spent, clock.stopped_at) for clock in found] == [
        (1, timedelta(hours=9), at(10)),
        (2, timedelta(hours=2), at(12)),
    ]


def test_a_raised_priority_can_be_late_at_once() -> None:
    clock = one(Metric.RESOLUTION, clocks(policy(resolution=1), [customer(0), pending(3), opened(4)]))
    assert clock.due_at == at(4)
    assert clock.is_breached(at(4.1))


def test_the_calendar_of_the_policy_counts() -> None:
    friday_evening = Word(datetime(2026, 3, 27, 15, 30, tzinfo=UTC), Speaker.CUSTOMER)  # half past four in Berlin
    clock = one(Metric.FIRST_REPLY, clocks(policy(BERLIN, first_reply=5), [friday_evening]))
    # Half an hour on Friday, four on Saturday night; Sunday's four hours begin as the clocks are moved, one is skipped.
    assert clock.due_at == datetime(2026, 3, 28, 23, 30, tzinfo=UTC)


@st.composite
def histories(draw: st.DrawFn) -> list[Happening]:
    moments = sorted(draw(st.lists(st.integers(0, 6000), min_size=1, max_size=12)))
    history: list[Happening] = []
    for index, minute in enumerate(moments):
        when = BEFORE_CHANGE + timedelta(minutes=minute)
        if index == 0 or draw(st.booleans()):
            history.append(Word(when, draw(st.sampled_from(Speaker))))
        else:
            make = draw(st.sampled_from((opened, pending, on_hold, solved)))
            history.append(make(minute / 60))
    return history


def counted(history: Sequence[Happening], calendar: Calendar, metric: Metric, now: datetime) -> tuple[int, bool] | None:
    """Minutes spent in the newest round by ``now`` and whether it still counts; None where the metric never began."""
    answered = unanswered = told = began = is_solved = False
    runs = waits = True
    left = list(history)
    spent: int | None = None
    counting = False
    moment = BEFORE_CHANGE
    while moment <= now:
        while left and left[0].at <= moment:
            happening = left.pop(0)
            if isinstance(happening, Word):
                began = True
                if happening.by is Speaker.CUSTOMER:
                    wanted = Metric.NEXT_REPLY if answered else Metric.FIRST_REPLY
                    if metric is wanted and not is_solved and not unanswered:
                        spent = 0
                    unanswered = unanswered or not is_solved
                else:
                    answered, unanswered, told = True, False, not is_solved
                    if metric is Metric.UPDATE and told:
                        spent = 0
            else:
                runs, waits, is_solved = happening.runs, happening.customer_waits, happening.solved
                if is_solved:
                    unanswered = told = False
            if metric in (Metric.RESOLUTION, Metric.WAIT) and began and not is_solved and spent is None:
                spent = 0
        if metric in (Metric.RESOLUTION, Metric.WAIT):
            counting = began and not is_solved and (waits if metric is Metric.WAIT else runs)
        elif metric is Metric.UPDATE:
            counting = told and runs
        else:
            counting = unanswered and runs and answered == (metric is Metric.NEXT_REPLY)
        if moment < now and counting and spent is not None:
            spent += elapsed(calendar, moment, moment + timedelta(minutes=1)) // timedelta(minutes=1)
        moment += timedelta(minutes=1)
    return None if spent is None else (spent, counting)


@pytest.mark.parametrize("metric", Metric)
@settings(max_examples=40, deadline=None)
@given(histories(), st.sampled_from((ALWAYS, BERLIN)), st.integers(1, 2000))
def test_clocks_are_what_a_minute_counter_counts(
    metric: Metric, history: list[Happening], calendar: Calendar, target: int
) -> None:
    found = [
        clock
        for clock in clocks(Policy("p", calendar, {metric: timedelta(minutes=target)}), history)
        if clock.metric is metric
    ]
    now = history[-1].at + timedelta(minutes=1500)
    expected = counted(history, calendar, metric, now)
    if expected is None:
        assert not found
        return
    spent, counting = expected
    clock = found[-1]
    until_now = elapsed(calendar, clock.counted_until, now) if clock.running else timedelta()
    assert clock.running == counting
    assert clock.spent + until_now == timedelta(minutes=spent)
    assert clock.is_breached(now) == (spent > target)
