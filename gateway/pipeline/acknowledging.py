"""What the acknowledgement of a new ticket says: gathered from the calendar, the promises, the queue and the customer's importance."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, func, insert, select

from gateway.config.model import Brand
from gateway.desk.office import Office
from gateway.desk.policies import policy_for
from gateway.mail.address import address_key, domain_of
from gateway.notify.lifecycle import Situation
from gateway.notify.moments import written_moment
from gateway.notify.notices import Acknowledgement
from gateway.notify.situation import Choice, Circumstances, choose, zone_of
from gateway.pipeline.details import asked_for
from gateway.pipeline.stages import Understood
from gateway.rules.calendar import ALWAYS
from gateway.rules.durations import parse_duration
from gateway.rules.sender_lists import Sender
from gateway.rules.sla import Metric
from gateway.rules.ticket import TicketFacts
from gateway.store.schema import tickets, timers
from gateway.store.tickets import GATEWAY, add_events
from gateway.threading.model import Status, Trust

DELAYED = "delayed"
"""Kind of the timer that runs out shortly before a promise to a customer does."""

_WAITING = (Status.NEW.value, Status.OPEN.value)


@dataclass(frozen=True, slots=True)
class Newcomer:
    """The new ticket, as far as it is known before it is written."""

    brand: Brand
    team: str | None
    priority: str
    tags: frozenset[str]
    requester: str
    language: str
    fields: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Said:
    """The acknowledgement, and what is to be remembered of it."""

    notice: Acknowledgement
    trace: dict[str, Any]
    until: datetime | None  # in the zone in which the customer is told
    warn_before: timedelta


def situation_of(connection: Connection, office: Office, new: Newcomer, understood: Understood, now: datetime) -> Said:
    """What to say to the requester at this moment."""
    settings = office.configuration.acknowledgements
    author = understood.message.author
    wrote_it = author is not None and address_key(author.address) == address_key(new.requester)
    proven = wrote_it and understood.trust >= Trust.FORWARDED
    is_vip = proven and office.vips.find(Sender(new.requester, proven=True), now=now) is not None
    policy = policy_for(office, _facts(new, now, is_vip=is_vip)) if settings.promise else None
    promise = None if policy is None else policy.targets.get(Metric.FIRST_REPLY)
    team = office.teams.get(new.team or "")
    case = Circumstances(
        now,
        calendar=team.calendar if team is not None else ALWAYS if policy is None else policy.calendar,
        is_vip=is_vip,
        promise=promise,
        promise_calendar=None if policy is None else policy.calendar,
        says_situations=settings.situations,
    )
    if settings.overload is not None:
        within = settings.overload.answer_within
        case = replace(
            case,
            waiting=_waiting(connection, new.team, settings.overload.waiting),
            overload_from=settings.overload.waiting,
            overload_within=parse_duration(within) if within else None,
        )
    choice = choose(case)
    zone = zone_of(understood.message.date if wrote_it else None, ZoneInfo(new.brand.time_zone))
    until = None if choice.promised_at is None else choice.promised_at.astimezone(zone)
    told = {"situation": choice.situation.value or "usual", "reason": choice.reason}
    return Said(
        Acknowledgement(
            choice.situation,
            "" if until is None else written_moment(until, new.language),
            _holiday(office, case, choice, new.language),
            "" if choice.opens_at is None else written_moment(choice.opens_at.astimezone(zone), new.language),
            tuple(field.label(new.language) for field in asked_for(office, new.fields, new.brand.id, new.team)),
        ),
        {"acknowledgement": told} if choice.situation is not Situation.USUAL or until is not None else {},
        until,
        policy.warn_before if policy is not None else timedelta(),
    )


def _facts(new: Newcomer, now: datetime, *, is_vip: bool) -> TicketFacts:
    return TicketFacts(
        number=0,
        brand=new.brand.id,
        status=Status.NEW.value,
        created_at=now,
        status_since=now,
        priority=new.priority,
        team=new.team or "",
        tags=new.tags,
        requester=address_key(new.requester),
        requester_domain=domain_of(new.requester),
        vip=is_vip,
    )


def _waiting(connection: Connection, team: str | None, most: int) -> int:
    """Tickets of the team whose customers wait for us; no more are counted than anybody asks for."""
    rows = (
        select(tickets.c.id)
        .where(
            tickets.c.status.in_(_WAITING),
            tickets.c.waiting_since.is_not(None),
            tickets.c.team.is_(None) if team is None else tickets.c.team == team,
        )
        .limit(most)
    )
    return int(connection.execute(select(func.count()).select_from(rows.subquery())).scalar_one())


def _holiday(office: Office, case: Circumstances, choice: Choice, language: str) -> str:
    """The holiday's name, if the calendar has it in the customer's language."""
    written = next((one for one in office.loaded.side.calendars.calendars if one.id == case.calendar.id), None)
    return choice.holiday if written is not None and written.language == language else ""


def remember_promise(connection: Connection, office: Office, number: int, said: Said, now: datetime) -> None:
    """The customer was told a time: an event, and a timer where they are to be told in time that it will not be kept."""
    if said.until is None:
        return
    offset = said.until.utcoffset() or timedelta()
    data = {"until": said.until.astimezone(now.tzinfo).isoformat(), "offset_minutes": offset // timedelta(minutes=1)}
    add_events(connection, number, now, ("promised", GATEWAY, data))
    if office.configuration.acknowledgements.delayed:
        due_at = max(now, said.until.astimezone(now.tzinfo) - said.warn_before)
        connection.execute(insert(timers).values(ticket_id=number, kind=DELAYED, due_at=due_at))
