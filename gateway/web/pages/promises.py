"""What was promised on a ticket, as agents read it: how much is left, until when, and what was kept. Pure."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from gateway.config.sla import WrittenPolicy
from gateway.store.promise_views import PromiseRow, PromiseState
from gateway.web.words import word

NEAR = timedelta(hours=1)
"""A deadline closer than this is marked."""

_ALWAYS = "always"
_DAY, _HOUR, _MINUTE = 86400, 3600, 60


@dataclass(frozen=True, slots=True)
class Deadline:
    """The nearest promise of a ticket in a list."""

    text: str  # "3 h left", "20 min late": says without colour which of the two
    exact: str  # the moment in the brand's zone
    tone: str  # late, near, calm: the colour besides
    at: datetime


@dataclass(frozen=True, slots=True)
class Promise:
    """One promise on the page of its ticket."""

    name: str
    state: PromiseState
    state_name: str
    left: str  # "3 h left", "20 min late"; "" where the clock does not run
    due: str  # when; "" likewise
    target: str  # how much, and by which hours
    spent: str  # of what was stopped or paused


def span(seconds: int, language: str, *, days: bool = False) -> str:
    """A length of time for people, in the two largest units, minutes rounded up; ``days`` are 24 hours."""
    minutes = -(-max(seconds, 0) // _MINUTE) * _MINUTE
    units = [("span_days", _DAY)] if days and minutes >= 2 * _DAY else []
    units += [("span_hours", _HOUR), ("span_minutes", _MINUTE)]
    parts = []
    for key, length in units:
        count, minutes = divmod(minutes, length)
        if count:
            parts.append(word(language, key, count=count))
    return " ".join(parts[:2]) or word(language, "span_minutes", count=0)


def deadline(due_at: datetime, now: datetime, zone: ZoneInfo, language: str) -> Deadline:
    left = due_at - now
    is_late = left < timedelta()
    length = span(int(abs(left).total_seconds()), language, days=True)
    return Deadline(
        text=word(language, "due_late" if is_late else "due_left", span=length),
        exact=word(language, "due_title", when=moment(due_at, zone)),
        tone="late" if is_late else "near" if left < NEAR else "calm",
        at=due_at,
    )


def deadlines(now: datetime, zones: Mapping[str, ZoneInfo], language: str) -> Callable[[str, datetime], Deadline]:
    """A function of a ticket's brand and deadline for lists; ``zones`` by brand."""
    utc = ZoneInfo("UTC")
    return lambda brand, due_at: deadline(due_at, now, zones.get(brand, utc), language)


def moment(when: datetime, zone: ZoneInfo) -> str:
    """Day, minute and zone."""
    return f"{when.astimezone(zone):%Y-%m-%d %H:%M} ({zone.key})"


def shown(
    rows: Iterable[PromiseRow], policies: Iterable[WrittenPolicy], now: datetime, zone: ZoneInfo, language: str
) -> list[Promise]:
    """The last round of each metric, those that run first, the nearest of them on top."""
    calendars = {policy.id: policy.calendar for policy in policies}
    latest: dict[str, PromiseRow] = {}
    for row in rows:
        if row.metric not in latest or latest[row.metric].round < row.round:
            latest[row.metric] = row
    ordered = sorted(latest.values(), key=lambda row: (row.due_at is None, row.due_at or row.started_at))
    return [_promise(row, calendars.get(row.policy, _ALWAYS), now, zone, language) for row in ordered]


def _promise(row: PromiseRow, calendar: str, now: datetime, zone: ZoneInfo, language: str) -> Promise:
    state = row.state(now)
    name = word(language, f"promise_{row.metric}")
    always = calendar == _ALWAYS
    target = span(row.target_seconds, language, days=always)
    spent = ""
    if not row.running:
        spent = word(language, "promise_spent", spent=span(row.spent_seconds, language, days=always))
    due = ""
    if row.due_at is not None:
        key = "promise_was_due" if state is PromiseState.LATE else "promise_due"
        due = word(language, key, when=f"{row.due_at.astimezone(zone):%Y-%m-%d %H:%M}")
    return Promise(
        name=word(language, "promise_round", promise=name, round=row.round) if row.round > 1 else name,
        state=state,
        state_name=word(language, f"promise_state_{state}"),
        left=deadline(row.due_at, now, zone, language).text if row.due_at is not None else "",
        due=due,
        target=word(
            language,
            "promise_target_always" if always else "promise_target_business",
            target=target,
            calendar=calendar,
        ),
        spent=spent,
    )
