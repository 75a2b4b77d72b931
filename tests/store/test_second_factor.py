"""Second factors: RFC 6238's own vectors, codes that count once, recovery codes, and what a copy of the database gives away."""

import base64
import os
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from gateway.store.agents import create_agent
from gateway.store.database import Database
from gateway.store.schema import recovery_codes, second_factors
from gateway.store.seal import seal, unseal
from gateway.store.second_factor import (
    ENROL_OCTETS,
    ENROL_WITHIN,
    begin_enrolment,
    check_code,
    confirm_enrolment,
    has_second_factor,
    new_recovery_codes,
    pending_secret,
    remove_second_factor,
    second_factor_of,
)
from gateway.store.totp import STEP_SECONDS, code_at, key_text, key_uri, matching_step, step_at
from gateway.threading.tokens import Keyring

NOW = datetime(2026, 3, 5, 9, 0, 10, tzinfo=UTC)
RING = Keyring({1: bytes(range(32)), 2: bytes(range(1, 33))})
SECRET = b"12345678901234567890"  # RFC 6238, appendix B

Enrolled = tuple[int, bytes]


@pytest.mark.parametrize(
    ("seconds", "code"),
    [
        (59, "94287082"),
        (1111111109, "07081804"),
        (1111111111, "14050471"),
        (1234567890, "89005924"),
        (2000000000, "69279037"),
        (20000000000, "65353130"),
    ],
)
def test_the_vectors_of_the_standard(seconds: int, code: str) -> None:
    moment = datetime.fromtimestamp(seconds, UTC)
    assert code_at(SECRET, step_at(moment)) == code[2:], "ours has the last six of its eight digits"
    assert matching_step(SECRET, code[2:], moment) == step_at(moment)


def test_the_counters_of_hotp() -> None:
    codes = [
        "755224",
        "287082",
        "359152",
        "969429",
        "338314",
        "254676",
        "287922",
        "162583",
        "399871",
        "520489",
    ]  # RFC 4226, appendix D
    assert [code_at(SECRET, counter) for counter in range(10)] == codes


def test_a_clock_may_be_off_by_one_step_and_no_more() -> None:
    step = step_at(NOW)
    matched = [off for off in range(-4, 5) if matching_step(SECRET, code_at(SECRET, step + off), NOW) is not None]
    assert matched == [-1, 0, 1]
    for odd in ("", "12345", "1234567", "٠١٢٣٤٥", "\ud800", "0" * 10_000):
        assert matching_step(SECRET, odd, NOW) is None


def test_the_key_as_programs_and_people_read_it() -> None:
    uri = urlsplit(key_uri(SECRET, issuer="예시 고객센터", account="kim+a@example.com"))
    fields = parse_qs(uri.query)
    assert (uri.scheme, uri.netloc) == ("otpauth", "totp")
    assert unquote(uri.path) == "/예시 고객센터:kim+a@example.com"
    assert fields["issuer"] == ["예시 고객센터"]
    assert base64.b32decode(fields["secret"][0]) == SECRET
    assert re.fullmatch(r"(?:[A-Z2-7]{4} ){7}[A-Z2-7]{4}", key_text(SECRET))


@pytest.fixture
def enrolled(database: Database) -> Enrolled:
    """An agent with a second factor; their id and secret."""
    with database.write() as connection:
        agent = create_agent(connection, address="kim@example.com", name="", role="agent", language="en", now=NOW)
        secret = begin_enrolment(connection, RING, agent.id, entropy=os.urandom(ENROL_OCTETS), now=NOW)
        assert secret is not None
        assert confirm_enrolment(connection, RING, agent.id, code_at(secret, step_at(NOW) - 1), NOW)
    return agent.id, secret


def checker(database: Database, agent: int) -> Callable[[str, datetime], str | None]:
    def check(code: str, now: datetime) -> str | None:
        with database.write() as connection:
            return check_code(connection, RING, agent, code, now)

    return check


def test_each_code_counts_once(database: Database, enrolled: Enrolled) -> None:
    agent, secret = enrolled
    check, step = checker(database, agent), step_at(NOW)
    assert check(code_at(secret, step - 1), NOW) is None, "it confirmed the enrolment"
    code = code_at(secret, step)
    assert check(f" {code[:3]} {code[3:]} ", NOW) == "totp"
    assert check(code, NOW) is None, "a replay"
    assert check(code_at(secret, step + 1), NOW) == "totp"
    assert check(code, NOW + timedelta(seconds=1)) is None, "an older one after a newer"
    later = NOW + timedelta(seconds=2 * STEP_SECONDS)
    assert check(code_at(secret, step_at(later)), later) == "totp"


def test_two_requests_with_one_code_are_one_login(database: Database, enrolled: Enrolled) -> None:
    agent, secret = enrolled
    check, code = checker(database, agent), code_at(enrolled[1], step_at(NOW))
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: check(code, NOW), range(8)))
    assert sorted(map(str, answers)) == ["None"] * 7 + ["totp"]
    assert secret


def test_recovery_codes_count_once_each_and_are_digests(database: Database, enrolled: Enrolled) -> None:
    agent, _ = enrolled
    check = checker(database, agent)
    with database.write() as connection:
        old = new_recovery_codes(connection, agent, os.urandom(100))
        codes = new_recovery_codes(connection, agent, os.urandom(100))
        stored = repr(connection.execute(recovery_codes.select()).all())
    assert len({*old, *codes}) == 20
    assert all(code not in stored and code.replace("-", "") not in stored for code in codes)
    assert check(old[0], NOW) is None, "the earlier ones are gone"
    assert check(codes[0].upper().replace("-", " "), NOW) == "recovery"
    assert check(codes[0], NOW) is None
    assert check(codes[1], NOW) == "recovery"
    with database.read() as connection:
        found = second_factor_of(connection, agent)
    assert found is not None
    assert found.recovery_left == 8


def test_another_agents_codes_are_worth_nothing(database: Database, enrolled: Enrolled) -> None:
    with database.write() as connection:
        other = create_agent(connection, address="lee@example.com", name="", role="agent", language="en", now=NOW)
        secret = begin_enrolment(connection, RING, other.id, entropy=os.urandom(ENROL_OCTETS), now=NOW)
        assert secret is not None
        assert confirm_enrolment(connection, RING, other.id, code_at(secret, step_at(NOW)), NOW)
        codes = new_recovery_codes(connection, other.id, os.urandom(100))
        # Somebody who may write to the table, and has no key, moves their own secret into another agent's row.
        mine = connection.execute(second_factors.select().where(second_factors.c.agent_id == other.id)).one()
        assert check_code(connection, RING, enrolled[0], codes[0], NOW) is None
        connection.execute(
            second_factors.update()
            .where(second_factors.c.agent_id == enrolled[0])
            .values(sealed_secret=mine.sealed_secret)
        )
        assert check_code(connection, RING, enrolled[0], code_at(secret, step_at(NOW) + 1), NOW) is None


def test_a_secret_that_was_never_confirmed_keeps_nobody_out_and_grows_old(database: Database) -> None:
    with database.write() as connection:
        agent = create_agent(connection, address="kim@example.com", name="", role="agent", language="en", now=NOW)
        first = begin_enrolment(connection, RING, agent.id, entropy=os.urandom(ENROL_OCTETS), now=NOW)
        secret = begin_enrolment(connection, RING, agent.id, entropy=os.urandom(ENROL_OCTETS), now=NOW)
        assert first is not None
        assert secret is not None
        assert first != secret
        assert not has_second_factor(connection, agent.id)
        assert check_code(connection, RING, agent.id, code_at(secret, step_at(NOW)), NOW) is None
        assert pending_secret(connection, RING, agent.id, NOW) == secret
        assert not confirm_enrolment(connection, RING, agent.id, code_at(first, step_at(NOW)), NOW)
        late = NOW + ENROL_WITHIN
        assert pending_secret(connection, RING, agent.id, late) is None
        assert not confirm_enrolment(connection, RING, agent.id, code_at(secret, step_at(late)), late)


def test_nobody_enrols_over_what_is_there(database: Database, enrolled: Enrolled) -> None:
    agent, secret = enrolled
    with database.write() as connection:
        assert begin_enrolment(connection, RING, agent, entropy=os.urandom(ENROL_OCTETS), now=NOW) is None
        assert check_code(connection, RING, agent, code_at(secret, step_at(NOW)), NOW) == "totp"
        assert remove_second_factor(connection, agent)
        assert not has_second_factor(connection, agent)
        assert not remove_second_factor(connection, agent)


def test_the_database_alone_does_not_hold_the_secret(database: Database, enrolled: Enrolled) -> None:
    agent, secret = enrolled
    with database.read() as connection:
        row = connection.execute(second_factors.select()).one()
    assert key_text(secret).replace(" ", "") not in repr(row)
    assert secret not in base64.urlsafe_b64decode(row.sealed_secret + "==")
    with (
        database.write() as connection
    ):  # the key that sealed it was retired: its codes are no good, and nothing breaks
        assert check_code(connection, Keyring({1: RING.keys[1]}), agent, code_at(secret, step_at(NOW)), NOW) is None


def test_what_is_sealed_opens_for_its_purpose_alone() -> None:
    sealed = seal(RING, "one", b"content", about="7", nonce=os.urandom(12))
    assert re.fullmatch(r"[A-Za-z0-9_-]+", sealed)
    assert unseal(RING, "one", sealed, about="7") == b"content"
    assert unseal(RING, "two", sealed, about="7") is None
    assert unseal(RING, "one", sealed, about="8") is None
    assert unseal(Keyring({2: bytes(32)}), "one", sealed, about="7") is None
    for place in range(len(sealed)):
        changed = sealed[:place] + ("A" if sealed[place] != "A" else "B") + sealed[place + 1 :]
        opened = unseal(RING, "one", changed, about="7")
        assert opened is None or place == len(sealed) - 1, place  # the last letter has idle bits
    for odd in ("", "A", "한", "=" * 40, "A" * 100_000, sealed[:-4], "+/+/"):
        assert unseal(RING, "one", odd, about="7") is None
