"""Time passes: what becomes due happens, once, also after a week of downtime."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, insert, select

from gateway.clockwork import (
    TICKS,
    Clockwork,
    Tick,
    close_solved_tickets,
    forget_old_sessions,
    give_up_stale_mail,
    return_lost_mail,
)
from gateway.store.database import Database
from gateway.store.outbox import State, claim
from gateway.store.schema import agents, login_failures, sessions, tickets, timers
from tests.support.outgoing import events_of, mail, make_ticket, row, store
from tests.support.waiting import wait_until

NOW = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)


def solved_ticket(database: Database, *, due_at: datetime, status: str = "solved") -> int:
    ticket = make_ticket(database, status=status, solved_at=NOW - timedelta(days=1))
    with database.write() as connection:
        connection.execute(insert(timers).values(ticket_id=ticket, kind="close", due_at=due_at))
    return ticket


def status_of(database: Database, ticket: int) -> tuple[str, datetime | None]:
    with database.read() as connection:
        found = connection.execute(select(tickets.c.status, tickets.c.closed_at).where(tickets.c.id == ticket)).one()
    return found.status, found.closed_at


def timers_left(database: Database) -> int:
    with database.read() as connection:
        return connection.scalar(select(func.count()).select_from(timers)) or 0


def test_a_solved_ticket_is_closed_when_its_time_has_come(database: Database) -> None:
    due, later = (solved_ticket(database, due_at=NOW + timedelta(minutes=minutes)) for minutes in (0, 1))
    assert close_solved_tickets(database, NOW - timedelta(seconds=1)) == 0
    assert close_solved_tickets(database, NOW) == 1
    assert status_of(database, due) == ("closed", NOW)
    assert status_of(database, later) == ("solved", None)
    (event,) = events_of(database, due)
    assert (event.kind, event.actor, event.data["to"]) == ("status", "gateway", "closed")
    assert close_solved_tickets(database, NOW) == 0
    assert timers_left(database) == 1


def test_a_ticket_that_was_opened_again_stays_open(database: Database) -> None:
    ticket = solved_ticket(database, due_at=NOW, status="open")
    assert close_solved_tickets(database, NOW) == 0
    assert status_of(database, ticket) == ("open", None)
    assert timers_left(database) == 0


def test_a_week_of_downtime_is_caught_up(database: Database) -> None:
    many = [solved_ticket(database, due_at=NOW - timedelta(hours=hour % 168)) for hour in range(450)]
    assert close_solved_tickets(database, NOW + timedelta(days=7)) == 450
    assert {status_of(database, ticket)[0] for ticket in many} == {"closed"}


def test_two_nodes_close_each_ticket_once(database: Database) -> None:
    many = [solved_ticket(database, due_at=NOW) for _ in range(60)]
    barrier = threading.Barrier(4)

    def node() -> int:
        barrier.wait()
        return close_solved_tickets(database, NOW)

    with ThreadPoolExecutor(4) as nodes:
        done = [future.result() for future in [nodes.submit(node) for _ in range(4)]]
    close_solved_tickets(database, NOW)  # what another node had locked when a node looked
    assert sum(done) <= 60
    assert all(len(events_of(database, ticket)) == 1 for ticket in many)


def test_mail_of_a_lost_sender_comes_back(database: Database) -> None:
    (number,) = store(database, mail(created_at=NOW))
    with database.write() as connection:
        claim(
            connection,
            owner="lost",
            now=NOW,
            lease=timedelta(minutes=2),
            limit=10,
            next_attempt=lambda _attempts, _expires: NOW + timedelta(minutes=5),
        )
    assert return_lost_mail(database, NOW + timedelta(minutes=1)) == 0
    assert return_lost_mail(database, NOW + timedelta(minutes=2)) == 1
    assert row(database, number).state == State.QUEUED
    assert row(database, number).next_attempt_at == NOW + timedelta(minutes=5)


def test_stale_mail_is_given_up_with_an_event(database: Database) -> None:
    ticket = make_ticket(database)
    numbers = store(
        database,
        mail(created_at=NOW, expires_at=NOW + timedelta(hours=24), ticket_id=ticket),
        mail(created_at=NOW, expires_at=NOW + timedelta(days=5), ticket_id=ticket),
        mail(created_at=NOW, expires_at=NOW + timedelta(hours=24), ticket_id=ticket, hold_reason="budget"),
    )
    assert give_up_stale_mail(database, NOW + timedelta(hours=23, minutes=59)) == 0
    assert give_up_stale_mail(database, NOW + timedelta(hours=24)) == 1
    assert [row(database, n).state for n in numbers] == [State.FAILED, State.QUEUED, State.HELD]
    (event,) = events_of(database, ticket)
    assert (event.kind, event.data["reason"], event.at) == ("delivery_failed", "expired", NOW + timedelta(hours=24))


def test_old_sessions_and_failures_are_forgotten(database: Database) -> None:
    with database.write() as connection:
        agent = connection.execute(
            insert(agents)
            .values(address_key="kim@example.com", address="kim@example.com", role="agent", created_at=NOW)
            .returning(agents.c.id)
        ).scalar_one()
        for name, end in (("old", NOW), ("young", NOW + timedelta(seconds=1))):
            connection.execute(
                insert(sessions).values(
                    token_digest=name,
                    agent_id=agent,
                    csrf="",
                    created_at=NOW,
                    seen_at=NOW,
                    expires_at=end,
                    peer="",
                    user_agent="",
                )
            )
        for days in (0, 1, 2):
            connection.execute(insert(login_failures).values(key="peer:192.0.2.1", at=NOW - timedelta(days=days)))
    assert forget_old_sessions(database, NOW) == 3
    with database.read() as connection:
        assert connection.scalars(select(sessions.c.token_digest)).all() == ["young"]
        assert connection.scalars(select(login_failures.c.at)).all() == [NOW]


def test_the_clockwork_ticks_at_once_and_again(sqlite_database: Database) -> None:
    ticked: list[datetime] = []

    def work(_database: Database, now: datetime) -> int:
        ticked.append(now)
        if len(ticked) == 1:
            raise RuntimeError("the first time it fails")
        return 1

    clockwork = Clockwork(sqlite_database, clock=lambda: NOW, ticks=(Tick("test", timedelta(seconds=0.05), work),))
    clockwork.start()
    wait_until(lambda: len(ticked) >= 3)
    clockwork.stop()
    stopped_after = len(ticked)
    assert ticked == [NOW] * stopped_after


def test_the_real_ticks_run(database: Database) -> None:
    ticket = solved_ticket(database, due_at=NOW)
    (number,) = store(database, mail(created_at=NOW - timedelta(days=30), expires_at=NOW - timedelta(days=25)))
    clockwork = Clockwork(database)
    clockwork.start()
    try:
        wait_until(lambda: status_of(database, ticket)[0] == "closed")
        wait_until(lambda: row(database, number).state == State.FAILED)
    finally:
        clockwork.stop()
    assert {tick.work for tick in TICKS} >= {close_solved_tickets, return_lost_mail, give_up_stale_mail}


def test_a_bell_rings_when_mail_came_back(sqlite_database: Database) -> None:
    store(sqlite_database, mail(created_at=NOW))
    with sqlite_database.write() as connection:
        claim(
            connection,
            owner="lost",
            now=NOW,
            lease=timedelta(0),
            limit=1,
            next_attempt=lambda _attempts, expires_at: expires_at,
        )
    rung = threading.Event()
    clockwork = Clockwork(sqlite_database, on_outgoing=rung.set)
    clockwork.start()
    try:
        assert rung.wait(5)
    finally:
        clockwork.stop()


@pytest.mark.parametrize("tick", TICKS, ids=lambda tick: tick.name)
def test_nothing_due_is_nothing_done(database: Database, tick: Tick) -> None:
    assert tick.work(database, NOW) == 0
