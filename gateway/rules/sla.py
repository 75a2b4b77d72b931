"""What was promised, and until when: the clocks of a service level, from what happened on a ticket. Pure.

Every clock is worked out from the whole history, so that a mail that was read again, a moved calendar or a changed policy gives the
right deadline and nothing has to be corrected. Time is business time of the policy's calendar (``gateway.rules.calendar``).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from gateway.rules.calendar import Calendar, advance, elapsed


class Metric(StrEnum):
    """What is measured. docs/rules.md says the same to admins."""

    FIRST_REPLY = "first_reply"  # the customer's first word to our first public word
    NEXT_REPLY = "next_reply"  # later on: the customer's oldest unanswered word to our next public word
    UPDATE = "update"  # our last public word to our next one, while the ticket is not solved
    WAIT = "wait"  # all the time that the customer waits for somebody else than themselves
    RESOLUTION = "resolution"  # from the first word until solved


class Speaker(StrEnum):
    CUSTOMER = "customer"
    AGENT = "agent"


@dataclass(frozen=True, slots=True)
class Word:
    """A public word. Acknowledgements and machines' mail are none."""

    at: datetime
    by: Speaker


@dataclass(frozen=True, slots=True)
class Phase:
    """From here on the ticket is in a status with these properties."""

    at: datetime
    runs: bool  # the status lets the service level's clocks run
    customer_waits: bool  # for us or for a third party
    solved: bool = False


Happening = Word | Phase


@dataclass(frozen=True, slots=True)
class Policy:
    """What is promised to a ticket with its present priority."""

    id: str
    calendar: Calendar
    targets: Mapping[Metric, timedelta]  # business time; metrics without a target have no clock
    warn_before: timedelta = timedelta(minutes=15)  # business time before the target


@dataclass(frozen=True, slots=True)
class Clock:
    """One promise. NEXT_REPLY and UPDATE have a clock for each round."""

    metric: Metric
    round: int  # from 1
    started_at: datetime
    target: timedelta
    spent: timedelta  # business time until ``counted_until``
    counted_until: datetime  # the last moment at which the clock was started, paused or stopped
    running: bool
    stopped_at: datetime | None  # answered or solved: nothing more to come
    warn_at: datetime | None  # None where the clock does not run, or will never get there
    due_at: datetime | None  # likewise; may lie in the past

    def is_met(self) -> bool:
        return self.stopped_at is not None and self.spent <= self.target

    def is_breached(self, now: datetime) -> bool:
        """More than the target was spent. A running clock is past its ``due_at``."""
        if self.running:
            return self.due_at is not None and now > self.due_at
        return self.spent > self.target


@dataclass(slots=True)
class _Stopwatch:
    policy: Policy
    metric: Metric
    round: int
    started_at: datetime
    spent: timedelta = timedelta()
    since: datetime | None = None
    counted_until: datetime = field(init=False)

    def __post_init__(self) -> None:
        self.counted_until = self.started_at

    def turn(self, at: datetime, *, on: bool) -> None:
        if on and self.since is None:
            self.since = self.counted_until = at
        elif not on and self.since is not None:
            self.spent += elapsed(self.policy.calendar, self.since, at)
            self.since, self.counted_until = None, at

    def clock(self, stopped_at: datetime | None = None) -> Clock:
        target = self.policy.targets[self.metric]
        due = warn = None
        if self.since is not None and stopped_at is None:
            due = self._at(target)
            warn = self._at(max(target - self.policy.warn_before, timedelta()))
        return Clock(
            self.metric,
            self.round,
            self.started_at,
            target,
            self.spent,
            self.counted_until,
            running=self.since is not None,
            stopped_at=stopped_at,
            warn_at=warn,
            due_at=due,
        )

    def _at(self, amount: timedelta) -> datetime | None:
        """When so much will have been spent. The past is possible: a priority that was raised shortens the promise."""
        assert self.since is not None
        if amount > self.spent:
            return advance(self.policy.calendar, self.since, amount - self.spent)
        return self.since


def clocks(policy: Policy, history: Iterable[Happening]) -> tuple[Clock, ...]:
    """All clocks of a ticket, those that stopped too, in the order in which they began.

    ``history`` in order of time; a ticket begins open and with clocks running until a Phase says otherwise.
    """
    keeper = _Keeper(policy)
    for happening in history:
        keeper.take(happening)
    return tuple(sorted((*keeper.done, *(watch.clock() for watch in keeper.running.values())), key=_order))


def _order(clock: Clock) -> tuple[datetime, int, int]:
    return clock.started_at, tuple(Metric).index(clock.metric), clock.round


class _Keeper:
    """Walks through the history with one stopwatch a metric at most."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self.running: dict[Metric, _Stopwatch] = {}
        self.done: list[Clock] = []
        self._rounds: dict[Metric, int] = {}
        self._phase = Phase(datetime.min.replace(tzinfo=UTC), runs=True, customer_waits=True)
        self._answered = False
        self._began = False

    def take(self, happening: Happening) -> None:
        if isinstance(happening, Word):
            self._word(happening)
        else:
            self._phase = happening
            if happening.solved:
                for metric in Metric:
                    self._stop(metric, happening.at)
            elif self._began:
                self._resume_whole(happening.at)
        self._turn(happening.at)

    def _word(self, word: Word) -> None:
        at = word.at
        if not self._began:
            self._began = True
            self._resume_whole(at)
        if word.by is Speaker.CUSTOMER:
            metric = Metric.NEXT_REPLY if self._answered else Metric.FIRST_REPLY
            if not self._phase.solved:
                self._start(metric, at)
            return
        self._answered = True
        self._stop(Metric.FIRST_REPLY, at)
        self._stop(Metric.NEXT_REPLY, at)
        self._stop(Metric.UPDATE, at)
        if not self._phase.solved:
            self._start(Metric.UPDATE, at)

    def _resume_whole(self, at: datetime) -> None:
        """The two that measure the whole ticket go on where they stopped when it is opened again."""
        for metric in (Metric.WAIT, Metric.RESOLUTION):
            earlier = next((clock for clock in self.done if clock.metric is metric), None)
            if earlier is None:
                self._start(metric, at)
                continue
            self.done.remove(earlier)
            self.running[metric] = _Stopwatch(self.policy, metric, 1, earlier.started_at, spent=earlier.spent)

    def _start(self, metric: Metric, at: datetime) -> None:
        if metric not in self.policy.targets or metric in self.running:
            return
        self._rounds[metric] = self._rounds.get(metric, 0) + 1
        self.running[metric] = _Stopwatch(self.policy, metric, self._rounds[metric], at)

    def _stop(self, metric: Metric, at: datetime) -> None:
        watch = self.running.pop(metric, None)
        if watch is not None:
            watch.turn(at, on=False)
            self.done.append(watch.clock(stopped_at=at))

    def _turn(self, at: datetime) -> None:
        for metric, watch in self.running.items():
            on = self._phase.customer_waits if metric is Metric.WAIT else self._phase.runs
            watch.turn(at, on=on and not self._phase.solved)
