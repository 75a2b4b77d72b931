"""Which acknowledgement fits the moment, and until when we answer. Pure; the reason ends in the trace."""

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone, tzinfo

from gateway.notify.lifecycle import Situation
from gateway.rules.calendar import Calendar, advance, holiday_at, is_open, next_opening

_STEP = timedelta(minutes=5)  # "by 14:37" would sound like a machine
_NAMELESS = "closed"  # what a calendar calls a closed day without a name
_FARTHEST = timedelta(hours=14)  # of all time zones
_QUARTER = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Circumstances:
    """Everything that the choice depends on."""

    now: datetime
    calendar: Calendar  # of those who answer
    is_vip: bool = False  # proven: a forger must not learn who is important
    waiting: int = 0  # tickets of the team that wait for us, this one not counted
    overload_from: int | None = None
    overload_within: timedelta | None = None
    promise: timedelta | None = None  # the first reply, in time of ...
    promise_calendar: Calendar | None = None
    says_situations: bool = True


@dataclass(frozen=True, slots=True)
class Choice:
    """What to say. ``holiday`` is a name in the calendar's own language."""

    situation: Situation
    promised_at: datetime | None
    holiday: str
    opens_at: datetime | None
    reason: str


def choose(case: Circumstances) -> Choice:
    """Closed comes before all else, for it is what explains the wait; important customers are never told of a queue."""
    situation, reason = _situation(case)
    promised_at = _promised_at(case, situation)
    closed = situation in (Situation.HOLIDAY, Situation.AFTER_HOURS)
    opens_at = next_opening(case.calendar, case.now) if closed else None
    holiday = holiday_at(case.calendar, case.now) if situation is Situation.HOLIDAY else None
    if promised_at is not None:
        reason += f"; an answer is promised until {promised_at:%Y-%m-%d %H:%M} UTC"
    return Choice(situation, promised_at, "" if holiday in (None, _NAMELESS) else str(holiday), opens_at, reason)


def _situation(case: Circumstances) -> tuple[Situation, str]:
    if case.says_situations and holiday_at(case.calendar, case.now) is not None:
        return Situation.HOLIDAY, f"the calendar {case.calendar.id} is closed all day"
    if case.says_situations and not is_open(case.calendar, case.now):
        return Situation.AFTER_HOURS, f"the calendar {case.calendar.id} is closed now"
    if case.says_situations and case.is_vip:
        return Situation.VIP, "an important customer"
    if case.overload_from is not None and case.waiting >= case.overload_from:
        return Situation.OVERLOAD, f"{case.waiting} tickets or more wait for an answer"
    return Situation.USUAL, "a mail like any other"


def _promised_at(case: Circumstances, situation: Situation) -> datetime | None:
    if case.promise is None:
        return None
    calendar = case.promise_calendar or case.calendar
    due = advance(calendar, case.now, case.promise)
    if due is None:
        return None
    if situation is Situation.OVERLOAD:
        longer = None if case.overload_within is None else advance(case.calendar, case.now, case.overload_within)
        if longer is None:
            return None  # the usual time will not be kept, and nobody named another
        due = max(due, longer)
    rounded = due - timedelta(seconds=due.timestamp() % _STEP.total_seconds())
    return rounded if rounded > case.now else due


def promise_again(calendar: Calendar, now: datetime, promise: timedelta) -> datetime | None:
    """A new time for an answer that is late: as long again from now on."""
    due = advance(calendar, now, promise)
    return None if due is None else due - timedelta(seconds=due.timestamp() % _STEP.total_seconds())


def zone_of(written_at: datetime | None, brand: tzinfo) -> tzinfo:
    """The customer's time zone: what their own clock said in Date. Where that says nothing (UTC is what servers write), the brand's."""
    offset = written_at.utcoffset() if written_at is not None else None
    if written_at is None or not offset or abs(offset) > _FARTHEST or offset % _QUARTER:
        return brand
    return brand if written_at.astimezone(brand).utcoffset() == offset else timezone(offset)
