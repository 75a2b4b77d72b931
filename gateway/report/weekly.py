"""The week in figures by mail: for admins who asked for it, once a week by their own clock, and never about nothing."""

from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row, select

from gateway.desk.daily import post_to_agent, zone_of
from gateway.desk.office import Office
from gateway.desk.quarantine_calls import latest_turn
from gateway.notify.weekly import Length, Week, write_week
from gateway.report.csat import csat
from gateway.report.times import Group, times
from gateway.store.database import Database
from gateway.store.notifications import chosen
from gateway.store.quarantine_calls import advance
from gateway.store.schema import agents

MONDAY = 0
LIFETIME = timedelta(days=2)
_WEEK = timedelta(days=7)


def send_weeks(database: Database, office: Office, now: datetime) -> int:
    """Write the reports whose turn has come; how many. After downtime one mail catches up, not one a week."""
    with database.read() as connection:
        rows = connection.execute(select(agents).where(agents.c.active, agents.c.role == "admin")).all()
    written = 0
    for agent in rows:
        if "weekly" not in chosen(agent.notifications) or office.addresses.is_ours(agent.address):
            continue
        zone = zone_of(office, agent.address)
        day = latest_turn(now, zone, office.configuration.agents.summary_hour, MONDAY)
        with database.write() as connection:
            if advance(connection, f"weekly_report:{agent.id}", day.isoformat()):
                written += _send(connection, office, agent, zone, day, now)
    return written


def _send(connection: Connection, office: Office, agent: Row[Any], zone: ZoneInfo, monday: date, now: datetime) -> int:
    week = week_before(connection, office, monday, zone)
    if week.is_empty:
        return 0
    brand, desk = office.configuration.brands[0], office.configuration.web.base_url

    def write(message_id: str) -> tuple[str, bytes]:
        return write_week(
            week, language=agent.language, brand=brand, to=agent.address, desk=desk, message_id=message_id, date=now
        )

    return post_to_agent(connection, office, agent, f"agent:weekly:{monday}:{agent.id}", write, LIFETIME, now)


def week_before(connection: Connection, office: Office, monday: date, zone: ZoneInfo) -> Week:
    """The seven days before ``monday``, which end at midnight in ``zone``."""
    until = datetime.combine(monday, time(), zone)
    since = until - _WEEK
    groups = times(connection, office, since, until).groups
    earlier = times(connection, office, since - _WEEK, since).groups[0]
    everything = groups[0]
    rated = csat(connection, since=since, until=until)
    teams = sorted(((one.name, one.tickets) for one in groups if one.by == "team"), key=lambda one: (-one[1], one[0]))
    return Week(
        since=since.date().isoformat(),
        until=(until - timedelta(days=1)).date().isoformat(),
        tickets=everything.tickets,
        tickets_before=earlier.tickets,
        unanswered=everything.tickets - _measured(everything, "first_reply"),
        first_reply=_length(everything, earlier, "first_reply"),
        full_resolution=_length(everything, earlier, "full_resolution"),
        solved=everything.solved,
        one_touch=everything.one_touch,
        reopened=everything.reopened,
        ratings=rated.answered,
        satisfaction=rated.satisfaction,
        teams=tuple(teams),
    )


def _measured(group: Group, name: str) -> int:
    return next((line.measured for line in group.lines if line.measure == name), 0)


def _length(now: Group, before: Group, name: str) -> Length:
    line, earlier = (next(line for line in group.lines if line.measure == name).business for group in (now, before))
    return Length(line.median, line.p90, earlier.median)
