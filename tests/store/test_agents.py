"""Agents, passwords, sessions and failed logins, on each engine."""

import importlib.util
import threading
from datetime import timedelta

import pytest

from gateway.store.agents import (
    AgentError,
    create_agent,
    ensure_first_admin,
    find_agent,
    list_agents,
    password_hash_of,
    set_active,
    set_password,
)
from gateway.store.database import Database
from gateway.store.passwords import hash_password, is_password, one_time_password
from gateway.store.schema import sessions
from gateway.store.sessions import (
    FAILURES_PER_AGENT,
    begin_login,
    find_session,
    login_succeeded,
    start_session,
)
from tests.support.accepted import NOW


def test_the_first_admin_is_made_once(database: Database) -> None:
    with database.write() as connection:
        given = ensure_first_admin(connection, "admin@example.com", NOW, bytes(range(10)))
        assert given is not None
        assert ensure_first_admin(connection, "other@example.com", NOW, bytes(10)) is None
        (admin,) = list_agents(connection)
        assert (admin.role, admin.must_change_password, admin.has_password) == ("admin", True, True)
        found = password_hash_of(connection, "ADMIN@example.com")
        assert found is not None
        assert found[1].startswith("$argon2id$")
        assert given not in found[1]
        assert is_password(found[1], given)
        assert not is_password(found[1], given + " ")


def test_a_guess_costs_what_rfc_9106_recommends_for_anybody() -> None:
    """Section 4, the second choice. In the module as it ships: the suite's own passwords are cheap."""
    found = importlib.util.find_spec("gateway.store.passwords")
    assert found is not None
    assert found.loader is not None
    shipped = importlib.util.module_from_spec(found)
    found.loader.exec_module(shipped)
    hasher = shipped._hasher
    assert (hasher.time_cost, hasher.memory_cost, hasher.parallelism) == (3, 64 * 1024, 4)
    assert not hasher.check_needs_rehash(shipped._NOBODY), "an unknown person is told apart by the time of the answer"


def test_one_time_passwords_carry_eighty_bits() -> None:
    assert one_time_password(bytes(10)) == "aaaa-aaaa-aaaa-aaaa"
    assert len({one_time_password(number.to_bytes(10, "big")) for number in range(1000)}) == 1000
    with pytest.raises(ValueError, match="10 random bytes"):
        one_time_password(bytes(9))


def test_nobody_has_no_password() -> None:
    assert not is_password(None, "nobody has this password")
    assert not is_password("not a hash", "x")


@pytest.mark.parametrize(
    ("address", "role", "language", "words"),
    [
        ("kim", "agent", "en", "not an e-mail address"),
        ("kim @example.com", "agent", "en", "not an e-mail address"),
        ("KIM@EXAMPLE.COM", "agent", "en", "already"),
        ("lee@example.com", "owner", "en", "not a role"),
        ("lee@example.com", "agent", "de", "not a language"),
    ],
)
def test_agents_that_cannot_be(database: Database, address: str, role: str, language: str, words: str) -> None:
    with database.write() as connection:
        create_agent(connection, address="kim@example.com", name="Kim", role="agent", language="en", now=NOW)
        with pytest.raises(AgentError, match=words):
            create_agent(connection, address=address, name="", role=role, language=language, now=NOW)


def test_the_last_admin_stays(database: Database) -> None:
    with database.write() as connection:
        kim = create_agent(connection, address="kim@example.com", name="Kim", role="admin", language="en", now=NOW)
        with pytest.raises(AgentError, match="last active admin"):
            set_active(connection, kim.id, False)
        lee = create_agent(connection, address="lee@example.com", name="Lee", role="admin", language="en", now=NOW)
        set_active(connection, kim.id, False)
        assert [agent.id for agent in list_agents(connection)] == [lee.id, kim.id], "who left comes last"
        assert [agent.id for agent in list_agents(connection, active_only=True)] == [lee.id]
        found = find_agent(connection, kim.id)
        assert found is not None
        assert not found.active


def test_sessions_end_with_password_and_agent(database: Database) -> None:
    def start(token: str) -> None:
        start_session(connection, kim.id, token=token, csrf="c", now=NOW, peer="p" * 100, user_agent="u" * 999)

    with database.write() as connection:
        create_agent(connection, address="lee@example.com", name="", role="admin", language="en", now=NOW)
        kim = create_agent(connection, address="kim@example.com", name="", role="agent", language="en", now=NOW)
        start("one")
        assert find_session(connection, "one", NOW) is not None
        assert find_session(connection, "two", NOW) is None
        set_password(connection, kim.id, hash_password("a fine password"), one_time=False)
        assert find_session(connection, "one", NOW) is None
        start("two")
        set_active(connection, kim.id, False)
        assert find_session(connection, "two", NOW) is None
        set_active(connection, kim.id, True)
        assert find_session(connection, "two", NOW) is None, "it does not come back"
        start("three")
        start_session(connection, kim.id, token="four", csrf="c", now=NOW + timedelta(days=8), peer="", user_agent="")
        assert len(connection.execute(sessions.select()).all()) == 1, "those that ran out are cleared away"


def test_a_hundred_guesses_at_once_are_a_hundred(database: Database) -> None:
    allowed: list[bool] = []

    def guess() -> None:
        with database.write() as connection:
            allowed.append(begin_login(connection, peer="192.0.2.1", address="kim@example.com", now=NOW))

    threads = [threading.Thread(target=guess) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(allowed) == FAILURES_PER_AGENT


def test_success_forgives_the_agent_not_the_peer(database: Database) -> None:
    with database.write() as connection:
        for number in range(29):
            assert begin_login(connection, peer="192.0.2.1", address=f"a{number}@example.com", now=NOW)
        assert begin_login(connection, peer="192.0.2.1", address="KIM@example.com", now=NOW)
        login_succeeded(connection, peer="192.0.2.1", address="kim@example.com", now=NOW)
        assert begin_login(connection, peer="192.0.2.1", address="kim@example.com", now=NOW)
        assert not begin_login(connection, peer="192.0.2.1", address="kim@example.com", now=NOW), "thirty from here"
        assert begin_login(connection, peer="192.0.2.2", address="kim@example.com", now=NOW)
        assert begin_login(connection, peer="192.0.2.1", address="kim@example.com", now=NOW + timedelta(minutes=16))
