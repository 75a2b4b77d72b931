"""Counting mails by sender and minute, muting, and forgetting both."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import func, select

from gateway.rules.floods import author_key, door_key
from gateway.store.database import Database
from gateway.store.floods import Mute, count_mail, forget_old_counts, mute, muted, muted_at_the_door, within
from gateway.store.schema import sender_counts, sender_mutes

NOW = datetime(2026, 3, 5, 9, 0, 30, tzinfo=UTC)
KIM, LEE = author_key("kim@customer.example", "weak", "192.0.2.1"), author_key("lee@customer.example", "none", "")


def test_mails_are_counted_by_sender_and_minute(database: Database) -> None:
    with database.write() as connection:
        for seconds in (0, 10, 40, 70):
            now = NOW + timedelta(seconds=seconds)
            counted = count_mail(connection, [KIM, LEE], now=now, minutes=60)
        assert sorted(counted[KIM].values()) == [2, 2]
        assert counted[KIM] == counted[LEE]
        assert within(counted[KIM], 1, now) == 2, "the minute under way"
        assert within(counted[KIM], 2, now) == 4
        later = NOW + timedelta(minutes=59)
        assert within(count_mail(connection, [KIM], now=later, minutes=60)[KIM], 60, later) == 5
        later = NOW + timedelta(minutes=61)
        assert within(count_mail(connection, [KIM], now=later, minutes=60)[KIM], 60, later) == 2, "the window moves on"
        assert within(count_mail(connection, [LEE], now=later, minutes=60)[LEE], 60, later) == 1


def test_a_mute_ends_by_itself_and_can_be_renewed(database: Database) -> None:
    door = door_key("kim@customer.example", "192.0.2.1")
    with database.write() as connection:
        mute(connection, KIM, Mute(NOW + timedelta(minutes=5), "loop", "first"))
        mute(connection, KIM, Mute(NOW + timedelta(minutes=60), "loop", "again"))
        mute(connection, door, Mute(NOW + timedelta(minutes=10), "flood", "too many"))
        assert muted(connection, KIM, now=NOW) == Mute(NOW + timedelta(minutes=60), "loop", "again")
        assert muted(connection, KIM, now=NOW + timedelta(minutes=60)) is None
        assert muted(connection, LEE, now=NOW) is None
        assert muted_at_the_door(connection, now=NOW) == {door}
        assert muted_at_the_door(connection, now=NOW + timedelta(minutes=10)) == frozenset()


def test_what_no_window_reaches_is_forgotten(database: Database) -> None:
    with database.write() as connection:
        count_mail(connection, [KIM], now=NOW - timedelta(days=2), minutes=60)
        count_mail(connection, [KIM], now=NOW, minutes=60)
        mute(connection, KIM, Mute(NOW, "loop", "over"))
        mute(connection, LEE, Mute(NOW + timedelta(minutes=1), "loop", "not yet"))
    assert forget_old_counts(database, NOW) == 2
    assert forget_old_counts(database, NOW) == 0
    with database.read() as connection:
        assert connection.execute(select(func.count()).select_from(sender_counts)).scalar_one() == 1
        assert connection.execute(select(sender_mutes.c.sender)).scalars().all() == [LEE]


def test_senders_are_told_apart_by_what_is_proven_of_them() -> None:
    kim = "Kim@Customer.example"
    assert author_key(kim, "strong", "192.0.2.1") == author_key("kim@customer.EXAMPLE", "strong", "198.51.100.1")
    assert author_key(kim, "none", "192.0.2.1") == author_key(kim, "none", "192.0.2.99"), "neighbours are one sender"
    assert len({author_key(kim, "strong", ""), author_key(kim, "weak", ""), author_key(kim, "none", "192.0.2.1")}) == 3
    assert author_key(kim, "none", "192.0.2.1") != author_key(kim, "none", "198.51.100.1"), (
        "a forger sends from elsewhere"
    )
    assert door_key(kim, "192.0.2.1") != door_key(kim, "198.51.100.1")
    assert len(author_key("x" * 900 + "@customer.example", "weak", "192.0.2.1")) == 500
