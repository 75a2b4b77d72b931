"""Figures of reports against a counter that asks every minute whose turn it is."""

import itertools
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.rules.calendar import ALWAYS
from gateway.rules.measures import Length, Measures, measure
from gateway.rules.sla import Happening, Phase, Speaker, Word
from tests.rules.test_sla import BERLIN, agent, at, customer, on_hold, opened, pending, solved

STEP = timedelta(minutes=1)


def measured(*story: Happening) -> Measures:
    found = measure(story, ALWAYS)
    assert found is not None
    return found


def hours(count: float) -> Length:
    return Length(timedelta(hours=count), timedelta(hours=count))


def test_a_ticket_from_first_word_to_last() -> None:
    found = measured(
        opened(0), customer(0), agent(1), pending(1), opened(3), customer(3), on_hold(4), opened(6), agent(7), solved(7)
    )
    assert found == Measures(
        first_reply=hours(1),
        first_resolution=hours(7),
        full_resolution=hours(7),
        requester_wait=hours(5),
        agent_work=hours(3),
        on_hold=hours(2),
        agent_wait=hours(2),
        replies=2,
        reopens=0,
        one_touch=False,
    )


def test_nothing_is_known_before_both_events_have_happened() -> None:
    found = measured(opened(0), customer(0))
    assert found == Measures(None, None, None, None, None, None, None, replies=0, reopens=0, one_touch=None)


def test_a_reopened_ticket_has_a_first_resolution_but_no_full_one() -> None:
    open_again = (opened(0), customer(0), agent(2), solved(2), opened(5), customer(5))
    found = measured(*open_again)
    assert (found.first_resolution, found.full_resolution, found.requester_wait) == (hours(2), None, None)
    assert (found.reopens, found.one_touch) == (1, None)
    found = measured(*open_again, agent(6), solved(6))
    assert (found.first_resolution, found.full_resolution) == (hours(2), hours(6))
    assert found.requester_wait == hours(3), "not while it was solved"
    assert found.one_touch is False


def test_closing_a_solved_ticket_solves_it_no_second_time() -> None:
    found = measured(opened(0), customer(0), agent(2), solved(2), solved(98))
    assert found.full_resolution == hours(2)
    assert found.one_touch is True


def test_our_own_first_word_answers_nobody() -> None:
    found = measured(opened(0), agent(0), customer(3), agent(5))
    assert found.first_reply == hours(2)
    assert found.replies == 2


def test_where_no_customer_wrote_there_is_nothing_to_measure() -> None:
    assert measure([opened(0), agent(1), solved(2)], ALWAYS) is None


_KINDS = (customer, agent, opened, pending, on_hold, solved)
STORIES = st.lists(st.tuples(st.integers(0, 240), st.sampled_from(_KINDS)), max_size=14).map(
    lambda steps: [opened(0), customer(0), *(kind(quarter / 4) for quarter, kind in sorted(steps, key=lambda s: s[0]))]
)


def counted(story: list[Happening], calendar: object) -> dict[str, int | None]:
    """Business minutes, the slow obvious way."""
    phases = [one for one in story if isinstance(one, Phase)]
    words = [one for one in story if isinstance(one, Word)]
    replies = [word.at for word in words if word.by is Speaker.AGENT]
    first = next(
        (word.at for place, word in enumerate(words) if word.by is Speaker.AGENT and place > words.index(customer(0))),
        None,
    )
    done = phases[-1].solved
    last_solved = None
    for before, after in itertools.pairwise(phases):
        if after.solved and not before.solved:
            last_solved = after.at
    turns = {"requester_wait": 0, "agent_work": 0, "on_hold": 0, "agent_wait": 0, "reply": 0, "full": 0}
    moment = at(0)
    while moment < story[-1].at:
        wall = moment.astimezone(BERLIN.zone)
        minute = wall.hour * 60 + wall.minute
        works = calendar is ALWAYS or any(a <= minute < b for a, b in BERLIN.hours_of(wall.date()))
        now = [phase for phase in phases if phase.at <= moment][-1]
        if works and not now.solved:
            turns["requester_wait"] += now.customer_waits
            turns["agent_work"] += now.customer_waits and now.runs
            turns["on_hold"] += now.customer_waits and not now.runs
            turns["agent_wait"] += not now.customer_waits
        turns["reply"] += works and first is not None and moment < first
        turns["full"] += works and last_solved is not None and moment < last_solved
        moment += STEP
    known = {name: turns[name] if done else None for name in ("requester_wait", "agent_work", "on_hold", "agent_wait")}
    known["first_reply"] = turns["reply"] if first is not None else None
    known["full_resolution"] = turns["full"] if done else None
    known["replies"] = len(replies)
    return known


@settings(max_examples=60, deadline=None)
@given(STORIES, st.sampled_from([ALWAYS, BERLIN]))
def test_as_a_counter_of_minutes_says(story: list[Happening], calendar: object) -> None:
    found = measure(story, calendar)  # type: ignore[arg-type]
    assert found is not None
    for name, minutes in counted(story, calendar).items():
        value = getattr(found, name)
        if isinstance(value, Length):
            assert value.business == timedelta(minutes=minutes or 0), name
            assert minutes is not None
        else:
            assert value == minutes, name
