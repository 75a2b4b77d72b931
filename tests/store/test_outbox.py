"""Rows of the outbox: announced once, claimed once, settled by whoever holds them."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from gateway.store import outbox, outbox_control, outbox_upkeep, schema
from gateway.store.database import Database
from gateway.store.outbox import Claimed, Settlement, State, UncleanMail, check_clean
from gateway.store.outbox_control import OutboxError
from tests.support.outgoing import events_of, mail, make_ticket, row, store

NOW = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
LEASE = timedelta(minutes=2)


def claim(database: Database, owner: str = "a", *, now: datetime = NOW, limit: int = 10) -> list[Claimed]:
    with database.write() as connection:
        return outbox.claim(
            connection,
            owner=owner,
            now=now,
            lease=LEASE,
            limit=limit,
            next_attempt=lambda attempts, _expires: now + timedelta(minutes=5 * attempts),
        )


def settle(database: Database, *settlements: Settlement, now: datetime = NOW) -> set[int]:
    with database.write() as connection:
        return outbox.settle(connection, settlements, now)


def sent(claimed: Claimed) -> Settlement:
    return Settlement(claimed.id, claimed.fence, State.SENT, "250 ok")


# --- enqueue ----------------------------------------------------------------------------------------------------------


def test_an_event_is_announced_once(database: Database) -> None:
    first = store(database, mail(once_key="ack:1:1"), mail(once_key="ack:1:2"))
    again = store(database, mail(once_key="ack:1:1"), mail(once_key="ack:1:3"))
    assert None not in first
    assert again[0] is None
    assert again[1] is not None


def test_many_workers_announce_each_event_once(database: Database) -> None:
    keys = [f"ack:{number}" for number in range(100)]
    barrier = threading.Barrier(10)

    def worker(shift: int) -> int:
        barrier.wait()
        rows = [store(database, mail(once_key=key)) for key in keys[shift:] + keys[:shift]]
        return sum(made is not None for (made,) in rows)

    with ThreadPoolExecutor(10) as pool:
        made = sum(pool.map(worker, range(0, 100, 10)))
    assert made == 100
    with database.read() as connection:
        assert outbox_control.count(connection) == {"queued": 100}


@pytest.mark.parametrize(
    "raw",
    [
        b"Subject: x\r\n\r\na\nb\r\n",
        b"Subject: x\r\n\r\na\rb\r\n",
        b"Subject: x\n\r\n\r\nb\r\n",
        b"Subject: x\r\n\r\na\r\r\nb\r\n",
        b"Subject: x\r\n\r\n\n.\r\n",
        b"Subject: x\r\n\r\na\0b\r\n",
        b"Subject: x\r\n\r\nno end",
        b"Subject: x\r\nno body\r\n",
        b"Subject: " + b"x" * 990 + b"\r\n\r\nb\r\n",
        b"Subject: x\r\n\r\n" + b"x" * 999 + b"\r\n",
        b"",
    ],
)
def test_unclean_bytes_are_never_stored(sqlite_database: Database, raw: bytes) -> None:
    with pytest.raises(UncleanMail):
        store(sqlite_database, mail(raw=raw))
    with sqlite_database.read() as connection:
        assert outbox_control.count(connection) == {}


@pytest.mark.parametrize(
    "raw",
    [
        b"Subject: x\r\n\r\n.\r\n..\r\n",
        b"Subject: x\r\n\r\n" + b"x" * 998 + b"\r\n",
        b"A: b\r\n\r\n\x85 \xe2\x80\xa8\r\n",
    ],
)
def test_clean_bytes(raw: bytes) -> None:
    check_clean(raw)


@pytest.mark.parametrize(
    "recipient",
    [
        "not an address",
        "a@b\r\nRCPT TO:<c@d>",
        "<a@b>",
        "a@b>",
        "@b",
        "a@",
        "",
        "a b@c.test",
        "a@b c",
        "a@b\udcff.test",
        "a@b.test\0",
        "a@b\u2028.test",
        "a@b\u0085.test",
        "x" * 400 + " @y",
    ],
)
def test_an_odd_recipient_fails_visibly(database: Database, recipient: str) -> None:
    ticket = make_ticket(database)
    (number,) = store(database, mail(recipient, raw=mail().raw, ticket_id=ticket))
    failed = row(database, number)
    assert failed.state == State.FAILED
    assert failed.recipient.isprintable()
    (event,) = events_of(database, ticket)
    assert (event.kind, event.data["reason"]) == ("delivery_failed", "bad_address")
    assert claim(database) == []


@pytest.mark.parametrize(
    "recipient", ["a@b.test", "o'neil+x=y@b.test", '"a b"@c.test', "김@예제.test", "a@[192.0.2.1]"]
)
def test_usual_and_unusual_recipients(sqlite_database: Database, recipient: str) -> None:
    (number,) = store(sqlite_database, mail(recipient, raw=mail().raw))
    assert row(sqlite_database, number).state == State.QUEUED


# --- claim and settle -------------------------------------------------------------------------------------------------


def test_the_attempt_is_recorded_before_the_try(database: Database) -> None:
    (number,) = store(database, mail(created_at=NOW))
    (claimed,) = claim(database)
    in_hand = row(database, number)
    assert (in_hand.state, in_hand.attempts, in_hand.fence) == (State.SENDING, 1, 1)
    assert in_hand.next_attempt_at == NOW + timedelta(minutes=5)
    assert in_hand.lease_until == NOW + LEASE
    assert (claimed.attempts, claimed.fence, claimed.due_at) == (1, 1, NOW)


def test_what_is_due_first_goes_first(database: Database) -> None:
    late, early, future = store(
        database,
        mail(created_at=NOW),
        mail(created_at=NOW - timedelta(hours=1)),
        mail(created_at=NOW + timedelta(seconds=1)),
    )
    assert [claimed.id for claimed in claim(database)] == [early, late]
    assert row(database, future).state == State.QUEUED


def test_stale_and_held_mail_is_not_claimed(database: Database) -> None:
    store(database, mail(created_at=NOW, expires_at=NOW), mail(created_at=NOW, hold_reason="budget"))
    assert claim(database) == []


def test_small_mail_comes_with_the_claim_and_large_mail_when_asked_for(database: Database) -> None:
    large = mail(created_at=NOW, raw=mail().raw + b"x" * 70 + b"\r\n" + (b"y" * 70 + b"\r\n") * 5000)
    small = mail(created_at=NOW)
    store(database, large, small)
    first, second = claim(database)
    assert (first.raw, first.size) == (None, len(large.raw))
    assert second.raw == small.raw
    with database.read() as connection:
        assert outbox.read_raw(connection, first.id) == large.raw


def test_concurrent_claims_never_share(database: Database) -> None:
    store(database, *(mail(created_at=NOW) for _ in range(200)))
    barrier = threading.Barrier(8)

    def worker(number: int) -> list[int]:
        barrier.wait()
        mine: list[int] = []
        while found := claim(database, f"worker {number}", limit=7):
            mine += [claimed.id for claimed in found]
        return mine

    with ThreadPoolExecutor(8) as pool:
        taken = [number for mine in pool.map(worker, range(8)) for number in mine]
    # PostgreSQL passes over rows that another claim has locked: what was passed over is claimed the next time.
    taken += [claimed.id for claimed in claim(database, limit=200)]
    assert sorted(taken) == sorted(set(taken))
    assert len(taken) == 200


def test_a_late_outcome_is_refused(database: Database) -> None:
    ticket = make_ticket(database)
    (number,) = store(database, mail(created_at=NOW, ticket_id=ticket))
    (slept,) = claim(database, "slept")
    with database.write() as connection:
        assert outbox_upkeep.reclaim(connection, NOW + LEASE) == 1
    late = Settlement(slept.id, slept.fence, State.FAILED, "550 late", reason="refused", explanation="No.")
    assert settle(database, late) == set()  # not taken over yet, and already not its own any more
    (second,) = claim(database, "second", now=NOW + timedelta(minutes=10))
    assert second.fence > slept.fence
    assert settle(database, late) == set()
    assert row(database, number).lease_owner == "second"
    assert settle(database, sent(second)) == {number}
    assert settle(database, late) == set()
    assert row(database, number).state == State.SENT
    assert events_of(database, ticket) == []


def test_a_lease_is_prolonged_only_while_it_is_ours(database: Database) -> None:
    (number,) = store(database, mail(created_at=NOW))
    (mine,) = claim(database)
    with database.write() as connection:
        outbox.extend(connection, [mine], now=NOW + timedelta(minutes=1), lease=LEASE)
        assert outbox_upkeep.reclaim(connection, NOW + LEASE) == 0
        assert outbox_upkeep.reclaim(connection, NOW + timedelta(minutes=3)) == 1
        outbox.extend(connection, [mine], now=NOW + timedelta(minutes=4), lease=LEASE)
    assert row(database, number).lease_until is None


def test_many_outcomes_in_one_transaction(database: Database) -> None:
    ticket = make_ticket(database)
    numbers = store(database, *(mail(created_at=NOW, ticket_id=ticket) for _ in range(4)))
    first, second, third, fourth = claim(database)
    later = NOW + timedelta(minutes=7)
    written = settle(
        database,
        sent(first),
        Settlement(second.id, second.fence, State.QUEUED, "451 later", later, unconfirmed=True),
        Settlement(third.id, third.fence, State.FAILED, "550 no", reason="refused", explanation="No."),
        Settlement(fourth.id, fourth.fence, State.QUEUED, None, fourth.due_at, tried=False),
    )
    assert written == set(numbers)
    states = [row(database, number) for number in numbers]
    assert [found.state for found in states] == ["sent", "queued", "failed", "queued"]
    assert [found.attempts for found in states] == [1, 1, 1, 0]
    assert [found.unconfirmed for found in states] == [0, 1, 0, 0]
    assert [found.next_attempt_at for found in states] == [None, later, None, NOW]
    assert [found.last_reply for found in states] == ["250 ok", "451 later", "550 no", None]
    assert all(found.lease_owner is None for found in states)
    (event,) = events_of(database, ticket)
    assert (event.data["outbox"], event.data["explanation"]) == (numbers[2], "No.")


def test_a_reply_stays_until_there_is_a_newer_one(database: Database) -> None:
    (number,) = store(database, mail(created_at=NOW))
    (first,) = claim(database)
    settle(database, Settlement(first.id, first.fence, State.QUEUED, "451 later", NOW))
    (second,) = claim(database)
    settle(database, Settlement(second.id, second.fence, State.QUEUED, None, NOW, tried=False))
    assert row(database, number).last_reply == "451 later"


# --- upkeep and people ------------------------------------------------------------------------------------------------


def test_mail_of_the_dead_comes_back_and_others_stay(database: Database) -> None:
    store(database, *(mail(created_at=NOW) for _ in range(2)))
    (dead,) = claim(database, "host/1/x", limit=1)
    (alive,) = claim(database, "host/2/y", limit=1)
    with database.write() as connection:
        assert sorted(outbox_upkeep.owners(connection)) == ["host/1/x", "host/2/y"]
        assert outbox_upkeep.reclaim_from(connection, ["host/1/x"]) == 1
    assert settle(database, sent(dead), sent(alive)) == {alive.id}


def test_park_and_unpark(database: Database) -> None:
    numbers = store(database, mail(created_at=NOW), mail(created_at=NOW, hold_reason="budget"))
    with database.write() as connection:
        assert outbox_upkeep.anything_queued(connection)
        assert outbox_upkeep.park(connection) == 1
        assert not outbox_upkeep.anything_queued(connection)
    assert [row(database, n).hold_reason for n in numbers] == ["no_smarthost", "budget"]
    with database.write() as connection:
        assert outbox_upkeep.unpark(connection, NOW + timedelta(hours=1)) == 1
    assert [row(database, n).state for n in numbers] == ["queued", "held"]
    assert row(database, numbers[0]).next_attempt_at == NOW + timedelta(hours=1)


def test_a_person_gives_mail_its_lifetime_again(database: Database) -> None:
    (number,) = store(database, mail(created_at=NOW, expires_at=NOW + timedelta(hours=24), hold_reason="budget"))
    assert number is not None
    later = NOW + timedelta(days=10)
    with database.write() as connection:
        outbox_control.release(connection, number, now=later, actor="kim@example.com")
    released = row(database, number)
    assert (released.state, released.hold_reason) == (State.QUEUED, None)
    assert released.expires_at == later + timedelta(hours=24)


def test_what_cannot_be_done_says_why(database: Database) -> None:
    waiting, sending, done = store(database, *(mail(created_at=NOW) for _ in range(3)))
    assert waiting is not None
    assert sending is not None
    assert done is not None
    claims = {claimed.id: claimed for claimed in claim(database)}
    settle(
        database, sent(claims[done]), Settlement(waiting, claims[waiting].fence, State.QUEUED, None, NOW, tried=False)
    )
    for action, number, words in [
        (outbox_control.release, waiting, "only held mail"),
        (outbox_control.hold, sending, "being sent right now"),
        (outbox_control.retry, sending, "being sent right now"),
        (outbox_control.hold, done, "is sent"),
        (outbox_control.retry, done, "twice"),
        (outbox_control.retry, 999, "there is no mail 999"),
    ]:
        with pytest.raises(OutboxError, match=words), database.write() as connection:
            action(connection, number, now=NOW, actor="kim@example.com")


def test_pages_of_the_list(database: Database) -> None:
    numbers = store(database, *(mail(created_at=NOW) for _ in range(5)))
    with database.read() as connection:
        newest = outbox_control.entries(connection, limit=2)
        next_page = outbox_control.entries(connection, limit=2, before=newest[-1].id)
        total = connection.scalar(select(func.count(schema.outbox.c.id)))
    assert [entry.id for entry in newest + next_page] == numbers[:0:-1]
    assert total == 5
