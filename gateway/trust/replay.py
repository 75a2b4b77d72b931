"""A signed mail that somebody sends again and again keeps its signature. These are the signs of it."""

from datetime import datetime, timedelta

OLDEST = timedelta(days=7)
MOST_RECIPIENTS = 20  # envelope recipients of one signature within a day


def why_replayed(recipients: int, *, mixed: bool) -> str | None:
    """Why this looks like a replay; None where it does not.

    ``recipients``: of all mails with this signature within a day, this one's included. ``mixed``: it came under several
    Message-IDs.
    """
    if mixed:
        return "the same signature came with another Message-ID"
    if recipients > MOST_RECIPIENTS:
        return f"the same signed mail came to more than {MOST_RECIPIENTS} recipients within a day"
    return None


def is_old(made: int | None, date: datetime | None, received_at: datetime) -> bool:
    """Whether a mail was signed (t=), or where that is not said written (Date), more than a week before it came."""
    try:
        when = datetime.fromtimestamp(made, received_at.tzinfo) if made is not None else date
    except (OverflowError, ValueError, OSError):
        return True
    return when is not None and received_at - when > OLDEST
