"""A week of downtime: everything is caught up with, everything is seen, and nobody gets a storm of mail."""

from collections import Counter
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from sqlalchemy import insert, select, update

from gateway.automation.worker import Automaton
from gateway.desk.promise_mail import MOST
from gateway.store.database import Database
from gateway.store.schema import agents, events, messages, promises, tickets
from tests.automation.conftest import House
from tests.support.office import TestOffice

SLA = "policies: [{id: standard, warn_before: 30m, targets: {any: {first_reply: 4h, resolution: 3d}}}]"


@pytest.fixture
def house(sqlite_database: Database, tmp_path: Path) -> House:
    office = TestOffice(sqlite_database, tmp_path)
    return House(office, Automaton(sqlite_database, lambda: office.office, lambda: office.now), tmp_path)


def promised(house: House, count: int) -> None:
    """Tickets of Kim's with promises that run, as copies of one that came by mail."""
    house.take_over(sla=SLA)
    number = house.write()
    house.office.desk.assign(number, house.office.agent, house.office.agent)
    house.follow()
    with house.office.database.write() as connection:
        for table, column in ((tickets, "id"), (messages, "ticket_id"), (promises, "ticket_id")):
            rows = [
                row._asdict()
                for row in connection.execute(select(table).where(table.c[column] == number))
                if table is not messages or row.direction == "in"
            ]
            copies = [row | {column: copy} for copy in range(number + 1, number + count) for row in rows]
            if table is messages:
                copies = [
                    {name: value for name, value in row.items() if name != "id"} | {"journal_id": None}
                    for row in copies
                ]
            connection.execute(insert(table), copies)


def test_a_week_of_downtime_brings_no_storm(house: House) -> None:
    count = 200  # five thousand take their time, and are no different
    promised(house, count)
    house.office.later(days=7)
    house.follow()
    office = house.office
    told = [row.once_key for row in office.outbox("agent") if row.once_key.startswith("agent:sla")]
    assert len(told) == MOST, "one agent, so many mails, whatever became due"
    with office.database.read() as connection:
        breached = Counter(
            connection.execute(select(events.c.ticket_id).where(events.c.kind == "sla_breached")).scalars()
        )
        summed = set(connection.execute(select(events.c.ticket_id).where(events.c.kind == "promise_summed")).scalars())
        warned = connection.execute(select(events.c.id).where(events.c.kind == "sla_warned")).first()
    assert len(breached) == count
    assert set(breached.values()) == {2}, "both promises of each, once"
    assert warned is None, "what is late already is not warned of"
    assert summed | {int(key.split(":")[2]) for key in told} == set(breached), "nothing is left unsaid"
    assert house.follow() == 0
    office.later(minutes=15)
    assert house.follow() > 0
    (summary,) = [row for row in office.outbox("agent") if row.once_key.startswith("promise-summary:")]
    assert summary.recipient == "kim@example.com"
    text = message_from_bytes(summary.raw, policy=policy.default).get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert f"one mail about {len(summed)} tickets ({len(summed)} of them late)" in text
    assert f"… and {len(summed) - 50} more" in text
    office.later(days=1)
    assert house.follow() == 0
    assert len([row for row in office.outbox("agent") if row.once_key.startswith("promise-summary:")]) == 1


@pytest.mark.parametrize(
    ("language", "line"),
    [
        ("en", "#1 Lamp: late, was due "),
        ("ko", "#1 Lamp: 기한 초과, 기한은 "),
        ("ja", "#1 Lamp：期限超過、期限は"),
    ],
)
def test_a_summary_speaks_the_agents_language_and_leaves_out_what_is_solved(
    house: House, language: str, line: str
) -> None:
    promised(house, MOST + 3)
    office = house.office
    with office.database.write() as connection:
        connection.execute(update(agents).values(language=language))
        connection.execute(update(tickets).values(subject="Lamp"))
    office.later(days=2)
    house.follow()
    with office.database.read() as connection:
        numbers = list(
            connection.execute(select(events.c.ticket_id).where(events.c.kind == "promise_summed")).scalars()
        )
    assert len(numbers) == 3
    office.desk.solve(numbers[0], office.agent)
    office.later(minutes=15)
    house.follow()
    (summary,) = [row for row in office.outbox("agent") if row.once_key.startswith("promise-summary:")]
    text = message_from_bytes(summary.raw, policy=policy.default).get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert line.replace("#1 ", f"#{numbers[1]} ") in text
    assert f"#{numbers[0]} " not in text


def test_a_quiet_day_is_mailed_one_by_one(house: House) -> None:
    promised(house, 3)
    house.office.later(hours=5)
    house.follow()
    house.office.later(hours=1)
    house.follow()
    keys = [row.once_key for row in house.office.outbox("agent")]
    assert len([key for key in keys if key.startswith("agent:sla_breach")]) == 3
    assert not [key for key in keys if key.startswith("promise-summary:")]
