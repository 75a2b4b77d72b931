"""The sender lists in the database: what is kept, what is said back, and who sees a change."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from gateway.rules.sender_lists import Action, Entry, Kind, Sender
from gateway.store.database import Database
from gateway.store.schema import events
from gateway.store.sender_lists import (
    CurrentLists,
    ListError,
    add_entry,
    conflicting,
    list_entries,
    listed,
    remove_entry,
)

NOW = datetime(2026, 3, 5, 9, 0, tzinfo=UTC)
ADMIN = "admin@example.com"
KIM = Sender(author="kim@customer.example", proven=True)


def _add(database: Database, action: Action, value: str, **more: datetime | None) -> Entry:
    with database.write() as connection:
        return add_entry(connection, action, value, reason="insults", author=ADMIN, now=NOW, **more).entry  # type: ignore[arg-type]


def test_an_entry_is_found_with_who_listed_it_and_why(database: Database) -> None:
    entry = _add(database, Action.BLOCK, "Kim@Customer.example")
    with database.read() as connection:
        found = listed(connection, KIM, now=NOW)
    assert found is not None
    assert (found.action, found.hit.entry) == (Action.BLOCK, entry)
    assert (entry.author, entry.reason, entry.created_at) == (ADMIN, "insults", NOW)
    assert found.sentence == f"From kim@customer.example is on the list `block` (list entry #{entry.id}: insults)"


def test_every_change_is_an_event(database: Database) -> None:
    entry = _add(database, Action.REJECT, "192.0.2.0/24", expires_at=NOW + timedelta(days=1))
    with database.write() as connection:
        remove_entry(connection, int(entry.id), author="lee@example.com", now=NOW + timedelta(hours=1))
        rows = connection.execute(select(events).where(events.c.kind == "sender_list").order_by(events.c.id)).all()
    assert [(row.actor, row.data["change"], row.data["value"]) for row in rows] == [
        (ADMIN, "added", "192.0.2.0/24"),
        ("lee@example.com", "removed", "192.0.2.0/24"),
    ]
    assert rows[0].data["expires_at"] == "2026-03-06T09:00:00+00:00"


def test_an_entry_ends_by_itself_and_by_hand(database: Database) -> None:
    _add(database, Action.BLOCK, "kim@customer.example", expires_at=NOW + timedelta(days=1))
    second = _add(database, Action.SUSPEND, "kim@customer.example")
    with database.write() as connection:
        assert listed(connection, KIM, now=NOW).action is Action.SUSPEND  # type: ignore[union-attr]
        remove_entry(connection, int(second.id), author=ADMIN, now=NOW)
        assert listed(connection, KIM, now=NOW).action is Action.BLOCK  # type: ignore[union-attr]
        assert listed(connection, KIM, now=NOW + timedelta(days=1)) is None
        assert [it.entry.action for it in list_entries(connection, now=NOW + timedelta(days=1))] == []
        ended = list_entries(connection, now=NOW + timedelta(days=1), with_ended=True)
        assert [(it.entry.action, it.removed_by) for it in ended] == [(Action.SUSPEND, ADMIN), (Action.BLOCK, None)]
        with pytest.raises(ListError, match="was removed already"):
            remove_entry(connection, int(second.id), author=ADMIN, now=NOW)


def test_the_same_entry_twice_is_one_and_its_opposite_is_a_conflict(database: Database) -> None:
    first = _add(database, Action.BLOCK, "*.customer.example")
    with database.write() as connection:
        again = add_entry(connection, Action.BLOCK, "customer.example", reason="again", author=ADMIN, now=NOW)
        assert (again.entry, again.is_new, again.conflicts) == (first, False, ())
        allowed = add_entry(connection, Action.ALLOW, "customer.example", reason="sorry", author=ADMIN, now=NOW)
        assert (allowed.is_new, allowed.conflicts) == (True, (first,))
        entries = [it.entry for it in list_entries(connection, now=NOW)]
        assert set(conflicting(entries)) == {first.id, allowed.entry.id}
        found = listed(connection, KIM, now=NOW)
    assert found is not None
    assert found.is_conflict
    assert found.sentence.endswith(f"against list entry #{first.id}: allow wins")


@pytest.mark.parametrize(
    ("value", "reason", "hours", "words"),
    [
        ("", "why", None, "is neither an address nor a domain"),
        ("kim@", "why", None, "is not an e-mail address"),
        ("/(/", "why", None, "is not a regular expression"),
        ("/.*/", "why", None, "fits every address"),
        ("0.0.0.0/0", "why", None, "is wider than /8"),
        ("two words.example", "why", None, "is neither"),
        ("x" * 1001, "why", None, "at most 1000 characters"),
        ("kim@customer.example", " \n ", None, "write a reason"),
        ("kim@customer.example", "why", 0, "a time to come"),
    ],
)
def test_what_cannot_be_listed_is_refused_with_a_reason(
    sqlite_database: Database, value: str, reason: str, hours: int | None, words: str
) -> None:
    expires_at = None if hours is None else NOW + timedelta(hours=hours)
    with sqlite_database.write() as connection:
        with pytest.raises(ListError, match=words):
            add_entry(connection, Action.BLOCK, value, reason=reason, author=ADMIN, now=NOW, expires_at=expires_at)
        assert list_entries(connection, now=NOW) == []


def test_entries_are_searched_and_turned_over(sqlite_database: Database) -> None:
    for number in range(5):
        _add(sqlite_database, Action.BLOCK, f"kim{number}@customer.example")
    _add(sqlite_database, Action.ALLOW, "100%@customer.example")
    with sqlite_database.read() as connection:
        newest = list_entries(connection, now=NOW, limit=2)
        older = list_entries(connection, now=NOW, limit=10, before=int(newest[-1].entry.id))
        assert [it.entry.value for it in (*newest, *older)] == [
            "100%@customer.example",
            *(f"kim{number}@customer.example" for number in reversed(range(5))),
        ]
        assert [it.entry.value for it in list_entries(connection, now=NOW, words="0%@")] == ["100%@customer.example"]
        assert [it.entry.action for it in list_entries(connection, now=NOW, action=Action.ALLOW)] == [Action.ALLOW]


def test_the_lists_in_memory_follow_every_change(database: Database) -> None:
    configured = Entry("lists[0]", Action.BLOCK, Kind.DOMAIN, "spam.example", "spam", "configuration")
    current = CurrentLists([configured])
    with database.read() as connection:
        first = current.read(connection, now=NOW)
        assert current.read(connection, now=NOW) is first
    assert [entry.id for entry in first.entries] == ["lists[0]"]
    entry = _add(database, Action.BLOCK, "kim@customer.example")
    with database.read() as connection:
        assert [it.id for it in current.read(connection, now=NOW).entries] == ["lists[0]", entry.id]
    with database.write() as connection:
        remove_entry(connection, int(entry.id), author=ADMIN, now=NOW)
    with database.read() as connection:
        assert [it.id for it in current.read(connection, now=NOW).entries] == ["lists[0]"]
