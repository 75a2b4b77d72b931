"""The figures of reports against the same figures, worked out minute by minute from the rows, after random days with real acts."""

import random
from collections import defaultdict
from datetime import datetime, timedelta
from functools import cache
from math import ceil
from pathlib import Path
from statistics import mean, median
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from gateway.automation.worker import Automaton
from gateway.desk.actions import DeskError
from gateway.report.times import LENGTHS, times
from gateway.store.database import Database
from gateway.store.schema import agents, events, messages, tickets
from gateway.threading.model import Status
from tests.automation.conftest import GATEWAY, House
from tests.support.office import TestOffice

SEOUL = ZoneInfo("Asia/Seoul")
CALENDARS = "calendars: [{id: office, time_zone: Asia/Seoul, hours: {mon-fri: 09:00-18:00}}]\n"
SLA = "policies: [{id: standard, calendar: office, targets: {any: {first_reply: 1h}}}]\n"
MINUTE = timedelta(minutes=1)


def lived_in(database: Database, folder: Path, dice: random.Random) -> House:
    """Some tickets of several days: words of customers and agents, statuses, other agents and priorities, in any order."""
    office = TestOffice(database, folder)
    house = House(office, Automaton(database, lambda: office.office, lambda: office.now), folder)
    house.take_over(gateway=GATEWAY, calendars=CALENDARS, sla=SLA)
    numbers = [house.write(sender=f"{n}@customer.example", message_id=f"{n}@customer.example") for n in range(12)]
    for _ in range(70):
        office.later(minutes=dice.choice([1, 7, 45, 200]))
        number = dice.choice(numbers)
        try:
            match dice.randrange(5):
                case 0:
                    house.reply(number, f"And what about part {dice.randrange(1000)}?")
                case 1:
                    office.desk.reply(number, office.agent, "Please try this.")
                case 2:
                    status = dice.choice([Status.OPEN, Status.PENDING, Status.ON_HOLD, Status.SOLVED])
                    office.desk.set_status(number, status, office.agent)
                case 3:
                    office.desk.priority(number, dice.choice(["low", "normal", "high"]), office.agent)
                case 4:
                    office.desk.reopen(number, office.agent)
        except DeskError:
            continue
    for number in numbers[1:]:  # the last word about most of them
        office.later(minutes=7)
        if office.ticket(number).status != "solved":
            office.desk.solve(number, office.agent)
    return house


@cache
def works(moment: datetime) -> bool:
    wall = moment.astimezone(SEOUL)
    return wall.weekday() < 5 and 9 <= wall.hour < 18


def counted(office: TestOffice, number: int) -> dict[str, tuple[int, int] | None]:
    """Of one ticket, by figure: minutes of business and of the clock; None where nobody knows yet."""
    with office.database.read() as connection:
        rows = connection.execute(select(messages).where(messages.c.ticket_id == number).order_by(messages.c.id)).all()
        told = select(events).where(events.c.ticket_id == number, events.c.kind == "status").order_by(events.c.id)
        changes = connection.execute(told).all()
    began = next(row.created_at for row in rows if row.direction == "in" and row.public)
    answer = next((row.created_at for row in rows if row.kind == "answer"), None)
    became = [(began, "new"), *((change.at, change.data["to"]) for change in changes)]
    solved = [
        at
        for (at, to), (_, before) in zip(became[1:], became, strict=False)
        if to in ("solved", "closed") and before not in ("solved", "closed")
    ]
    is_solved = became[-1][1] in ("solved", "closed")
    turns = {"new": "agent_work", "open": "agent_work", "on_hold": "on_hold", "pending": "agent_wait"}
    spent: defaultdict[str, list[int]] = defaultdict(lambda: [0, 0])

    def add(name: str, moment: datetime) -> None:
        spent[name][0] += works(moment)
        spent[name][1] += 1

    moment = began
    while moment < became[-1][0] or (answer is not None and moment < answer):
        status = [to for at, to in became if at <= moment][-1]
        if moment < became[-1][0] and status in turns:
            add(turns[status], moment)
            if status != "pending":
                add("requester_wait", moment)
        for name, end in (
            ("first_reply", answer),
            ("first_resolution", solved[0] if solved else None),
            ("full_resolution", solved[-1] if solved else None),
        ):
            if end is not None and moment < end:
                add(name, moment)
        moment += MINUTE
    known = {
        "first_reply": answer is not None,
        "first_resolution": bool(solved),
        **dict.fromkeys(("full_resolution", "requester_wait", "agent_work", "on_hold", "agent_wait"), is_solved),
    }
    return {name: (spent[name][0], spent[name][1]) if known[name] else None for name in LENGTHS}


def spread(minutes: list[int]) -> tuple[float | None, float | None, float | None]:
    """Mean, median and the time that nine of ten tickets did not exceed, in seconds."""
    if not minutes:
        return None, None, None
    ordered = sorted(minute * 60 for minute in minutes)
    return mean(ordered), median(ordered), ordered[ceil(len(ordered) * 0.9) - 1]


def test_each_figure_of_each_group_is_what_one_counts_by_hand(sqlite_database: Database, tmp_path: Path) -> None:
    house = lived_in(sqlite_database, tmp_path, random.Random(1))
    office = house.office
    with office.database.read() as connection:
        found = times(connection, office.office, office.now - timedelta(days=90), office.now + timedelta(days=1))
        rows = connection.execute(
            select(tickets, agents.c.address.label("agent")).outerjoin(agents, agents.c.id == tickets.c.assignee_id)
        ).all()
    by_hand = {row.id: counted(office, row.id) for row in rows}
    named: defaultdict[tuple[str, str], list[Any]] = defaultdict(list)
    for row in rows:
        named["all", ""].append(row)
        for by, name in (("brand", row.brand), ("team", row.team), ("agent", row.agent), ("priority", row.priority)):
            named[by, name or ""].append(row)
    assert {(group.by, group.name): group.tickets for group in found.groups} == {
        key: len(members) for key, members in named.items()
    }
    for group in found.groups:
        for line in group.lines:
            known = [by_hand[row.id][line.measure] for row in named[group.by, group.name]]
            measured = [value for value in known if value is not None]
            at = (group.by, group.name, line.measure)
            assert line.measured == len(measured), at
            business = (line.business.mean, line.business.median, line.business.p90)
            assert business == pytest.approx(spread([value[0] for value in measured]), nan_ok=True), at
            calendar = (line.calendar.mean, line.calendar.median, line.calendar.p90)
            assert calendar == pytest.approx(spread([value[1] for value in measured]), nan_ok=True), at
