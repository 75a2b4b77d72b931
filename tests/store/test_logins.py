"""Who may send mail in."""

from datetime import UTC, datetime, timedelta

import pytest

from gateway.store.agents import create_agent, give_one_time_password, set_active, set_password
from gateway.store.api_keys import ApiKeyError, add_key, list_keys, revoke_key
from gateway.store.database import Database
from gateway.store.logins import TooManyTries, log_in
from gateway.store.passwords import hash_password
from gateway.store.schema import api_keys

NOW = datetime(2026, 3, 5, 9, 0, tzinfo=UTC)
PEER = "203.0.113.7"
PASSWORD = "correct horse battery"


@pytest.fixture
def agent(database: Database) -> int:
    with database.write() as connection:
        made = create_agent(connection, address="Kim@example.com", name="Kim", role="agent", language="en", now=NOW)
        set_password(connection, made.id, hash_password(PASSWORD), one_time=False)
    return made.id


def test_an_agent_by_password(database: Database, agent: int) -> None:
    assert log_in(database, "KIM@EXAMPLE.COM", PASSWORD, peer=PEER, now=NOW) == "kim@example.com"
    assert log_in(database, "kim@example.com", "wrong", peer=PEER, now=NOW) is None
    assert log_in(database, "nobody@example.com", PASSWORD, peer=PEER, now=NOW) is None
    with database.write() as connection:
        create_agent(connection, address="lee@example.com", name="", role="admin", language="en", now=NOW)
        set_active(connection, agent, False)
    assert log_in(database, "kim@example.com", PASSWORD, peer=PEER, now=NOW) is None


def test_a_one_time_password_is_for_the_web_view_alone(database: Database, agent: int) -> None:
    with database.write() as connection:
        once = give_one_time_password(connection, agent, bytes(10))
    assert log_in(database, "kim@example.com", once, peer=PEER, now=NOW) is None


def test_guesses_are_counted_by_name_and_by_peer(database: Database, agent: int) -> None:
    for number in range(10):
        assert log_in(database, "kim@example.com", "wrong", peer=f"203.0.113.{number}", now=NOW) is None
    with pytest.raises(TooManyTries):
        log_in(database, "kim@example.com", PASSWORD, peer=PEER, now=NOW)
    later = NOW + timedelta(minutes=16)
    assert log_in(database, "kim@example.com", PASSWORD, peer=PEER, now=later) == "kim@example.com"
    for number in range(30):
        log_in(database, f"key-{number}", "wrong", peer=PEER, now=later)
    with pytest.raises(TooManyTries):
        log_in(database, "kim@example.com", PASSWORD, peer=PEER, now=later)


def test_a_program_by_key(database: Database) -> None:
    with database.write() as connection:
        secret = add_key(connection, "billing-script", bytes(range(20)), now=NOW)
        assert secret.startswith("gwk_")
        assert secret not in str(connection.execute(api_keys.select()).one())
    assert log_in(database, "billing-script", secret, peer=PEER, now=NOW) == "key:billing-script"
    assert log_in(database, "billing-script", secret + "x", peer=PEER, now=NOW) is None
    assert log_in(database, "other-script", secret, peer=PEER, now=NOW) is None
    with database.write() as connection:
        assert [key.used_at for key in list_keys(connection)] == [NOW]
        revoke_key(connection, "billing-script", now=NOW)
    assert log_in(database, "billing-script", secret, peer=PEER, now=NOW) is None


def test_a_right_key_is_not_kept_out_by_wrong_ones(database: Database) -> None:
    with database.write() as connection:
        secret = add_key(connection, "billing-script", bytes(20), now=NOW)
    for _ in range(10):
        assert log_in(database, "billing-script", "gwk_wrong", peer=PEER, now=NOW) is None
    with pytest.raises(TooManyTries):
        log_in(database, "billing-script", "gwk_wrong", peer=PEER, now=NOW)
    assert log_in(database, "billing-script", secret, peer=PEER, now=NOW) == "key:billing-script"


@pytest.mark.parametrize("name", ["", "Billing", "a b", "kim@example.com", "-x", "x" * 65, "키"])
def test_unfit_names(sqlite_database: Database, name: str) -> None:
    with sqlite_database.write() as connection, pytest.raises(ApiKeyError):
        add_key(connection, name, bytes(20), now=NOW)


def test_a_name_is_used_once(sqlite_database: Database) -> None:
    with sqlite_database.write() as connection:
        add_key(connection, "script", bytes(20), now=NOW)
        revoke_key(connection, "script", now=NOW)
        with pytest.raises(ApiKeyError):
            add_key(connection, "script", bytes(20), now=NOW)
        with pytest.raises(ApiKeyError):
            revoke_key(connection, "none", now=NOW)
        with pytest.raises(ValueError, match="20"):
            add_key(connection, "short", bytes(19), now=NOW)
