"""When to try again, with a clock and dice of our own."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from gateway.delivery.schedule import next_attempt, reconnect_after

START = datetime(2026, 1, 1, tzinfo=UTC)


def attempts_until_given_up(lifetime: timedelta, jitter: float) -> list[datetime]:
    """A mail that is refused for the moment at every try."""
    tries = [START]
    while (at := next_attempt(len(tries), tries[-1], jitter, expires_at=START + lifetime)) is not None:
        tries.append(at)
    return tries


@pytest.mark.parametrize("jitter", [0.0, 0.5, 0.999])
@pytest.mark.parametrize("lifetime", [timedelta(days=5), timedelta(hours=24)])
def test_waits_grow_from_five_minutes_to_four_hours(lifetime: timedelta, jitter: float) -> None:
    tries = attempts_until_given_up(lifetime, jitter)
    waits = [later - earlier for earlier, later in pairwise(tries)]
    assert timedelta(minutes=5) <= waits[0] <= timedelta(minutes=6.25)
    assert all(timedelta(minutes=5) <= wait <= timedelta(hours=4) for wait in waits)
    assert waits == sorted(waits)
    assert waits[-1] >= timedelta(hours=3)
    assert START + lifetime - timedelta(hours=4) <= tries[-1] < START + lifetime


def test_dice_spread_what_failed_together() -> None:
    spread = {next_attempt(1, START, dice / 100, expires_at=START + timedelta(days=1)) for dice in range(100)}
    assert len(spread) == 100


def test_stale_mail_is_given_up() -> None:
    assert next_attempt(1, START, 0.0, expires_at=START + timedelta(minutes=5)) is None
    assert next_attempt(1, START, 0.0, expires_at=START + timedelta(minutes=5, seconds=1)) is not None


@pytest.mark.parametrize("attempts", [1, 3, 9, 1000, 10**9])
def test_after_a_lost_reply_at_least_an_hour(attempts: int) -> None:
    at = next_attempt(attempts, START, 0.0, expires_at=START + timedelta(days=5), unconfirmed=True)
    assert at is not None
    assert timedelta(hours=1) <= at - START <= timedelta(hours=4)


def test_a_smarthost_is_left_alone_for_a_second_to_a_minute() -> None:
    rests = [reconnect_after(failures, 0.0) for failures in range(1, 20)]
    assert rests[0] == timedelta(seconds=1)
    assert rests == sorted(rests)
    assert reconnect_after(10**6, 0.999) <= timedelta(seconds=60)
