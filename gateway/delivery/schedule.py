"""When a mail is tried again. Pure: time and dice are arguments."""

from datetime import datetime, timedelta

FIRST = timedelta(minutes=5)
LONGEST = timedelta(hours=4)
UNCONFIRMED = timedelta(hours=1)
"""Wait after a connection that broke between the final dot and its reply: the smarthost may have taken the mail."""

RECONNECT_FIRST = timedelta(seconds=1)
RECONNECT_LONGEST = timedelta(seconds=60)

_SPREAD = 0.25


def next_attempt(
    attempts: int, now: datetime, jitter: float, *, expires_at: datetime, unconfirmed: bool = False
) -> datetime | None:
    """When to try again after ``attempts`` tries (1 or more); None: give up, the mail would be stale by then.

    The wait doubles from 5 minutes to 4 hours (RFC 5321 §4.5.4.1 asks for growing waits and days of patience). ``jitter`` in
    [0, 1) makes it up to a quarter longer, never longer than 4 hours, so that mails which failed together come back apart.
    """
    doubled = FIRST * (1 << min(max(attempts, 1) - 1, 16))
    wait = min(doubled, LONGEST / (1 + _SPREAD)) * (1 + _SPREAD * jitter)
    if unconfirmed:
        wait = max(wait, UNCONFIRMED * (1 + _SPREAD * jitter))
    at = now + wait
    return at if at < expires_at else None


def reconnect_after(failures: int, jitter: float) -> timedelta:
    """How long to leave a smarthost alone that could not be reached ``failures`` times in a row: 1 s doubling to a minute."""
    doubled = RECONNECT_FIRST * (1 << min(max(failures, 1) - 1, 16))
    return min(doubled, RECONNECT_LONGEST / (1 + _SPREAD)) * (1 + _SPREAD * jitter)
