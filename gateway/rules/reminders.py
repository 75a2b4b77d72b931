"""When is a silent customer reminded, and when is their ticket solved? Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from gateway.rules.calendar import Calendar, advance


@dataclass(frozen=True, slots=True)
class Plan:
    """Reminders and the solution, as time since the customer was asked."""

    calendar: Calendar  # in whose hours that time counts
    after: tuple[timedelta, ...]  # rising
    solve_after: timedelta | None  # later than all of them

    @property
    def steps(self) -> Sequence[timedelta]:
        return (*self.after, *((self.solve_after,) if self.solve_after is not None else ()))


@dataclass(frozen=True, slots=True)
class Done:
    """The last step that was taken."""

    step: int  # from 1; 0: none yet
    at: datetime


def due_at(plan: Plan, asked_at: datetime, done: Done) -> datetime | None:
    """When the next step is due; None where there is none. After a step that came late the next one keeps its distance to it."""
    if done.step >= len(plan.steps):
        return None
    since = plan.steps[done.step]
    planned = advance(plan.calendar, asked_at, since)
    if done.step == 0 or planned is None:
        return planned
    kept = advance(plan.calendar, done.at, since - plan.steps[done.step - 1])
    return None if kept is None else max(planned, kept)


def step_now(plan: Plan, asked_at: datetime, done: Done, now: datetime) -> int:
    """Which step is to be taken now, the next one being due: of reminders that were slept through only the last."""
    step = done.step + 1
    while step < len(plan.after):
        following = advance(plan.calendar, asked_at, plan.after[step])
        if following is None or following > now:
            break
        step += 1
    return step


def solves(plan: Plan, step: int) -> bool:
    """Whether the step is no reminder any more."""
    return step > len(plan.after)
